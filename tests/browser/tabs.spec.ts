// Several tabs of one workspace: one database, whoever of them holds it, and whatever becomes of that one.
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { load, type Window } from './library-page';
import { crash, insert, openTab as openTabAt, role, tags } from './tabs-page';
import { serveDist } from '../support/serve-dist.mjs';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());
const openTab = (context: BrowserContext, name: string): Promise<Page> => openTabAt(context, server.address, name);

test('tabs see one workspace: rows, events, roles', async ({ context }) => {
  const first = await openTab(context, 'seen');
  const second = await openTab(context, 'seen');
  expect(await Promise.all([role(first), role(second)])).toEqual(['leader', 'follower']);
  for (const page of [first, second]) {
    await page.evaluate(() => {
      const window = globalThis as unknown as Window & { heard: string[]; watched: number[] };
      window.heard = [];
      window.watched = [];
      window.workspace.on('change', ({ tables }) => window.heard.push(...tables));
      window.workspace.table('tags').watch({}, (rows) => window.watched.push(rows.length));
    });
  }
  const id = await insert(second, 'from the second');
  await insert(first, 'from the first');
  for (const page of [first, second]) {
    expect(await tags(page)).toEqual(['from the first', 'from the second']);
    await page.waitForFunction(() => {
      const { heard, watched } = globalThis as unknown as { heard: string[]; watched: number[] };
      return watched.at(-1) === 2 && heard.includes('tags');
    });
    const heard = await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
    expect(heard).not.toContain('migration_state');
  }
  const code = await second.evaluate(
    (given) =>
      (globalThis as unknown as Window).workspace
        .table('tags')
        .insert({ id: given, name: 'twice' })
        .then(
          () => 'inserted',
          (error: { code: string }) => error.code,
        ),
    id,
  );
  expect(code).toBe('ALREADY_EXISTS');
});

test('the leader closes, is closed, crashes: the next one leads, and nothing is lost', async ({ context }) => {
  const [first, second, third] = [
    await openTab(context, 'passed-on'),
    await openTab(context, 'passed-on'),
    await openTab(context, 'passed-on'),
  ];
  await insert(third, 'one');
  await first.evaluate(() => (globalThis as unknown as Window).workspace.close());
  expect(await tags(third)).toEqual(['one']);
  expect(await role(second)).toBe('leader');
  await insert(third, 'two');
  await crash(context, second);
  expect(await tags(third)).toEqual(['one', 'two']);
  expect(await role(third)).toBe('leader');
  const fourth = await openTab(context, 'passed-on');
  await insert(fourth, 'three');
  await third.close();
  expect(await tags(fourth)).toEqual(['one', 'three', 'two']);
});

test('a tab that has rehearsed leading leads with the stored rows, and stores what comes', async ({ context }) => {
  const first = await openTab(context, 'rehearsed');
  await insert(first, 'before');
  const second = await openTab(context, 'rehearsed');
  expect(await tags(second)).toEqual(['before']);
  // Nothing is asked for, so that it rehearses; where the machine is too slow for that it leads without.
  await second.waitForTimeout(6000);
  await crash(context, first);
  await insert(second, 'after');
  expect(await role(second)).toBe('leader');
  const status = await second.evaluate(() => (globalThis as unknown as Window).workspace.status());
  expect(status).toMatchObject({ storage: 'opfs', readOnly: false, storageFailure: null });
  await second.evaluate(() => (globalThis as unknown as Window).workspace.close());
  const third = await openTab(context, 'rehearsed');
  expect(await tags(third)).toEqual(['after', 'before']);
});

test('writes of tabs under the deaths of twelve leaders are done once each', async ({ context }) => {
  test.setTimeout(240_000);
  const pages: Page[] = [];
  for (let i = 0; i < 3; i++) pages.push(await openTab(context, 'once'));
  const write = (page: Page): Promise<void> =>
    page.evaluate(() => {
      const window = globalThis as unknown as Window & { acknowledged: string[]; failed: string[]; go: boolean };
      window.acknowledged ??= [];
      window.failed ??= [];
      window.go = true;
      void (async () => {
        for (let i = 0; window.go; i++) {
          const name = `${Math.random()}`;
          try {
            if (i % 3 === 0) {
              await window.workspace.transaction(async (tx) => {
                const { id } = await tx.table('tags').insert({ name: `${name} draft` });
                await tx.table('tags').update(id, { name });
              });
            } else await window.workspace.table('tags').insert({ name });
            window.acknowledged.push(name);
          } catch (error) {
            window.failed.push(`${(error as { code: string }).code} ${(error as Error).message}`);
          }
        }
      })();
    });
  const acknowledged: string[] = [];
  const collect = async (page: Page): Promise<number> => {
    const told = await page.evaluate(() => {
      const window = globalThis as unknown as { acknowledged: string[]; failed: string[] };
      return { acknowledged: window.acknowledged.splice(0), failed: window.failed.splice(0) };
    });
    expect(told.failed).toEqual([]);
    acknowledged.push(...told.acknowledged);
    return told.acknowledged.length;
  };
  // The leader is the one that opened first; it only serves.
  for (const page of pages.slice(1)) await write(page);
  for (let death = 0; death < 12; death++) {
    const [leader, ...others] = pages;
    if (leader === undefined) throw new Error('no tab is left');
    await expect.poll(() => others[0] && collect(others[0])).toBeGreaterThan(0);
    // What the leader wrote itself and was told of would be lost with its page, not with the database: read it first.
    await leader.evaluate(() => ((globalThis as unknown as { go: boolean }).go = false));
    if (death > 0) await collect(leader);
    if (death % 2 === 0) await crash(context, leader);
    else await leader.close();
    pages.shift();
    const next = await openTab(context, 'once');
    pages.push(next);
    await write(next);
  }
  for (const page of pages) await page.evaluate(() => ((globalThis as unknown as { go: boolean }).go = false));
  for (const page of pages) {
    // The last calls that were under way.
    await page.evaluate(() => (globalThis as unknown as Window).workspace.table('tags').count());
    await page.waitForTimeout(0);
    await collect(page);
  }
  const [reader] = pages;
  if (reader === undefined) throw new Error('no tab is left');
  const stored = await tags(reader);
  expect(new Set(stored).size).toBe(stored.length);
  const missing = acknowledged.filter((name) => !stored.includes(name));
  expect(missing).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(24);
  expect(stored.filter((name) => name.endsWith('draft'))).toEqual([]);
});

test('nobody reads what is not committed; a tab that dies in a transaction is rolled back at once', async ({
  context,
}) => {
  const first = await openTab(context, 'isolated');
  const second = await openTab(context, 'isolated');
  await second.evaluate(async () => {
    const window = globalThis as unknown as Window;
    await new Promise<void>((resolve) => {
      void window.workspace.transaction(async (tx) => {
        await tx.table('tags').insert({ name: 'never' });
        resolve();
        await new Promise(() => undefined);
      });
    });
  });
  const reading = tags(first);
  const started = Date.now();
  await second.close();
  expect(await reading).toEqual([]);
  // Sooner than the deadline of an idle transaction.
  expect(Date.now() - started).toBeLessThan(4500);
});

test('tabs that cannot share hear why', async ({ context }) => {
  const first = await openTab(context, 'agreed');
  const second = await context.newPage();
  await load(second, server.address);
  const other = await second.evaluate(() =>
    (globalThis as unknown as Window).archivolt.openWorkspace({ name: 'agreed', durability: 'relaxed' }).then(
      () => 'opened',
      (error: { code: string; message: string }) => `${error.code} ${error.message}`,
    ),
  );
  expect(other).toMatch(/^FAILED_PRECONDITION .*same embedder and durability/);
  const stranger = await second.evaluate(async () => {
    const tab = 'f'.repeat(32);
    const channel = new BroadcastChannel(`archivolt:workspace:agreed:${tab}`);
    const said: string[] = [];
    const heard = new Promise<{ said: string[]; error: { code: string; message: string } }>((resolve) => {
      channel.onmessage = ({ data }) => {
        said.push(data.kind);
        if (data.kind === 'refused') resolve({ said, error: data.error });
      };
    });
    const all = new BroadcastChannel('archivolt:workspace:agreed');
    // Noise of other scripts is no message.
    for (const noise of [null, 'x', 1, {}, { kind: 1 }, { kind: 'join' }, { kind: 'join', tab: 4 }])
      all.postMessage(noise);
    all.postMessage({ kind: 'join', tab, version: 99, settings: '' });
    return heard;
  });
  // Whoever leads says at once that it is there: what it does first may take its time, and nobody hears BUSY for it.
  expect(stranger).toMatchObject({ said: ['wait', 'refused'], error: { code: 'PROTOCOL_MISMATCH' } });
  expect(stranger.error.message).toMatch(/Reload/);
  expect(await tags(first)).toEqual([]);
  const deletion = await second.evaluate(() =>
    (globalThis as unknown as Window).archivolt.deleteWorkspace('agreed').then(
      () => 'deleted',
      (error: { code: string }) => error.code,
    ),
  );
  expect(deletion).toBe('BUSY');
});

test('ten tabs that open at once find one leader, and each its rows', async ({ context }) => {
  test.setTimeout(180_000);
  const pages: Page[] = [];
  for (let i = 0; i < 10; i++) {
    const page = await context.newPage();
    await load(page, server.address);
    pages.push(page);
  }
  const roles = await Promise.all(
    pages.map((page, index) =>
      page.evaluate(async (name) => {
        const window = globalThis as unknown as Window;
        window.workspace = await window.archivolt.openWorkspace({ name: 'ten', embedder: null });
        await window.workspace.table('tags').insert({ name });
        return (await window.workspace.status()).role;
      }, `tag ${index}`),
    ),
  );
  expect(roles.filter((one) => one === 'leader')).toHaveLength(1);
  for (const page of pages) expect(await tags(page)).toHaveLength(10);
});

test('an ingest of a follower, its progress and its result outlive the leader', async ({ context }) => {
  const first = await openTab(context, 'taken-in');
  const second = await openTab(context, 'taken-in');
  const sources = Array.from({ length: 40 }, (_, at) => ({
    filename: `${at}.md`,
    content: `# Part ${at}\n\n${`The beam ${at} carries the load of the vault. `.repeat(400)}`,
  }));
  await second.evaluate((documents) => {
    const window = globalThis as unknown as Window & { done: number; report: Promise<{ documents: unknown[] }> };
    window.done = 0;
    window.report = window.workspace.documents.ingest(documents, {
      onProgress: ({ phase, done }) => {
        if (phase === 'documents') window.done = done;
      },
    });
  }, sources);
  await second.waitForFunction(() => (globalThis as unknown as { done: number }).done >= 3);
  await crash(context, first);
  const statuses = await second.evaluate(async () => {
    const { report } = globalThis as unknown as { report: Promise<{ documents: { status: string }[] }> };
    return (await report).documents.map(({ status }) => status);
  });
  // Those that the first leader had finished are there already when it is asked again.
  expect(statuses).toHaveLength(40);
  expect(statuses.every((status) => status === 'indexed' || status === 'duplicate')).toBe(true);
  const stored = await second.evaluate(() =>
    (globalThis as unknown as Window).workspace.query<{ documents: number; chunks: number }>(
      'SELECT count(*) AS documents, (SELECT count(DISTINCT document_id) FROM document_chunks) AS chunks FROM documents',
    ),
  );
  expect(stored).toEqual([{ documents: 40, chunks: 40 }]);
});

test('a tab that reloads again and again harms nobody', async ({ context }) => {
  test.setTimeout(120_000);
  const first = await openTab(context, 'reloaded');
  const second = await openTab(context, 'reloaded');
  for (let i = 0; i < 10; i++) {
    const page = i % 2 === 0 ? first : second;
    await page.reload();
    await load(page, server.address);
    await page.evaluate(async () => {
      const window = globalThis as unknown as Window;
      window.workspace = await window.archivolt.openWorkspace({ name: 'reloaded', embedder: null });
    });
    await insert(page, `reload ${i}`);
    expect(await tags(i % 2 === 0 ? second : first)).toHaveLength(i + 1);
  }
});

test('a transaction whose leader ends runs again from its start', async ({ context }) => {
  const first = await openTab(context, 'again');
  const second = await openTab(context, 'again');
  await second.evaluate(async () => {
    const window = globalThis as unknown as Window & { runs: number; go: () => void; finished: Promise<string> };
    window.runs = 0;
    await new Promise<void>((begun) => {
      const held = new Promise<void>((resolve) => (window.go = resolve));
      window.finished = window.workspace.transaction(async (tx) => {
        const run = ++window.runs;
        await tx.table('tags').insert({ name: 'kept' });
        begun();
        await held;
        await tx.table('tags').insert({ name: `run ${run}` });
        return `run ${run}`;
      });
    });
  });
  await first.close();
  // The next leader is there: what was asked of it has an answer.
  expect(await tags(second)).toEqual([]);
  const finished = await second.evaluate(async () => {
    const window = globalThis as unknown as { go: () => void; finished: Promise<string> };
    window.go();
    return window.finished;
  });
  expect(finished).toBe('run 2');
  expect(await tags(second)).toEqual(['kept', 'run 2']);
});

test('what cannot be repeated is told as unknown, and marks of answered writes do not stay', async ({ context }) => {
  const first = await openTab(context, 'unknown');
  const second = await openTab(context, 'unknown');
  for (let i = 0; i < 5; i++) await insert(second, `tag ${i}`);
  // The leader's lane is held, so that the call of the second tab is under way when the leader ends.
  await first.evaluate(async () => {
    const window = globalThis as unknown as Window;
    await new Promise<void>((begun) => {
      void window.workspace.transaction(async () => {
        begun();
        await new Promise(() => undefined);
      });
    });
  });
  const told = second.evaluate(() => {
    const { workspace } = globalThis as unknown as Window;
    const code = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    return Promise.all([
      code(workspace.accounts.createSession('nobody')),
      code(workspace.cache.increment('counter')),
      code(workspace.table('tags').insert({ name: 'last' })),
      code(workspace.table('tags').count()),
    ]);
  });
  await second.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  await first.close();
  expect(await told).toEqual(['WORKER_LOST', 'done', 'done', 'done']);
  expect(await second.evaluate(() => (globalThis as unknown as Window).workspace.cache.increment('counter'))).toBe(2);
  expect(await tags(second)).toHaveLength(6);
  const third = await openTab(context, 'unknown');
  await insert(third, 'from the third');
  await insert(third, 'and another');
  const marks = await second.evaluate(() =>
    (globalThis as unknown as Window).workspace.query<{ n: number }>(
      "SELECT count(*) AS n FROM migration_state WHERE id GLOB 'call:*'",
    ),
  );
  expect(marks[0]?.n).toBeLessThanOrEqual(2);
});

test('marks of a tab go when it closes', async ({ context }) => {
  const first = await openTab(context, 'marked');
  const second = await openTab(context, 'marked');
  await insert(second, 'kept');
  const marks = (): Promise<number> =>
    first.evaluate(async () => {
      const { workspace } = globalThis as unknown as Window;
      const sql = "SELECT count(*) AS n FROM migration_state WHERE id GLOB 'call:*'";
      return (await workspace.query<{ n: number }>(sql))[0]?.n ?? -1;
    });
  expect(await marks()).toBe(1);
  await second.evaluate(() => (globalThis as unknown as Window).workspace.close());
  await expect.poll(marks).toBe(0);
  expect(await tags(first)).toEqual(['kept']);
});

test('an engine that stops hands the workspace over to the next tab', async ({ context }) => {
  // Every function of the module traps when the test says so; nothing else of the worker is changed.
  await context.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const trap = `
      const { instantiate } = WebAssembly;
      let stopped = false;
      const told = new BroadcastChannel('test:trap');
      told.onmessage = () => {
        stopped = true;
        told.postMessage('stopped');
      };
      WebAssembly.instantiate = async (module, imports) => {
        const { exports } = await instantiate(module, imports);
        const wrapped = Object.entries(exports).map(([name, value]) => [
          name,
          typeof value !== 'function' ? value : (...given) => {
            if (stopped) throw new WebAssembly.RuntimeError('unreachable');
            return value(...given);
          },
        ]);
        return { exports: Object.fromEntries(wrapped) };
      };`;
    await route.fulfill({ response, body: `${trap}\n${await response.text()}` });
  });
  const first = await openTab(context, 'stopped');
  await context.unroute('**/worker.js');
  const second = await openTab(context, 'stopped');
  await insert(second, 'before');
  const codes = (page: Page): Promise<string> =>
    page.evaluate(() =>
      (globalThis as unknown as Window).workspace
        .table('tags')
        .insert({ name: 'stops' })
        .then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
    );
  await first.evaluate(() =>
    new Promise((stopped) => {
      const channel = new BroadcastChannel('test:trap');
      channel.onmessage = stopped;
      channel.postMessage({});
    }).then(() => null),
  );
  // Who asked for what stopped it hears so, and it is not done again.
  expect(await codes(first)).toBe('INTERNAL');
  expect(await tags(second)).toEqual(['before']);
  expect(await role(second)).toBe('leader');
  expect(await codes(first)).toBe('INTERNAL');
  // As the error says: open it again.
  await first.evaluate(async () => {
    const window = globalThis as unknown as Window;
    await window.workspace.close();
    window.workspace = await window.archivolt.openWorkspace({ name: 'stopped', embedder: null });
  });
  expect(await role(first)).toBe('follower');
  expect(await tags(first)).toEqual(['before']);
});

test('a worker opens one workspace, and says so when it is asked twice at once', async ({ context }) => {
  const page = await context.newPage();
  await load(page, server.address);
  const answers = await page.evaluate(
    () =>
      new Promise<unknown[]>((resolve) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        const heard: { id: number; ok: boolean; error?: { code: string } }[] = [];
        const params = {
          name: 'once-only',
          storage: 'opfs',
          embedder: { kind: 'none' },
          durability: 'full',
          readOnly: false,
          slowQueryMs: 1000,
          wasmUrl: null,
          lockToken: '',
        };
        worker.onmessage = ({ data }) => {
          if (data.kind === 'hello')
            for (const id of [1, 2]) worker.postMessage({ kind: 'request', id, method: 'workspace.open', params });
          if (data.kind === 'reply' && heard.push(data) === 2) {
            resolve(heard.sort((a, b) => a.id - b.id).map(({ ok, error }) => (ok ? 'opened' : error?.code)));
            worker.terminate();
          }
        };
        worker.postMessage({ kind: 'hello', version: 1 });
      }),
  );
  expect(answers).toEqual(['opened', 'FAILED_PRECONDITION']);
});

test('who waits to read alone does not come between the leader and who follows it', async ({ context }) => {
  const first = await openTab(context, 'queue');
  const second = await context.newPage();
  await load(second, server.address);
  const reading = second.evaluate(() =>
    (globalThis as unknown as Window).archivolt.openWorkspace({ name: 'queue', embedder: null, readOnly: true }).then(
      () => 'opened',
      (error: { code: string }) => error.code,
    ),
  );
  const third = await openTab(context, 'queue');
  await first.close();
  await insert(third, 'goes on');
  expect(await role(third)).toBe('leader');
  expect(await reading).toBe('BUSY');
});
