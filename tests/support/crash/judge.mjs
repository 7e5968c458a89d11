// What a state must hold, given what was acknowledged before the crash.
//
// The truth is what the same life leaves when nothing is lost: the marks of the reference states, one after each commit. A state is
// good when it is one of them, whole: with full durability none before the last acknowledged commit, with relaxed any.

const WAL = 2;
const JOURNAL = 3;
const FRAME = 24 + 8192;

/** Whether the operation ends a commit: the frame that says so, or the journal's end. */
export function commits({ kind, file, bytes }) {
  if (file === JOURNAL) return kind === 'truncate';
  if (file !== WAL || kind !== 'write' || bytes.length !== FRAME) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) !== 0;
}

/** `prefix`: the latest commits may be missing. `until`: the last operation that was tried. */
export function judge({ log, steps }, results, { prefix, until }) {
  const references = results.filter(({ isReference }) => isReference).sort((a, b) => a.point - b.point);
  const bad = [];
  const report = (result, problem) => bad.push(`after operation ${result.point}, ${result.how}: ${problem}`);
  const made = steps[0].at;
  for (const result of results) {
    for (const problem of result.problems) report(result, problem);
    if (result.problems.length > 0 || result.point < made) continue;
    const step = steps.findLast(({ at }) => at <= result.point);
    const last = references.findLast(({ point }) => point <= step.at)?.point ?? 0;
    const known = references.filter(({ point, all }) => point <= result.point && all === result.all);
    if (known.length === 0) report(result, `after "${step.name}" it holds what no commit left`);
    else if (!prefix && !known.some(({ point }) => point >= last)) {
      const newest = steps.findLast(({ at }) => at <= known.at(-1).point);
      report(result, `"${step.name}" was acknowledged, it holds what "${newest?.name}" left`);
    }
  }
  bad.push(
    ...judgeSteps(
      steps.filter(({ at }) => at <= until),
      references,
    ),
  );
  const different = (some) => new Set(some.map(({ hash }) => hash)).size;
  return {
    points: log.length,
    tried: new Set(results.map(({ point }) => point)).size,
    states: different(results),
    written: different(results.filter(({ readOnly }) => !readOnly)),
    commits: references.length,
    bad,
  };
}

/** What was there when a step was answered is there when it is opened again, and a step that is one transaction has no middle. */
function judgeSteps(steps, references) {
  const bad = [];
  for (const [i, step] of steps.entries()) {
    if (i === 0 || step.written === '') continue;
    const before = steps[i - 1];
    const within = references.filter(({ point }) => point > before.at && point <= step.at);
    const last = references.findLast(({ point }) => point <= step.at);
    if (last !== undefined && last.written !== step.written && !last.written.startsWith('schema'))
      bad.push(`"${step.name}" was answered with other rows than are found after it`);
    if (!step.atomic) continue;
    const middle = within.filter(({ written }) => written !== before.written && written !== step.written);
    if (middle.length > 0) bad.push(`"${step.name}" is one transaction, but ${middle.length} commits show parts of it`);
  }
  return bad;
}
