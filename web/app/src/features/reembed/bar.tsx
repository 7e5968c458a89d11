/** Over the page while documents have another model's vectors: what that means, and the way out with its progress. */
import { status } from '../status/state';
import { trouble } from '../trouble/state';
import { progress, start, stop, waiting } from './state';
import { REEMBED } from './strings';
import './reembed.css';

/** Steps of the spoken progress: a screen reader hears each tenth part. */
const SPOKEN_STEPS = 10;

function Running() {
  const now = progress.value;
  if (!now) return null;
  const share = now.phase === 'embed' && now.total ? now.done / now.total : null;
  const percent = Math.floor((share ?? 0) * SPOKEN_STEPS) * (100 / SPOKEN_STEPS);
  return (
    <>
      <div class="reembed-text">
        <p class="reembed-title">{REEMBED.running}</p>
        {share === null ? (
          <progress class="bar" aria-label={REEMBED.progress} />
        ) : (
          <progress class="bar" aria-label={REEMBED.progress} max={1} value={share} />
        )}
        <p class="reembed-detail">
          {now.phase === 'embed'
            ? share === null
              ? REEMBED.runningDetail
              : `${REEMBED.count(now.done, now.total ?? 0)}. ${REEMBED.runningDetail}`
            : REEMBED.cleaning}
        </p>
      </div>
      <button class="button button-small" type="button" onClick={stop}>
        {REEMBED.stop}
      </button>
      <p class="visually-hidden" role="status">
        {REEMBED.spoken(percent)}
      </p>
    </>
  );
}

export function ReembedBar() {
  const other = waiting.value;
  if ((!other && !progress.value) || trouble.value) return null;
  return (
    <section class="reembed" aria-label={REEMBED.label}>
      {progress.value ? (
        <Running />
      ) : (
        <>
          <div class="reembed-text" role="status">
            <p class="reembed-title">{REEMBED.title}</p>
            <p class="reembed-detail">
              {REEMBED.detail} {other?.begun && REEMBED.begun}
            </p>
          </div>
          <button
            class="button button-primary button-small"
            type="button"
            disabled={status.value?.readOnly}
            onClick={() => void start()}
          >
            {other?.begun ? REEMBED.goOn : REEMBED.start}
          </button>
        </>
      )}
    </section>
  );
}
