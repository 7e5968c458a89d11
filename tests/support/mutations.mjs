// Damaged files: bytes changed, cut out, doubled, cut off, or replaced by signs of the formats, the same in every run.
const SIGNS = [
  '"',
  "'",
  '\\',
  '\n',
  '\r\n',
  ',',
  ';',
  '\t',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '$',
  '$$',
  '\\.',
  '\\N',
  '\0',
  '--',
  '/*',
  '*/',
  "E'",
  '\xff',
  '1e999',
  'null',
  ':',
  '\n\\.\n',
  'VALUES (',
  'INSERT INTO t VALUES ',
  'COPY t FROM stdin;\n',
];

/** `next`: numbers below what it is asked for. */
export function mutated(bytes, next) {
  const out = [...bytes];
  for (let count = next(4) + 1; count > 0; count--) {
    const at = next(out.length + 1);
    const length = Math.min(next(20), out.length - at);
    switch (next(6)) {
      case 0:
        out[Math.min(at, out.length - 1)] = next(256);
        break;
      case 1:
        out.splice(at, length);
        break;
      case 2:
        out.splice(at, 0, ...out.slice(at, at + length));
        break;
      case 3:
        out.splice(at);
        break;
      default:
        out.splice(at, next(2), ...Buffer.from(SIGNS[next(SIGNS.length)], 'latin1'));
    }
    if (out.length === 0) out.push(10);
  }
  return Buffer.from(out);
}
