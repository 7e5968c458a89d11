// Rows of any table with no more than it needs, parents included: for what is about something else.

const VALUES = {
  text: (name) => name,
  integer: () => 1,
  real: () => 0.5,
  json: ({ jsonArray }) => (jsonArray ? [] : {}),
  boolean: () => true,
  timestamp: () => '2026-01-30T10:30:00Z',
  date: () => '2026-01-30',
  blob: () => new Uint8Array([1]),
};
/** What CHECKs over several columns ask for. */
const NEEDED = {
  ai_requests: { kind: 'agent_interaction', agent_type: 'scout' },
  api_keys: { kind: 'issued', key_hash: 'hash' },
  entity_tags: { entity_type: 'project' },
};

// Texts that must be unique are.
let made = 0;

/** Inserts a row of `table` with `given` columns; answers the row. @param schema as readSchema gives it */
export async function makeRow(workspace, schema, table, given = {}) {
  const { columns } = schema.tables.find(({ name }) => name === table);
  const row = { ...NEEDED[table], ...given };
  for (const column of columns) {
    const { name, kind, values, references } = column;
    const optional = column.nullable || column.hasDefault || name === 'id' || /^(created|updated)_at$/.test(name);
    if (optional || Object.hasOwn(row, name)) continue;
    if (references?.table === 'systems') row[name] = 'local';
    else if (references !== null) row[name] = (await makeRow(workspace, schema, references.table)).id;
    else if (name === 'expires_at') row[name] = '2099-01-30T10:30:00Z';
    else row[name] = values[0] ?? VALUES[kind](kind === 'text' ? `${table} ${name} ${(made += 1)}` : column);
  }
  return workspace.table(table).insert(row);
}
