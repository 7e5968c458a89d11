// What the documents demand of accounts, caches, retention and settings, shown through the services. As checks-records.mjs.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const ago = (days) => new Date(Date.now() - days * DAY);
const person = async (workspace, row = {}) => (await workspace.table('users').insert({ username: 'ann', ...row })).id;

/** Something of every kind that is held about a person. */
async function belongings(workspace) {
  const user = await person(workspace, { email: 'ann@example.org' });
  await workspace.table('ai_requests').insert({ kind: 'query', user_id: user, prompt_text: 'zebrafish question' });
  await workspace.table('decisions').insert({ user_id: user, title: 'zebrafish decision', options: [] });
  return user;
}

/** How long the entry lives, in seconds. */
async function secondsOf(workspace, key) {
  const sql = 'SELECT expires_at - created_at AS life FROM cache_entries WHERE key = ?';
  const [{ life }] = await workspace.query(sql, [key]);
  return Number(life) / 1e6;
}

/** An entry that lives shortly is not answered any more. */
async function ends(workspace, key) {
  await workspace.cache.set(key, 1, { ttlSeconds: 0.05 });
  await setTimeout(100);
  assert.equal(await workspace.cache.get(key), undefined);
}

const SECRETS = {
  // The password is 'correct horse'.
  'werkzeug-pbkdf2': 'pbkdf2:sha256:1000$saltsalt$a900cf4996b73ab9b2cbda0ad4fbb464b2f03f64afce6c77caef0ebc376afc9d',
  bcrypt: '$2b$04$3oqDhIc4YFk5NmM.JLrf/u/u/rR3kjg1QYDm1rTMbwBSQ7NEEzixW',
};

export const SERVICE_CHECKS = {
  async exportUser({ workspace }) {
    const user = await belongings(workspace);
    const file = await workspace.privacy.exportUser(user);
    const text = await file.text();
    assert.match(text, /zebrafish question/);
    assert.match(text, /ann@example\.org/);
    JSON.parse(text);
  },

  async eraseUser({ workspace }) {
    const user = await belongings(workspace);
    const dry = await workspace.privacy.eraseUser(user, { dryRun: true });
    assert.ok(dry.erased.ai_requests >= 1);
    assert.equal(await workspace.table('ai_requests').count(), 1, 'a dry run erases nothing');
    const { pseudonym, erased } = await workspace.privacy.eraseUser(user);
    assert.ok(erased.ai_requests >= 1);
    assert.equal(await workspace.table('ai_requests').count(), 0);
    assert.deepEqual((await workspace.search('zebrafish', { mode: 'keyword' })).hits, []);
    assert.ok(pseudonym.length > 0 && !pseudonym.includes(user));
    const trail = await workspace.query('SELECT * FROM audit_log');
    assert.ok(trail.length > 0, 'the trail stays');
    assert.doesNotMatch(
      JSON.stringify(trail, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      /ann@example/,
    );
  },

  async retention({ workspace, args }) {
    const classes = await workspace.privacy.retention();
    assert.equal(classes.find((entry) => entry.class === args.class)?.keepDays, args.days, args.class);
    const beyond = ago(args.days + 1);
    const within = ago(Math.max(args.days - 1, 0));
    const user_id = await person(workspace);
    const rows = {
      logs: ['audit_log', (time) => ({ action: 'query', created_at: time })],
      projects: ['projects', (time) => ({ name: 'p', deleted_at: time })],
      sessions: ['auth_sessions', (time) => ({ user_id, created_at: ago(10), expires_at: time })],
    };
    const [name, row] = rows[args.class];
    const { ids } = await workspace.table(name).insertMany([row(beyond), row(within)]);
    const dry = await workspace.privacy.applyRetention({ dryRun: true });
    assert.ok(dry[name] >= 1, JSON.stringify(dry));
    await workspace.privacy.applyRetention();
    assert.equal(await workspace.table(name).get(ids[0]), null);
    assert.notEqual(await workspace.table(name).get(ids[1]), null);
  },

  async retentionKeepsUsers({ workspace }) {
    const user = await person(workspace, { created_at: ago(5000), last_login_at: ago(5000) });
    await workspace.privacy.applyRetention();
    assert.notEqual(await workspace.table('users').get(user), null);
    assert.ok((await workspace.privacy.retention()).every((entry) => !/user/.test(entry.class)));
  },

  /** Entries live as long as they are told to, within these bounds, and the present ones end by themselves. */
  async cacheLifetime({ workspace, args }) {
    for (const ttlSeconds of [args.low, args.high]) {
      await workspace.cache.set(`k${ttlSeconds}`, ttlSeconds, { ttlSeconds });
      assert.equal(await secondsOf(workspace, `k${ttlSeconds}`), ttlSeconds);
      assert.equal(await workspace.cache.get(`k${ttlSeconds}`), ttlSeconds);
    }
    await ends(workspace, 'short');
  },

  async sessionCache({ workspace, cache }) {
    const user = await person(workspace, { role: 'developer' });
    const { token, expiresAt } = await workspace.accounts.createSession(user, {
      ttlSeconds: cache.ttlSeconds,
      ip: '127.0.0.1',
    });
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - cache.ttlSeconds * 1000) < 60_000);
    const session = await workspace.accounts.session(token);
    assert.equal(session.user_id, user);
    assert.equal(session.ip_address, '127.0.0.1');
    for (const column of Object.values(cache.fields)) assert.ok(Object.hasOwn(session, column), column);
    const value = Object.fromEntries(Object.keys(cache.fields).map((field) => [field, `${field} of it`]));
    await workspace.cache.set('session:s1', value);
    assert.deepEqual(await workspace.cache.get('session:s1'), value);
    assert.equal(await secondsOf(workspace, 'session:s1'), cache.ttlSeconds);
  },

  async rateLimitCache({ workspace, cache }) {
    const window = { limit: 2, windowSeconds: cache.ttlSeconds };
    const first = await workspace.cache.hit('ann', '/validate', window);
    assert.equal(first.allowed, true);
    assert.ok(Math.abs(Date.parse(first.resetAt) - Date.now() - cache.ttlSeconds * 1000) < 30_000);
    assert.equal((await workspace.cache.hit('ann', '/validate', window)).remaining, 0);
    assert.equal((await workspace.cache.hit('ann', '/validate', window)).allowed, false);
    assert.equal((await workspace.cache.hit('bob', '/validate', window)).allowed, true);
  },

  async jsonCache({ workspace, cache }) {
    const value = { is_valid: true, errors: [], score: 87 };
    await workspace.cache.set('bmad_cache:p1:hash', value);
    assert.deepEqual(await workspace.cache.get('bmad_cache:p1:hash'), value);
    assert.equal(await secondsOf(workspace, 'bmad_cache:p1:hash'), cache.ttlSeconds);
    await ends(workspace, 'bmad_cache:p1:other');
  },

  async settingsOrder({ workspace }) {
    const { settings } = workspace;
    const user = await person(workspace);
    const { id: conversation } = await workspace.table('conversations').insert({ user_id: user });
    const temperature = async () => (await settings.resolve({ user, conversation })).temperature;
    await settings.set('dynamic', { temperature: 0.5 });
    assert.deepEqual(await temperature(), { value: 0.5, source: 'dynamic' });
    await settings.set({ user }, { temperature: 0 });
    assert.deepEqual(await temperature(), { value: 0, source: 'user' }, 'a stored 0 is a value');
    await settings.set({ conversation }, { temperature: 1 });
    assert.deepEqual(await temperature(), { value: 1, source: 'conversation' });
    await settings.set({ conversation }, { temperature: null });
    await settings.set({ user }, { temperature: null });
    assert.equal((await temperature()).source, 'dynamic');
    const values = Object.values(await settings.resolve());
    assert.ok(
      values.some(({ source }) => source === 'static' || source === 'default'),
      'the last tier answers too',
    );
  },

  async passwordScheme({ workspace, args }) {
    const user = await person(workspace, {
      auth_provider: args.provider,
      password_hash: SECRETS[args.scheme],
      password_scheme: args.scheme,
    });
    assert.equal(await workspace.accounts.verifyPassword(user, 'wrong horse'), false);
    assert.equal(await workspace.accounts.verifyPassword(user, 'correct horse'), true);
  },

  async providerKey({ workspace }) {
    const user = await person(workspace);
    await workspace.accounts.storeProviderKey(user, 'openai', 'sk-secret', 'a passphrase');
    assert.equal(await workspace.accounts.openProviderKey(user, 'openai', 'a passphrase'), 'sk-secret');
    await assert.rejects(workspace.accounts.openProviderKey(user, 'openai', 'another'), { code: 'WRONG_PASSPHRASE' });
    const [row] = await workspace.table('api_keys').find({ where: { provider: 'openai' } });
    assert.doesNotMatch(Buffer.from(row.ciphertext).toString('latin1'), /sk-secret/);
    // A key that another system sealed is kept as it is.
    const sealed = { user_id: user, kind: 'provider', provider: 'anthropic', cipher: 'pgp' };
    const bytes = new Uint8Array([1, 2, 3]);
    const { id } = await workspace.table('api_keys').insert({ ...sealed, ciphertext: bytes });
    assert.deepEqual(new Uint8Array((await workspace.table('api_keys').get(id)).ciphertext), bytes);
  },

  async sessionLifetime({ workspace, args }) {
    const config = { origin: 'archi', deployment_name: 'd', embedding_model: 'm', embedding_dimensions: 384 };
    const row = await workspace.table('static_config').insert(config);
    assert.equal(row.session_lifetime_days, args.days);
    const user = await person(workspace);
    const { expiresAt } = await workspace.accounts.createSession(user, { ttlSeconds: args.days * 86_400 });
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - args.days * DAY) < 60_000);
  },

  /** Old sessions can be written, are never answered, and a sweep removes them. */
  async expiredSessions({ workspace }) {
    const user = await person(workspace);
    const sessions = workspace.table('auth_sessions');
    const old = await sessions.insert({
      user_id: user,
      created_at: new Date(Date.now() - 3 * HOUR),
      // Not so long ago that retention takes it.
      expires_at: new Date(Date.now() - HOUR),
    });
    const { token } = await workspace.accounts.createSession(user);
    assert.notEqual(await sessions.get(old.id), null, 'another login does not delete it');
    assert.notEqual(await workspace.accounts.session(token), null);
    assert.equal((await workspace.accounts.sessions(user)).length, 1);
    assert.equal(await workspace.accounts.sweepSessions(), 1);
    assert.equal(await sessions.get(old.id), null);
    assert.notEqual(await workspace.accounts.session(token), null);
  },

  /** A migration writes a copy first; the newest ones stay. */
  async backups({ workspace }) {
    const version = await workspace.migrations.current();
    await workspace.migrations.migrate(version - 1);
    await workspace.migrations.migrate(version);
    const copies = await workspace.migrations.backups();
    assert.ok(copies.length >= 1 && copies.length <= 3);
    const copy = await workspace.migrations.readBackup(copies[0].name);
    assert.equal(await copy.slice(0, 15).text(), 'SQLite format 3');
  },

  /** What the document takes from PostgreSQL's extensions: vectors, encryption, likeness of names, ranked full text. */
  async extensions({ workspace }) {
    await workspace.collections.create({ name: 'c', dimensions: 3 });
    await workspace.collections.upsert('c', [{ id: 'p', vector: new Float32Array([1, 0, 0]) }]);
    const [hit] = await workspace.collections.query('c', new Float32Array([1, 0, 0]), { limit: 1 });
    assert.ok(hit.id === 'p' && hit.distance < 1e-6);
    await SERVICE_CHECKS.providerKey({ workspace });
    await workspace.documents.ingest({ filename: 'kubernetes-deployment-guide.md', content: 'how to roll out' });
    const [like] = await workspace.documents.findByName('kubernets deployment');
    assert.equal(like.displayName, 'kubernetes-deployment-guide.md');
    const { hits } = await workspace.search('roll', { mode: 'keyword' });
    assert.ok(hits[0].legs.bm25.score > 0);
  },

  async slowQueries({ openWith, args }) {
    assert.equal(args.milliseconds, 1000);
    const workspace = await openWith({ slowQueryMs: 1 });
    const told = [];
    workspace.on('slowQuery', (detail) => told.push(detail));
    await workspace.query(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n',
    );
    const { slowQueries } = await workspace.health();
    assert.ok(slowQueries.length >= 1 && slowQueries[0].maxMs >= 1);
    assert.ok(told.length >= 1 && told[0].ms >= 1);
  },
};
