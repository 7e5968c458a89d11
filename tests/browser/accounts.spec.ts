// Accounts and cache with a real browser's WebCrypto and private file system, under the strict content security policy.
import { expect, test } from '@playwright/test';
import { IMPORTED, PASSWORD } from '../support/password-vectors.mjs';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

test('every kind of password is verified, and the newest way is used from then on', async ({ page }) => {
  test.setTimeout(120_000);
  const problems = await load(page, server.address);
  const results = await page.evaluate(
    async ({ imported, own }) => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace('passwords');
      const users = workspace.table('users');
      const { id } = await users.insert({ username: 'ann' });
      const { accounts } = workspace;
      await accounts.setPassword(id, own);
      const found = [
        ['own', await accounts.verifyPassword(id, own), await accounts.verifyPassword(id, ''), true] as unknown[],
      ];
      for (const [what = '', hash = '', password = ''] of imported) {
        await users.update(id, { password_hash: hash });
        const wrong = await accounts.verifyPassword(id, `${password}x`);
        const right = await accounts.verifyPassword(id, password);
        const renewed = (await users.get(id))?.password_hash?.startsWith('pbkdf2:sha256:600000$');
        found.push([what, right, wrong, renewed]);
      }
      await workspace.close();
      return found;
    },
    { imported: IMPORTED, own: PASSWORD },
  );
  expect(results).toEqual([['own', true, false, true], ...IMPORTED.map(([what]) => [what, true, false, true])]);
  expect(problems).toEqual([]);
});

test('logins, sealed keys, settings and the cache survive a reload', async ({ page }) => {
  const problems = await load(page, server.address);
  const { user, token } = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('accounts');
    const { id } = await workspace.table('users').insert({ username: 'ann' });
    await workspace.accounts.storeProviderKey(id, 'openai', 'sk-secret', 'pass phrase');
    await workspace.settings.set({ user: id }, { temperature: 0 });
    await workspace.cache.set('session:abc', { user_id: id });
    await workspace.cache.hit(id, '/api', { limit: 2, windowSeconds: 600 });
    const session = await workspace.accounts.createSession(id);
    // Not closed: the page is left in the middle of everything.
    return { user: id, token: session.token };
  });
  await load(page, server.address);
  const after = await page.evaluate(
    async ({ id, key }) => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace('accounts');
      const { accounts, cache, settings } = workspace;
      const wrong = await accounts
        .openProviderKey(id, 'openai', 'other')
        .catch((error: { code: string }) => error.code);
      const answer = {
        secret: await accounts.openProviderKey(id, 'openai', 'pass phrase'),
        wrong,
        session: (await accounts.session(key))?.user_id === id,
        cached: await cache.get('session:abc'),
        hit: (await cache.hit(id, '/api', { limit: 2 })).remaining,
        temperature: (await settings.resolve({ user: id })).temperature,
      };
      await workspace.close();
      return answer;
    },
    { id: user, key: token },
  );
  expect(after).toEqual({
    secret: 'sk-secret',
    wrong: 'WRONG_PASSPHRASE',
    session: true,
    cached: { user_id: user },
    hit: 0,
    temperature: { value: 0, source: 'user' },
  });
  expect(problems).toEqual([]);
});
