/** The core of one open workspace, with what says who may use it when; what does the calls of a session works on it. */
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { Embedding } from './embedding.js';
import type { Engine } from './engine.js';
import type { Lane } from './lane.js';

export interface Core {
  readonly engine: Engine;
  readonly lane: Lane;
  readonly files: WorkspaceFiles;
  readonly embedding: Embedding;
}
