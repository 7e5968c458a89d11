/** Values of chats' JSON, whatever their kind turns out to be. */
import type { SourceValue } from '../source.js';
import { Clockwork } from '../times.js';
import { jsonText } from '../transforms.js';
import { Unfit } from '../unfit.js';
import { isObject, type JsonObject } from '../readers/vector-shapes.js';

export function objectOf(value: SourceValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: SourceValue | undefined): SourceValue[] {
  return Array.isArray(value) ? value : [];
}

export function stringOf(value: SourceValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Ids are texts or numbers; anything else, or an empty one, names nothing. */
export function idOf(value: SourceValue | undefined): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The members that are not named, without those that say nothing. */
export function rest(object: JsonObject, ...named: string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([name, value]) => value !== null && value !== '' && !named.includes(name)),
  );
}

/** Paragraphs, without those that say nothing. */
export function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n\n');
}

/** `[Image]`, `[Attachment: plan.pdf]`: what stands in a text for what is none. */
export function placeholder(kind: string, name: SourceValue | undefined = ''): string {
  const shown = typeof name === 'string' ? name.trim() : '';
  return shown === '' ? `[${kind}]` : `[${kind}: ${shown}]`;
}

/** Arguments of a tool, a line each. */
export function argumentLines(value: SourceValue | undefined): string {
  if (typeof value === 'string') return value;
  const lines = Object.entries(objectOf(value)).map(
    ([name, member]) => `${name}: ${typeof member === 'string' ? member : jsonText(member)}`,
  );
  return lines.join('\n');
}

const utc = new Clockwork('UTC');
const EARLIEST = -62_135_596_800e6;
const LATEST = 253_402_300_799e6;

/** Microseconds since 1970, or null for what is no time: seconds, milliseconds or microseconds as numbers, ISO forms as text. */
export function microsOf(value: SourceValue | undefined): number | null {
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return microsOf(Number(value));
  if (typeof value === 'bigint') return microsOf(Number(value));
  const micros =
    typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value) : Number.NaN;
  return micros >= EARLIEST && micros <= LATEST ? micros : null;
}

function fromNumber(value: number): number {
  const size = Math.abs(value);
  return Math.round(value * (size < 1e11 ? 1e6 : size < 1e14 ? 1e3 : 1));
}

function fromText(value: string): number {
  try {
    const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(utc.toIso(value)) ?? [];
    return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
  } catch (error) {
    if (error instanceof Unfit) return Number.NaN;
    throw error;
  }
}

const MOST_INLINE = 64 * 1024;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * The value as it can be stored: U+FFFD for NUL and for halves of surrogate pairs, and of a picture that is written into the JSON
 * only its kind and its length.
 */
export function storable(value: SourceValue): SourceValue {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storableText(name), storable(member)]));
}

export function storableText(text: string): string {
  const inline = text.length > MOST_INLINE ? /^data:[\w.+-]+\/[\w.+-]+[^,]{0,200},/.exec(text.slice(0, 400)) : null;
  if (inline !== null) return `${inline[0]} (${text.length - inline[0].length} characters left out)`;
  return UNSTORABLE.test(text) ? text.replace(/[\0\p{Surrogate}]/gu, '\ufffd') : text;
}
