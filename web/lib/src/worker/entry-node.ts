/** The worker thread of Node. */
import { parentPort } from 'node:worker_threads';
import { ArchivoltError } from '../errors.js';
import { compileAsset, readAsset } from '../loader/read-assets.js';
import type { ToWorker } from '../protocol/messages.js';
import { MemoryFiles } from '../storage/memory.js';
import { openDirectory } from '../storage/node-directory.js';
import { Dispatcher } from './dispatcher.js';
import { openPath } from './node-paths.js';
import type { Platform } from './platform.js';

const platform: Platform = {
  async openFiles(params) {
    const { storage } = params;
    if (storage === 'memory') return new MemoryFiles();
    if (storage !== 'opfs') return openDirectory(storage.directory, params);
    throw new ArchivoltError(
      'UNSUPPORTED',
      "Node has no Origin Private File System; name a directory or ask for 'memory'.",
      { storage: 'opfs' },
    );
  },
  compile: compileAsset,
  readAsset,
  openPath,
  startReader: () => null,
};

const port = parentPort;
if (port === null) throw new Error('this module is the entry of a worker thread');
const dispatcher = new Dispatcher(platform, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => dispatcher.receive(message));
