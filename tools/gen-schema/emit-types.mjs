// Writes web/lib/src/schema.gen.ts: row, insert and update types of every table, and the generic types over them.
// Types only, so that the file adds nothing to the client.

const ROW = {
  text: 'string',
  integer: 'number',
  real: 'number',
  blob: 'Uint8Array',
  json: 'JsonValue',
  boolean: 'boolean',
  timestamp: 'string',
  date: 'string',
};
const INPUT = { ...ROW, integer: 'number | bigint', timestamp: 'string | Date', blob: 'Uint8Array | Float32Array' };

function pascal(name) {
  return name.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
}

function typeOf(column, kinds) {
  if (column.values.length > 0) return column.values.map((value) => JSON.stringify(value)).join(' | ');
  if (column.jsonArray) return 'JsonValue[]';
  if (column.name === 'vector' && kinds === ROW) return 'Float32Array';
  return kinds[column.kind];
}

// JsonValue includes null, and a JSON column that holds the JSON value null reads back as null.
function withNull(column, type) {
  return column.nullable && type !== 'JsonValue' ? `${type} | null` : type;
}

const FILLED = new Set(['id', 'created_at', 'updated_at']);

function member(column, kinds, optional) {
  return `  ${column.name}${optional ? '?' : ''}: ${withNull(column, typeOf(column, kinds))};`;
}

function interfaces(table) {
  const name = pascal(table.name);
  const written = table.columns.filter((column) => !column.generated);
  const rows = table.columns.map((column) => member(column, ROW, false));
  const inserts = written.map((column) =>
    member(column, INPUT, column.nullable || column.hasDefault || FILLED.has(column.name)),
  );
  const updates = written
    .filter((column) => !column.isKey && column.name !== 'updated_at')
    .map((column) => member(column, INPUT, true));
  const canInsert = table.access === 'readWrite' || table.access === 'appendOnly';
  const canUpdate = table.access === 'readWrite' && updates.length > 0;
  return [
    `export interface ${name}Row {\n${rows.join('\n')}\n}`,
    canInsert
      ? `export interface ${name}Insert {\n${inserts.join('\n')}\n}`
      : `/** Rows of ${table.name} are not written through the records API. */\nexport type ${name}Insert = never;`,
    canUpdate
      ? `export interface ${name}Update {\n${updates.join('\n')}\n}`
      : `/** Rows of ${table.name} do not change through the records API. */\nexport type ${name}Update = never;`,
  ].join('\n\n');
}

function tableEntry(table) {
  const name = pascal(table.name);
  const json = table.columns.filter((column) => column.kind === 'json').map((column) => JSON.stringify(column.name));
  const key = table.key.length === 1 ? 'string' : `{ ${table.key.map((column) => `${column}: string`).join('; ')} }`;
  return `  ${table.name}: { row: ${name}Row; insert: ${name}Insert; update: ${name}Update; key: ${
    table.name === 'schema_migrations' ? 'number' : key
  }; json: ${json.length > 0 ? json.join(' | ') : 'never'} };`;
}

const GENERICS = `
export type TableName = keyof Tables;
/** A row as the core gives it: times are ISO-8601 UTC strings, dates YYYY-MM-DD, JSON columns plain values. */
export type Row<T extends TableName> = Tables[T]['row'];
/** A row to insert. id is made when left out, created_at and updated_at are filled in. */
export type Insert<T extends TableName> = Tables[T]['insert'];
/** The columns to change; a column that is left out keeps its value, null empties it. updated_at is set by the core. */
export type Update<T extends TableName> = Tables[T]['update'];
/** What names one row: its id, or the key columns of a table without id. */
export type Key<T extends TableName> = Tables[T]['key'];

type Operand<V> = V extends string ? V | Date : V extends number ? V | bigint : V;

interface Equality<V> {
  eq?: V | null;
  ne?: V | null;
  in?: readonly V[];
  nin?: readonly V[];
  isNull?: boolean;
}
interface Ordering<V> extends Equality<V> {
  lt?: V;
  lte?: V;
  gt?: V;
  gte?: V;
  /** Both ends included. */
  between?: readonly [V, V];
}
interface TextMatching {
  /** SQL LIKE: % any characters, _ one character, \\ before either takes it as it is; ASCII case is ignored. */
  like?: string;
  /** Substring, without regard to ASCII case. */
  contains?: string;
  /** Prefix, with regard to case. */
  startsWith?: string;
}
type JsonScalar = string | number | boolean;
/** Over a JSON column, or over a place inside it when the key is a path such as 'metadata.path'. */
interface JsonMatching extends Ordering<JsonScalar>, TextMatching {
  /** The JSON array at this place holds the value. */
  has?: JsonScalar;
  hasAny?: readonly JsonScalar[];
  hasAll?: readonly JsonScalar[];
}

type ConditionOn<V> = [V] extends [Uint8Array | Float32Array]
  ? { isNull?: boolean } | null
  : [V] extends [boolean]
    ? V | null | Equality<V>
    : [V] extends [string]
      ? Operand<V> | null | (Ordering<Operand<V>> & TextMatching)
      : Operand<V> | null | Ordering<Operand<V>>;

/** { status: 'active' } · { score: { gte: 80 } } · { tags: { has: 'ui' } } · { or: [...] } · { not: {...} } */
export type Where<T extends TableName> = {
  [C in Exclude<keyof Row<T>, Tables[T]['json']>]?: ConditionOn<NonNullable<Row<T>[C]>>;
} & {
  [C in Tables[T]['json']]?: null | JsonScalar | JsonMatching;
} & {
  [P in \`\${Tables[T]['json']}.\${string}\`]?: null | JsonScalar | JsonMatching;
} & { and?: readonly Where<T>[]; or?: readonly Where<T>[]; not?: Where<T> };

/** A column, or a column with '-' before it for the other direction. */
export type OrderBy<T extends TableName> = Extract<keyof Row<T>, string> | \`-\${Extract<keyof Row<T>, string>}\`;
`;

/** @param tables as readSchema gives them. @returns the whole file, before formatting. */
export function emitTypes(tables) {
  return `// Row types of every table. Generated by tools/gen-schema.mjs from schema/migrations; do not edit.
//
// Integers are numbers; one beyond 2^53 arrives as a bigint at run time.

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

${tables.map(interfaces).join('\n\n')}

export interface Tables {
${tables.map(tableEntry).join('\n')}
}
${GENERICS}`;
}
