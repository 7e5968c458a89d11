import type { SearchKind } from 'archivolt';
import { formatDuration, formatQuantity } from '../../format';
import type { SearchMode } from '../../route';

/** Texts of the search feature. */
export const SEARCH = {
  title: 'Search',
  placeholder: 'Ask your documents',
  label: 'Search your documents',
  clear: 'Clear the search',
  shortcut: 'Press / to search',
  modeLabel: 'How to search',
  modes: { hybrid: 'Both', semantic: 'Meaning', keyword: 'Words' } satisfies Record<SearchMode, string>,
  modeHints: {
    hybrid: 'By words and by meaning, the two merged',
    semantic: 'By meaning: finds other words for the same thing',
    keyword: 'By words: finds exactly what you type',
  } satisfies Record<SearchMode, string>,
  kindsLabel: 'Where to search',
  everything: 'Everything',
  kinds: {
    documents: 'Documents',
    decisions: 'Decisions',
    stories: 'Stories',
    code_examples: 'Code',
    messages: 'Messages',
    ai_requests: 'AI requests',
  } satisfies Record<SearchKind, string>,
  searching: 'Searching…',
  failed: 'The search did not finish.',
  tryAgain: 'Try again',
  resultsLabel: 'Results',
  found: (count: number, more: boolean, ms: number) =>
    `${more ? 'The best ' : ''}${formatQuantity(count, 'passage', 'passages')} in ${formatDuration(ms)}`,
  correctedTo: 'Searched for',
  correctedFrom: (words: readonly string[]) => `instead of ${words.map((word) => `“${word}”`).join(', ')}.`,
  asTyped: 'Search as typed',
  folded: (count: number) =>
    count === 1
      ? '1 passage that says nearly the same is folded.'
      : `${formatQuantity(count, 'passage', 'passages')} that say nearly the same are folded.`,
  unfold: 'Show all',
  unfolded: 'Passages that say nearly the same are shown.',
  fold: 'Fold them',
  foldedHere: (count: number) => `and ${count} nearly the same`,
  noneTitle: 'Nothing found.',
  noneAdvice: 'Try other words, search by meaning, or look in everything.',
  timing: { embed: 'question', bm25: 'words', semantic: 'meaning', fuse: 'merge' },
  why: 'Why it is here',
  whyWords: (rank: number) => `words #${rank}`,
  whyMeaning: (rank: number) => `meaning #${rank}`,
  whyWordsTitle: (rank: number, score: number) => `Rank ${rank} by words (bm25 ${score.toFixed(2)})`,
  whyMeaningTitle: (rank: number, score: number) => `Rank ${rank} by meaning (similarity ${score.toFixed(3)})`,
  score: (score: number) => score.toFixed(3),
  scoreTitle: 'Merged score',
  wholeText: 'Show the whole text',
  more: 'Show more',
  right: 'Right answer',
  rightTitle: 'This document answers the question. Under Data, Search quality, all such questions can be asked again.',
  keep: 'Keep this search',
  keepTitle: 'To run it again later and see what changed',
  kept: 'Kept. Run it again under Data, Search quality.',
  idleTitle: 'What do you want to know?',
  idleHints: [
    ['Ask in your own words.', 'Archivolt matches by meaning as well as by word.'],
    ['Every answer says why.', 'Each passage shows its rank by words and by meaning.'],
    ['Straight to the source.', 'A result opens its document at the passage.'],
  ],
} as const;
