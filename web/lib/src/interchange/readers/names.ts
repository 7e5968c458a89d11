/** Names of tables from names of files. */

/** `archi/documents` is `documents`: without folder and extensions. */
export function tableName(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const bare = base.replace(/\.gz$/i, '').replace(/\.(csv|tsv|txt|json|jsonl|ndjson)$/i, '');
  return bare === '' ? base : bare;
}

/** Schema and table of `public.documents.csv`. */
export function schemaAndTable(file: string): { schema: string | null; name: string } {
  const name = tableName(file);
  const parts = /^([\p{L}_][\p{L}\p{N}_$]*)\.([\p{L}_][\p{L}\p{N}_$]*)$/u.exec(name);
  return parts === null ? { schema: null, name } : { schema: parts[1] ?? null, name: parts[2] ?? name };
}
