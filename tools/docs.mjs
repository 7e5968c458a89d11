// npm run docs: writes every generated file anew (error codes, catalogue and row types).
import { run } from './process.mjs';

run(process.execPath, ['tools/gen-errors.mjs']);
run(process.execPath, ['tools/gen-schema.mjs']);
