/**
 * Points of Qdrant and Chroma as points here, and as rows where the map says of what their payload tells.
 *
 * A point keeps its id. Its payload is the source's, of Chroma the metadata with the text as `document`. Points land in the
 * collection that the map declares, or in one of their own, `<system>:<name>`; with another number of dimensions than is there, or
 * by another metric, in one beside it.
 */
import { isArchivoltError } from '../errors.js';
import { collectionFor } from './collections.js';
import type { ImportHost } from './import-host.js';
import type { SystemMap } from './maps.js';
import { PointRows, type PlannedPoints, type SourcePoint } from './point-rows.js';
import { checkedVector, PointStore, type Collection } from './point-store.js';
import { isObject } from './readers/vector-shapes.js';
import type { Rejects } from './rejects.js';
import type { RowBatch, SourceValue } from './source.js';
import type { Clockwork } from './times.js';
import { jsonText, textOf } from './transforms.js';
import { Unfit } from './unfit.js';

const NO_VECTOR =
  'The point has no vector: export it with its vectors (Qdrant: with_vector, Chroma: include embeddings).';

export class PointWriter {
  readonly #host: ImportHost;
  readonly #map: SystemMap;
  readonly #rejects: Rejects;
  readonly #rows: PointRows;
  readonly #store: PointStore;
  readonly #collections = new Map<string, Collection>();

  constructor(host: ImportHost, map: SystemMap, clock: Clockwork, rejects: Rejects) {
    this.#host = host;
    this.#map = map;
    this.#rejects = rejects;
    this.#rows = new PointRows(host, map.system, clock);
    this.#store = new PointStore(host);
  }

  writeBatch(planned: PlannedPoints, batch: RowBatch): void {
    const { name } = planned.source;
    const counts = this.#rejects.counts(name);
    const at = (column: string): number => batch.columns.indexOf(column);
    const [id, vector, payload, document, metadata, uri, vectorName] = [
      ...['id', 'vector', 'payload', 'document', 'metadata', 'uri', 'vector_name'].map(at),
    ] as [number, number, number, number, number, number, number];
    const points = batch.rows.map((row) => ({
      id: textOf(row[id] ?? ''),
      vector: row[vector] instanceof Float32Array ? row[vector] : null,
      payload: payloadOf(row[payload] ?? row[metadata] ?? null, row[document] ?? null, row[uri] ?? null),
      vectorName: typeof row[vectorName] === 'string' ? row[vectorName] : '',
    }));
    const targets = points.map((point) => this.#target(planned, point));
    const present = this.#store.present(
      points.map((point, index) => [targets[index]?.name ?? null, point.id] as const),
    );
    points.forEach((point, index) => {
      counts.read++;
      try {
        counts[this.#write(planned, point, targets[index] ?? null, present)]++;
      } catch (error) {
        const isOwn = isArchivoltError(error, 'CONSTRAINT') || isArchivoltError(error, 'ALREADY_EXISTS');
        if (!isOwn && !(error instanceof Unfit)) throw error;
        const message = error.message.endsWith('.') ? error.message : `${error.message}.`;
        this.#rejects.reject(name, point.id, message, jsonText(point));
      }
    });
  }

  #write(planned: PlannedPoints, point: SourcePoint, target: Collection | null, present: Set<string>) {
    const vector = point.vector === null || target === null ? null : checkedVector(point.vector, target);
    const row = this.#rows.write(planned, point);
    if (vector === null || target === null) {
      if (row === null) throw new Unfit(NO_VECTOR);
      this.#rejects.skip(planned.source.name, 'points without a vector: their texts are here, and are found by words');
      return row.outcome;
    }
    const columns = new Map<string, unknown>([
      ['vector', vector],
      ['payload', jsonText(point.payload)],
    ]);
    if (row !== null) columns.set(row.column, row.id);
    return this.#store.write(target, { point: point.id }, columns, present);
  }

  /** The collection that the point goes to, made when it is missing; null without a vector. */
  #target({ source, declared }: PlannedPoints, { vector, vectorName }: SourcePoint): Collection | null {
    if (vector === null) return null;
    const own = declared?.target.collection.replace('{name}', source.name) ?? `${this.#map.system}:${source.name}`;
    const name = vectorName === '' ? own : `${own}:${vectorName}`;
    const key = `${name} ${vector.length}`;
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const told = source.points?.metric ?? null;
    const made = collectionFor(this.#host, name, vector.length, told, declared?.metric ?? 'cosine');
    const found = this.#store.find(made);
    if (found === undefined) throw new RangeError(`the collection ${made} was not made`);
    this.#collections.set(key, found);
    return found;
  }
}

function payloadOf(given: SourceValue, document: SourceValue, uri: SourceValue): SourcePoint['payload'] {
  const payload = isObject(given) ? { ...given } : {};
  for (const [name, value] of [
    ['document', document],
    ['uri', uri],
  ] as const) {
    // Metadata may have a member of this name.
    if (value !== null) payload[name in payload ? `$${name}` : name] = value;
  }
  return payload;
}
