// What the link of wasm/ writes beside the .wasm files; the bundler resolves both names.
declare module 'archivolt-engine' {
  const factory: import('./engine-module.js').EngineFactory;
  export default factory;
}
declare module 'archivolt-engine-relaxed' {
  const factory: import('./engine-module.js').EngineFactory;
  export default factory;
}
