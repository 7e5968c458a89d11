/** What reads a SQLite file of another system: the core's second file. */
export interface OtherFile {
  query(sql: string, params?: unknown[]): { columns: string[]; rows: unknown[][] };
  close(): Promise<void>;
}
