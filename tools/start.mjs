// npm start: sets the machine up, builds what changed, serves the app and says where.
import path from 'node:path';
import { fail, root } from './process.mjs';
import { setup } from './setup.mjs';

setup('build');
// Imported only now: its own imports (esbuild) are what setup may just have installed.
const { buildAll } = await import('./build.mjs');
await buildAll();
const { serve } = await import('./serve.mjs');
const port = Number(process.env.PORT ?? 4173);
try {
  const { url } = await serve({ root: path.join(root, 'web/app/dist'), port });
  console.log(`\nArchivolt is running on ${url}\nStop it with Ctrl+C.`);
} catch (error) {
  fail(error.code === 'EADDRINUSE' ? `port ${port} is taken; choose another: PORT=4180 npm start` : error.message);
}
