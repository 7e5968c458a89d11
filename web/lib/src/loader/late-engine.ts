/** A module that is loaded before it is known when its files can be opened. */
import type { HostFiles } from '../storage/host-files.js';
import type { EngineModule } from './engine-module.js';
import { loadEngine, type CompileModule } from './load-engine.js';

export interface LateEngine {
  host: LateFiles;
  loading: Promise<EngineModule>;
}

/** Begins to load it. Whether that fails is told to whoever waits for `loading`. */
export function loadAhead(wasmUrl: string | null, compile: CompileModule): LateEngine {
  const host = new LateFiles();
  const loading = loadEngine(wasmUrl, host, compile);
  loading.catch(() => undefined); // Keeps it from counting as unhandled while nobody waits yet.
  return { host, loading };
}

/** Stands for the files while they are still being opened: the module starts meanwhile and asks for none yet. */
export class LateFiles implements HostFiles {
  files: HostFiles | undefined;
  interrupted: (() => boolean) | undefined;

  find(name: string): ReturnType<HostFiles['find']> {
    return this.files?.find(name);
  }

  temporary(): ReturnType<HostFiles['temporary']> {
    if (this.files === undefined) throw new Error('the files of the workspace are not open');
    return this.files.temporary();
  }
}
