import { formatCount } from '../../format';

/** Texts of the bar that offers to embed everything again. */
export const REEMBED = {
  label: 'Meaning index',
  title: 'The meaning index is an earlier version’s',
  detail:
    'Documents are found by their words. To find them by meaning again they have to be read once more, on this device.',
  begun: 'A part is done already; it goes on where it stopped.',
  start: 'Read again',
  goOn: 'Go on',
  running: 'Reading the documents again',
  runningDetail: 'You can go on searching and adding.',
  count: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)} passages`,
  cleaning: 'Removing the earlier index',
  spoken: (percent: number) => `Reading again: ${percent} %`,
  progress: 'Progress',
  stop: 'Stop',
  done: 'Documents are found by meaning again.',
  stopped: 'Stopped. What was read is kept.',
} as const;
