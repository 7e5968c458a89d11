import type { ComponentChildren } from 'preact';
import { job, cancelJob, type JobKind } from './job';
import { DATA } from './strings';
import './job-bar.css';

/** Steps of the spoken progress: a screen reader hears each tenth part. */
const SPOKEN_STEPS = 10;

interface JobBarProps {
  kinds: readonly JobKind[];
  /** What is being done at this moment. */
  line: string;
  /** 0..1; null while it is not known. */
  share: number | null;
  canCancel?: boolean;
  /** What starts the work, shown while none of it runs. */
  children: ComponentChildren;
}

/** The place of the buttons that start something. While it runs they give way to its progress, in the same space. */
export function JobBar({ kinds, line, share, canCancel = true, children }: JobBarProps) {
  const now = job.value;
  const own = now && kinds.includes(now.kind) ? now : null;
  const percent = share === null ? 0 : Math.floor(Math.min(1, share) * SPOKEN_STEPS) * (100 / SPOKEN_STEPS);
  return (
    <div class="job">
      {own ? (
        <div class="job-running">
          <div class="job-text">
            <p class="job-title">{DATA.jobs[own.kind]}</p>
            {share === null ? (
              <progress class="bar" aria-label={DATA.progress} />
            ) : (
              <progress class="bar" aria-label={DATA.progress} max={1} value={Math.min(1, share)} />
            )}
            <p class="job-line">{line}</p>
          </div>
          {canCancel && (
            <button class="button" type="button" onClick={cancelJob}>
              {DATA.cancel}
            </button>
          )}
        </div>
      ) : (
        children
      )}
      {!own && now && <p class="job-line">{DATA.busy(now.kind)}</p>}
      <p class="visually-hidden" role="status">
        {own && (share === null ? DATA.jobs[own.kind] : DATA.share(own.kind, percent))}
      </p>
    </div>
  );
}
