/** The results page: what to do, what was found, or that nothing was. */
import { SEARCH_KINDS, SEARCH_MODES } from '../../route';
import { formatDuration } from '../../format';
import { HitCard } from './hit-card';
import { judging, keepSearch } from './judge';
import {
  failed,
  kinds,
  mode,
  query,
  results,
  searchAsTyped,
  searchedFor,
  searching,
  searchMore,
  searchNow,
  setMode,
  setUnfolded,
  toggleKind,
  unfolded,
  type Results,
  type Took,
} from './state';
import { SEARCH } from './strings';
import './search.css';

/** How to search and where. Shown under the box, for the next search as well as for the present one. */
export function SearchFilters() {
  return (
    <div class="filters">
      <div class="segments" role="radiogroup" aria-label={SEARCH.modeLabel}>
        {SEARCH_MODES.map((each) => (
          <label key={each} class="segment" title={SEARCH.modeHints[each]}>
            <input type="radio" name="mode" checked={mode.value === each} onChange={() => setMode(each)} />
            <span>{SEARCH.modes[each]}</span>
          </label>
        ))}
      </div>
      <div class="kinds" role="group" aria-label={SEARCH.kindsLabel}>
        <label class="kind">
          <input type="checkbox" checked={kinds.value.length === 0} onChange={() => toggleKind(null)} />
          <span>{SEARCH.everything}</span>
        </label>
        {SEARCH_KINDS.map((kind) => (
          <label key={kind} class="kind">
            <input type="checkbox" checked={kinds.value.includes(kind)} onChange={() => toggleKind(kind)} />
            <span>{SEARCH.kinds[kind]}</span>
          </label>
        ))}
      </div>
    </div>
  );
}

function Timings({ took }: { took: Took }) {
  const legs = (['embed', 'bm25', 'semantic', 'fuse'] as const).filter((leg) => took[leg] > 0);
  if (legs.length === 0) return null;
  return (
    <span class="timings">
      {legs.map((leg) => (
        <span key={leg}>
          {SEARCH.timing[leg]} {formatDuration(took[leg])}
        </span>
      ))}
    </span>
  );
}

/** What was done with the words and with the hits that one did not ask for, each with a way back. */
function Notes({ found }: { found: Results }) {
  const { corrected, hits } = found;
  const folded = hits.reduce((sum, { duplicates = [] }) => sum + duplicates.length, 0);
  return (
    <>
      {corrected.length > 0 && (
        <p class="results-note">
          {SEARCH.correctedTo} <strong>{[...new Set(corrected.map(({ to }) => to))].join(', ')}</strong>{' '}
          {SEARCH.correctedFrom(corrected.map(({ from }) => from))}{' '}
          <button class="text-button" type="button" onClick={searchAsTyped}>
            {SEARCH.asTyped}
          </button>
        </p>
      )}
      {(folded > 0 || unfolded.value) && (
        <p class="results-note">
          {unfolded.value ? SEARCH.unfolded : SEARCH.folded(folded)}{' '}
          <button class="text-button" type="button" onClick={() => setUnfolded(!unfolded.value)}>
            {unfolded.value ? SEARCH.fold : SEARCH.unfold}
          </button>
        </p>
      )}
    </>
  );
}

export function SearchResults() {
  const found = results.value;
  if (!found) return query.value.trim() === '' ? <Idle /> : <NotYet />;
  const topWords = Math.max(0, ...found.hits.map((hit) => hit.legs.bm25?.score ?? 0));
  return (
    <section class="results" aria-label={SEARCH.resultsLabel} aria-busy={searching.value}>
      <p class="results-line">
        <span role="status">
          {found.hits.length === 0 ? SEARCH.noneTitle : SEARCH.found(found.hits.length, found.more, found.took.total)}
        </span>
        <Timings took={found.took} />
        <button
          class="text-button results-keep"
          type="button"
          title={SEARCH.keepTitle}
          disabled={judging.value}
          onClick={() => void keepSearch()}
        >
          {SEARCH.keep}
        </button>
      </p>
      <Notes found={found} />
      {found.hits.length === 0 ? (
        <p class="results-none">{SEARCH.noneAdvice}</p>
      ) : (
        <ol class="hits">
          {found.hits.map((hit, index) => (
            <HitCard
              key={`${hit.kind}/${hit.id}`}
              hit={hit}
              number={index + 1}
              query={searchedFor(found)}
              topWords={topWords}
            />
          ))}
        </ol>
      )}
      {found.more && (
        <button class="button results-more" type="button" disabled={searching.value} onClick={() => void searchMore()}>
          {SEARCH.more}
        </button>
      )}
    </section>
  );
}

function NotYet() {
  if (!failed.value) return <p class="results-line">{SEARCH.searching}</p>;
  return (
    <p class="results-line results-failed">
      {SEARCH.failed}
      <button class="text-button" type="button" onClick={() => void searchNow()}>
        {SEARCH.tryAgain}
      </button>
    </p>
  );
}

function Idle() {
  return (
    <section class="idle" aria-labelledby="idle-title">
      <h1 class="idle-title" id="idle-title">
        {SEARCH.idleTitle}
      </h1>
      <dl class="idle-hints">
        {SEARCH.idleHints.map(([title, detail]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{detail}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
