// For the tests of push and pull: databases of a cluster, and what stands in them.
import { startPostgres } from './postgres.mjs';

/** A cluster until the tests of the file have ended; the function makes a database in it. */
export function startServer(after) {
  const cluster = startPostgres();
  after(() => cluster.stop());
  let count = 0;
  return () => {
    const name = `test${++count}`;
    cluster.psql(`CREATE DATABASE ${name}`);
    const connection = { host: cluster.folder, user: 'archivolt', database: name };
    return {
      cluster,
      connection,
      to: { connection, vectors: 'array' },
      psql: (sql) => cluster.psql(sql, { database: name }).trimEnd(),
    };
  };
}

const COUNTS = ['inserted', 'updated', 'deleted'];

/** What a push or pull changed, without the audit trail and the vectors of rows, which are written beside any other write. */
export function changed({ tables }) {
  const told = Object.entries(tables).filter(
    ([name, counts]) => !/^(?:audit_log|vector_)/.test(name) && COUNTS.some((count) => counts[count] > 0),
  );
  return Object.fromEntries(told.map(([name, counts]) => [name, COUNTS.map((count) => counts[count]).join(' ')]));
}

/** Every row of the server's tables as texts, without the vectors that a workspace makes in the background. */
export function contents(psql, schema = 'archivolt') {
  const tables = psql(
    `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = '${schema}' AND relkind = 'r'
     AND relname NOT IN ('archivolt_schema', 'workspaces') ORDER BY 1`,
  );
  const sql = tables
    .split('\n')
    .map((name) => `SELECT '${name} ' || t::text FROM ${schema}.${name} t`)
    .join(' UNION ALL ');
  const rows = psql(`SELECT * FROM (${sql}) a(row) ORDER BY row COLLATE "C"`).split('\n');
  return rows.filter((row) => !/^vector_\w+ .*archivolt:/.test(row));
}

export const USERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  INSERT INTO users(id, username, created_at, updated_at) SELECT printf('user-%05d', i), 'name ' || i, i, i FROM n`;

/** A conversation of so many messages. */
export async function addMessages(workspace, count) {
  await workspace.table('conversations').insert({ id: 'talk', title: 'Talk' });
  await workspace.execute(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO messages(id, conversation_id, role, content, created_at, updated_at)
     SELECT printf('message-%06d', i), 'talk', 'user', 'text ' || i, i, i FROM n`,
    [count],
  );
}
