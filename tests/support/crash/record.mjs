// Records a life of a workspace, and what was acknowledged when.
import { RecordedFiles } from './files.mjs';
import { STATEMENTS, marksOf } from './inspect.mjs';
import { live } from './workload.mjs';

/** `{ log, steps }`; a step has `at`, the operations before its end, and `written`, the mark of what was there then. */
export async function record(durability) {
  const files = new RecordedFiles();
  const steps = [];
  let written = '';
  await live(files, durability, async (step, workspace) => {
    if (workspace !== undefined) {
      try {
        const answers = [];
        for (const sql of STATEMENTS)
          answers.push((await workspace.query(sql, [], { secrets: true })).map((row) => Object.values(row)));
        written = marksOf(answers).written;
      } catch (error) {
        // A schema that was taken back answers nothing.
        if (error.code !== 'FAILED_PRECONDITION') throw error;
        written = '';
      }
    }
    steps.push({ ...step, at: files.log.length, written });
  });
  return { log: files.log, steps };
}
