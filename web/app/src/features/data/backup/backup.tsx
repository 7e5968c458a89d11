import { useState } from 'preact/hooks';
import { formatMoment } from '../../../format';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, MadeFileResult, Result } from '../result';
import { backUp, ending, lastBackup, line, made, shareOf } from './state';
import { PassphraseField } from './passphrase';
import { strengthOf } from './strength';
import { BACKUP, BACKUP_ADVICE } from './strings';

/** When the last backup was made, and what is known of it. */
function LastBackup() {
  const last = lastBackup.value;
  if (!last) return <p class="job-line">{BACKUP.none}</p>;
  const details = [last.bytes !== null && BACKUP.size(last.bytes), last.sealed && BACKUP.sealed].filter(Boolean);
  return <p class="job-line">{BACKUP.last(formatMoment(last.at), details.join(', '))}</p>;
}

export function MakeBackup() {
  const [seals, setSeals] = useState(false);
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [tried, setTried] = useState(false);
  const problem = !seals ? null : first === '' ? BACKUP.tooShort : first !== second ? BACKUP.notSame : null;
  const start = () => {
    setTried(problem !== null);
    if (problem !== null) return;
    const passphrase = seals ? first : null;
    setFirst('');
    setSecond('');
    void backUp(passphrase);
  };
  const strength = strengthOf(first);
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
              setSeals(event.currentTarget.checked);
              setTried(false);
            }}
          />
          <span class="check-text">
            <span class="check-name" id="seal-name">
              {BACKUP.seal}
            </span>
            <span class="check-detail" id="seal-detail">
              {seals ? BACKUP.sealDetail : BACKUP.plainDetail}
            </span>
          </span>
        </label>
        {seals && (
          <div class="passphrases">
            <PassphraseField
              label={BACKUP.passphrase}
              autocomplete="new-password"
              value={first}
              onValue={setFirst}
              showLabel={BACKUP.show}
              detail={BACKUP.strength[strength]}
              problem={tried && first === '' ? problem : null}
            >
              <span class={`strength strength-${strength}`} aria-hidden="true" />
            </PassphraseField>
            <PassphraseField
              label={BACKUP.repeat}
              autocomplete="new-password"
              value={second}
              onValue={setSecond}
              showLabel={BACKUP.show}
              problem={first !== '' && (tried || second.length >= first.length) ? problem : null}
            />
          </div>
        )}
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
