/**
 * The index that Chroma keeps beside its database, a folder by the id of its segment: vectors that the database has no more.
 *
 * `header.bin` says how `data_level0.bin` is laid out, `index_metadata.pickle` which number the index calls a point by. Vectors of
 * the cosine are of unit length there.
 */
import { isArchivoltError } from '../errors.js';
import { readPickle, type Pickled } from './readers/pickle.js';

/** A file beside the database; undefined when there is none. */
export type Beside = (name: string) => Promise<Blob | undefined>;

const PIECE = 1 << 22;
const MOST_NAMES = 1 << 28;

export class ChromaIndex {
  readonly #data: Blob;
  readonly #layout: Layout;
  /** Where a point's vector begins. */
  readonly #places: ReadonlyMap<string, number>;

  private constructor(data: Blob, layout: Layout, places: ReadonlyMap<string, number>) {
    this.#data = data;
    this.#layout = layout;
    this.#places = places;
  }

  /** Undefined when it is not there, or not of the form that is known. */
  static async open(segment: string, beside: Beside): Promise<ChromaIndex | undefined> {
    const [header, data, names] = await Promise.all(
      ['header.bin', 'data_level0.bin', 'index_metadata.pickle'].map((name) => beside(`${segment}/${name}`)),
    );
    if (header === undefined || data === undefined || names === undefined || names.size > MOST_NAMES) return undefined;
    const layout = layoutOf(new DataView(await header.slice(0, 64).arrayBuffer()), data.size);
    if (layout === undefined) return undefined;
    const labels = labelsOf(new Uint8Array(await names.arrayBuffer()));
    if (labels === undefined) return undefined;
    const byLabel = await placesOf(data, layout);
    const places = new Map<string, number>();
    for (const [id, label] of labels) {
      const place = byLabel.get(Number(label));
      if (typeof id === 'string' && place !== undefined) places.set(id, place);
    }
    return new ChromaIndex(data, layout, places);
  }

  async vector(point: string): Promise<Float32Array | null> {
    const place = this.#places.get(point);
    if (place === undefined) return null;
    const { vector, dimensions } = this.#layout;
    const bytes = await this.#data.slice(place + vector, place + vector + 4 * dimensions).arrayBuffer();
    const floats = new Float32Array(bytes);
    return floats.length === dimensions && floats.every(Number.isFinite) ? floats : null;
  }
}

/** Points by the numbers that the index knows them by. */
function labelsOf(pickle: Uint8Array): ReadonlyMap<Pickled, Pickled> | undefined {
  try {
    const metadata = readPickle(pickle);
    const labels = metadata instanceof Map ? metadata.get('id_to_label') : undefined;
    return labels instanceof Map ? labels : undefined;
  } catch (error) {
    if (isArchivoltError(error, 'INVALID_ARGUMENT')) return undefined;
    throw error;
  }
}

/** Of an element: its size, where its vector and its number are. */
interface Layout {
  count: number;
  size: number;
  vector: number;
  label: number;
  dimensions: number;
}

/** hnswlib's header, behind a version; lengths are of 64 bits. */
function layoutOf(view: DataView, bytes: number): Layout | undefined {
  if (view.byteLength < 52 || view.getUint32(0, true) !== 1) return undefined;
  const [count = 0, size = 0, label = 0, vector = 0] = [20, 28, 36, 44].map((at) =>
    Number(view.getBigUint64(at, true)),
  );
  const dimensions = (label - vector) / 4;
  const fits =
    Number.isInteger(dimensions) && dimensions > 0 && vector >= 0 && size === label + 8 && count * size <= bytes;
  return fits ? { count, size, vector, label, dimensions } : undefined;
}

/** Where the element of each number begins. */
async function placesOf(data: Blob, { count, size, label }: Layout): Promise<Map<number, number>> {
  const places = new Map<number, number>();
  const together = Math.max(1, Math.floor(PIECE / size));
  for (let first = 0; first < count; first += together) {
    const last = Math.min(first + together, count);
    const view = new DataView(await data.slice(first * size, last * size).arrayBuffer());
    for (let at = first; at < last; at++)
      places.set(Number(view.getBigUint64((at - first) * size + label, true)), at * size);
  }
  return places;
}
