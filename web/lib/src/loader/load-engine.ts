/**
 * Loads the module: picks the variant that runs here, compiles it, and joins it with its glue and its files.
 *
 * How bytes are read differs between browsers and Node and is passed in. Errors: UNSUPPORTED when WebAssembly, its SIMD or
 * the page's content security policy do not let it run; IO_ERROR when the file cannot be read.
 */
import createBaseline from 'archivolt-engine';
import createRelaxed from 'archivolt-engine-relaxed';
import { ArchivoltError } from '../errors.js';
import type { HostFiles } from '../storage/host-files.js';
import { engineAsset } from './assets.js';
import type { EngineModule } from './engine-module.js';
import { hasRelaxedSimd, hasSimd } from './features.js';

export type CompileModule = (url: URL) => Promise<WebAssembly.Module>;

export async function loadEngine(
  wasmUrl: string | null,
  host: HostFiles,
  compile: CompileModule,
): Promise<EngineModule> {
  if (typeof WebAssembly !== 'object') throw unsupported('This browser has no WebAssembly.');
  if (!hasSimd()) throw unsupported('This browser has no WebAssembly SIMD. Every browser released since 2023 has it.');
  const { variant, url } = engineAsset(wasmUrl, hasRelaxedSimd());
  const module = await compileOrExplain(url, compile);
  const create = variant === 'relaxed' ? createRelaxed : createBaseline;
  return new Promise((resolve, reject) => {
    create({
      archivoltHost: host,
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(module, imports).then(done, (error: unknown) =>
          // A RangeError is memory that the host does not give: an error to be told as such.
          reject(error instanceof RangeError ? error : unsupported(`The engine does not start: ${String(error)}`)),
        );
        return {};
      },
    }).then(resolve, reject);
  });
}

async function compileOrExplain(url: URL, compile: CompileModule): Promise<WebAssembly.Module> {
  try {
    return await compile(url);
  } catch (error) {
    if (error instanceof ArchivoltError || !(error instanceof WebAssembly.CompileError)) throw error;
    const hint = /unsafe-eval|Content Security Policy/i.test(error.message)
      ? "The page's content security policy needs script-src 'wasm-unsafe-eval'."
      : `The engine does not compile here: ${error.message}`;
    throw unsupported(hint);
  }
}

function unsupported(message: string): ArchivoltError {
  return new ArchivoltError('UNSUPPORTED', message, { feature: 'WebAssembly' });
}
