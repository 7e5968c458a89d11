/**
 * The tables on the server.
 *
 * The workspace's id stands first in every key, unique index and reference, so that one schema holds many workspaces and Citus can
 * distribute it. Rules stay in the workspace: here are types, keys, references and what is unique.
 */
import { createHash } from 'node:crypto';
import { ArchivoltError } from '../errors.js';
import { checkVersion, type Session } from './server.js';
import { COLLECTIONS, POINTS, SCHEMA_VERSION, TABLES, type PushedTable, type ServerKind } from './tables.js';

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What is known of a server. */
export interface Place {
  schema: string;
  /** Names the schema, whatever address the server has. */
  id: string;
  vectors: 'pgvector' | 'array';
  /** The schema that pgvector's types are in. */
  extension: string;
}

interface Facts {
  /** The schema of pgvector. */
  vector: string | null;
  isVectorAvailable: boolean;
  isCitus: boolean;
  isThere: boolean;
  /** Null when the tables are not there. */
  made: { id: string; version: number; vectors: Place['vectors'] } | null;
  relations: number;
}

const META = 'archivolt_schema';
const WORKSPACES = 'workspaces';
/** More dimensions no index of pgvector takes. */
const MOST_INDEXED = 2000;

/** INVALID where the server or its schema cannot be used; `made` null where there is no schema yet. */
async function look(session: Session, schema: string): Promise<Facts> {
  const [server = {}] = await session.ask(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
       (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector') AS vector,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') AS available,
       EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS citus,
       EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text) AS there,
       (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text) AS relations,
       (SELECT count(*)::int FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1::text AND c.relname = '${META}' AND a.attname IN ('id', 'version', 'vectors')) AS meta`,
    [schema],
  );
  checkVersion(Number(server['version']));
  if (server['encoding'] !== 'UTF8')
    throw new ArchivoltError('UNSUPPORTED', 'The database is not in UTF8. Create one with ENCODING UTF8.');
  const [made] =
    server['meta'] === 3
      ? await session.ask(`SELECT id::text AS id, version, vectors FROM ${quoteName(schema)}.${META}`)
      : [];
  return {
    vector: (server['vector'] as string | null | undefined) ?? null,
    isVectorAvailable: server['available'] === true,
    isCitus: server['citus'] === true,
    isThere: server['there'] === true,
    relations: Number(server['relations']),
    made: (made as Facts['made'] | undefined) ?? null,
  };
}

/** The tables as they are there. NOT_FOUND: nobody pushed there yet. */
export async function findTables(session: Session, schema: string): Promise<Place> {
  const { made, vector } = await look(session, schema);
  if (made === null)
    throw new ArchivoltError(
      'NOT_FOUND',
      `The server has no workspace in the schema ${quoteName(schema)}. Push one first.`,
    );
  checkSchemaVersion(made.version);
  if (made.version < SCHEMA_VERSION)
    throw new ArchivoltError(
      'FAILED_PRECONDITION',
      'The tables on the server are of an older version. Push once to update them.',
    );
  return { schema, id: made.id, vectors: made.vectors, extension: vector ?? '' };
}

/** Makes the tables, or brings them up to date; does nothing when they are. REQUIRES: a transaction. */
export async function ensureTables(session: Session, schema: string, vectors: Place['vectors']): Promise<Place> {
  let facts = await look(session, schema);
  if (facts.made === null || facts.made.version < SCHEMA_VERSION || isBetter(vectors, facts)) {
    await session.ask('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`archivolt ${schema}`]);
    facts = await look(session, schema);
    await make(session, schema, vectors, facts);
    facts = await look(session, schema);
  }
  const { made, vector } = facts;
  if (made === null) throw new ArchivoltError('INTERNAL', 'The tables on the server were not made.');
  checkSchemaVersion(made.version);
  return { schema, id: made.id, vectors: made.vectors, extension: vector ?? '' };
}

/** Arrays become vectors when pgvector has come. */
const isBetter = (vectors: Place['vectors'], { made }: Facts): boolean =>
  vectors === 'pgvector' && made?.vectors === 'array';

function checkSchemaVersion(version: number): void {
  if (version > SCHEMA_VERSION)
    throw new ArchivoltError(
      'SCHEMA_TOO_NEW',
      `The tables on the server are of version ${version}, and this package knows ${SCHEMA_VERSION}. Update the package.`,
    );
}

async function make(session: Session, schema: string, vectors: Place['vectors'], facts: Facts): Promise<void> {
  const { made, isThere, relations, isCitus } = facts;
  if (made !== null) checkSchemaVersion(made.version);
  if (made === null && relations > 0)
    throw new ArchivoltError(
      'ALREADY_EXISTS',
      `The schema ${quoteName(schema)} holds tables that Archivolt did not make. Name another one in options.schema.`,
      { schema },
    );
  const extension = vectors === 'array' && facts.vector === null ? '' : await ensureVector(session, facts);
  const kind: Place['vectors'] = extension === '' ? 'array' : 'pgvector';
  const type = (of: ServerKind): string => typeOf(of, kind, extension);
  const at = quoteName(schema);
  const present = await presentNames(session, schema);
  const statements = isThere ? [] : [`CREATE SCHEMA ${at}`];
  if (made === null) {
    statements.push(
      `CREATE TABLE ${at}.${META} (id uuid NOT NULL, version integer NOT NULL, vectors text NOT NULL, changed_at timestamptz NOT NULL)`,
      `INSERT INTO ${at}.${META} VALUES (gen_random_uuid(), ${SCHEMA_VERSION}, ${quoteText(kind)}, now())`,
      `CREATE TABLE ${at}.${WORKSPACES} (workspace_id uuid PRIMARY KEY, name text NOT NULL, revision uuid NOT NULL, ` +
        'secrets boolean NOT NULL, pushed_at timestamptz NOT NULL)',
      ...(isCitus ? [distribute(at, WORKSPACES)] : []),
    );
  }
  for (const table of TABLES) {
    if (present.has(table.name)) statements.push(...addColumns(at, table, present, type));
    else statements.push(createTable(at, table, type), ...(isCitus ? [distribute(at, table.name)] : []));
  }
  for (const { name, sql } of TABLES.flatMap((table) => further(at, table)))
    if (!present.has(name)) statements.push(sql);
  if (made?.vectors === 'array' && kind === 'pgvector')
    statements.push(
      `ALTER TABLE ${at}.${POINTS} ALTER COLUMN embedding TYPE ${type('vector')} USING embedding::${type('vector')}`,
    );
  statements.push(
    `UPDATE ${at}.${META} SET version = ${SCHEMA_VERSION}, vectors = ${quoteText(kind)}, changed_at = now()`,
  );
  // In one message: a server may be far away.
  await session.ask(statements.join(';\n'));
}

/** Tables, indexes and rules by their names, and columns as table.column. */
async function presentNames(session: Session, schema: string): Promise<ReadonlySet<string>> {
  const names = await session.ask(
    `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text
     UNION ALL SELECT o.conname FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE n.nspname = $1::text
     UNION ALL SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text AND a.attnum > 0 AND NOT a.attisdropped`,
    [schema],
  );
  return new Set(names.map(({ name }) => String(name)));
}

function distribute(at: string, table: string): string {
  const colocated = table === WORKSPACES ? '' : `, colocate_with => ${quoteText(`${at}.${WORKSPACES}`)}`;
  const name = quoteText(`${at}.${quoteName(table)}`);
  return `SELECT pg_catalog.create_distributed_table(${name}, 'workspace_id'${colocated})`;
}

/** What a newer version has more of; every row comes anew then. */
function addColumns(
  at: string,
  table: PushedTable,
  present: ReadonlySet<string>,
  type: (kind: ServerKind) => string,
): string[] {
  const added = table.columns
    .filter(({ serverName }) => !present.has(`${table.name}.${serverName}`))
    .map(({ serverName, kind }) => `ADD COLUMN ${quoteName(serverName)} ${type(kind)}`);
  const name = `${at}.${quoteName(table.name)}`;
  return added.length === 0 ? [] : [`ALTER TABLE ${name} ${added.join(', ')}`, `UPDATE ${name} SET row_digest = NULL`];
}

/** The schema of pgvector, which is installed where the user may. */
async function ensureVector(session: Session, { vector, isVectorAvailable }: Facts): Promise<string> {
  if (vector === null && !isVectorAvailable)
    throw new ArchivoltError(
      'UNSUPPORTED',
      "The server has no pgvector. Install it there, or push with vectors: 'array' to keep vectors without searching them.",
    );
  if (vector === null) await session.ask('CREATE EXTENSION vector');
  const [made = {}] = await session.ask(
    "SELECT n.nspname AS schema, e.extversion AS version FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'",
  );
  if (/^0\.[0-4]\b/.test(String(made['version'])))
    throw new ArchivoltError(
      'UNSUPPORTED',
      `The server has pgvector ${String(made['version'])}, and 0.5 or newer is needed: ALTER EXTENSION vector UPDATE.`,
    );
  return String(made['schema']);
}

function typeOf(kind: ServerKind, vectors: Place['vectors'], extension: string): string {
  switch (kind) {
    case 'integer':
      return 'bigint';
    case 'hundredths':
      return 'numeric(19,2)';
    case 'real':
      return 'double precision';
    case 'blob':
      return 'bytea';
    case 'timestamp':
      return 'timestamptz';
    case 'vector':
      return vectors === 'array' ? 'real[]' : `${quoteName(extension)}.vector`;
    // JSON stays the text that it was, which jsonb would not keep.
    default:
      return kind;
  }
}

function createTable(at: string, table: PushedTable, type: (kind: ServerKind) => string): string {
  const columns = table.columns.map(({ name, serverName, kind, required }) => {
    // Keys are in the order of their bytes here, and so they are there.
    const bytewise = kind === 'text' && (table.key.includes(name) || table.references[name] !== undefined);
    return `${quoteName(serverName)} ${type(kind)}${bytewise ? ' COLLATE "C"' : ''}${required ? ' NOT NULL' : ''}`;
  });
  const key = ['workspace_id', ...table.key.map(quoteName)].join(', ');
  return (
    `CREATE TABLE ${at}.${quoteName(table.name)} (workspace_id uuid NOT NULL, ${columns.join(', ')}, row_digest bytea, ` +
    `PRIMARY KEY (${key}))`
  );
}

/** Indexes and references, by their names. References hold at the end of a push: its order is its own affair. */
function further(at: string, table: PushedTable): { name: string; sql: string }[] {
  const on = `${at}.${quoteName(table.name)}`;
  const indexes = table.indexes.map(({ unique, columns, where }) => {
    const list = /^[\w, ]+$/.test(columns) ? columns.split(', ').map(quoteName).join(', ') : columns;
    const definition = `(workspace_id, ${list})${where === undefined ? '' : ` WHERE ${where}`}`;
    const mark = createHash('sha256').update(definition).digest('hex').slice(0, 8);
    const name = `${unique ? 'ux' : 'ix'}_${table.name}_${mark}`;
    return { name, sql: `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quoteName(name)} ON ${on} ${definition}` };
  });
  const references = Object.entries(table.references).map(([column, parent]) => {
    const name = `fk_${table.name}_${column}`;
    const key = TABLES.find((one) => one.name === parent)?.key[0] ?? 'id';
    return {
      name,
      sql:
        `ALTER TABLE ${on} ADD CONSTRAINT ${quoteName(name)} FOREIGN KEY (workspace_id, ${quoteName(column)}) ` +
        `REFERENCES ${at}.${quoteName(parent)} (workspace_id, ${quoteName(key)}) DEFERRABLE INITIALLY DEFERRED`,
    };
  });
  return [...indexes, ...references];
}

const OPERATORS: Readonly<Record<string, string>> = {
  cosine: 'vector_cosine_ops',
  l2: 'vector_l2_ops',
  ip: 'vector_ip_ops',
};

/** An index for every length and metric of vectors: the cast gives it the length, its condition the rows that have it. */
export async function ensureVectorIndexes(session: Session, place: Place, workspaceId: string): Promise<void> {
  if (place.vectors === 'array') return;
  const at = quoteName(place.schema);
  const vector = quoteName(place.extension);
  const wanted = await session.ask(
    `SELECT DISTINCT dims::int AS dims, metric FROM ${at}.${COLLECTIONS} WHERE workspace_id = $1::uuid AND dims <= ${MOST_INDEXED}`,
    [workspaceId],
  );
  for (const { dims, metric } of wanted) {
    const operators = OPERATORS[String(metric)];
    if (operators === undefined) continue;
    const name = `${POINTS}_hnsw_${String(dims)}_${String(metric)}`;
    const present = await session.ask('SELECT FROM pg_indexes WHERE schemaname = $1::text AND indexname = $2::text', [
      place.schema,
      name,
    ]);
    if (present.length > 0) continue;
    await session.ask(
      `CREATE INDEX IF NOT EXISTS ${quoteName(name)} ON ${at}.${POINTS} USING hnsw ` +
        `((embedding::${vector}.vector(${String(dims)})) ${vector}.${operators}) WHERE ${vector}.vector_dims(embedding) = ${String(dims)}`,
    );
  }
}
