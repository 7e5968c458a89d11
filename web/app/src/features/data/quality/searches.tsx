import type { MovedHit, Replay, ReplayedHit, StoredSearch } from 'archivolt/evaluation';
import { formatWhen } from '../../../format';
import { hashOf } from '../../../route';
import { TrashIcon } from '../../../shapes/icons';
import { job, working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import { Changes } from './questions';
import { keepReplayed, removeSearch, replay, runAgain, searches } from './state';
import { QUALITY, QUALITY_ADVICE } from './strings';

export function Searches() {
  const all = searches.value;
  if (all === null) return null;
  if (all.length === 0) return <p class="step-note">{QUALITY.searchesNone}</p>;
  return (
    <>
      {job.value?.kind === 'replay' && (
        <JobBar kinds={['replay']} line="" share={null}>
          {null}
        </JobBar>
      )}
      <ul class="kept-list" aria-label={QUALITY.searchesLabel}>
        {all.map((search) => (
          <Search key={search.id} search={search} />
        ))}
      </ul>
    </>
  );
}

function Search({ search }: { search: StoredSearch }) {
  const { id, query, at, hits, options } = search;
  const shown = replay.value?.id === id ? replay.value.outcome : null;
  const close = () => (replay.value = null);
  const mode = options.mode ?? 'hybrid';
  return (
    <li class="kept kept-search">
      <div class="kept-text">
        <a class="kept-name" href={hashOf({ name: 'search', query, mode, kinds: [...(options.kinds ?? [])] })}>
          {query}
        </a>
        <p class="kept-fact">
          {QUALITY.modes[mode]} · {QUALITY.found(hits.length, formatWhen(Date.parse(at)))}
        </p>
      </div>
      <div class="kept-actions">
        <button
          class="button button-small"
          type="button"
          disabled={working.value}
          aria-label={QUALITY.replayNamed(query)}
          onClick={() => void runAgain(id)}
        >
          {QUALITY.replay}
        </button>
        <button
          class="icon-button"
          type="button"
          aria-label={QUALITY.removeNamed(query)}
          title={QUALITY.remove}
          onClick={() => void removeSearch(id)}
        >
          <TrashIcon />
        </button>
      </div>
      {shown?.state === 'failed' && (
        <div class="kept-result">
          <FailureResult failure={shown.failure} advice={QUALITY_ADVICE} onClose={close} />
        </div>
      )}
      {shown?.state === 'done' && (
        <div class="kept-result">
          <Replayed found={shown.value} onClose={close} />
        </div>
      )}
    </li>
  );
}

function Replayed({ found, onClose }: { found: Replay; onClose: () => void }) {
  const { came, went, moved, stayed, changes, stored } = found;
  const same = came.length + went.length + moved.length === 0;
  return (
    <Result title={same ? QUALITY.replaySame : QUALITY.replayTitle(stored.query)} onClose={onClose}>
      <Hits title={QUALITY.came} hits={came} fact={({ rank }) => QUALITY.cameAt(rank)} />
      <Hits title={QUALITY.went} hits={went} fact={({ rank }) => QUALITY.wentFrom(rank)} />
      <Hits title={QUALITY.moved} hits={moved} fact={movedFact} />
      {!same && stayed.length > 0 && <p class="result-note">{QUALITY.stayed(stayed.length)}</p>}
      <div class="since">
        <Changes changes={changes} />
      </div>
      {!(same && changes.length === 0) && (
        <div class="result-actions">
          <button class="button" type="button" onClick={() => void keepReplayed()}>
            {QUALITY.keepNew}
          </button>
        </div>
      )}
    </Result>
  );
}

const movedFact = ({ from, rank, otherPassage }: MovedHit) =>
  `${QUALITY.movedFrom(from, rank)}${otherPassage === true ? `, ${QUALITY.otherPassage}` : ''}`;

interface HitsProps<H> {
  title: string;
  hits: readonly H[];
  fact: (hit: H) => string;
}

function Hits<H extends ReplayedHit>({ title, hits, fact }: HitsProps<H>) {
  if (hits.length === 0) return null;
  return (
    <div class="replayed">
      <h4>{title}</h4>
      <ul class="fold-list" tabIndex={0} aria-label={title}>
        {hits.map((one) => (
          <li key={`${one.hit.kind} ${one.hit.id}`} class="fold-count">
            <span class={one.title === null ? 'fold-id' : undefined}>{one.title ?? QUALITY.gone}</span>
            <span>{fact(one)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
