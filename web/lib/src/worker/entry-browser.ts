/** The dedicated worker of browsers. */
import { compileFetched, readFetched } from '../loader/fetch-assets.js';
import { ArchivoltError } from '../errors.js';
import type { ToWorker } from '../protocol/messages.js';
import { MemoryFiles } from '../storage/memory.js';
import { openOpfs } from '../storage/opfs.js';
import { WorkspaceLock } from '../storage/workspace-lock.js';
import type { Platform } from './platform.js';
import { Tab } from './tab.js';

const lock = new WorkspaceLock();

const platform: Platform = {
  async openFiles({ name, storage, readOnly }) {
    if (storage === 'memory') return new MemoryFiles();
    if (storage === 'opfs')
      return openOpfs(name, readOnly, lock, async (directory) =>
        (await import('./safety.js')).openSnapshot(name, directory, () => lock.release()),
      );
    throw new ArchivoltError('UNSUPPORTED', 'Browsers have no directories; storage is opfs or memory.', {
      storage: 'directory',
    });
  },
  compile: compileFetched,
  readAsset: readFetched,
  openPath: () =>
    Promise.reject(new ArchivoltError('UNSUPPORTED', 'Browsers open no paths; hand over a File.', { feature: 'path' })),
  // Here and not in interchange.js, which the reader loads: bundlers name files by what is in them, which must not go in a circle.
  startReader() {
    try {
      return new Worker(new URL('./import-reader.js', import.meta.url), { type: 'module', name: 'archivolt-reader' });
    } catch {
      // No workers in workers here, a script of another origin, or a policy that forbids it.
      return null;
    }
  },
};

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const tab = new Tab(platform, lock, (message) => scope.postMessage(message));
scope.onmessage = (event: MessageEvent<ToWorker>) => tab.receive(event.data);
