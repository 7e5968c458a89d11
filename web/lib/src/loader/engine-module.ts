/**
 * The shape of the module that wasm/ links: the only file that knows Emscripten's conventions.
 *
 * `engine.mjs` and `engine-relaxed.mjs` are its glue, bundled into the worker; engine-glue.d.ts declares them.
 */
import type { ErrorShape } from '../errors.js';
import type { HostFiles } from '../storage/host-files.js';

/** What every bound function answers; none of them throws. `changed`: JSON of Changes, '' when no commit changed anything. */
export type Envelope =
  | { ok: true; json: string; bytes: Uint8Array | null; changed: string }
  | { ok: false; error: ErrorShape; changed: string };

export interface EngineModule {
  /** `options`: JSON of EngineOptions. `key`: of an encrypted database (src/storage/cipher_key.h). */
  open(options: string, key: Uint8Array | null): Envelope;
  /** `actor`: who asks, as the audit trail names him; '' for the application itself. */
  call(method: string, json: string, bytes: Uint8Array | null, actor: string): Envelope;
  close(): Envelope;
}

/** Options of wasm/bindings.cc's open(). */
export interface EngineOptions {
  path: string;
  readOnly: boolean;
  fullSync: boolean;
  /** An older schema waits for migrations.migrate instead of being brought up to date. */
  deferUpgrade?: boolean;
}

export interface EngineSettings {
  archivoltHost: HostFiles;
  /** Replaces fetching by the glue: the loader compiles beforehand and so sees every failure itself. */
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object;
}

export type EngineFactory = (settings: EngineSettings) => Promise<EngineModule>;
