/** Vector collections, as the page sees them. */
import type {
  CollectionHit,
  CollectionInfo,
  CollectionPage,
  CollectionPoint,
  CollectionQuery,
  CollectionSpec,
  Collections,
  ListedPoint,
  UpsertOptions,
} from '../types.js';
import {
  among,
  anything,
  array,
  bool,
  filled,
  fn,
  object,
  options as checkOptions,
  positive,
  signal,
  vector,
} from './check.js';
import type { Call } from './call.js';

const SPEC = {
  name: filled,
  dimensions: positive,
  metric: among('cosine', 'ip', 'l2'),
  quantization: among('auto', 'none', 'int8'),
  m: positive,
  efConstruction: positive,
  payloadSchema: object,
};
const QUERY = { limit: positive, filter: anything, ef: positive, exact: bool };
const PAGE = { limit: positive, after: filled, filter: anything, vectors: bool };
const UPSERT = { onProgress: fn, signal };
const POINT = { id: filled, vector, payload: object };

export class CollectionsClient implements Collections {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async create(spec: CollectionSpec): Promise<void> {
    checkOptions('spec', spec, SPEC);
    filled('spec.name', spec.name);
    positive('spec.dimensions', spec.dimensions);
    await this.#call('collections.create', spec);
  }

  async ensureStandard(): Promise<string[]> {
    return this.#call('collections.ensureStandard', {});
  }

  async list(): Promise<CollectionInfo[]> {
    return this.#call('collections.list', {});
  }

  async drop(name: string): Promise<boolean> {
    return this.#call('collections.drop', { name: filled('name', name) });
  }

  async upsert(
    name: string,
    points: { id: string; vector: Float32Array; payload?: Record<string, unknown> }[],
    options: UpsertOptions = {},
  ): Promise<void> {
    filled('name', name);
    checkOptions('options', options, UPSERT);
    array('points', points).forEach((point, index) => {
      checkOptions(`points[${index}]`, point, POINT);
      filled(`points[${index}].id`, points[index]?.id);
      vector(`points[${index}].vector`, points[index]?.vector);
    });
    await this.#call('collections.upsert', { name, points }, options);
  }

  async get(name: string, id: string): Promise<CollectionPoint | null> {
    return this.#call('collections.get', { name: filled('name', name), id: filled('id', id) });
  }

  async delete(name: string, ids: string[]): Promise<number> {
    filled('name', name);
    array('ids', ids).forEach((id, index) => filled(`ids[${index}]`, id));
    return this.#call('collections.delete', { name, ids });
  }

  async query(name: string, query: Float32Array, options: CollectionQuery = {}): Promise<CollectionHit[]> {
    filled('name', name);
    vector('vector', query);
    checkOptions('options', options, QUERY);
    return this.#call('collections.query', { name, vector: query, ...options });
  }

  async count(name: string, filter?: unknown): Promise<number> {
    return this.#call('collections.count', { name: filled('name', name), ...(filter === undefined ? {} : { filter }) });
  }

  async points(name: string, options: CollectionPage = {}): Promise<ListedPoint[]> {
    filled('name', name);
    checkOptions('options', options, PAGE);
    return this.#call('collections.points', { name, ...options });
  }

  async compact(name: string): Promise<void> {
    await this.#call('collections.compact', { name: filled('name', name) });
  }
}
