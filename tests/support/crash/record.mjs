// Records a life of a workspace, and what was acknowledged when.
import { RecordedFiles } from './files.mjs';
import { comparedColumns, dumpStatement, marksOf } from './inspect.mjs';
import { live } from './workload.mjs';

/** `{ log, steps }`; a step has `at`, the operations before its end, and `written`, the mark of what was there then. */
export async function record(durability) {
  const files = new RecordedFiles();
  const steps = [];
  let statement = '';
  let written = '';
  await live(files, durability, async (step, workspace) => {
    if (workspace !== undefined) {
      if (statement === '') {
        const columns = new Map();
        comparedColumns((sql) => columns.set(sql, undefined));
        for (const sql of columns.keys()) {
          const table = /"(\w+)"/.exec(sql)[1];
          const rows = await workspace.query(`SELECT name FROM pragma_table_info('${table}')`);
          columns.set(sql, rows.map(({ name }) => name));
        }
        statement = dumpStatement(comparedColumns((sql) => columns.get(sql)));
      }
      const [row] = await workspace.query(statement).catch((error) => {
        // A schema that was taken back answers nothing.
        if (error.code !== 'FAILED_PRECONDITION') throw error;
        return [undefined];
      });
      written = row === undefined ? '' : marksOf(Object.values(row)).written;
    }
    steps.push({ ...step, at: files.log.length, written });
  });
  return { log: files.log, steps };
}
