// What a map says about the schema, held against the migrated schema: every target table and column exists, every transform fits
// the column that it writes, every value is allowed there, every index and key that is said to serve is there.

/** Kinds of column (as tools/gen-schema names them) that a transform can write. */
const WRITES = {
  id: ['text'],
  text: ['text'],
  fk: ['text'],
  ensure: ['text'],
  ts: ['timestamp'],
  date: ['date'],
  json: ['json'],
  json_text: ['text'],
  arr: ['json'],
  bool: ['boolean'],
  int: ['integer', 'real'],
  real: ['real'],
  e2: ['integer'],
  interval: ['integer'],
  lower: ['text'],
  map: ['text'],
  vec: ['blob'],
  byok: ['blob'],
  key_hash: ['text'],
  version: ['integer'],
  member: ['json'],
  members: ['text'],
  items: ['text'],
  extra: ['json'],
  password_scheme: ['text'],
  joined: ['text'],
  first_line: ['text'],
  later: ['timestamp'],
};
/** Transforms whose argument `table` (or `of`) must say something. */
const NEEDS = {
  fk: 'table',
  ensure: 'table',
  member: 'of',
  members: 'of',
  items: 'of',
  byok: 'provider',
  later: 'days',
};

function columnProblems(tables, targetTable, column, constants) {
  if (column.transform === 'const' && column.to === null) return [];
  const name = column.table ?? targetTable;
  if (column.transform === 'fullText') return tables.virtual.has(name) ? [] : [`no full-text index ${name}`];
  const table = tables.byName.get(name);
  if (table === undefined) return [`no table ${name}`];
  const target = table.columns.find((candidate) => candidate.name === column.to);
  if (target === undefined) return [`no column ${name}.${column.to}`];
  const problems = [];
  if (!WRITES[column.transform].includes(target.kind))
    problems.push(`${column.transform} cannot write ${name}.${column.to}, which is ${target.kind}`);
  const argument = NEEDS[column.transform];
  if (argument !== undefined && column.arguments?.[argument] === undefined)
    problems.push(`${column.transform} needs the argument ${argument}`);
  if ((column.transform === 'fk' || column.transform === 'ensure') && target.references !== null) {
    if (target.references.table !== column.arguments?.table)
      problems.push(`${name}.${column.to} refers to ${target.references.table}, not to ${column.arguments?.table}`);
  }
  if (column.transform === 'map' && column.values === undefined) problems.push('map needs values');
  const values = { ...column.values, ...column.alsoAccepted };
  for (const value of Object.values(values)) {
    if (target.values.length > 0 && !target.values.includes(value))
      problems.push(`${name}.${column.to} does not allow ${value}`);
  }
  const kept = Object.values(column.values ?? {});
  if (column.otherwise === undefined && column.from === undefined && new Set(kept).size !== kept.length)
    problems.push('two values become one, so that they cannot be told apart again');
  if (column.table === undefined && Object.hasOwn(constants, column.to ?? ''))
    problems.push(`${column.to} is a constant of the table as well`);
  return problems;
}

function tableProblems(tables, table) {
  const problems = [];
  const add = (place, texts) => problems.push(...texts.map((text) => `${place}: ${text}`));
  if (table.columns.every(({ transform }) => transform !== 'fullText')) {
    const target = tables.byName.get(table.target);
    if (target === undefined) return [`${table.name}: no table ${table.target}`];
    for (const [constant, value] of Object.entries(table.constants ?? {})) {
      const column = target.columns.find(({ name }) => name === constant);
      if (column === undefined) add(table.name, [`no column ${table.target}.${constant} for a constant`]);
      else if (column.values.length > 0 && !column.values.includes(value))
        add(table.name, [`${table.target}.${constant} does not allow ${value}`]);
    }
  }
  const names = table.columns.flatMap(({ name, otherNames = [] }) => [name, ...otherNames]);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  add(
    table.name,
    twice.map((name) => `${name} is named twice`),
  );
  for (const column of [...table.columns, ...(table.further ?? []), ...(table.derived ?? [])])
    add(
      `${table.name}.${column.name ?? column.to}`,
      columnProblems(tables, table.target, column, table.constants ?? {}),
    );
  for (const list of [table.key ?? [], ...(table.unique ?? []), ...(table.foreignKeys ?? []).map((key) => key.columns)])
    add(
      table.name,
      list.filter((name) => !names.includes(name)).map((name) => `no column ${name}`),
    );
  for (const index of table.indexes ?? []) {
    const { servedBy } = index;
    if (servedBy.index !== undefined && !tables.indexes.has(servedBy.index))
      add(index.name, [`no index ${servedBy.index}`]);
    if (servedBy.key !== undefined && !tables.byName.has(servedBy.key)) add(index.name, [`no table ${servedBy.key}`]);
  }
  for (const index of [...(table.indexes ?? []), ...(table.fullText ?? [])]) {
    if (index.servedBy.fullText !== undefined && !tables.virtual.has(index.servedBy.fullText))
      add(index.name, [`no full-text index ${index.servedBy.fullText}`]);
  }
  return problems;
}

/** @param schema as readSchema gives it. @returns what the map claims that is not so. */
export function mapProblems(map, schema) {
  const tables = {
    byName: new Map(schema.tables.map((table) => [table.name, table])),
    virtual: new Set(schema.objects.filter(({ sql }) => sql.startsWith('CREATE VIRTUAL')).map(({ name }) => name)),
    indexes: new Set(schema.objects.filter(({ type }) => type === 'index').map(({ name }) => name)),
  };
  const all = [...map.tables, ...map.named, ...map.shapes.flatMap((shape) => shape.tables)];
  const problems = all.flatMap((table) => tableProblems(tables, table));
  const column = (text) => {
    const [table, name] = text.split('.');
    return tables.byName.get(table)?.columns.find((candidate) => candidate.name === name);
  };
  for (const { name, payload } of map.collections) {
    for (const [field, { to }] of Object.entries(payload))
      if (to !== undefined && column(to) === undefined) problems.push(`${name}.${field}: no column ${to}`);
  }
  for (const { key, fields, target } of map.caches) {
    if (!tables.byName.has(target)) problems.push(`${key}: no table ${target}`);
    for (const to of Object.values(fields))
      if (column(`${target}.${to}`) === undefined) problems.push(`${key}: no column ${target}.${to}`);
  }
  for (const { text, servedBy } of map.relations) {
    if (servedBy.column !== undefined && column(servedBy.column) === undefined)
      problems.push(`${text}: no column ${servedBy.column}`);
    if (servedBy.foreignKey !== undefined && (column(servedBy.foreignKey)?.references ?? null) === null)
      problems.push(`${text}: no foreign key ${servedBy.foreignKey}`);
    if (servedBy.table !== undefined && !tables.byName.has(servedBy.table))
      problems.push(`${text}: no table ${servedBy.table}`);
  }
  return problems;
}
