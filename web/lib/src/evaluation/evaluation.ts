/**
 * `archivolt/evaluation`: how well a workspace's own search answers judged queries, how much of what an exact search finds the graphs
 * find, and searches that are kept to be run again. Nothing leaves the device; what is written lies in the table `stored_searches`.
 */
export { evaluate } from './evaluate.js';
export type { EvaluationOptions, EvaluationReport, Mode, ModeReport, SourcesFound } from './evaluate.js';
export { graphRecall, passageRecall } from './graph.js';
export type { GraphRecallOptions, PassageRecallOptions } from './graph.js';
export { readJudgedQueries, writeJudgedQueries } from './judged.js';
export type { JudgedQuery } from './judged.js';
export {
  addJudgedQueries,
  editJudgedQuery,
  evaluateJudged,
  judgedQueries,
  keepEvaluation,
  removeJudgedQuery,
} from './judged-queries.js';
export type { JudgedEvaluation, JudgedOptions, StoredJudgedQuery } from './judged-queries.js';
export { compare, estimate, MEASURES, scoreRanking } from './metrics.js';
export type { Difference, Estimate, Measure, Scores } from './metrics.js';
export { keepReplay, removeStoredSearch, replaySearch, storedSearches, storeSearch } from './replay.js';
export type { FoundThen, MovedHit, Replay, ReplayedHit, StoredHit, StoredSearch } from './replay.js';
export type { Change, Circumstances } from './circumstances.js';
