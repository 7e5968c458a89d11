// npm run eval: how well search answers judged questions, by leg and by class of question, beside the result that was kept last.
//
// node tests/eval/run.mjs [--questions FILE] [--answers FILE] [--keep]
//   --questions  another set, one JSON object a line: {id, lang, kind, question, relevant: [section id]}
//   --answers    writes what was found, one JSON object a line: {id, sections: [section id]}, best first, in hybrid mode
//   --keep       keeps the result as the one that later runs are compared with
//
// The corpus is made of Debian's documentation packages (corpus.mjs): about 110 MB are downloaded once. Ends with a failure when
// hybrid search is significantly worse than what was kept.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../tools/process.mjs';
import { importSource } from '../support/source.mjs';
import { corpusHash, readCorpus } from './corpus.mjs';
import { openSystem } from './system.mjs';

const own = path.join(root, 'tests/eval/questions.jsonl');
const keptFile = path.join(root, 'tests/eval/kept.json');
const { values: flags } = parseArgs({
  options: {
    questions: { type: 'string', default: own },
    answers: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const { compare, estimate, MEASURES, scoreRanking } = await importSource('evaluation/metrics');
const MODES = ['keyword', 'semantic', 'hybrid'];
/** A drop that fewer than this share of samples of the questions show would be chance. */
const SIGNIFICANT = 0.05;

const questions = readFileSync(flags.questions, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line));

/** Scores by mode, then by question id. */
const results = {};
const corpora = {};
const answers = [];
for (const language of ['en', 'es']) {
  const asked = questions.filter(({ lang }) => lang === language);
  if (asked.length === 0) continue;
  const sections = readCorpus(language);
  corpora[language] = corpusHash(sections);
  const system = await openSystem(sections, (done, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${language}: ${done} of ${of} pages`);
  });
  for (const mode of MODES) {
    results[mode] ??= {};
    for (const { id, question, relevant } of asked) {
      const found = await system.answer(question, { mode });
      results[mode][id] = scoreRanking(new Set(relevant), found);
      if (mode === 'hybrid') answers.push({ id, sections: found });
    }
  }
  await system.close();
}

const format = ({ mean, low, high }) => `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
const column = (mode, asked, measure) => asked.map(({ id }) => results[mode][id][measure]);
for (const language of Object.keys(corpora)) {
  for (const kind of [undefined, ...new Set(questions.map((question) => question.kind))]) {
    const asked = questions.filter((one) => one.lang === language && (kind ?? one.kind) === one.kind);
    if (asked.length === 0) continue;
    console.log(`\n${language}, ${kind ?? 'all'} questions: ${asked.length}`);
    const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
    row(['mode', ...MEASURES]);
    row(['---', ...MEASURES.map(() => '---')]);
    for (const mode of MODES) row([mode, ...MEASURES.map((measure) => format(estimate(column(mode, asked, measure))))]);
    for (const base of ['keyword', 'semantic']) {
      const gains = ['mrr10', 'ndcg10'].map((measure) => {
        const gain = compare(column('hybrid', asked, measure), column(base, asked, measure));
        return `${measure} ${format(gain)} p = ${gain.p.toFixed(4)}`;
      });
      console.log(`hybrid less ${base}: ${gains.join(', ')}`);
    }
  }
}

if (flags.answers !== undefined) {
  writeFileSync(flags.answers, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
}
if (path.resolve(flags.questions) !== own) process.exit();

const hybrid = Object.fromEntries(
  Object.entries(results.hybrid).map(([id, scores]) => [
    id,
    MEASURES.map((measure) => Number(scores[measure].toFixed(6))),
  ]),
);
if (flags.keep) {
  writeFileSync(keptFile, `${JSON.stringify({ corpora, measures: MEASURES, hybrid }, undefined, 1)}\n`);
  console.log('\nkept');
} else if (existsSync(keptFile)) {
  const kept = JSON.parse(readFileSync(keptFile, 'utf8'));
  if (JSON.stringify(kept.corpora) !== JSON.stringify(corpora)) {
    console.log('\nThe documentation packages have changed since the kept result: the comparison says less.');
  }
  const ids = Object.keys(kept.hybrid).filter((id) => hybrid[id] !== undefined);
  let worse = false;
  for (const [at, measure] of MEASURES.entries()) {
    const change = compare(
      ids.map((id) => kept.hybrid[id][at]),
      ids.map((id) => hybrid[id][at]),
    );
    const isWorse = change.mean > 0 && change.p < SIGNIFICANT;
    worse ||= isWorse;
    console.log(
      `${measure}: ${(-change.mean).toFixed(4)} against the kept result${isWorse ? ', significantly worse' : ''}`,
    );
  }
  if (worse) process.exitCode = 1;
}
