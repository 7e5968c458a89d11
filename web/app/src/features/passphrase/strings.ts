import type { Strength } from './strength';

export const PASSPHRASE = {
  label: 'Passphrase',
  newLabel: 'New passphrase',
  repeat: 'The same again',
  show: 'Show',
  notSame: 'The two are not the same.',
  strength: {
    empty: 'Several words that do not belong together are easy to keep and hard to guess.',
    weak: 'Guessed quickly. Add words.',
    fair: 'Withstands people, not machines. Add a word or two.',
    good: 'Hard to guess.',
    strong: 'Very hard to guess.',
  } satisfies Record<Strength, string>,
} as const;
