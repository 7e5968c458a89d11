// Opens what a crash left with the real engine and tells what is there, and what is wrong with it by itself.
import { createHash } from 'node:crypto';
import { ModelFiles } from './files.mjs';
import { embedderTable, loadCore } from './engine.mjs';

/** Kept by the core in its own time: not part of what a transaction of the caller's promises. */
const DERIVED = ['embedding_queue', 'vector_collections', 'vector_points'];
/** What differs between two openings of the same data is left out, and what would take long to read. */
const COLUMNS = {
  schema_migrations: 'version, name, checksum',
  vector_points: 'collection_id, point_uid, chunk_id, hex(vector)',
};
/** Of these all values are compared, of the others how many rows there are, which is cheaper. */
const COMPARED = [
  ...['users', 'tags', 'projects', 'decisions', 'documents', 'document_chunks', 'cache_entries', 'audit_log'],
  ...['migration_state', 'schema_migrations', 'messages', 'ai_requests', ...DERIVED],
];
const OWN = `SELECT point_uid, hex(vector) FROM vector_points WHERE collection_id IN
  (SELECT id FROM vector_collections WHERE name = 'own') ORDER BY 1`;

/** Statements whose rows are all that is compared. */
export const STATEMENTS = [
  ...COMPARED.map((table) => `SELECT ${COLUMNS[table] ?? '*'} FROM "${table}" ORDER BY 1, 2`),
  OWN,
];

/** The rows of those statements, each as a list of values, as two marks: of all there is, and of what callers wrote. */
export function marksOf(answers) {
  const texts = answers.map((rows) =>
    JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
  const mark = (list) => createHash('sha1').update(list.join('\n')).digest('base64').slice(0, 12);
  return { all: mark(texts), written: mark(texts.filter((_, i) => !DERIVED.includes(COMPARED[i]))) };
}

/** What a file without a schema holds. */
const NOTHING = 'schema 0';

/** Engines last for so many states: what one leaves in memory must not hide what another finds. */
const STATES_PER_ENGINE = 500;

export class Inspector {
  #engine;
  #used = 0;
  #deep = new Map();
  /** Of states whose missing vectors were made. */
  #healed = new Set();

  async #renew() {
    if (this.#engine === undefined || ++this.#used >= STATES_PER_ENGINE) {
      this.#engine = await loadCore();
      this.#used = 0;
    }
  }

  /** `readOnly`: without writing anything, as a page that opens for reading. Otherwise also as every page does, and closed again. */
  async inspect(contents, { readOnly = false, fullSync = true } = {}) {
    // A journal is taken back by whoever may write.
    if (contents.get('archivolt.db-journal').size > 0) return this.#try(contents, false, fullSync);
    const found = await this.#try(contents, true, fullSync);
    // Opened for reading, nothing makes the vectors.
    const waits = found.waits && !this.#healed.has(found.all);
    if (found.problems.length > 0 || (readOnly && !waits)) return found;
    const { problems, all } = await this.#try(contents, false, fullSync);
    // Where there is no schema yet, opening makes one.
    if (problems.length === 0 && all !== found.all && found.all !== NOTHING)
      problems.push('opened for writing, it holds other rows than for reading');
    return { ...found, problems };
  }

  async #try(contents, readOnly, fullSync) {
    await this.#renew();
    const { core, host } = this.#engine;
    const found = { problems: [], all: '', written: '' };
    // What is open for reading must not be written to, so that it needs no copy.
    const own = readOnly ? contents : new Map([...contents].map(([name, content]) => [name, content.copy()]));
    host.files = new ModelFiles(own);
    if (readOnly) host.files.note = ({ kind }) => found.problems.push(`opened for reading, it comes to a ${kind}`);
    try {
      core.open({ path: 'archivolt.db', readOnly, fullSync, deferUpgrade: true });
    } catch (error) {
      found.problems.push(`it does not open: ${describe(error)}`);
      return found;
    }
    try {
      this.#look(core, readOnly, found);
    } catch (error) {
      found.problems.push(`it cannot be read: ${describe(error)}`);
    }
    try {
      core.close();
    } catch (error) {
      found.problems.push(`it does not close: ${describe(error)}`);
    }
    this.#checkCopies(host.files, found);
    return found;
  }

  #look(core, readOnly, found) {
    const latest = core.call('migrations.list', {}).at(-1).version;
    const current = core.call('migrations.current', {});
    if (current < latest) {
      found.all = found.written = `schema ${current}`;
      if (readOnly) return;
      core.call('migrations.migrate', { to: latest });
      if (!core.call('maintenance.health', { full: true }).ok)
        found.problems.push('it is not sound after its migration');
      return;
    }
    const ask = (sql) => core.call('sql.query', { sql, secrets: true });
    Object.assign(found, marksOf(STATEMENTS.map((sql) => ask(sql).rows)));
    const health = core.call('maintenance.health', { full: true });
    found.all += `/${createHash('sha1').update(JSON.stringify(health.tables)).digest('base64').slice(0, 6)}`;
    // An import writes chunks first; the vectors of those that a crash left without are made in idle time.
    found.waits = Object.values(health.vectors).some(({ missing }) => missing > 0);
    const isSound = found.waits ? readOnly || this.#healed.has(found.all) || this.#heal(core, found.all) : health.ok;
    if (!isSound || health.integrity.length > 0 || health.foreignKeys > 0)
      found.problems.push(`it is not sound: ${JSON.stringify({ ...health, tables: undefined })}`);
    if (readOnly) return;
    // The graph is filled from the rows: the same rows give the same answers.
    if (!this.#deep.has(found.all)) this.#deep.set(found.all, compareVectors(core));
    found.problems.push(...this.#deep.get(found.all));
  }

  #heal(core, mark) {
    core.call('embedder.load', { table: embedderTable });
    while (core.call('maintenance.step', { budgetMs: 1000 }).more);
    const isSound = core.call('maintenance.health', { full: true }).ok;
    if (isSound) this.#healed.add(mark);
    return isSound;
  }

  /** Copies made before a migration have their names only when they are whole. */
  #checkCopies(files, found) {
    for (const [name, content] of files.contents()) {
      if (!name.startsWith('backup-v')) continue;
      const pages = new DataView(content.bytes.buffer).getUint32(28);
      if (content.size === 0 || pages * 8192 !== content.size) found.problems.push(`${name} is not whole`);
    }
  }
}

const describe = (error) => `${error.code ?? error.name}: ${error.message} ${JSON.stringify(error.detail ?? {})}`;

/** What the collections and the search answer beside the rows they stand for; `core` calls the core. */
export function compareVectors(core) {
  const problems = [];
  const rows = (sql, params) => core.call('sql.query', { sql, params }).rows;
  const collections = rows("SELECT id, name, dims, origin FROM vector_collections WHERE origin = 'local'");
  for (const [id, name, dims] of collections) {
    const points = rows(
      'SELECT coalesce(p.point_uid, p.chunk_id), p.vector FROM vector_points p WHERE p.collection_id = ?',
      [id],
    );
    if (points.length === 0) continue;
    const vectors = points.map(([uid, bytes]) => [uid, new Float32Array(bytes.slice().buffer)]);
    for (const [, query] of [vectors[0], vectors.at(-1), ['', new Float32Array(dims).fill(0.3)]]) {
      let hits;
      try {
        hits = core.call('collections.query', { name, vector: query, limit: points.length, ef: 1000 });
      } catch (error) {
        problems.push(`${name} does not answer: ${describe(error)}`);
        break;
      }
      const near = vectors.map(([uid, one]) => [uid, cosine(query, one)]).sort((a, b) => b[1] - a[1]);
      const ids = new Set(points.map(([uid]) => uid));
      const strangers = hits.filter((hit) => !ids.has(hit.id));
      if (strangers.length > 0) problems.push(`${name} answers ${strangers.length} points that are not there`);
      if (hits.length !== points.length) problems.push(`${name} answers ${hits.length} of ${points.length} points`);
      const best = near[0][1];
      const got = near.find(([uid]) => uid === hits[0]?.id)?.[1] ?? -2;
      if (best - got > 1e-4) problems.push(`${name} answers ${hits[0]?.id} first, which is not the nearest`);
    }
  }
  const chunks = new Set(rows('SELECT id FROM document_chunks').flat());
  const { hits } = core.call('search', {
    query: 'circuit breaker',
    embed: 'none',
    mode: 'keyword',
    kinds: ['documents'],
    limit: 50,
  });
  if (hits.some((hit) => !chunks.has(hit.id))) problems.push('the search finds chunks that are not there');
  return problems;
}

function cosine(a, b) {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb || 1);
}
