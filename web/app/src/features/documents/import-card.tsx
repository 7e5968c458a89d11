import { formatCount, splitPath } from '../../format';
import { CloseIcon } from '../../shapes/icons';
import { cancelImport, closeImport, importRun, type ImportRun } from './import';
import { IMPORT } from './strings';

/** Outcomes listed at once; more are counted. */
const LISTED = 50;
/** Steps of the spoken progress: a screen reader hears each tenth part, not each file. */
const SPOKEN_STEPS = 10;

function headline(run: ImportRun): string {
  switch (run.state) {
    case 'collecting':
      return IMPORT.collecting(run.found);
    case 'running':
      return IMPORT.counts(run.done, run.total);
    case 'cancelled':
      return IMPORT.cancelled(run.indexed);
    case 'stopped':
      return IMPORT.stopped(run.indexed);
    case 'done':
      return run.total === 0 ? IMPORT.nothingFound : IMPORT.finished(run.indexed);
  }
}

function spoken(run: ImportRun): string {
  if (run.state !== 'running') return headline(run);
  const step = Math.floor((run.done * SPOKEN_STEPS) / Math.max(1, run.total));
  return IMPORT.announce(Math.floor((step * run.total) / SPOKEN_STEPS), run.total);
}

function Counts({ run }: { run: ImportRun }) {
  const parts = [
    run.passages > 0 && IMPORT.passages(run.passages),
    run.duplicates > 0 && IMPORT.duplicates(run.duplicates),
    run.failures > 0 && IMPORT.failures(run.failures),
    run.skipped > 0 && IMPORT.skipped(run.skipped),
  ].filter((part) => part !== false);
  return parts.length > 0 ? <p class="import-counts">{parts.join(' · ')}</p> : null;
}

/** What the present import is doing, or what the last one came to. */
export function ImportCard() {
  const run = importRun.value;
  if (!run) return null;
  const active = run.state === 'running' || run.state === 'collecting';
  return (
    <section class="import" aria-label={IMPORT.label}>
      <div class="import-head">
        <p class="import-headline">{headline(run)}</p>
        {active ? (
          <button class="button button-small" type="button" onClick={cancelImport}>
            {IMPORT.cancel}
          </button>
        ) : (
          <button class="icon-button" type="button" aria-label={IMPORT.close} onClick={closeImport}>
            <CloseIcon />
          </button>
        )}
      </div>
      {active && <ImportProgress run={run} />}
      <Counts run={run} />
      <Outcomes run={run} />
      <p class="visually-hidden" role="status">
        {spoken(run)}
      </p>
    </section>
  );
}

/** The bar and the file being read. Also shown under the arch while the first documents come in. */
export function ImportProgress({ run }: { run: ImportRun }) {
  const [folder, name] = splitPath(run.current);
  return (
    <>
      {run.state === 'collecting' ? (
        <progress class="bar" aria-label={IMPORT.progressLabel} />
      ) : (
        <progress class="bar" aria-label={IMPORT.progressLabel} max={Math.max(1, run.total)} value={run.done} />
      )}
      <p class="import-current" title={run.current}>
        {run.current === '' ? (
          IMPORT.starting
        ) : (
          <>
            <span class="path-folder">{folder}</span>
            <span class="path-name">{name}</span>
          </>
        )}
      </p>
    </>
  );
}

function Outcomes({ run }: { run: ImportRun }) {
  if (run.outcomes.length === 0) return null;
  const failures = run.outcomes.filter((outcome) => outcome.status === 'failed');
  const ordered = [...failures, ...run.outcomes.filter((outcome) => outcome.status !== 'failed')];
  const rest = run.duplicates + run.failures - Math.min(LISTED, ordered.length);
  return (
    <details class="outcomes">
      <summary>{IMPORT.details}</summary>
      <ul>
        {ordered.slice(0, LISTED).map((outcome, index) => (
          <li key={index} class={`outcome outcome-${outcome.status}`}>
            <span class="outcome-path">{outcome.path}</span>
            <span class="outcome-reason">{outcome.reason}</span>
          </li>
        ))}
        {rest > 0 && <li class="outcome-rest">{IMPORT.moreDetails(rest)}</li>}
      </ul>
    </details>
  );
}

/** "12 of 340", for the arch. */
export function importShare(run: ImportRun | null): number | null {
  if (!run || run.total === 0) return run ? 0 : null;
  return run.done / run.total;
}

export function importCaption(run: ImportRun): string {
  return run.state === 'running' ? `${formatCount(run.done)} / ${formatCount(run.total)}` : headline(run);
}
