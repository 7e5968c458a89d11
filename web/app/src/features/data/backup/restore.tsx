import type { RestoreReport } from 'archivolt';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCount, formatMoment } from '../../../format';
import { Dialog } from '../../../shapes/dialog';
import { PassphraseField } from '../../passphrase/field';
import { PASSPHRASE } from '../../passphrase/strings';
import { FileIcon } from '../../../shapes/icons';
import { dropTaker } from '../../documents/drop-target';
import { importing } from '../../documents/import';
import { documentCount } from '../../documents/state';
import { passageCount, status } from '../../status/state';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import { DATA } from '../strings';
import { chooseBackup, chosen, line, outcome, restoreNow } from './restore-state';
import { backUp, lastBackup, shareOf } from './state';
import { RESTORE, RESTORE_ADVICE, RESTORE_TITLES } from './strings';

function Picker() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const taker = {
      title: RESTORE.dropHere,
      detail: RESTORE.dropDetail,
      busy: () => working.peek(),
      take: ({ files }: DataTransfer) => void (files[0] && chooseBackup(files[0])),
    };
    dropTaker.value = taker;
    return () => {
      if (dropTaker.peek() === taker) dropTaker.value = null;
    };
  }, []);
  return (
    <>
      <button class="button" type="button" disabled={working.value} onClick={() => input.current?.click()}>
        <FileIcon />
        {chosen.value ? RESTORE.chooseOther : RESTORE.choose}
      </button>
      <input
        ref={input}
        hidden
        type="file"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) void chooseBackup(file);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

/** Asks once more, and offers a backup of what would go. */
function Confirm({ open, onClose, onConfirm }: { open: boolean; onClose: () => void; onConfirm: () => void }) {
  const last = lastBackup.value;
  return (
    <Dialog open={open} title={RESTORE.confirmTitle} onClose={onClose}>
      <p>{chosen.value && RESTORE.confirmDetail(chosen.value.file.name)}</p>
      <p class="dialog-note">
        {RESTORE.present(documentCount.value, passageCount.value, status.value?.usage ?? null)}{' '}
        {last ? RESTORE.lastBackup(formatMoment(last.at)) : RESTORE.noBackup}
      </p>
      <p class="dialog-actions">
        <button class="button" type="button" autofocus onClick={onClose}>
          {DATA.cancel}
        </button>
        {!status.value?.encrypted && (
          <button
            class="button"
            type="button"
            onClick={() => {
              onClose();
              void backUp(null);
            }}
          >
            {RESTORE.backupFirst}
          </button>
        )}
        <button
          class="button button-danger"
          type="button"
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {RESTORE.confirm}
        </button>
      </p>
    </Dialog>
  );
}

export function Restore() {
  const [asks, setAsks] = useState(false);
  const [passphrase, setPassphrase] = useState('');
  const [tried, setTried] = useState(false);
  const from = chosen.value;
  const wrong = outcome.value?.state === 'failed' && outcome.value.failure.code === 'WRONG_PASSPHRASE';
  // Whether it is sealed the file's beginning says; the package has the last word.
  const sealed = from !== null && (from.sealed || wrong);
  const lacks = sealed && passphrase === '';
  useEffect(() => {
    setPassphrase('');
    setTried(false);
  }, [from]);
  return (
    <>
      {from && (
        <div class="chosen">
          <p class="chosen-file">
            <span class="chosen-name">{from.file.name}</span>
            {sealed && <span class="badge">{RESTORE.sealed}</span>}
          </p>
          <p class="chosen-foot">{RESTORE.file(from.file.size, formatMoment(from.file.lastModified))}</p>
        </div>
      )}
      {sealed && (
        <fieldset class="plain passphrases" disabled={working.value}>
          <PassphraseField
            label={PASSPHRASE.label}
            autocomplete="current-password"
            value={passphrase}
            onValue={setPassphrase}
            detail={RESTORE.sealedDetail}
            problem={tried && lacks ? RESTORE.needPassphrase : null}
          />
        </fieldset>
      )}
      <JobBar kinds={['restore']} line={line.value} share={shareOf(job.value?.progress)}>
        <div class="actions">
          <Picker />
          {from && (
            <button
              class="button button-primary"
              type="button"
              disabled={working.value || importing.value}
              onClick={() => {
                setTried(lacks);
                if (!lacks) setAsks(true);
              }}
            >
              {RESTORE.button}
            </button>
          )}
        </div>
        <p class="job-line">{from && importing.value ? DATA.adding : RESTORE.safe}</p>
      </JobBar>
      <Ending />
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        onConfirm={() => void restoreNow(sealed ? passphrase : null)}
      />
    </>
  );
}

function Ending() {
  const now = outcome.value;
  if (!now) return null;
  const close = () => (outcome.value = null);
  if (now.state === 'cancelled') return <Result title={RESTORE.stopped} onClose={close} />;
  if (now.state === 'failed')
    return <FailureResult failure={now.failure} titles={RESTORE_TITLES} advice={RESTORE_ADVICE} onClose={close} />;
  return <Restored report={now.value} onClose={close} />;
}

function Restored({ report: { rows }, onClose }: { report: RestoreReport; onClose: () => void }) {
  const filled = Object.entries(rows).filter(([, count]) => count > 0);
  const all = filled.reduce((sum, [, count]) => sum + count, 0);
  return (
    <Result title={RESTORE.done} onClose={onClose}>
      <p class="result-note">{RESTORE.holds(all, filled.length)}</p>
      <details class="fold">
        <summary>{RESTORE.byTable}</summary>
        <ul class="fold-list" tabIndex={0} aria-label={RESTORE.byTable}>
          {filled.map(([table, count]) => (
            <li key={table} class="fold-count">
              <span>{table}</span> <span>{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      </details>
    </Result>
  );
}
