/** What a session stands on: the host of its worker, and the page that it speaks to. */
import type { CompileModule } from '../loader/load-engine.js';
import type { ReaderWorker } from '../interchange/index.js';
import type { EventMessage, OpenParams } from '../protocol/messages.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { PostToPage } from './embedding.js';

/** What differs between a browser's worker and Node's. */
export interface Platform {
  openFiles(params: OpenParams): Promise<WorkspaceFiles>;
  compile: CompileModule;
  readAsset(url: URL): Promise<Uint8Array>;
  /** A file of the machine; `folders`: or the decisions in a folder, named by their places in it. */
  openPath(path: string, folders: boolean): Promise<{ name: string; blob: Blob }[]>;
  /** A worker that reads the files of an import; null where there is none to be had, and this one reads. */
  startReader(): ReaderWorker | null;
}

/** What the session tells the page without being asked. */
export type Announce = PostToPage & ((message: EventMessage) => void);
