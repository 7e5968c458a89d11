// Accounts through the package, with the real WebCrypto: passwords, logins, keys, teams, achievements.
import assert from 'node:assert/strict';
import { createHash, pbkdf2Sync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HALF, refuses, refusesAll } from '../support/misuse.mjs';
import { IMPORTED, PASSWORD, REFUSED, STRONGER } from '../support/password-vectors.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

async function withUser(t, options) {
  const workspace = await openForTest(t, options);
  const user = await workspace.table('users').insert({ username: 'ann', email: 'ann@example.org', role: 'architect' });
  return { workspace, accounts: workspace.accounts, users: workspace.table('users'), user: user.id };
}

test('a password is kept as PBKDF2-HMAC-SHA-256 that Werkzeug can check', async (t) => {
  const { accounts, users, user } = await withUser(t);
  assert.equal(await accounts.verifyPassword(user, PASSWORD), false);
  await accounts.setPassword(user, PASSWORD);
  const { password_hash: hash, password_scheme: scheme } = await users.get(user);
  assert.equal(scheme, 'pbkdf2-sha256');
  const [method, salt, digest] = hash.split('$');
  assert.equal(method, 'pbkdf2:sha256:600000');
  assert.match(salt, /^[0-9a-f]{32}$/);
  assert.equal(digest, pbkdf2Sync(PASSWORD, salt, 600_000, 32, 'sha256').toString('hex'));
  assert.equal(await accounts.verifyPassword(user, PASSWORD), true);
  for (const wrong of ['', PASSWORD.toUpperCase(), PASSWORD.normalize('NFD'), `${PASSWORD} `, HALF, '\0'])
    assert.equal(await accounts.verifyPassword(user, wrong), false, wrong);
  assert.equal((await users.get(user)).password_hash, hash);
  await accounts.setPassword(user, PASSWORD);
  assert.notEqual((await users.get(user)).password_hash, hash, 'a salt of its own each time');
});

test('imported hashes are verified, and renewed by the right password alone', async (t) => {
  const { accounts, users, user } = await withUser(t);
  for (const [what, hash, password] of IMPORTED) {
    await users.update(user, { password_hash: hash, password_scheme: 'unknown' });
    assert.equal(await accounts.verifyPassword(user, `${password}x`), false, what);
    assert.equal((await users.get(user)).password_hash, hash, what);
    assert.equal(await accounts.verifyPassword(user, password), true, what);
    const renewed = await users.get(user);
    assert.match(renewed.password_hash, /^pbkdf2:sha256:600000\$/, what);
    assert.equal(renewed.password_scheme, 'pbkdf2-sha256', what);
    assert.equal(await accounts.verifyPassword(user, password), true, what);
  }
  await users.update(user, { password_hash: STRONGER });
  assert.equal(await accounts.verifyPassword(user, PASSWORD), true);
  assert.equal((await users.get(user)).password_hash, STRONGER);
});

test('hashes of unknown form and hostile cost are refused at once', async (t) => {
  const { accounts, users, user } = await withUser(t);
  for (const [what, hash] of REFUSED) {
    await users.update(user, { password_hash: hash });
    const began = performance.now();
    const error = await refuses(
      what,
      () => accounts.verifyPassword(user, PASSWORD),
      'UNSUPPORTED',
      /Set a new password/,
    );
    assert.ok(performance.now() - began < 2000, what);
    assert.ok(!error.message.includes(hash), what);
    assert.equal((await users.get(user)).password_hash, hash, what);
  }
});

test('who is unknown, suspended or erased is refused like a wrong password', async (t) => {
  const { accounts, users, user } = await withUser(t);
  await accounts.setPassword(user, PASSWORD);
  const time = async (id, password) => {
    const began = performance.now();
    assert.equal(await accounts.verifyPassword(id, password), false);
    return performance.now() - began;
  };
  // In turns, so that other work on the machine slows both.
  let [wrong, unknown] = [Infinity, Infinity];
  for (let round = 0; round < 4; round++) {
    wrong = Math.min(wrong, await time(user, 'wrong'));
    unknown = Math.min(unknown, await time('nobody', PASSWORD));
  }
  assert.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} ms for nobody, ${wrong} ms for a wrong password`);
  for (const state of [{ status: 'suspended' }, { status: 'inactive' }, { erased_at: new Date() }]) {
    await users.update(user, state);
    assert.equal(await accounts.verifyPassword(user, PASSWORD), false);
    await refuses('login', () => accounts.createSession(user), 'FAILED_PRECONDITION');
    await users.update(user, { status: 'active', erased_at: null });
    assert.equal(await accounts.verifyPassword(user, PASSWORD), true);
  }
});

test('a password is checked without keeping other calls waiting', async (t) => {
  const { workspace, accounts, users, user } = await withUser(t);
  const [, slowest] = IMPORTED.find(([what]) => what.includes('scrypt'));
  await users.update(user, { password_hash: slowest });
  let done = false;
  const checking = accounts.verifyPassword(user, PASSWORD).finally(() => (done = true));
  let answered = 0;
  while (!done) {
    await workspace.query('SELECT 1');
    answered++;
  }
  assert.equal(await checking, true);
  assert.ok(answered > 5, `${answered} queries were answered meanwhile`);
});

test('a login is known by its token, of which only the hash is stored', async (t) => {
  const folder = temporaryFolder(t);
  const { workspace, accounts, user } = await withUser(t, { storage: { directory: folder } });
  const before = Date.now();
  const { token, expiresAt } = await accounts.createSession(user, {
    ip: '::1',
    userAgent: 'test',
    data: { theme: 'dark', list: [1] },
  });
  assert.match(token, /^[\w-]{43}$/);
  const lifetime = (Date.parse(expiresAt) - before) / 1000;
  assert.ok(lifetime > 86_390 && lifetime < 86_500, `24 hours, not ${lifetime} s`);
  const session = await accounts.session(token);
  assert.equal(session.user_id, user);
  assert.deepEqual([session.ip_address, session.user_agent, session.role], ['::1', 'test', 'architect']);
  assert.deepEqual(session.data, { theme: 'dark', list: [1] });
  assert.equal(session.token_hash, null);
  assert.notEqual(session.last_used_at, null);
  const [{ token_hash: stored }] = await workspace.query('SELECT token_hash FROM auth_sessions', [], { secrets: true });
  assert.equal(stored, createHash('sha256').update(token).digest('hex'));
  assert.equal(await accounts.session(stored), null, 'the hash is no token');
  const other = await accounts.createSession(user);
  assert.notEqual(other.token, token);
  assert.equal((await accounts.sessions(user)).length, 2);
  await workspace.close();
  const again = await openForTest(t, { storage: { directory: folder } });
  assert.equal((await again.accounts.session(token)).user_id, user);
  assert.equal(await again.accounts.endSession(token), true);
  assert.equal(await again.accounts.endSession(token), false);
  assert.equal(await again.accounts.session(token), null);
  assert.equal(await again.accounts.endSessions(user), 1);
  await again.close();
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (name.isFile())
      assert.ok(!readFileSync(path.join(name.parentPath ?? name.path, name.name)).includes(token), name.name);
  }
});

test('logins end by themselves, as long as the settings or the caller say', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  await workspace.settings.set('static', { session_lifetime_days: 30 });
  const { expiresAt } = await accounts.createSession(user);
  assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * 86_400_000) < 60_000);
  const short = await accounts.createSession(user, { ttlSeconds: 1000 });
  assert.notEqual(await accounts.session(short.token), null);
  const [row] = await workspace.table('auth_sessions').find({ orderBy: 'expires_at', limit: 1 });
  const past = (seconds) => new Date(Date.now() - seconds * 1000);
  await workspace.table('auth_sessions').update(row.id, { created_at: past(2), expires_at: past(1) });
  assert.equal(await accounts.session(short.token), null);
  assert.equal(await workspace.table('auth_sessions').count(), 2, 'nothing deletes them behind your back');
  assert.equal(await accounts.sweepSessions(), 1);
  assert.equal(await accounts.sweepSessions(), 0);
});

test('an issued key is shown once, verified by its hash, and revoked', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const { id, key } = await accounts.issueApiKey(user, { label: 'ci', scopes: ['read', 'write'] });
  assert.match(key, /^avk_[\w-]{43}$/);
  const row = await accounts.verifyApiKey(key);
  assert.deepEqual([row.id, row.label, row.scopes, row.key_hash], [id, 'ci', ['read', 'write'], null]);
  const [listed] = await accounts.apiKeys(user);
  assert.deepEqual([listed.id, listed.key_hash, listed.ciphertext], [id, null, null]);
  const [{ key_hash: stored }] = await workspace.query('SELECT key_hash FROM api_keys', [], { secrets: true });
  assert.equal(stored, createHash('sha256').update(key).digest('hex'));
  for (const wrong of [`${key}x`, key.slice(0, -1), stored, 'avk_', HALF])
    assert.equal(await accounts.verifyApiKey(wrong), null);
  assert.equal(await accounts.revokeApiKey(id), true);
  assert.equal(await accounts.revokeApiKey(id), false);
  assert.equal(await accounts.verifyApiKey(key), null);
  const soon = await accounts.issueApiKey(user, { expiresAt: new Date(Date.now() + 1_000_000) });
  assert.notEqual(await accounts.verifyApiKey(soon.key), null);
  const past = (seconds) => new Date(Date.now() - seconds * 1000);
  await workspace.table('api_keys').update(soon.id, { created_at: past(2), expires_at: past(1) });
  assert.equal(await accounts.verifyApiKey(soon.key), null);
});

test("a provider's key opens by its passphrase alone", async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const secret = 'sk-ünïcode-👍-' + 'x'.repeat(200);
  await accounts.storeProviderKey(user, 'openai', secret, 'pass');
  assert.equal(await accounts.openProviderKey(user, 'openai', 'pass'), secret);
  await refuses('wrong', () => accounts.openProviderKey(user, 'openai', 'Pass'), 'WRONG_PASSPHRASE');
  await refuses('other provider', () => accounts.openProviderKey(user, 'anthropic', 'pass'), 'NOT_FOUND');
  await accounts.storeProviderKey(user, 'openai', 'second', 'pass 2');
  assert.equal(await accounts.openProviderKey(user, 'openai', 'pass 2'), 'second');
  await refuses('first passphrase', () => accounts.openProviderKey(user, 'openai', 'pass'), 'WRONG_PASSPHRASE');
  const [row, ...more] = await accounts.providers(user);
  assert.deepEqual([row.provider, row.cipher, row.ciphertext, row.kdf], ['openai', 'aes-256-gcm', null, null]);
  assert.deepEqual(more, []);
  // Who can write the database but has no passphrase gets nothing by moving the bytes to himself.
  const { id: ben } = await workspace.table('users').insert({ username: 'ben' });
  await workspace.execute('UPDATE api_keys SET user_id = ?', [ben]);
  await refuses('moved', () => accounts.openProviderKey(ben, 'openai', 'pass 2'), 'WRONG_PASSPHRASE');
  assert.equal(await accounts.removeProviderKey(ben, 'openai'), true);
  assert.equal(await accounts.removeProviderKey(ben, 'openai'), false);
});

test('a key that another system sealed says what to do', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const keys = workspace.table('api_keys');
  const seal = (cipher, kdf) =>
    keys.insert({
      user_id: user,
      kind: 'provider',
      provider: `${cipher}${kdf}`,
      cipher,
      kdf,
      ciphertext: new Uint8Array(40),
    });
  for (const [cipher, kdf] of [
    ['pgp_sym', null],
    ['aes-256-gcm', null],
    ['aes-256-gcm', 'pbkdf2:sha256:99999999$ab'],
    ['aes-256-gcm', 'pbkdf2:sha256:0$ab'],
  ]) {
    await seal(cipher, kdf);
    await refuses(
      `${cipher} ${kdf}`,
      () => accounts.openProviderKey(user, `${cipher}${kdf}`, 'p'),
      'UNSUPPORTED',
      /store it again/,
    );
  }
  await seal('aes-256-gcm', 'pbkdf2:sha256:1000$abcd');
  await refuses(
    'zeros',
    () => accounts.openProviderKey(user, 'aes-256-gcmpbkdf2:sha256:1000$abcd', 'p'),
    'WRONG_PASSPHRASE',
  );
  await accounts.storeProviderKey(user, 'pgp_symnull', 'again', 'p');
  assert.equal(await accounts.openProviderKey(user, 'pgp_symnull', 'p'), 'again');
});

test('teams are plain tables', async (t) => {
  const { workspace, user } = await withUser(t);
  const teams = workspace.table('teams');
  const members = workspace.table('user_teams');
  const { id: team } = await teams.insert({ name: 'Platform', description: 'Owns the runtime' });
  const { id: ben } = await workspace.table('users').insert({ username: 'ben' });
  await members.insert({ user_id: user, team_id: team, role: 'lead', joined_at: new Date() });
  await members.insert({ user_id: ben, team_id: team, role: 'member' });
  await refuses('twice', () => members.insert({ user_id: ben, team_id: team }), 'ALREADY_EXISTS');
  await refuses('no team', () => members.insert({ user_id: ben, team_id: 'nowhere' }), 'CONSTRAINT');
  assert.deepEqual((await members.find({ where: { team_id: team } })).map(({ role }) => role).sort(), [
    'lead',
    'member',
  ]);
  await members.update({ user_id: ben, team_id: team }, { role: 'lead' });
  assert.equal(await members.count({ team_id: team, role: 'lead' }), 2);
  assert.deepEqual(
    await workspace.sql`SELECT t.name FROM user_teams m JOIN teams t ON t.id = m.team_id WHERE m.user_id = ${ben}`,
    [{ name: 'Platform' }],
  );
  assert.equal(await members.delete({ user_id: ben, team_id: team }), true);
  await teams.delete(team);
  assert.equal(await members.count(), 0);
});

test('an achievement is earned once', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const award = { type: 'validation', name: 'First pass', points: 10, metadata: { score: 91 } };
  const results = await Promise.all(Array.from({ length: 10 }, () => accounts.award(user, award)));
  assert.equal(results.filter(({ awarded }) => awarded).length, 1);
  assert.equal(new Set(results.map(({ achievement }) => achievement.id)).size, 1);
  await accounts.award(user, { type: 'validation', name: 'Tenth pass', points: 5 });
  await accounts.award(user, { type: 'streak', name: 'First pass' });
  const { points, achievements } = await accounts.achievements(user);
  assert.equal(points, 15);
  assert.deepEqual(achievements.map(({ achievement_name: name }) => name).sort(), [
    'First pass',
    'First pass',
    'Tenth pass',
  ]);
  assert.equal(await workspace.table('achievements').count(), 3);
});

test('no secret is left in the audit log, nor in what calls answer', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  await accounts.setPassword(user, PASSWORD);
  const { token } = await accounts.createSession(user, { data: { inner: 'session-secret' } });
  const { key } = await accounts.issueApiKey(user);
  await accounts.storeProviderKey(user, 'openai', 'sk-secret', 'pass phrase');
  const hashes = (
    await workspace.query(
      'SELECT password_hash AS h FROM users UNION SELECT token_hash FROM auth_sessions ' +
        'UNION SELECT key_hash FROM api_keys WHERE key_hash IS NOT NULL',
      [],
      { secrets: true },
    )
  ).map(({ h }) => h);
  assert.equal(hashes.length, 3);
  const trail = await workspace.table('audit_log').find();
  assert.ok(trail.some(({ resource_type: table }) => table === 'auth_sessions'));
  assert.ok(JSON.stringify(trail).includes('[secret]'));
  const answers = JSON.stringify([
    trail,
    await accounts.session(token),
    await accounts.sessions(user),
    await accounts.verifyApiKey(key),
    await accounts.apiKeys(user),
    await accounts.providers(user),
  ]);
  for (const secret of [PASSWORD, token, key, 'sk-secret', 'pass phrase', ...hashes])
    assert.ok(!answers.includes(secret), `${secret} shows`);
});

test('wrong calls are refused before anything is written', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const wrong = [undefined, null, '', 5, {}, []];
  await refusesAll([
    ...wrong.flatMap((id) => [
      [`setPassword ${id}`, () => accounts.setPassword(id, 'x'), undefined, /userId/],
      [`verifyPassword ${id}`, () => accounts.verifyPassword(id, 'x'), undefined, /userId/],
      [`createSession ${id}`, () => accounts.createSession(id), undefined, /userId/],
      [`sessions ${id}`, () => accounts.sessions(id), undefined, /userId/],
      [`endSessions ${id}`, () => accounts.endSessions(id), undefined, /userId/],
      [`issueApiKey ${id}`, () => accounts.issueApiKey(id), undefined, /userId/],
      [`apiKeys ${id}`, () => accounts.apiKeys(id), undefined, /userId/],
      [`storeProviderKey ${id}`, () => accounts.storeProviderKey(id, 'p', 's', 'x'), undefined, /userId/],
      [`openProviderKey ${id}`, () => accounts.openProviderKey(id, 'p', 'x'), undefined, /userId/],
      [`removeProviderKey ${id}`, () => accounts.removeProviderKey(id, 'p'), undefined, /userId/],
      [`providers ${id}`, () => accounts.providers(id), undefined, /userId/],
      [`award ${id}`, () => accounts.award(id, { type: 'a', name: 'b' }), undefined, /userId/],
      [`achievements ${id}`, () => accounts.achievements(id), undefined, /userId/],
      [`password ${id}`, () => accounts.setPassword(user, id), undefined, /password/],
      [`token ${id}`, () => accounts.session(id), undefined, /token/],
      [`end ${id}`, () => accounts.endSession(id), undefined, /token/],
      [`key ${id}`, () => accounts.verifyApiKey(id), undefined, /key/],
      [`revoke ${id}`, () => accounts.revokeApiKey(id), undefined, /id/],
      [`provider ${id}`, () => accounts.storeProviderKey(user, id, 's', 'x'), undefined, /provider/],
      [`secret ${id}`, () => accounts.storeProviderKey(user, 'p', id, 'x'), undefined, /secret/],
      [`passphrase ${id}`, () => accounts.storeProviderKey(user, 'p', 's', id), undefined, /passphrase/],
      [`achievement ${id}`, () => accounts.award(user, id), undefined, /achievement/],
    ]),
    ['half a character', () => accounts.setPassword(user, HALF), undefined, /password/],
    ['a book for a password', () => accounts.setPassword(user, 'x'.repeat(5000)), undefined, /4096/],
    ['half a secret', () => accounts.storeProviderKey(user, 'p', HALF, 'x'), undefined, /secret/],
    ['half a passphrase', () => accounts.storeProviderKey(user, 'p', 's', HALF), undefined, /passphrase/],
    ['NUL in a provider', () => accounts.storeProviderKey(user, 'a\0b', 's', 'x')],
    ['half a user', () => accounts.createSession(HALF)],
    ['ttl', () => accounts.createSession(user, { ttlSeconds: 0 }), undefined, /ttlSeconds/],
    ['ttl for ever', () => accounts.createSession(user, { ttlSeconds: 1e12 }), undefined, /ttlSeconds/],
    ['option', () => accounts.createSession(user, { ttl: 5 }), undefined, /ttl/],
    ['ip', () => accounts.createSession(user, { ip: 5 }), undefined, /ip/],
    ['data', () => accounts.createSession(user, { data: () => 1 })],
    ['scopes', () => accounts.issueApiKey(user, { scopes: 'read' }), undefined, /scopes/],
    ['a scope', () => accounts.issueApiKey(user, { scopes: [''] }), undefined, /scopes/],
    ['expired', () => accounts.issueApiKey(user, { expiresAt: '2020-01-01' }), undefined, /expiresAt/],
    ['expires', () => accounts.issueApiKey(user, { expiresAt: 'soon' }), undefined, /expires/],
    ['invalid date', () => accounts.issueApiKey(user, { expiresAt: new Date(NaN) }), undefined, /expiresAt/],
    ['points', () => accounts.award(user, { type: 'a', name: 'b', points: -1 }), undefined, /points/],
    ['name', () => accounts.award(user, { type: 'a' }), undefined, /name/],
    ['user_id given', () => accounts.award(user, { type: 'a', name: 'b', user_id: 'x' }), undefined, /user_id/],
  ]);
  const nobody = "x' OR '1'='1";
  await refusesAll(
    [
      ['setPassword', () => accounts.setPassword(nobody, 'x')],
      ['createSession', () => accounts.createSession(nobody)],
      ['sessions', () => accounts.sessions(nobody)],
      ['issueApiKey', () => accounts.issueApiKey(nobody)],
      ['apiKeys', () => accounts.apiKeys(nobody)],
      ['storeProviderKey', () => accounts.storeProviderKey(nobody, 'p', 's', 'x')],
      ['openProviderKey', () => accounts.openProviderKey(nobody, 'p', 'x')],
      ['award', () => accounts.award(nobody, { type: 'a', name: 'b' })],
      ['achievements', () => accounts.achievements(nobody)],
    ].map(([label, call]) => [label, call, 'NOT_FOUND']),
  );
  assert.equal(await accounts.revokeApiKey(nobody), false);
  assert.equal(await accounts.endSessions(nobody), 0);
  for (const table of ['auth_sessions', 'api_keys', 'achievements'])
    assert.equal(await workspace.table(table).count(), 0, table);
});

test('after closing, and while closing, every call is answered', async (t) => {
  const { workspace, accounts, user } = await withUser(t);
  const open = [accounts.setPassword(user, 'x'), accounts.verifyPassword(user, 'y'), accounts.createSession(user)];
  const closing = workspace.close();
  for (const { reason } of await Promise.allSettled(open))
    assert.ok(reason === undefined || reason.code === 'FAILED_PRECONDITION', reason);
  await closing;
  await refuses('closed', () => accounts.verifyPassword(user, 'x'), 'FAILED_PRECONDITION', /closed/);
  await refuses('closed', () => workspace.cache.get('k'), 'FAILED_PRECONDITION', /closed/);
  await refuses('closed', () => workspace.settings.resolve(), 'FAILED_PRECONDITION', /closed/);
});
