import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../../../shapes/dialog';
import { working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, MadeFileResult, Result } from '../result';
import { Step } from '../step';
import { DATA } from '../strings';
import { SystemPicker } from '../system-picker';
import { EXPORTED, systemOf, type DataSystem } from '../systems';
import {
  chooseFormat,
  chooseSecrets,
  chooseSystem,
  ending,
  exportNow,
  findPresent,
  format,
  formats,
  line,
  made,
  present,
  secrets,
  share,
  system,
} from './state';
import { DATA_EXPORT, EXPORT_ADVICE } from './strings';

function detailOf({ id, group, files }: DataSystem): string {
  if (id === 'archivolt') return DATA_EXPORT.everything;
  // What is no system's writes down rows of any.
  if (group !== 'systems' || present.value === null) return files;
  return present.value.has(id) ? DATA_EXPORT.here : DATA_EXPORT.notHere;
}

function Shape() {
  return (
    <>
      <div class="segments" role="radiogroup" aria-label={DATA_EXPORT.shape}>
        {formats.value.map((each) => (
          <label key={each} class="segment">
            <input
              type="radio"
              name="export-format"
              checked={format.value === each}
              onChange={() => chooseFormat(each)}
            />
            <span>{DATA_EXPORT.formats[each]}</span>
          </label>
        ))}
      </div>
      <p class="step-note">{DATA_EXPORT.formatHints[format.value]}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={secrets.value}
          aria-labelledby="secrets-name"
          aria-describedby="secrets-detail"
          onChange={(event) => chooseSecrets(event.currentTarget.checked)}
        />
        <span class="check-text">
          <span class="check-name" id="secrets-name">
            {DATA_EXPORT.secrets}
          </span>
          <span class="check-detail" id="secrets-detail">
            {DATA_EXPORT.secretsDetail}
          </span>
        </span>
      </label>
    </>
  );
}

function Ending() {
  const now = ending.value;
  if (!now) return null;
  const close = () => (ending.value = null);
  if (now.state === 'failed') return <FailureResult failure={now.failure} advice={EXPORT_ADVICE} onClose={close} />;
  return <Result title={DATA_EXPORT.stopped} onClose={close} />;
}

export function ExportSection() {
  const [asks, setAsks] = useState(false);
  useEffect(() => void findPresent(), []);
  const isEmpty = systemOf(system.value).group === 'systems' && present.value?.has(system.value) === false;
  const start = (withSecrets: boolean) => {
    setAsks(false);
    if (!withSecrets) chooseSecrets(false);
    void exportNow();
  };
  return (
    <>
      <Step number={1} title={DATA_EXPORT.whose}>
        <fieldset class="plain" disabled={working.value}>
          <SystemPicker
            name="export-system"
            label={DATA_EXPORT.whose}
            systems={EXPORTED}
            chosen={system.value}
            detail={detailOf}
            onChoose={chooseSystem}
          />
        </fieldset>
      </Step>
      <Step number={2} title={DATA_EXPORT.shape}>
        <fieldset class="plain" disabled={working.value}>
          <Shape />
        </fieldset>
      </Step>
      <Step number={3} title={DATA_EXPORT.go}>
        <JobBar kinds={['export', 'save']} line={line.value} share={share.value}>
          <div class="actions">
            <button
              class="button button-primary"
              type="button"
              disabled={working.value}
              onClick={() => (secrets.value ? setAsks(true) : void exportNow())}
            >
              {DATA_EXPORT.export}
            </button>
          </div>
          <p class="job-line">{isEmpty ? DATA_EXPORT.empty : DATA_EXPORT.consistent}</p>
        </JobBar>
        <Ending />
        <MadeFileResult made={made} section="export" />
      </Step>
      <Dialog open={asks} title={DATA_EXPORT.confirmTitle} onClose={() => setAsks(false)}>
        <p>{DATA_EXPORT.confirmDetail}</p>
        <p class="dialog-actions">
          <button class="button" type="button" autofocus onClick={() => setAsks(false)}>
            {DATA.cancel}
          </button>
          <button class="button" type="button" onClick={() => start(false)}>
            {DATA_EXPORT.confirmWithout}
          </button>
          <button class="button button-danger" type="button" onClick={() => start(true)}>
            {DATA_EXPORT.confirm}
          </button>
        </p>
      </Dialog>
    </>
  );
}
