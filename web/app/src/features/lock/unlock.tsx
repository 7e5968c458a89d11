/** The whole page while encrypted documents are closed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { startAnew } from '../../workspace';
import { ArchProgress } from '../../shapes/arch';
import { TypedConfirmation } from '../../shapes/typed-confirmation';
import { PassphraseField } from '../passphrase/field';
import { lockReason, unlock } from './state';
import { LOCK } from './strings';
import './lock.css';

export function UnlockPage({ wrong }: { wrong: boolean }) {
  const [passphrase, setPassphrase] = useState('');
  const [problem, setProblem] = useState<string | null>(wrong ? LOCK.wrong : null);
  const [forgets, setForgets] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  return (
    <section class="opening">
      <ArchProgress value={null} />
      <h1 class="opening-title">{LOCK.title}</h1>
      <p class="opening-detail">
        {lockReason.value === 'idle' && LOCK.idle} {LOCK.detail}
      </p>
      <form
        class="unlock"
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (passphrase === '') setProblem(LOCK.missing);
          else void unlock(passphrase);
        }}
      >
        <PassphraseField
          label={LOCK.label}
          autocomplete="current-password"
          value={passphrase}
          onValue={(typed) => {
            setPassphrase(typed);
            setProblem(null);
          }}
          problem={problem}
        />
        <button class="button button-primary" type="submit">
          {LOCK.button}
        </button>
      </form>
      <details class="opening-technical unlock-forgotten">
        <summary>{LOCK.forgotten}</summary>
        <p>{LOCK.forgottenDetail}</p>
        <p>
          <button class="button button-warn button-small" type="button" onClick={() => setForgets(true)}>
            {LOCK.startAnew}
          </button>
        </p>
      </details>
      <TypedConfirmation
        open={forgets}
        title={LOCK.startAnewTitle}
        detail={LOCK.forgottenDetail}
        onClose={() => setForgets(false)}
        onConfirm={() => void startAnew()}
      />
    </section>
  );
}
