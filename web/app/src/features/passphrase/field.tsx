import type { ComponentChildren, TargetedEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import { PASSPHRASE } from './strings';
import './passphrase.css';

interface PassphraseProps {
  label: string;
  /** 'new-password' offers none that is stored; 'current-password' may. */
  autocomplete: 'new-password' | 'current-password';
  value: string;
  onValue: (value: string) => void;
  detail?: string;
  problem?: string | null;
  /** Right below the field. */
  children?: ComponentChildren;
}

/** A field for a passphrase, which can be looked at while it is typed. */
export function PassphraseField(props: PassphraseProps) {
  const { label, autocomplete, value, onValue, detail, problem, children } = props;
  const [shown, setShown] = useState(false);
  const id = useId();
  const field = {
    id,
    class: 'field passphrase-field',
    value,
    autocomplete,
    autocapitalize: 'off',
    spellcheck: false,
    'aria-invalid': problem ? true : undefined,
    'aria-describedby': `${id}-note`,
    onInput: (event: TargetedEvent<HTMLInputElement>) => onValue(event.currentTarget.value),
  } as const;
  return (
    <div class="passphrase">
      <label class="passphrase-label" for={id}>
        {label}
      </label>
      <div class="passphrase-row">
        {shown ? <input {...field} type="text" /> : <input {...field} type="password" />}
        <button class="button passphrase-show" type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {PASSPHRASE.show}
        </button>
      </div>
      {children}
      <p class={problem ? 'passphrase-note is-missing' : 'passphrase-note'} id={`${id}-note`} aria-live="polite">
        {problem ?? detail}
      </p>
    </div>
  );
}
