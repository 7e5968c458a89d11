// The transforms of the maps in both directions, over one value at a time: what the maps mean, in the fewest words. `context` has
// the ids of rows: idOf(table, originId) and originOf(table, id).

const micros = (text) => {
  const [, hours, minutes, seconds, fraction = ''] = /^(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1e6 + Number(fraction.padEnd(6, '0'));
};
const interval = (value) => {
  const two = (number) => String(Math.floor(number)).padStart(2, '0');
  const seconds = Math.floor(value / 1e6);
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${String(value % 1e6).padStart(6, '0')}`;
};
const toIso = (text) => `${text.replace(' ', 'T')}${/Z$|[+-]\d\d:?\d\d$/.test(text) ? '' : 'Z'}`;
const fromIso = (text, form) => (form === 'iso' ? text : text.replace('T', ' ').replace('Z', ''));
const backwards = (values) => Object.fromEntries(Object.entries(values).map(([source, target]) => [target, source]));
const plain = { in: (value) => value, out: (value) => value };

export const TRANSFORMS = {
  text: plain,
  int: plain,
  real: plain,
  bool: plain,
  date: plain,
  json: plain,
  arr: plain,
  vec: plain,
  byok: plain,
  const: plain,
  id: {
    in: (value) => String(value),
    out: (value, { type }) => (/^(SERIAL|INTEGER|BIGINT)/.test(type) ? Number(value) : value),
  },
  ts: { in: toIso, out: (value, _, { form }) => fromIso(value, form) },
  json_text: { in: (value) => JSON.stringify(value), out: (value) => JSON.parse(value) },
  e2: { in: (value) => Number(value.replace('.', '')), out: (value) => (value / 100).toFixed(2) },
  interval: { in: micros, out: interval },
  lower: {
    in: (value) => value.toLowerCase(),
    out: (value, column) => (column.arguments?.exportAs === 'upper' ? value.toUpperCase() : value),
  },
  map: {
    in: (value, column) => column.values[String(value)] ?? column.otherwise,
    out: (value, column) => {
      const source = backwards(column.values)[value];
      return column.type === 'BOOLEAN' ? source === 'true' : source;
    },
  },
  fk: {
    in: (value, column, context) => context.idOf(column.arguments.table, String(value)),
    out: (value, column, context) => TRANSFORMS.id.out(context.originOf(column.arguments.table, value), column),
  },
  password_scheme: {
    in: (hash) => (hash.startsWith('$2') ? 'bcrypt' : `werkzeug-${hash.startsWith('scrypt') ? 'scrypt' : 'pbkdf2'}`),
  },
};
TRANSFORMS.ensure = TRANSFORMS.fk;

/** A source value as the target holds it; null stays null. */
export function toTarget(value, column, context) {
  return value === null || value === undefined ? null : TRANSFORMS[column.transform].in(value, column, context);
}

/** A target value as the source had it. */
export function toSource(value, column, context) {
  if (column.transform === 'const') return column.arguments.value;
  return value === null || value === undefined ? null : TRANSFORMS[column.transform].out(value, column, context);
}
