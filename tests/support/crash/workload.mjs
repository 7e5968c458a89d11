// A life of a workspace by the package's own calls: rows, transactions, documents, vectors, an import, a backup and its restore, an
// erasure, a migration, the rewriting of the file, and closing and opening in between.
//
// Every step ends when its calls were answered; `acknowledged` is then told, which is the moment the oracle holds the workspace to.
import { readMaps } from '../../../tools/check-maps.mjs';
import { dumpOf, sampleRows } from '../dumps.mjs';
import { openOver } from './engine.mjs';

const text = (seed, length) => `${seed} bulkhead and circuit breaker `.repeat(Math.ceil(length / 32)).slice(0, length);
const vector = (seed) => Float32Array.from({ length: 8 }, (_, i) => Math.sin(seed * 13 + i * 7.31));

/** `[name, is one transaction, body(workspace, memory)]`. A body may keep things in `memory` for a later one. */
const FIRST_LIFE = [
  ['a user', true, async (w, m) => (m.user = await w.table('users').insert({ username: 'ann', email: 'ann@a.org' }))],
  ['tags', true, (w) => w.table('tags').insertMany([{ name: 'one' }, { name: 'two' }, { name: 'three' }])],
  ['a changed row', true, (w) => w.execute("UPDATE tags SET name = 'uno' WHERE name = 'one'")],
  ['a row less', true, (w) => w.execute("DELETE FROM tags WHERE name = 'two'")],
  ['a long row', true, (w) => w.table('projects').insert({ name: 'long', description: text('long', 60_000) })],
  [
    'a transaction',
    true,
    (w, m) =>
      w.transaction(async (tx) => {
        m.project = await tx.table('projects').insert({ name: 'together', owner_id: m.user.id });
        await tx.table('tags').insertMany(Array.from({ length: 30 }, (_, i) => ({ name: `together ${i}` })));
        await tx.execute("DELETE FROM tags WHERE name = 'three'");
      }),
  ],
  [
    'a transaction taken back',
    true,
    (w) =>
      w
        .transaction(async (tx) => {
          await tx.table('tags').insertMany(Array.from({ length: 40 }, (_, i) => ({ name: `never ${i}` })));
          await tx.execute("UPDATE projects SET description = 'never'");
          throw new Error('taken back');
        })
        .catch(() => undefined),
  ],
  [
    'a batch',
    true,
    (w) =>
      w.batch([
        { sql: "UPDATE projects SET description = 'short' WHERE name = 'together'" },
        { sql: "UPDATE tags SET name = name || '!' WHERE name LIKE 'together 1%'" },
      ]),
  ],
  [
    'documents',
    false,
    async (w) => {
      const contents = [1, 2].map((i) => ({
        filename: `note-${i}.md`,
        content: `# Note ${i}\n\n${text(`note${i}`, 3000)}`,
      }));
      const { documents } = await w.documents.ingest(contents);
      if (documents?.some(({ status }) => status === 'failed')) throw new Error('a document failed');
    },
  ],
  ['a collection', true, (w) => w.collections.create({ name: 'own', dimensions: 8 })],
  [
    'points',
    true,
    (w) =>
      w.collections.upsert(
        'own',
        Array.from({ length: 40 }, (_, i) => ({ id: `p${i}`, vector: vector(i), payload: { i } })),
      ),
  ],
  ['points less', true, (w) => w.collections.delete('own', ['p3', 'p5', 'p7'])],
  [
    'points moved',
    true,
    (w) => w.collections.upsert('own', [{ id: 'p8', vector: vector(99), payload: { moved: true } }]),
  ],
  [
    'a decision',
    false,
    (w, m) =>
      w.table('decisions').insert({ user_id: m.user.id, title: 'Take a circuit breaker', options: [{ name: 'a' }] }),
  ],
  ['its vector', false, settled],
  ['a cached value', true, (w) => w.cache.set('key', { value: 1 })],
  ['a backup', false, async (w, m) => (m.backup = await w.backup())],
  ['a row after the backup', true, (w) => w.table('tags').insert({ name: 'after the backup' })],
  [
    'an import',
    false,
    (w) => w.import(new Blob([dumpOf(sampleRows(readMaps().get('archi'), 3))]), { system: 'archi' }),
  ],
];

const SECOND_LIFE = [
  ['a row of the second life', true, (w) => w.table('tags').insert({ name: 'second life' })],
  ['a long row less', true, (w) => w.execute("DELETE FROM projects WHERE name = 'long'")],
  ['a rewritten file', true, (w) => w.compact()],
  ['a row over old frames', true, (w) => w.table('tags').insert({ name: 'over old frames' })],
  [
    'a longer row',
    true,
    (w) => w.execute("UPDATE projects SET description = ? WHERE name = 'together'", [text('x', 90_000)]),
  ],
  ['a document less', false, async (w) => w.documents.remove((await w.table('documents').find({ limit: 1 }))[0].id)],
  ['a restore', true, (w, m) => w.restore(m.backup)],
  ['a row after the restore', true, (w) => w.table('tags').insert({ name: 'after the restore' })],
  ['a search', true, (w) => w.search('circuit breaker')],
  ['a schema down', false, async (w) => w.migrations.migrate((await w.migrations.current()) - 1)],
  ['a schema up', false, async (w) => w.migrations.migrate((await w.migrations.current()) + 1)],
  ['a row after the migration', true, (w) => w.table('tags').insert({ name: 'after the migration' })],
];

const THIRD_LIFE = [
  [
    'another user',
    true,
    async (w, m) => (m.other = await w.table('users').insert({ username: 'bob', email: 'b@a.org' })),
  ],
  [
    // More pages than the log holds before SQLite brings them into the file by itself.
    'a log that runs over',
    false,
    async (w) => {
      for (let i = 0; i < 36; i++)
        await w.execute("UPDATE projects SET description = ? WHERE name = 'long'", [text(`r${i}`, 230_000)]);
    },
  ],
  ['a row over the first frames', true, (w) => w.table('tags').insert({ name: 'over the first frames' })],
  ['a person erased', false, (w, m) => w.privacy.eraseUser(m.other.id)],
  ['the last row', true, (w) => w.table('tags').insert({ name: 'the last' })],
];

async function settled(w) {
  while ((await w.status()).embedding.pending > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Lives all lives over `files`. `acknowledged(step)` is awaited after each, while the workspace is idle. */
export async function live(files, durability, acknowledged) {
  const memory = {};
  for (const [life, steps] of [FIRST_LIFE, SECOND_LIFE, THIRD_LIFE].entries()) {
    const workspace = await openOver(files, { durability });
    await acknowledged({ name: `opening, life ${life + 1}`, atomic: false }, workspace);
    for (const [name, atomic, body] of steps) {
      await body(workspace, memory);
      await acknowledged({ name, atomic }, workspace);
    }
    await workspace.close();
    await acknowledged({ name: `closing, life ${life + 1}`, atomic: false }, undefined);
  }
}
