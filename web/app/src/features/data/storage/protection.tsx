/** Encryption of everything stored here: a passphrase set, changed or removed, and when the page locks itself. */
import { useId, useState } from 'preact/hooks';
import { Dialog } from '../../../shapes/dialog';
import { importing } from '../../documents/import';
import { LOCK_CHOICES, lockAfter, setLockAfter } from '../../lock/state';
import { PROTECTION } from '../../lock/strings';
import { PassphraseField } from '../../passphrase/field';
import { NewPassphraseFields, useNewPassphrase } from '../../passphrase/new';
import { PASSPHRASE } from '../../passphrase/strings';
import { status } from '../../status/state';
import { working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import { DATA } from '../strings';
import { protect, protection, type Protecting } from './state';
import { STORAGE_ADVICE } from './strings';

const DIALOGS = {
  encrypt: { title: PROTECTION.encryptTitle, detail: PROTECTION.warning, button: PROTECTION.encryptButton },
  change: { title: PROTECTION.changeTitle, detail: PROTECTION.warning, button: PROTECTION.changeButton },
  remove: { title: PROTECTION.removeTitle, detail: PROTECTION.removeDetail, button: PROTECTION.removeButton },
} as const;

export function Protection() {
  const [asks, setAsks] = useState<Protecting | null>(null);
  const now = status.value;
  if (!now) return null;
  if (now.storage === 'memory') return <p class="step-note">{PROTECTION.memory}</p>;
  const actions: Protecting[] = now.encrypted ? ['change', 'remove'] : ['encrypt'];
  return (
    <>
      <p class="step-note">{now.encrypted ? PROTECTION.on : PROTECTION.off}</p>
      <JobBar kinds={['protect']} line={PROTECTION.working} share={null} canCancel={false}>
        <div class="actions">
          {actions.map((action) => (
            <button
              key={action}
              class="button"
              type="button"
              disabled={working.value || importing.value || now.readOnly}
              onClick={() => setAsks(action)}
            >
              {PROTECTION[action]}
            </button>
          ))}
        </div>
        <p class="job-line">{PROTECTION.workingDetail}</p>
      </JobBar>
      <Ending />
      {now.encrypted && <LockAfter />}
      {asks && <ProtectDialog action={asks} onClose={() => setAsks(null)} />}
    </>
  );
}

function Ending() {
  const now = protection.value;
  if (!now) return null;
  const close = () => (protection.value = null);
  if (now.outcome.state === 'failed')
    return <FailureResult failure={now.outcome.failure} advice={STORAGE_ADVICE} onClose={close} />;
  return now.outcome.state === 'done' ? <Result title={PROTECTION.done[now.action]} onClose={close} /> : null;
}

function ProtectDialog({ action, onClose }: { action: Protecting; onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const { value, setValue, take } = useNewPassphrase(PROTECTION.newMissing);
  const { title, detail, button } = DIALOGS[action];
  const submit = async () => {
    if (action !== 'encrypt' && current === '') return setProblem(PROTECTION.currentMissing);
    const next = action === 'remove' ? null : take();
    if (next === null && action !== 'remove') return;
    const isRight = await protect(action, action === 'encrypt' ? null : current, next);
    if (isRight) onClose();
    else setProblem(PROTECTION.currentWrong);
  };
  return (
    <Dialog open title={title} onClose={onClose}>
      <form
        class="protect"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{detail}</p>
        {action !== 'encrypt' && (
          <PassphraseField
            label={PROTECTION.current}
            autocomplete="current-password"
            value={current}
            onValue={(typed) => {
              setCurrent(typed);
              setProblem(null);
            }}
            problem={problem}
          />
        )}
        {action !== 'remove' && (
          <NewPassphraseFields
            value={value}
            onValue={setValue}
            missing={PROTECTION.newMissing}
            label={action === 'change' ? PASSPHRASE.newLabel : PASSPHRASE.label}
          />
        )}
        <p class="dialog-actions">
          <button class="button" type="button" onClick={onClose}>
            {DATA.cancel}
          </button>
          <button class={action === 'remove' ? 'button button-danger' : 'button button-primary'} type="submit">
            {button}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function LockAfter() {
  const id = useId();
  return (
    <div class="choice">
      <label class="choice-name" for={id}>
        {PROTECTION.lockAfter}
      </label>
      <span class="select-holder">
        <select
          class="select"
          id={id}
          value={String(lockAfter.value)}
          aria-describedby={`${id}-detail`}
          onChange={(event) => setLockAfter(Number(event.currentTarget.value))}
        >
          {LOCK_CHOICES.map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {PROTECTION.after(minutes)}
            </option>
          ))}
        </select>
      </span>
      <p class="job-line" id={`${id}-detail`}>
        {PROTECTION.lockAfterDetail}
      </p>
    </div>
  );
}
