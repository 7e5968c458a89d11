/** The core's second file: a copy of a database that came in, or one that goes out, beside the workspace's own. */
import { ArchivoltError, cancelled } from '../errors.js';
import { storageFailure } from '../storage/backup-files.js';
import { DATABASE_FILE, type WorkspaceFiles } from '../storage/host-files.js';
import type { Engine } from './engine.js';
import type { MadeFile, OtherFile } from '../interchange/index.js';

/** One that a crash left is overwritten by the next. */
const NAME = 'other.part';
const PART = 4 << 20;

function oneAtATime(files: WorkspaceFiles): void {
  if (files.find(NAME) === undefined) return;
  throw new ArchivoltError('BUSY', 'Another database file is being read or written. Import or export one at a time.');
}

/** Copies the database beside the workspace and opens it for reading. BUSY: another one is open already. */
export async function openForReading(
  engine: Engine,
  files: WorkspaceFiles,
  blob: Blob,
  signal: AbortSignal | undefined,
): Promise<OtherFile> {
  oneAtATime(files);
  const close = async (): Promise<void> => {
    engine.call('otherFile.close', {});
    await files.remove(NAME);
  };
  await files.prepare(NAME, 'plain');
  try {
    const file = files.find(NAME);
    if (file === undefined) throw new ArchivoltError('INTERNAL', `${NAME} is not there beside ${DATABASE_FILE}`);
    for (let at = 0; at < blob.size; at += PART) {
      if (signal?.aborted) throw cancelled();
      const bytes = new Uint8Array(await blob.slice(at, at + PART).arrayBuffer());
      // A database in WAL mode is a whole file when its program closed it; as such it is read.
      if (at === 0 && bytes[18] === 2 && bytes[19] === 2) bytes.fill(1, 18, 20);
      if (file.write(bytes, at) !== bytes.length)
        throw new ArchivoltError('QUOTA_EXCEEDED', 'There is no space for a copy of the database that is imported.');
    }
    file.flush();
    engine.call('otherFile.open', { path: NAME });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query: (sql, params) => engine.call('otherFile.query', params === undefined ? { sql } : { sql, params }),
    close,
  };
}

/** Makes a database beside the workspace, to be given away. BUSY: another one is open already. */
export async function makeFile(engine: Engine, files: WorkspaceFiles, inMemory: boolean): Promise<MadeFile> {
  oneAtATime(files);
  await files.prepare(NAME, inMemory ? 'memory' : 'plain').catch((error: unknown) => {
    throw storageFailure(error, 'There is no place for the file beside the database. Free storage and try again.');
  });
  const drop = async (): Promise<void> => {
    engine.call('otherFile.close', {});
    await files.remove(NAME);
  };
  try {
    engine.call('otherFile.open', { path: NAME, write: true });
  } catch (error) {
    await drop();
    throw error;
  }
  return {
    define: (sql) => void engine.call('otherFile.write', { sql }),
    insert: (sql, rows) => void engine.call('otherFile.write', { sql, rows: rows as unknown[][] }),
    take: async () => {
      engine.call('otherFile.close', {});
      const file = files.find(NAME);
      const parts: Blob[] = [];
      const size = file?.size() ?? 0;
      // A copy: what `read` gives may be the file itself, which goes away.
      for (let at = 0; at < size; at += PART) {
        const bytes = new Uint8Array(Math.min(PART, size - at));
        file?.read(bytes, at);
        parts.push(new Blob([bytes]));
      }
      return new Blob(parts, { type: 'application/vnd.sqlite3' });
    },
    drop,
  };
}
