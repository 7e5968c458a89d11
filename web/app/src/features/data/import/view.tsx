import { working, job } from '../job';
import { JobBar } from '../job-bar';
import { Step } from '../step';
import { SystemPicker } from '../system-picker';
import { systemOf, SYSTEMS } from '../systems';
import { ImportFiles } from './files';
import { ImportOutcome } from './report';
import {
  check,
  chooseSystem,
  chooseZone,
  importNow,
  isChecked,
  isResumable,
  line,
  missing,
  run,
  share,
  system,
  timeZone,
} from './state';
import { DATA_IMPORT } from './strings';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const LIKELY = [...new Set(['UTC', HERE])];
const ALL_ZONES = Intl.supportedValuesOf('timeZone').filter((zone) => !LIKELY.includes(zone));

function TimeZone() {
  return (
    <label class="choice">
      <span class="choice-name">{DATA_IMPORT.zone}</span>
      <span class="select-holder">
        <select
          class="select"
          value={timeZone.value}
          disabled={working.value}
          onChange={(event) => chooseZone(event.currentTarget.value)}
        >
          <optgroup label={DATA_IMPORT.zoneLikely}>
            {LIKELY.map((zone) => (
              <option key={zone} value={zone}>
                {zone === 'UTC' ? DATA_IMPORT.zoneUtc : DATA_IMPORT.zoneHere(zone)}
              </option>
            ))}
          </optgroup>
          <optgroup label={DATA_IMPORT.zoneAll}>
            {ALL_ZONES.map((zone) => (
              <option key={zone} value={zone}>
                {zone}
              </option>
            ))}
          </optgroup>
        </select>
      </span>
    </label>
  );
}

function Start() {
  // What comes next stands out; after an import nothing does.
  const next = isChecked.value || isResumable.value ? 'import' : run.value?.state === 'done' ? null : 'check';
  const classes = (kind: 'check' | 'import') => (kind === next ? 'button button-primary' : 'button');
  return (
    <>
      <div class="actions">
        <button class={classes('check')} type="button" disabled={working.value} onClick={() => void check()}>
          {isChecked.value ? DATA_IMPORT.checkAgain : DATA_IMPORT.check}
        </button>
        <button class={classes('import')} type="button" disabled={working.value} onClick={() => void importNow()}>
          {isResumable.value ? DATA_IMPORT.goOn : DATA_IMPORT.import}
        </button>
      </div>
      {!job.value && (
        <p class={missing.value ? 'job-line is-missing' : 'job-line'} role={missing.value ? 'alert' : undefined}>
          {missing.value ?? DATA_IMPORT.goDetail}
        </p>
      )}
    </>
  );
}

export function ImportSection() {
  const whose = system.value;
  return (
    <>
      <Step number={1} title={DATA_IMPORT.whose}>
        <fieldset class="plain" disabled={working.value}>
          <SystemPicker
            name="import-system"
            label={DATA_IMPORT.whose}
            systems={SYSTEMS}
            chosen={whose}
            onChoose={chooseSystem}
          />
        </fieldset>
      </Step>
      <Step number={2} title={DATA_IMPORT.files}>
        <ImportFiles />
        {whose !== null && systemOf(whose).naiveTimes && <TimeZone />}
      </Step>
      <Step number={3} title={DATA_IMPORT.go}>
        <JobBar kinds={['check', 'import']} line={line.value} share={share.value}>
          <Start />
        </JobBar>
        <ImportOutcome />
      </Step>
    </>
  );
}
