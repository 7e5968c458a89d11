/**
 * The way back of the transforms (transforms.ts): from a value as the database holds it to the source's. A null stays null.
 *
 * What comes out is a cell, of one of few kinds that every format can write (cells.ts).
 */
import type { Cell, CellKind } from './cells.js';
import type { MapColumn } from './maps.js';
import { formatInterval } from './readers/pg-text.js';
import type { SourceValue } from './source.js';
import { Clockwork, fromMicros } from './times.js';
import { jsonText, transformOf, type TransformContext } from './transforms.js';

export interface Restorer {
  kind: CellKind;
  restore: (value: unknown) => Cell;
}

const WHOLE_TYPE = /^(?:SMALLINT|INTEGER|BIGINT|SERIAL|BIGSERIAL)/i;
/** As a database writes whole numbers: what else stands in a column of ids is text. */
const CANONICAL = /^(?:0|-?[1-9]\d{0,18})$/;

/** What a column's values become again. */
export function restorerOf(column: MapColumn, form: 'iso' | 'sql'): Restorer {
  switch (column.transform) {
    case 'id':
    case 'fk':
    case 'ensure':
      return WHOLE_TYPE.test(column.type) ? { kind: 'integer', restore: wholeOrText } : plain('text');
    case 'int':
      return plain('integer');
    case 'real':
      return plain('real');
    case 'bool':
      return plain('boolean');
    case 'ts':
      return { kind: 'text', restore: (value) => fromMicros(Number(value), form) };
    case 'json':
    case 'json_text':
      return plain('json');
    case 'arr':
      // A system without arrays keeps them as JSON, and so do we.
      return plain(column.type.endsWith('[]') ? 'array' : 'json');
    case 'e2':
      return { kind: 'text', restore: decimal };
    case 'interval':
      return { kind: 'text', restore: (value) => formatInterval(BigInt(value as number | bigint)) };
    case 'lower':
      return column.arguments?.exportAs === 'upper'
        ? { kind: 'text', restore: (value) => String(value).toUpperCase() }
        : plain('text');
    case 'map':
      return backwards(column);
    case 'vec':
      return plain('vector');
    case 'byok':
      return plain('bytes');
    case 'const':
      return plain(typeof column.arguments?.value === 'number' ? 'integer' : 'text');
    case 'extra':
    case 'member':
      return plain(column.arguments?.json === true ? 'json' : 'member');
    default:
      return plain('text');
  }
}

function plain(kind: CellKind): Restorer {
  return { kind, restore: (value) => value as Cell };
}

function wholeOrText(value: unknown): Cell {
  const text = String(value);
  if (!CANONICAL.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Hundredths as a decimal with two places, never through floating point. */
function decimal(value: unknown): string {
  const hundredths = BigInt(value as number | bigint);
  const digits = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0');
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function backwards(column: MapColumn): Restorer {
  const back = new Map(Object.entries(column.values ?? {}).map(([source, target]) => [target, source]));
  if (column.type === 'BOOLEAN') {
    // A state that is neither of the two is not known there.
    const truth = new Map([...back].map(([target, source]): [string, number] => [target, source === 'true' ? 1 : 0]));
    return { kind: 'boolean', restore: (value) => truth.get(String(value)) ?? null };
  }
  return { kind: 'text', restore: (value) => back.get(String(value)) ?? String(value) };
}

const NO_ROWS: TransformContext = {
  clock: new Clockwork('UTC'),
  idOf: (_, origin) => origin,
  lookUp: () => null,
  jsonIsText: true,
};

/**
 * The source's own text of a value, kept because the way back would give another one (`$source` in rows.ts): it holds as long as
 * the value is still what it becomes.
 */
export function verbatimOf(column: MapColumn): ((value: unknown, kept: SourceValue | undefined) => Cell) | undefined {
  if (!['lower', 'map', 'interval'].includes(column.transform)) return undefined;
  const transform = transformOf(column, NO_ROWS);
  return (value, kept) => {
    if (typeof kept !== 'string') return null;
    try {
      return transform(kept) === value ? kept : null;
    } catch {
      return null;
    }
  };
}

/** A member of `extra` as a cell: JSON text, or null where it is not there. */
export function memberCell(value: SourceValue | undefined): Cell {
  return value === undefined || value === null ? null : jsonText(value);
}
