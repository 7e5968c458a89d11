// Sample rows of a system as the text of a dump, as PostgreSQL writes one: what its real pg_dump gives is in the tests that run it.
import { sampleRow } from '../coverage/samples.mjs';
import { inOrder } from '../coverage/store.mjs';

const escape = (text) =>
  text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

const element = (item) => (item === null ? 'NULL' : `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);

/** A value as COPY writes it. */
export function copyField(value, { transform, type }) {
  if (value === null || value === undefined) return '\\N';
  if (value instanceof Float32Array) return `[${Array.from(value, (x) => Number(x.toPrecision(9))).join(',')}]`;
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (transform === 'arr' && /\[\]/.test(type)) return escape(`{${value.map(element).join(',')}}`);
  return escape(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** `count` rows of every table of the map, by table, with references to one another. */
export function sampleRows(map, count) {
  const rows = new Map();
  for (const table of inOrder(map)) {
    const made = [];
    // There is one configuration.
    const most = table.columns.some(({ transform }) => transform === 'const') ? 1 : count;
    for (let n = 1; n <= most; n++) {
      const sourceOf = (target, column) => {
        const parent = map.tables.find((one) => one.target === target);
        const known = rows.get(parent) ?? (parent === table ? made : []);
        const row = known[(n - 1) % Math.max(known.length, 1)];
        const identity = parent.columns.find(({ transform }) => transform === 'id');
        if (column.name === 'response_b_mid') return known.at(-1)?.[identity.name] ?? null;
        return row?.[identity.name] ?? null;
      };
      made.push(sampleRow(map, table, n, sourceOf));
    }
    rows.set(table, made);
  }
  return rows;
}

/** The rows as a plain-text dump. */
export function dumpOf(rows) {
  const parts = ["--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n"];
  for (const [table, list] of rows) {
    parts.push(`\nCOPY public.${table.name} (${table.columns.map(({ name }) => name).join(', ')}) FROM stdin;\n`);
    for (const row of list)
      parts.push(table.columns.map((column) => copyField(row[column.name], column)).join('\t') + '\n');
    parts.push('\\.\n');
  }
  return parts.join('');
}
