/**
 * Where the files beside the worker lie.
 *
 * Each is spelled as `new URL(literal, import.meta.url)`, the form that bundlers follow.
 */
export type EngineVariant = 'baseline' | 'relaxed';

/**
 * The .wasm to load. `wasmUrl`, which is absolute, may be a folder (ends with "/"), in which both variants lie under their own names, or one file,
 * which is taken for the baseline variant unless its name says "relaxed".
 */
export function engineAsset(wasmUrl: string | null, relaxed: boolean): { variant: EngineVariant; url: URL } {
  if (wasmUrl === null) {
    return relaxed
      ? { variant: 'relaxed', url: new URL('./engine-relaxed.wasm', import.meta.url) }
      : { variant: 'baseline', url: new URL('./engine.wasm', import.meta.url) };
  }
  const url = new URL(wasmUrl);
  if (url.pathname.endsWith('/')) {
    const name = relaxed ? 'engine-relaxed.wasm' : 'engine.wasm';
    return { variant: relaxed ? 'relaxed' : 'baseline', url: new URL(name, url) };
  }
  return { variant: /relaxed[^/]*$/.test(url.pathname) ? 'relaxed' : 'baseline', url };
}

export function embedderAsset(): URL {
  return new URL('./embedder.semb', import.meta.url);
}
