/** The worker that reads the files of an import while another writes their rows (interchange/reader.ts). */
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
import('./interchange.js').then(
  ({ serveReader }) => serveReader(scope),
  () => scope.postMessage({ type: 'failed' }),
);
