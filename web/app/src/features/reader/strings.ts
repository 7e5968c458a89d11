import { formatQuantity } from '../../format';

/** Texts of the reader. */
export const READER = {
  back: 'Results',
  backToStart: 'Back',
  formatted: 'Formatted',
  source: 'Source',
  viewLabel: 'How to show the document',
  toPassage: 'To the passage',
  loading: 'Opening the document…',
  missingTitle: 'This document is not here.',
  missingDetail: 'It was removed, or the link comes from another browser: documents stay where they were added.',
  noText: 'This document has no text to show.',
  tooLong: 'This document is long, so it is shown as source.',
  earlier: 'Show what comes before',
  later: 'Show what comes after',
  passages: (count: number) => formatQuantity(count, 'passage', 'passages'),
  imageOff: (alt: string) => (alt === '' ? 'image, not loaded' : `image, not loaded: ${alt}`),
} as const;
