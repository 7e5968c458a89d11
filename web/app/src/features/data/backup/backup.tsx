import { useState } from 'preact/hooks';
import { formatMoment } from '../../../format';
import { NewPassphraseFields, useNewPassphrase } from '../../passphrase/new';
import { status } from '../../status/state';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, MadeFileResult, Result } from '../result';
import { backUp, ending, lastBackup, line, made, shareOf } from './state';
import { BACKUP, BACKUP_ADVICE } from './strings';

/** When the last backup was made, and what is known of it. */
function LastBackup() {
  const last = lastBackup.value;
  if (!last) return <p class="job-line">{BACKUP.none}</p>;
  const details = [last.bytes !== null && BACKUP.size(last.bytes), last.sealed && BACKUP.sealed].filter(Boolean);
  return <p class="job-line">{BACKUP.last(formatMoment(last.at), details.join(', '))}</p>;
}

export function MakeBackup() {
  const encrypted = status.value?.encrypted ?? false;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const seals = chosen ?? encrypted;
  const { value, setValue, take } = useNewPassphrase(BACKUP.tooShort);
  const start = () => {
    const passphrase = seals ? take() : null;
    if (seals && passphrase === null) return;
    void backUp(passphrase);
  };
  return (
    <>
      <fieldset class="plain" disabled={working.value}>
        <label class="check">
          <input
            type="checkbox"
            checked={seals}
            aria-labelledby="seal-name"
            aria-describedby="seal-detail"
            onChange={(event) => {
              setChosen(event.currentTarget.checked);
              setValue({ ...value, tried: false });
            }}
          />
          <span class="check-text">
            <span class="check-name" id="seal-name">
              {BACKUP.seal}
            </span>
            <span class="check-detail" id="seal-detail">
              {seals ? BACKUP.sealDetail : encrypted ? BACKUP.unsealedDetail : BACKUP.plainDetail}
            </span>
          </span>
        </label>
        {seals && <NewPassphraseFields value={value} onValue={setValue} missing={BACKUP.tooShort} />}
      </fieldset>
      <JobBar kinds={['backup', 'save']} line={line.value} share={shareOf(job.value?.progress)}>
        <div class="actions">
          <button class="button button-primary" type="button" disabled={working.value} onClick={start}>
            {BACKUP.button}
          </button>
        </div>
        <LastBackup />
      </JobBar>
      <Ending />
      <MadeFileResult made={made} section="backup" />
    </>
  );
}

function Ending() {
  const now = ending.value;
  if (!now) return null;
  const close = () => (ending.value = null);
  if (now.state === 'failed') return <FailureResult failure={now.failure} advice={BACKUP_ADVICE} onClose={close} />;
  return <Result title={BACKUP.stopped} onClose={close} />;
}
