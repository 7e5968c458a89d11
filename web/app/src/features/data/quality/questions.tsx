import { MEASURES, type JudgedEvaluation, type Mode, type StoredJudgedQuery } from 'archivolt/evaluation';
import { useRef, useState } from 'preact/hooks';
import { formatWhen } from '../../../format';
import { hashOf } from '../../../route';
import { TrashIcon } from '../../../shapes/icons';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import {
  ask,
  bringIn,
  broughtIn,
  editing,
  evaluation,
  evaluationKept,
  keepAsked,
  questions,
  removeQuestion,
  saveQuestions,
} from './state';
import { QUALITY, QUALITY_ADVICE } from './strings';

/** Questions that are shown at first. */
const LISTED = 20;
/** The one whose ranks stand beside the questions. */
const SHOWN: Mode = 'hybrid';

export function Questions() {
  const all = questions.value;
  const progress = job.value?.progress;
  if (all === null) return null;
  return (
    <>
      {all.length === 0 && <p class="step-note">{QUALITY.none}</p>}
      <JobBar
        kinds={['evaluate', 'check']}
        line={progress ? QUALITY.asking(progress.done, progress.total ?? 0) : ''}
        share={progress?.total ? progress.done / progress.total : null}
      >
        <Actions empty={all.length === 0} />
      </JobBar>
      <BroughtIn />
      <Asked />
      {all.length > 0 && <List all={all} />}
    </>
  );
}

function Actions({ empty }: { empty: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (chosen: HTMLInputElement) => {
    const file = chosen.files?.[0];
    chosen.value = '';
    if (file) void bringIn(file);
  };
  return (
    <>
      <div class="actions">
        {!empty && (
          <button class="button button-primary" type="button" disabled={working.value} onClick={() => void ask()}>
            {QUALITY.run}
          </button>
        )}
        <button class="button" type="button" disabled={working.value} onClick={() => input.current?.click()}>
          {QUALITY.bringIn}
        </button>
        {!empty && (
          <button class="button" type="button" onClick={saveQuestions}>
            {QUALITY.save}
          </button>
        )}
        <input
          ref={input}
          hidden
          type="file"
          accept=".json,application/json"
          onChange={(event) => take(event.currentTarget)}
        />
      </div>
      <p class="job-line">{QUALITY.bringInDetail}</p>
    </>
  );
}

function BroughtIn() {
  const now = broughtIn.value;
  const close = () => (broughtIn.value = null);
  if (now?.state === 'failed') return <FailureResult failure={now.failure} advice={QUALITY_ADVICE} onClose={close} />;
  if (now?.state !== 'done') return null;
  const { added, changed, unchanged } = now.value;
  return <Result title={QUALITY.broughtIn(added, changed, unchanged)} onClose={close} />;
}

function Asked() {
  const now = evaluation.value;
  const close = () => (evaluation.value = null);
  if (now === null) return null;
  if (now.state === 'failed') return <FailureResult failure={now.failure} advice={QUALITY_ADVICE} onClose={close} />;
  if (now.state === 'cancelled') return <Result title={QUALITY.stopped} onClose={close} />;
  const { report } = now.value;
  return (
    <Result title={QUALITY.resultTitle(report.queries)} onClose={close}>
      <Measures evaluation={now.value} />
      <p class="result-note">{QUALITY.tableNote}</p>
      <Since evaluation={now.value} />
      <div class="result-actions">
        <button class="button" type="button" disabled={evaluationKept.value} onClick={() => void keepAsked()}>
          {evaluationKept.value ? QUALITY.keepAgain : QUALITY.keep}
        </button>
      </div>
    </Result>
  );
}

const MODES: readonly Mode[] = ['hybrid', 'semantic', 'keyword'];

function Measures({ evaluation: { report } }: { evaluation: JudgedEvaluation }) {
  return (
    <div class="table-holder" tabIndex={0} role="group" aria-label={QUALITY.tableLabel}>
      <table class="table measures">
        <thead>
          <tr>
            <th scope="col">{QUALITY.modesLabel}</th>
            {MEASURES.map((measure) => (
              <th key={measure} scope="col" title={QUALITY.measureTitles[measure]}>
                {QUALITY.measures[measure]}
              </th>
            ))}
            <th scope="col" title={QUALITY.everyTitle}>
              {QUALITY.every}
            </th>
          </tr>
        </thead>
        <tbody>
          {MODES.map((mode) => {
            const one = report.modes[mode];
            if (!one) return null;
            const estimates = [...MEASURES.map((measure) => one.measures[measure]), one.sources.all];
            return (
              <tr key={mode}>
                <th scope="row">{QUALITY.modes[mode]}</th>
                {estimates.map(({ mean, low, high }, index) => (
                  <td key={index}>
                    {QUALITY.figure(mean)}
                    <span class="range">{QUALITY.interval(low, high)}</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Since({ evaluation: { since } }: { evaluation: JudgedEvaluation }) {
  if (since === null) return null;
  return (
    <div class="since">
      <p>{QUALITY.since(formatWhen(Date.parse(since.at)), since.queries)}</p>
      <ul>
        {MODES.map((mode) => {
          const gain = since.gains[mode]?.ndcg10;
          if (!gain) return null;
          return <li key={mode}>{QUALITY.gain(QUALITY.modes[mode], gain.mean, gain.low, gain.high)}</li>;
        })}
      </ul>
      <Changes changes={since.changes} />
    </div>
  );
}

/** What is not as it was. */
export function Changes({ changes }: { changes: NonNullable<JudgedEvaluation['since']>['changes'] }) {
  if (changes.length === 0) return <p class="result-note">{QUALITY.unchanged}</p>;
  return (
    <>
      <p>{QUALITY.changed}:</p>
      <ul>
        {changes.map((change) => (
          <li key={`${change.what} ${change.name}`}>{QUALITY.change(change)}</li>
        ))}
      </ul>
    </>
  );
}

function List({ all }: { all: readonly StoredJudgedQuery[] }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? all : all.slice(0, LISTED);
  return (
    <>
      <ul class="kept-list" aria-label={QUALITY.listLabel}>
        {shown.map((query) => (
          <Question key={query.id} query={query} />
        ))}
      </ul>
      {shown.length < all.length && (
        <p>
          <button class="text-button" type="button" onClick={() => setWhole(true)}>
            {QUALITY.more(all.length - shown.length)}
          </button>
        </p>
      )}
    </>
  );
}

/** The ranks of its sources in the evaluation in view; null: it was not asked as it is now. */
function ranksOf(query: StoredJudgedQuery): readonly (number | null)[] | null {
  const now = evaluation.value;
  if (now?.state !== 'done') return null;
  const at = now.value.queries.findIndex(({ id }) => id === query.id);
  const asked = now.value.queries[at];
  if (asked?.question !== query.question || asked.sources.join('\n') !== query.sources.join('\n')) return null;
  return now.value.report.modes[SHOWN]?.ranks[at] ?? null;
}

function Question({ query }: { query: StoredJudgedQuery }) {
  const ranks = ranksOf(query);
  const { question, sources } = query;
  return (
    <li class="kept">
      <div class="kept-text">
        <a
          class="kept-name"
          href={hashOf({ name: 'search', query: question, mode: 'hybrid', kinds: [] })}
          title={QUALITY.search(question)}
        >
          {question}
        </a>
        <ul class="kept-sources">
          {sources.map((source, index) => {
            const rank = ranks?.[index];
            return (
              <li key={source}>
                <span class="kept-source">{source}</span>
                {rank !== undefined && (
                  <span class={rank === null ? 'kept-rank is-missed' : 'kept-rank'}>
                    {rank === null ? QUALITY.notFound : QUALITY.foundAt(rank)}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      </div>
      <div class="kept-actions">
        <button
          class="button button-small"
          type="button"
          aria-label={QUALITY.editNamed(question)}
          onClick={() => (editing.value = query)}
        >
          {QUALITY.edit}
        </button>
        <button
          class="icon-button"
          type="button"
          aria-label={QUALITY.removeNamed(question)}
          title={QUALITY.remove}
          onClick={() => void removeQuestion(query.id)}
        >
          <TrashIcon />
        </button>
      </div>
    </li>
  );
}
