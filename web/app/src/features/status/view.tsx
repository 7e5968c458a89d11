import { importing, importRun } from '../documents/import';
import { documentCount } from '../documents/state';
import { job } from '../data/job';
import { DATA } from '../data/strings';
import { hashOf, place } from '../../route';
import { install, installPrompt, online, passageCount, persist, status } from './state';
import { STATUS } from './strings';
import './status.css';

/** The worst state of any collection: one that is not ready is what matters. */
function vectorState(): 'ready' | 'loading' | 'rebuilding' | null {
  const states = status.value?.vectors.map((collection) => collection.state) ?? [];
  if (states.length === 0) return null;
  return states.find((state) => state === 'rebuilding') ?? states.find((state) => state === 'loading') ?? 'ready';
}

function Storage() {
  const now = status.value;
  if (!now) return null;
  const isCleared = now.storageFailure?.detail?.['reason'] === 'cleared';
  if (isCleared)
    return (
      <p class="status-part">
        <span class="status-dot is-warning" aria-hidden="true" />
        <strong>{STATUS.cleared}</strong>
      </p>
    );
  return (
    <p class="status-part">
      <span class={now.storage === 'memory' ? 'status-dot is-warning' : 'status-dot'} aria-hidden="true" />
      <strong>{STATUS.storage[now.storage]}</strong>
      {now.storage === 'opfs' && (
        <span class="status-detail">{now.persisted ? STATUS.persisted : STATUS.notPersisted}</span>
      )}
      {now.storage === 'opfs' && !now.persisted && (
        <button class="text-button" type="button" onClick={() => void persist()}>
          {STATUS.persist}
        </button>
      )}
    </p>
  );
}

/** Work with all the data goes on while one looks at other pages; this leads back to it. */
function DataWork() {
  const now = job.value;
  const here = place.value;
  if (!now || (here.name === 'data' && here.section === now.section)) return null;
  return (
    <p class="status-part">
      <a href={hashOf({ name: 'data', section: now.section })}>{DATA.jobs[now.kind]}…</a>
    </p>
  );
}

/** What is stored, where, whether it stays, and what the page can do without a network. */
export function StatusBar() {
  const now = status.value;
  const vectors = vectorState();
  return (
    <footer class="status" aria-label={STATUS.label}>
      <Storage />
      {now && <p class="status-part">{STATUS.used(now.usage, now.quota)}</p>}
      {documentCount.value !== null && passageCount.value !== null && (
        <p class="status-part">
          {STATUS.documents(documentCount.value)}, {STATUS.passages(passageCount.value)}
        </p>
      )}
      {importing.value && importRun.value && (
        <p class="status-part status-narrow">{STATUS.adding(importRun.value.done, importRun.value.total)}</p>
      )}
      <DataWork />
      {vectors && (
        <p class={vectors === 'ready' ? 'status-part status-wide' : 'status-part'} title={STATUS.vectorsDetail}>
          {STATUS.vectors[vectors]}
        </p>
      )}
      {now?.readOnly && <p class="status-part">{STATUS.readOnly}</p>}
      <div class="status-end">
        <p role="status" class="status-part">
          {!online.value && (
            <span class="status-offline" title={STATUS.offlineDetail}>
              {STATUS.offline}
            </span>
          )}
        </p>
        {installPrompt.value && (
          <button class="text-button" type="button" onClick={() => void install()}>
            {STATUS.install}
          </button>
        )}
        <p class="status-part status-wide">{STATUS.version(__APP_VERSION__)}</p>
      </div>
    </footer>
  );
}
