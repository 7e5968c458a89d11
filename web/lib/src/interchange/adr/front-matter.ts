/** The YAML before a Markdown file, and back. */
import { CORE_SCHEMA, dump, load } from 'js-yaml';

/** Its members, or null when it is no YAML of members: then it stays a text. Names that stand more than once would lose one. */
export function readFrontMatter(yaml: string): Record<string, unknown> | null {
  let value: unknown;
  try {
    // An alias may stand for far more than it is long.
    value = load(yaml, { schema: CORE_SCHEMA, maxAliases: 0, maxDepth: 20 });
  } catch {
    return null;
  }
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** As lines between two of `---`. */
export function writeFrontMatter(members: Record<string, unknown> | string): string {
  const yaml = typeof members === 'string' ? members : dump(members, { schema: CORE_SCHEMA, lineWidth: -1 }).trimEnd();
  return `---\n${yaml}\n---`;
}
