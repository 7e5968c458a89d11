/** Vector collections and their points of an export of everything. */
import { isArchivoltError } from '../errors.js';
import { COLLECTIONS, columnsOf, fromOwnForm, POINTS } from './archive-forms.js';
import { keyOf, rawOf, type Texts } from './archive-lines.js';
import type { EmbedderIdentity, ImportHost } from './import-host.js';
import type { Rejects } from './rejects.js';
import { checkedVector, PointStore, type Collection, type Outcome } from './point-store.js';
import { toMicros } from './times.js';
import { Unfit } from './unfit.js';

/** The vectors of documents' chunks, and the beginning of the names of rows' vectors. */
const CHUNKS = 'document_chunks';
const ROWS = 'archivolt:';
const MOST_DIMENSIONS = 16_384;
const MOST_NAME = 128;

/** Names in the file, and the columns of vector_points. */
const OF_POINTS: readonly (readonly [name: string, column: string])[] = [
  ['chunk', 'chunk_id'],
  ['code_symbol', 'code_symbol_id'],
  ['vector', 'vector'],
  ['payload', 'payload'],
  ['relevance_score', 'relevance_score'],
  ['created_at', 'created_at'],
];

type Values = Map<string, unknown>;

export class ArchivePoints {
  readonly #store: PointStore;
  readonly #rejects: Rejects;
  /** Why a collection and its points are left out, by its name. */
  readonly #leftOut = new Map<string, string>();
  /** What the file says of its collections, by name. */
  readonly #told = new Map<string, { dims: unknown; metric: unknown }>();
  readonly #present = new Map<string, Collection | string>();

  constructor(host: ImportHost, rejects: Rejects) {
    this.#store = new PointStore(host);
    this.#rejects = rejects;
  }

  expect(collections: readonly Texts[], embedder: EmbedderIdentity | null): void {
    for (const texts of collections) {
      const values = tolerant(texts);
      const name = values.get('name');
      if (typeof name !== 'string') continue;
      this.#told.set(name, { dims: values.get('dims'), metric: values.get('metric') ?? 'cosine' });
      const reason = name.startsWith(ROWS)
        ? 'made anew here, of the rows'
        : name === CHUNKS
          ? foreign(values, embedder)
          : '';
      if (reason !== '') this.#leftOut.set(name, reason);
    }
  }

  writeCollections(rows: readonly Texts[]): void {
    this.#each(COLLECTIONS, rows, ['name'], (texts) => {
      const values = valuesOf(COLLECTIONS, texts);
      const name = text(values, 'name', MOST_NAME);
      const dims = values.get('dims');
      if (typeof dims !== 'number' || dims < 1 || dims > MOST_DIMENSIONS)
        throw new Unfit(`dims must be 1 to ${MOST_DIMENSIONS}`);
      if (!['none', 'int8', undefined, null].includes(values.get('quantization') as string | undefined))
        throw new Unfit('quantization must be none or int8');
      const [present] = this.#store.query(
        'SELECT id, dims, metric FROM vector_collections WHERE name = ? AND origin = ?',
        [name, values.get('origin') ?? 'local'],
      );
      if (present === undefined) {
        this.#store.execute(
          `INSERT INTO vector_collections(${[...values.keys()].join(', ')}) VALUES (${places(values)})`,
          [...values.values()],
        );
        return 'added';
      }
      const difference = differs(name, String(present[2]), Number(present[1]), values.get('metric') ?? 'cosine', dims);
      if (difference !== '') throw new Unfit(difference);
      // It keeps its id and how its index is built.
      const changing = ['model', 'fingerprint', 'payload_schema'].filter((column) => values.has(column));
      if (changing.length === 0) return 'unchanged';
      const given = changing.map((column) => values.get(column));
      const changes = this.#store.execute(
        `UPDATE vector_collections SET ${changing.map((column) => `${column} = ?`).join(', ')} WHERE id = ? AND ` +
          `(${changing.map((column) => `${column} IS NOT ?`).join(' OR ')})`,
        [...given, present[0], ...given],
      );
      return changes > 0 ? 'updated' : 'unchanged';
    });
  }

  writePoints(rows: readonly Texts[]): void {
    const present = this.#store.present(
      rows.map((texts) => [keyOf(['collection'], texts), keyOf(['point'], texts)] as const),
    );
    this.#each(POINTS, rows, ['collection', 'point'], (texts) => {
      const values = valuesOf(POINTS, texts);
      const collection = this.#collection(text(values, 'collection', MOST_NAME));
      const point = text(values, 'point', Infinity);
      const bytes = values.get('vector');
      const vector = bytes instanceof Uint8Array ? floats(bytes) : new Float32Array();
      checkedVector(vector, collection, collection.name === CHUNKS);
      const payload = values.get('payload') ?? null;
      if (payload !== null && !(payload as string).trimStart().startsWith('{')) throw new Unfit('payload is no object');
      const given = OF_POINTS.filter(([name]) => values.has(name));
      const columns = new Map(given.map(([name, column]) => [column, values.get(name)]));
      const id = values.get('id');
      return this.#store.write(collection, { ...(typeof id === 'string' ? { id } : {}), point }, columns, present);
    });
  }

  /** Writes the rows one by one; what does not fit is set aside, what is of a collection that is left out is only told. */
  #each(table: string, rows: readonly Texts[], key: readonly string[], write: (texts: Texts) => Outcome): void {
    const naming = table === POINTS ? 'collection' : 'name';
    const counts = this.#rejects.counts(table);
    for (const texts of rows) {
      const name = keyOf([naming], texts) ?? '';
      const reason = this.#leftOut.get(name);
      if (reason !== undefined) {
        this.#rejects.skip(name, reason);
        continue;
      }
      counts.read++;
      try {
        counts[write(texts)]++;
      } catch (error) {
        const isOwn = isArchivoltError(error, 'CONSTRAINT') || isArchivoltError(error, 'ALREADY_EXISTS');
        if (!isOwn && !(error instanceof Unfit)) throw error;
        const message = error.message.endsWith('.') ? error.message : `${error.message}.`;
        this.#rejects.reject(table, keyOf(key, texts), message, rawOf(texts));
      }
    }
  }

  /** The collection that points of this name go to. Throws Unfit. */
  #collection(name: string): Collection {
    const known = this.#present.get(name) ?? this.#find(name);
    this.#present.set(name, known);
    if (typeof known === 'string') throw new Unfit(known);
    return known;
  }

  #find(name: string): Collection | string {
    const found = this.#store.find(name);
    if (found === undefined) return 'collection names none that is here';
    const { dimensions, metric } = found;
    const told = this.#told.get(name);
    const difference = differs(name, metric, dimensions, told?.metric ?? metric, told?.dims ?? dimensions);
    return difference === '' ? found : difference;
  }
}

const places = (values: Values): string => [...values].map(() => '?').join(', ');

/** Values as the tables hold them: times are microseconds. What no column is for is not taken. Throws Unfit. */
function valuesOf(table: string, texts: Texts): Values {
  const columns = columnsOf(table) ?? {};
  const values: Values = new Map();
  for (const [name, json] of texts) {
    const kind = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (kind === undefined) {
      if (json === 'null') continue;
      throw new Unfit(`${name} is no column that this version has`);
    }
    try {
      const value = fromOwnForm(kind, json);
      values.set(name, kind === 'timestamp' && value !== null ? toMicros(value as string) : value);
    } catch (error) {
      throw error instanceof Unfit ? new Unfit(`${name} ${error.message}`) : error;
    }
  }
  return values;
}

function tolerant(texts: Texts): Values {
  try {
    return valuesOf(COLLECTIONS, texts);
  } catch {
    return new Map();
  }
}

function text(values: Values, name: string, most: number): string {
  const value: unknown = values.get(name);
  if (typeof value !== 'string' || value === '' || value.length > most)
    throw new Unfit(`${name} must be a text of 1 to ${most} characters`);
  return value;
}

/** Why the vectors of chunks are of no use here; empty where they are. */
function foreign(values: Values, embedder: EmbedderIdentity | null): string {
  if (embedder === null) return 'nobody embeds here who could compare a question with these vectors';
  const fingerprint = values.get('fingerprint') ?? '';
  const isSame =
    values.get('dims') === embedder.dimensions &&
    (values.get('metric') ?? 'cosine') === (embedder.metric ?? 'cosine') &&
    (fingerprint === '' || embedder.fingerprint === undefined
      ? values.get('model') === embedder.model
      : fingerprint === embedder.fingerprint);
  const model = (values.get('model') ?? 'an unnamed model') as string;
  return isSame ? '' : `the vectors are of ${model}, and here ${embedder.model} embeds`;
}

function differs(
  name: string,
  metric: string,
  dimensions: number,
  otherMetric: unknown,
  otherDimensions: unknown,
): string {
  if (metric === otherMetric && dimensions === otherDimensions) return '';
  return `the collection ${name} has ${dimensions} dimensions and the metric ${metric} here, ${String(otherDimensions)} and ${String(otherMetric)} there`;
}

function floats(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Unfit('vector must be values of float32, four bytes each');
  return new Float32Array(bytes.slice().buffer);
}
