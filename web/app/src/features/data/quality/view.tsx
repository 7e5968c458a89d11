import { useEffect } from 'preact/hooks';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import { Step } from '../step';
import { EditDialog } from './edit-dialog';
import { Questions } from './questions';
import { Searches } from './searches';
import { compareGraph, follow, recall } from './state';
import { QUALITY, QUALITY_ADVICE } from './strings';
import './quality.css';

function Graph() {
  const now = recall.value;
  const progress = job.value?.progress;
  const close = () => (recall.value = null);
  return (
    <>
      <p class="step-note">{QUALITY.graphDetail}</p>
      <JobBar
        kinds={['recall']}
        line={progress ? QUALITY.graphLine(progress.done, progress.total ?? 0) : ''}
        share={progress?.total ? progress.done / progress.total : null}
      >
        <div class="actions">
          <button class="button" type="button" disabled={working.value} onClick={() => void compareGraph()}>
            {QUALITY.graphRun}
          </button>
        </div>
      </JobBar>
      {now?.state === 'failed' && <FailureResult failure={now.failure} advice={QUALITY_ADVICE} onClose={close} />}
      {now?.state === 'done' && (
        <Result title={QUALITY.graphResult(now.value.recall.mean)} onClose={close}>
          <p class="result-note">
            {QUALITY.graphRange(now.value.recall.low, now.value.recall.high, now.value.sample, now.value.passages)}
          </p>
        </Result>
      )}
    </>
  );
}

export function QualitySection() {
  useEffect(() => follow(), []);
  return (
    <>
      <Step title={QUALITY.questions}>
        <Questions />
      </Step>
      <Step title={QUALITY.searches}>
        <Searches />
      </Step>
      <Step title={QUALITY.graph}>
        <Graph />
      </Step>
      <EditDialog />
    </>
  );
}
