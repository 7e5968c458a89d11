/** Files of damaged databases, set aside beside the one that took their place: `damaged-20260130T103000123Z.db` and its logs. */
import { DATABASE_FILE, WORKSPACE_FILES, noFile, type SyncFile, type WorkspaceFiles } from './host-files.js';

const NAME = /^damaged-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.db(-wal|-journal)?$/;
const PART = 4 << 20;

export interface SetAsideFile {
  name: string;
  createdAt: string;
  bytes: number;
}

export function isSetAside(name: string): boolean {
  return NAME.test(name);
}

/** Newest first, a database before its logs. */
export async function listSetAside(files: WorkspaceFiles): Promise<SetAsideFile[]> {
  const found: SetAsideFile[] = [];
  for (const { name, bytes } of await files.list()) {
    const [, year, month, day, hour, minute, second, milli] = NAME.exec(name) ?? [];
    if (year !== undefined)
      found.push({ name, createdAt: `${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`, bytes });
  }
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.name.length - b.name.length);
}

export async function readSetAside(files: WorkspaceFiles, name: string): Promise<Blob> {
  if (!isSetAside(name)) throw noFile(name);
  return files.read(name);
}

export async function removeSetAside(files: WorkspaceFiles, name: string): Promise<void> {
  await readSetAside(files, name);
  await files.remove(name);
}

/** What stands in the place of a workspace's own file when it is set aside at `time`. */
export function setAsideName(file: string, time: Date): string {
  return `damaged-${time.toISOString().replace(/[-:.]/g, '')}.db${file.slice(DATABASE_FILE.length)}`;
}

/**
 * Gives the workspace's files other names, the database first: whatever a crash leaves then lacks a database, which no opening takes
 * for a new workspace.
 */
export async function setAside(files: WorkspaceFiles, time: Date): Promise<string> {
  for (const name of WORKSPACE_FILES) {
    if (name === DATABASE_FILE || (files.find(name)?.size() ?? 0) > 0) await files.keep(name, setAsideName(name, time));
  }
  return setAsideName(DATABASE_FILE, time);
}

/** Copies what a salvage that was cut short had set aside into the places that are empty since then. */
export async function putBack(files: WorkspaceFiles): Promise<void> {
  const [newest] = (await listSetAside(files)).filter(({ name }) => name.endsWith('.db'));
  const names = (await files.list()).map(({ name }) => name);
  for (const own of WORKSPACE_FILES) {
    const file = files.find(own);
    const name = newest && `${newest.name}${own.slice(DATABASE_FILE.length)}`;
    if (file?.size() === 0 && name !== undefined && names.includes(name)) await copyInto(file, await files.read(name));
  }
}

async function copyInto(file: SyncFile, blob: Blob): Promise<void> {
  for (let at = 0; at < blob.size; at += PART) {
    const bytes = new Uint8Array(await blob.slice(at, at + PART).arrayBuffer());
    if (file.write(bytes, at) !== bytes.length) throw new DOMException('no space', 'QuotaExceededError');
  }
  file.flush();
}
