/**
 * Rows that points stand for: where the map places members of a payload in columns, a point is a symbol of code or a chunk of a
 * document as well, and goes with its row.
 */
import { IdSpace } from './ids.js';
import type { ImportHost } from './import-host.js';
import type { Planned } from './intake.js';
import type { MapCollection, TransformName } from './maps.js';
import type { Outcome } from './point-store.js';
import type { SourceValue } from './source.js';
import type { Clockwork } from './times.js';
import { jsonText, transformOf, type Transform } from './transforms.js';
import { Unfit } from './unfit.js';
import { writeRows } from './write-rows.js';

/** A table of points; `declared` is what the map says of its collection. */
export interface PlannedPoints extends Planned {
  declared: MapCollection | null;
}

export interface SourcePoint {
  id: string;
  vector: Float32Array | null;
  payload: Record<string, SourceValue>;
  vectorName: string;
}

/** The row of a point, and the column of vector_points that names it. */
interface PointRow {
  column: 'chunk_id' | 'code_symbol_id';
  id: string;
  outcome: Outcome;
}

const TRANSFORMS: Record<MapCollection['payload'][string]['type'], TransformName> = {
  string: 'text',
  text: 'text',
  integer: 'int',
  number: 'real',
  array: 'json',
  object: 'json',
  datetime: 'ts',
};

/** Values of one table by column. */
type Values = Map<string, unknown>;

export class PointRows {
  readonly #host: ImportHost;
  readonly #system: string;
  readonly #clock: Clockwork;
  readonly #transforms = new Map<string, Transform>();

  constructor(host: ImportHost, system: string, clock: Clockwork) {
    this.#host = host;
    this.#system = system;
    this.#clock = clock;
  }

  /** Null where the map places nothing of the payload, or the point has nothing of it. Throws Unfit. */
  write({ source, declared }: PlannedPoints, point: SourcePoint): PointRow | null {
    const values = this.#valuesOf(declared?.payload ?? {}, point.payload);
    const origin = `${source.name}/${point.id}`;
    const symbol = values.get('code_symbols');
    if (symbol !== undefined) return { column: 'code_symbol_id', ...this.#row('code_symbols', origin, symbol) };
    const chunk = values.get('document_chunks');
    if (chunk?.get('chunk_text') === undefined) return null;
    const document = values.get('documents');
    const path = document?.get('file_path');
    if (document !== undefined && typeof path === 'string') {
      document.set('filename', document.get('filename') ?? path.slice(path.lastIndexOf('/') + 1));
      document.set('collection_ref', source.name);
      chunk.set('document_id', this.#row('documents', `${source.name}/${path}`, document).id);
    }
    const metadata = Object.entries(point.payload).filter(([name]) => name !== 'document');
    chunk.set('metadata', jsonText(Object.fromEntries(metadata)));
    const id = this.#id('document_chunks', origin);
    if (chunk.get('chunk_index') === undefined) chunk.set('chunk_index', this.#place(id, chunk.get('document_id')));
    return { column: 'chunk_id', ...this.#row('document_chunks', origin, chunk) };
  }

  /** What of the payload has a column, by table. */
  #valuesOf(places: MapCollection['payload'], payload: SourcePoint['payload']): Map<string, Values> {
    const tables = new Map<string, Values>();
    for (const [name, { type, to }] of Object.entries(places)) {
      const value = Object.hasOwn(payload, name) ? (payload[name] ?? null) : null;
      if (to === undefined || value === null) continue;
      const [table = '', column = ''] = to.split('.');
      const values = tables.get(table) ?? new Map<string, unknown>();
      tables.set(table, values);
      // Several members may tell the same: the first one that the map names.
      if (values.has(column)) continue;
      try {
        values.set(column, this.#transform(type)(value));
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`${name} ${error.message}`) : error;
      }
    }
    return tables;
  }

  #transform(type: MapCollection['payload'][string]['type']): Transform {
    const known = this.#transforms.get(type);
    if (known !== undefined) return known;
    const made = transformOf(
      { transform: TRANSFORMS[type] ?? 'text' },
      { clock: this.#clock, idOf: (_, origin) => origin, lookUp: () => null, jsonIsText: false },
    );
    this.#transforms.set(type, made);
    return made;
  }

  #id(table: string, origin: string): string {
    return new IdSpace(this.#system, table).idOf(origin);
  }

  #row(table: string, origin: string, values: Values): { id: string; outcome: Outcome } {
    const id = this.#id(table, origin);
    const { added, updated, rejects } = writeRows(
      this.#host,
      { table, columns: ['id', 'origin', 'origin_id', ...values.keys()], defaults: {} },
      [[id, this.#system, origin, ...values.values()]],
    );
    const [reject] = rejects;
    if (reject !== undefined) throw new Unfit(reject[1].replace(/\.$/, ''));
    return { id, outcome: added > 0 ? 'added' : updated > 0 ? 'updated' : 'unchanged' };
  }

  /** The place in its document of a chunk that does not tell it: its own, or behind the last one. */
  #place(id: string, document: unknown): unknown {
    const { rows } = this.#host.call('sql.query', {
      sql:
        'SELECT coalesce((SELECT chunk_index FROM document_chunks WHERE id = ?1), (SELECT max(chunk_index) + 1 FROM ' +
        'document_chunks WHERE document_id = ?2), 0)',
      params: [id, document ?? null],
    });
    return rows[0]?.[0] ?? 0;
  }
}
