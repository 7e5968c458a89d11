// Storage that fails at any operation of a working day, once or from there on: the call rejects with the right code, nothing of it is
// kept, reading goes on, and as soon as storage works again so does the same workspace. ARCHIVOLT_FAULT_RUNS=all tries every operation
// in every way; otherwise so many runs are spread over them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedderTable, loadCore } from '../support/crash/engine.mjs';
import { FAULTS, FailingFiles } from '../support/crash/faults.mjs';
import { ModelFiles } from '../support/crash/files.mjs';
import { STATEMENTS, compareVectors, marksOf } from '../support/crash/inspect.mjs';

const RUNS = process.env.ARCHIVOLT_FAULT_RUNS ?? '100';
const OPENED = { path: 'archivolt.db', readOnly: false, fullSync: true };

const vector = (seed) => Float32Array.from({ length: 8 }, (_, i) => Math.sin(seed * 13 + i * 7.31));
const rowsOf = (core, sql) => core.call('sql.query', { sql, secrets: true }).rows;
const tag = (core, name) => core.call('records.insert', { table: 'tags', row: { name } });
const namesOf = (core) => rowsOf(core, 'SELECT name FROM tags ORDER BY pk').flat();
const allOf = (core) => marksOf(STATEMENTS.map((sql) => rowsOf(core, sql)));

function inTransaction(core, body) {
  core.call('tx.begin', {});
  try {
    body();
    core.call('tx.commit', {});
  } catch (error) {
    try {
      core.call('tx.rollback', {});
    } catch (late) {
      // A transaction whose statement or commit failed has ended already.
      assert.equal(late.code, 'FAILED_PRECONDITION');
    }
    throw error;
  }
}

function ingest(core, run) {
  const text = `# ${run}\n\n${`The ${run} bulkhead keeps a failure in its place. `.repeat(120)}`;
  const facts = { filename: `${run}.md`, contentHash: run.padEnd(64, '0'), format: 'markdown' };
  const { job } = core.call('ingest.open', { ...facts, text, embed: 'builtin' });
  try {
    while (core.call('ingest.step', { job, budgetMs: 1000 }).phase !== 'done');
  } catch (error) {
    core.call('ingest.cancel', { job });
    throw error;
  }
}

/** One call after the other, with the tags that are there once it was answered. */
const STEPS = [
  [(core, run) => tag(core, `${run} a row`), ['a row']],
  [
    (core, run) =>
      inTransaction(core, () => {
        tag(core, `${run} in`);
        core.call('records.insert', { table: 'projects', row: { name: run, description: 'x'.repeat(40_000) } });
        tag(core, `${run} together`);
      }),
    ['in', 'together'],
  ],
  [(core) => core.call('sql.execute', { sql: "UPDATE projects SET description = description || '!'" }), []],
  [ingest, []],
  [
    (core, run) =>
      core.call('collections.upsert', {
        name: 'own',
        points: Array.from({ length: 10 }, (_, i) => ({ id: `${run}${i}`, vector: vector(i + 50) })),
      }),
    [],
  ],
  [(core) => core.call('collections.delete', { name: 'own', ids: ['p1', 'p2'] }), []],
  [(core, run) => core.call('cache.set', { key: run, json: '{"a":1}' }), []],
  [(core) => core.call('search', { query: 'bulkhead', embed: 'builtin', limit: 5 }), []],
  [(core) => core.call('sql.execute', { sql: 'DELETE FROM projects WHERE pk = (SELECT min(pk) FROM projects)' }), []],
  [(core) => core.call('maintenance.compact', {}), []],
  [(core, run) => tag(core, `${run} after`), ['after']],
];

/**
 * Does all steps; answers the tags that were acknowledged. Only `plan`'s fault may be the reason of a failure. `usual`: how many
 * operations each step takes where nothing fails.
 */
function day(core, files, run, { fault, at = Infinity } = {}, usual = []) {
  const acknowledged = [];
  const took = [];
  let failed = 0;
  for (const [i, [step, names]] of STEPS.entries()) {
    const begin = files.count;
    // Reading everything takes longer than most steps: only where the fault may be next.
    const before = begin + 2 * (usual[i] ?? 0) + 100 < at ? undefined : files.unharmed(() => allOf(core));
    try {
      step(core, run);
      acknowledged.push(...names.map((name) => `${run} ${name}`));
    } catch (error) {
      assert.equal(error.code, fault?.code, `${step}: ${error.message}`);
      failed++;
      assert.notEqual(before, undefined, `${step} failed before it was expected to`);
      const look = () => assert.deepEqual(allOf(core), before, 'reading goes on, and nothing of it was kept');
      // Where nothing can be written everything can be read.
      if (files.failsReads) files.unharmed(look);
      else look();
    }
    took.push(files.count - begin);
  }
  return { acknowledged, failed, took };
}

/** A workspace with something of everything, and an engine that was closed again. */
async function prepared() {
  const { core, host } = await loadCore();
  const files = new ModelFiles();
  host.files = files;
  open(core);
  core.call('collections.create', { name: 'own', dimensions: 8 });
  const points = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}`, vector: vector(i) }));
  core.call('collections.upsert', { name: 'own', points });
  for (const name of ['one', 'two', 'three'])
    core.call('records.insert', { table: 'projects', row: { name, description: name.repeat(9000) } });
  core.close();
  return { core, host, contents: files.contents() };
}

function open(core) {
  core.open(OPENED);
  core.call('embedder.load', { table: embedderTable });
}

/** A day whose operation `plan.at` fails and a second one on storage that works again -> `{ total, failed, took }`. */
function live({ core, host, contents }, plan, usual) {
  const files = new FailingFiles(new Map([...contents].map(([name, content]) => [name, content.copy()])));
  host.files = files;
  files.plan(plan);
  let failed = 0;
  try {
    open(core);
  } catch (error) {
    assert.equal(error.code, plan.fault.code, `opening: ${error.message}`);
    failed++;
    files.unharmed(() => open(core));
  }
  const first = day(core, files, 'first', plan, usual);
  failed += first.failed;
  if (plan.closes) {
    core.close();
    files.plan();
    open(core);
  }
  const total = files.count;
  files.plan();
  assert.deepEqual(compareVectors(core), []);
  const second = day(core, files, 'second');
  assert.deepEqual(namesOf(core), [...first.acknowledged, ...second.acknowledged]);
  assert.ok(core.call('maintenance.health', { full: true }).ok);
  assert.deepEqual(compareVectors(core), []);
  const before = allOf(core);
  core.close();
  core.open({ ...OPENED, readOnly: true });
  assert.deepEqual(allOf(core), before, 'it is the same when it is opened again');
  core.close();
  return { total, failed, took: first.took };
}

/** So many of the plans, evenly. */
function spread(plans, count) {
  if (count === 'all' || plans.length <= Number(count)) return plans;
  return Array.from({ length: Number(count) }, (_, i) => plans[Math.floor(((i + 0.5) * plans.length) / Number(count))]);
}

test('storage that fails at any operation, once or for ever, costs the call that needed it and nothing else', async (t) => {
  const start = await prepared();
  const plans = [];
  for (const fault of FAULTS) {
    const { total, took } = live(start, { fault });
    assert.ok(total > 40, `${fault.name}: ${total} operations`);
    for (let at = 1; at <= total; at++)
      for (const forEver of [false, true]) plans.push({ at, fault, forEver, closes: forEver && at % 3 === 0, took });
  }
  const tried = spread(plans, RUNS);
  let failures = 0;
  for (const plan of tried) {
    try {
      failures += live(start, plan, plan.took).failed;
    } catch (error) {
      error.message = `operation ${plan.at}, ${plan.fault.name}, ${plan.forEver ? 'for ever' : 'once'}: ${error.message}`;
      throw error;
    }
  }
  t.diagnostic(`${tried.length} of ${plans.length} runs, ${failures} calls rejected`);
  assert.ok(failures > tried.length / 2, `${failures} calls rejected in ${tried.length} runs`);
});
