// Sample rows of a source table, made from its map: every column filled, with values of its type, that break no rule.

const HASHES = {
  archi: `pbkdf2:sha256:600000$salt$${'ab'.repeat(32)}`,
  other: `$2b$12$${'abcdefghijklmnopqrstuv'}${'w'.repeat(31)}`,
};

/** JSON columns that hold arrays, which no default says. */
const ARRAYS = new Set(['options', 'related_tech_packs', 'technology_stack']);
/** Times that come after the row's beginning, even when it begins now. */
const LATER = /^(expires|archived|completed|deleted|updated|preference|last|indexed|feedback)/;

const two = (n) => String(n).padStart(2, '0');

const time = (form, year, n) =>
  form === 'iso' ? `${year}-01-30T10:30:${two(n)}.123456Z` : `${year}-01-30 10:30:${two(n)}.123456`;

/** A value of the column; `n` makes it different from other rows' where it must be. */
function sample(map, table, column, n) {
  const { name, transform, type } = column;
  if (name === 'tags') return ['plain', 'with "quotes", commas and ü', ''];
  if (column.values !== undefined) {
    const first = Object.keys(column.values)[0];
    return type === 'BOOLEAN' ? first === 'true' : first;
  }
  switch (transform) {
    case 'const':
      return column.arguments.value;
    case 'id':
      return /^(SERIAL|INTEGER|BIGINT)/.test(type) ? n : `${table.name}-${n}`;
    case 'ensure':
      return /^INTEGER/.test(type) ? n : `${column.arguments.table}-${n}`;
    case 'ts':
      return time(map.timestamps.form, LATER.test(name) ? 2099 : 2026, n);
    case 'date':
      return `2026-01-3${n % 2}`;
    case 'bool':
      return n % 2 === 1;
    case 'int':
      if (name === 'chunk_size') return 700 + n;
      return column.range === undefined ? 7 + n : column.range[1] - n;
    case 'real':
      return 0.25;
    case 'e2':
      return `${100 + n}.05`;
    case 'interval':
      return '00:00:01.250000';
    case 'json':
    case 'json_text':
      if (column.default === "'[]'" || ARRAYS.has(name)) return [{ name }, 1, null, 'ü'];
      return { list: [1, null, 'ü'], name };
    case 'arr':
      return ['plain', 'with "quotes", commas and ü', ''];
    case 'vec':
      return new Float32Array(Number(/\d+/.exec(type)[0])).map((_, i) => Math.fround(Math.sin(i + n)));
    case 'byok':
      return new Uint8Array([n, 0, 255, 128]);
    default:
      if (/email/.test(name)) return `${table.name}${n}@example.org`;
      if (/url/.test(name)) return `https://example.org/${n}`;
      if (name === 'password_hash') return map.system === 'archi' ? HASHES.archi : HASHES.other;
      if (name === 'currency') return 'EUR';
      if (name === 'distance_metric') return 'l2';
      if (['status', 'priority'].includes(name)) return column.whenAbsent.import;
      return `${name} of row ${n}, ü`.slice(0, 60);
  }
}

/**
 * @param sourceOf gives the source value of a reference: (target table, column) -> value or null
 * @param {{ bare?: boolean }} [options] bare: only what has no default and may not be NULL
 */
export function sampleRow(map, table, n, sourceOf, { bare = false } = {}) {
  const row = {};
  for (const column of table.columns) {
    const identifies = column.transform === 'id' && column.default === undefined;
    if (bare && (column.default !== undefined || column.nullable) && !identifies) continue;
    row[column.name] =
      column.transform === 'fk' ? sourceOf(column.arguments.table, column) : sample(map, table, column, n);
  }
  return row;
}
