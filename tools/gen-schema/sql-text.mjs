// Reads CREATE TABLE text as SQLite stores it, and lays it out again.

/** The text without comments, one space where there was white space. Quoted text is kept as it is. */
export function plain(sql) {
  let out = '';
  for (const token of tokens(sql)) out += token;
  return out.replace(/ +$/, '');
}

/** The text without comments and empty lines, its other lines as they are. */
export function withoutComments(sql) {
  return sql
    .replace(/('[^']*'|"[^"]*")|[ \t]*--[^\n]*/g, '$1')
    .replace(/\n{2,}/g, '\n')
    .trimStart();
}

function* tokens(sql) {
  let at = 0;
  let space = false;
  while (at < sql.length) {
    const char = sql[at];
    if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end;
    } else if (/\s/.test(char)) {
      if (!space) yield ' ';
      space = true;
      at += 1;
    } else if (char === "'" || char === '"') {
      const end = sql.indexOf(char, at + 1);
      yield sql.slice(at, end + 1);
      at = end + 1;
      space = false;
    } else {
      yield char;
      space = false;
      at += 1;
    }
  }
}

/** The parts between the outermost parentheses, split at their commas, and what stands before and after. */
export function splitParts(sql) {
  const text = plain(sql);
  const open = text.indexOf('(');
  const parts = [];
  let depth = 0;
  let quote = '';
  let start = open + 1;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at];
    if (quote) {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"') {
      quote = char;
    } else if (char === '(') {
      depth += 1;
    } else if (char === ')') {
      depth -= 1;
      if (depth === 0) {
        parts.push(text.slice(start, at).trim());
        return { head: text.slice(0, open).trim(), parts, tail: text.slice(at + 1).trim() };
      }
    } else if (char === ',' && depth === 1) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  throw new Error(`unbalanced parentheses in ${text.slice(0, 60)}`);
}

/** Column name -> its definition; table constraints are left out. */
export function splitDefinitions(sql) {
  const definitions = new Map();
  for (const part of splitParts(sql).parts) {
    const name = /^(\w+)/.exec(part)?.[1] ?? '';
    if (!['CHECK', 'UNIQUE', 'PRIMARY', 'FOREIGN', 'CONSTRAINT'].includes(name)) definitions.set(name, part);
  }
  return definitions;
}

/** One schema object, laid out: tables one part a line, everything else on one line. */
export function layOut(object) {
  if (object.type === 'table') {
    const { head, parts, tail } = splitParts(object.sql);
    return `${head} (\n${parts.map((part) => `  ${part}`).join(',\n')}\n)${tail ? ` ${tail}` : ''};`;
  }
  return `${plain(object.sql)};`;
}
