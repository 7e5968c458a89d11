import { useState } from 'preact/hooks';
import { PassphraseField } from './field';
import { strengthOf } from './strength';
import { PASSPHRASE } from './strings';

/** What was typed into the two fields of a new passphrase. */
export interface NewPassphrase {
  first: string;
  second: string;
  /** Whether it was asked for before it was complete: then what is missing is said. */
  tried: boolean;
}
export const NO_PASSPHRASE: NewPassphrase = { first: '', second: '', tried: false };

/** What is wrong with it; null when it can be used. */
export function problemOf({ first, second }: NewPassphrase, missing: string): string | null {
  if (first === '') return missing;
  return first === second ? null : PASSPHRASE.notSame;
}

/** The state of the two fields. `take` gives the passphrase and clears them, or says what is missing and gives null. */
export function useNewPassphrase(missing: string) {
  const [value, setValue] = useState(NO_PASSPHRASE);
  const take = (): string | null => {
    const isComplete = problemOf(value, missing) === null;
    setValue(isComplete ? NO_PASSPHRASE : { ...value, tried: true });
    return isComplete ? value.first : null;
  };
  return { value, setValue, take };
}

interface NewPassphraseProps {
  value: NewPassphrase;
  onValue: (value: NewPassphrase) => void;
  /** Said when nothing was entered. */
  missing: string;
  label?: string;
}

/** A new passphrase, twice, with how hard it is to guess. */
export function NewPassphraseFields({ value, onValue, missing, label = PASSPHRASE.label }: NewPassphraseProps) {
  const { first, second, tried } = value;
  const problem = problemOf(value, missing);
  const strength = strengthOf(first);
  return (
    <div class="passphrases">
      <PassphraseField
        label={label}
        autocomplete="new-password"
        value={first}
        onValue={(typed) => onValue({ ...value, first: typed })}
        detail={PASSPHRASE.strength[strength]}
        problem={tried && first === '' ? problem : null}
      >
        <span class={`strength strength-${strength}`} aria-hidden="true" />
      </PassphraseField>
      <PassphraseField
        label={PASSPHRASE.repeat}
        autocomplete="new-password"
        value={second}
        onValue={(typed) => onValue({ ...value, second: typed })}
        problem={first !== '' && (tried || second.length >= first.length) ? problem : null}
      />
    </div>
  );
}
