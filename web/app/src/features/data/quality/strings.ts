import type { ErrorCode } from 'archivolt';
import type { Change, Measure, Mode } from 'archivolt/evaluation';
import { formatCount, formatQuantity } from '../../../format';
import { SEARCH } from '../../search/strings';

const figure = (value: number) => value.toFixed(2);
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

const COLLECTIONS = /^archivolt:/;
const KIND_NAMES: Readonly<Record<string, string>> = { ...SEARCH.kinds, document_chunks: SEARCH.kinds.documents };
const SETTING_NAMES: Readonly<Record<string, string>> = {
  bm25_weight: 'weight of words',
  semantic_weight: 'weight of meaning',
  num_documents: 'number of results',
  use_hybrid_search: 'words and meaning together',
};

function changeLine({ what, name, from, to }: Change): string {
  if (what === 'setting') return `Setting “${SETTING_NAMES[name] ?? name}”: ${from ?? 'none'}, now ${to ?? 'none'}`;
  const kind = KIND_NAMES[name.replace(COLLECTIONS, '')] ?? name;
  if (what === 'embedder') return `${kind}: another model reads their meaning now`;
  if (name === 'selection') return 'Other documents are selected';
  if (from !== null && to !== null && from !== to)
    return `${kind}: ${formatCount(Number(from))}, now ${formatCount(Number(to))}`;
  return `${kind}: some were changed`;
}

/** Texts of the page about how well searches answer. */
export const QUALITY = {
  title: 'Search quality',
  sentence:
    'Questions whose right answers you know show how well a search finds them. A kept search shows what changed.',
  questions: 'Questions with known answers',
  none: 'There are none yet. Search for something and mark the right answers, or bring in a file.',
  count: (count: number) => formatQuantity(count, 'question', 'questions'),
  run: 'Ask them all',
  bringIn: 'Bring in a file…',
  bringInDetail: 'JSON as Archi keeps it: an array of question, sources and answer.',
  save: 'Save as a file',
  asking: (done: number, of: number) => `${formatCount(done)} of ${formatCount(of)} searches`,
  broughtIn: (added: number, changed: number, unchanged: number) =>
    `${formatQuantity(added, 'question', 'questions')} added, ${formatCount(changed)} changed, ${formatCount(unchanged)} as they were.`,
  notRead: 'The file could not be brought in.',
  resultTitle: (count: number) => `${formatQuantity(count, 'question', 'questions')} asked`,
  modes: SEARCH.modes satisfies Record<Mode, string>,
  modesLabel: 'How it was searched',
  measures: {
    recall1: 'First',
    recall5: 'First 5',
    recall10: 'First 10',
    mrr10: 'MRR',
    ndcg10: 'nDCG',
  } satisfies Record<Measure, string>,
  measureTitles: {
    recall1: 'Recall@1: the share of questions whose first document is a right one',
    recall5: 'Recall@5: the share of questions with a right document among the first five',
    recall10: 'Recall@10: the share of questions with a right document among the first ten',
    mrr10: 'MRR@10: the mean of 1 / rank of the first right document',
    ndcg10: 'nDCG@10: how near the right documents stand to the top, all of them counted',
  } satisfies Record<Measure, string>,
  every: 'All sources',
  everyTitle: 'The share of questions of which every source is among the first ten documents',
  figure,
  interval: (low: number, high: number) => `${figure(low)} to ${figure(high)}`,
  tableLabel: 'Results by how it was searched',
  tableNote: 'Each from 0 to 1, with the range that holds it in 95 of 100 samples of as many questions.',
  since: (when: string, count: number) =>
    `Beside the result of ${when}, on ${formatQuantity(count, 'question', 'questions')}:`,
  gain: (mode: string, mean: number, low: number, high: number) =>
    `${mode}: nDCG ${signed(mean)} (${signed(low)} to ${signed(high)}), ${low > 0 ? 'better' : high < 0 ? 'worse' : 'no clear change'}`,
  changed: 'What changed since',
  unchanged: 'Settings, models and data are as they were.',
  change: changeLine,
  keep: 'Keep this result',
  keepAgain: 'Kept',
  keptNow: (count: number) => `Kept for ${formatQuantity(count, 'question', 'questions')}.`,
  stopped: 'Stopped. Nothing was kept.',
  listLabel: 'Questions',
  more: (count: number) => `Show ${formatCount(count)} more`,
  foundAt: (rank: number) => `found at ${rank}`,
  notFound: 'not found',
  search: (question: string) => `Search for “${question}”`,
  edit: 'Edit',
  editNamed: (question: string) => `Edit “${question}”`,
  remove: 'Remove',
  removeNamed: (question: string) => `Remove “${question}”`,
  editTitle: 'Edit the question',
  questionLabel: 'Question',
  sourcesLabel: 'Right answers, one in a line',
  sourcesDetail: 'A document’s path, name, address or id.',
  answerLabel: 'Answer in words, if you like',
  cancel: 'Cancel',
  saveEdit: 'Save',
  searches: 'Kept searches',
  searchesNone: 'There are none yet. Below the box of a search, “Keep this search” puts it here.',
  searchesLabel: 'Kept searches',
  found: (hits: number, when: string) => `${formatQuantity(hits, 'passage', 'passages')} · ${when}`,
  replay: 'Run again',
  replayNamed: (query: string) => `Run “${query}” again`,
  replayTitle: (query: string) => `“${query}”`,
  replaySame: 'Everything is found as it was.',
  came: 'Came',
  went: 'Went',
  moved: 'Moved',
  stayed: (count: number) => `${formatQuantity(count, 'passage', 'passages')} where they were.`,
  cameAt: (rank: number) => `now at ${rank}`,
  wentFrom: (rank: number) => `was at ${rank}`,
  movedFrom: (from: number, to: number) => `${from} → ${to}`,
  otherPassage: 'another passage',
  gone: 'not here any more',
  keepNew: 'Keep the new result',
  graph: 'Shortcut by meaning',
  graphDetail:
    'Where there are many passages, a search by meaning does not look at each. This compares it with a search that does.',
  graphRun: 'Compare',
  graphLine: (done: number, of: number) => `${formatCount(done)} of ${formatCount(of)} passages`,
  graphResult: (share: number) => `${(100 * share).toFixed(1)} % of the nearest passages are found.`,
  graphRange: (low: number, high: number, sample: number, passages: number) =>
    `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %, by ${formatCount(sample)} of ${formatQuantity(passages, 'passage', 'passages')}.`,
} as const;

export const QUALITY_ADVICE: Partial<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'Correct the file and bring it in again. Nothing of it was kept.',
  FAILED_PRECONDITION: 'Try again when documents have been added and read.',
};
