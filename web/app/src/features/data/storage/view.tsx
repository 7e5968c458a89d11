import type { HealthReport } from 'archivolt';
import { useState } from 'preact/hooks';
import { formatCount } from '../../../format';
import { TypedConfirmation } from '../../../shapes/typed-confirmation';
import { importing } from '../../documents/import';
import { PROTECTION } from '../../lock/strings';
import { persist, status } from '../../status/state';
import { SetAsideFiles } from '../../trouble/set-aside';
import { working } from '../job';
import { JobBar } from '../job-bar';
import { FailureResult, Result } from '../result';
import { Step } from '../step';
import { Protection } from './protection';
import { checkHealth, compact, compacted, damageOf, eraseEverything, health } from './state';
import { STORAGE, STORAGE_ADVICE } from './strings';
import './storage.css';

function Room() {
  const now = status.value;
  if (!now) return null;
  const isKept = now.storage !== 'opfs' || now.persisted;
  return (
    <div class="room">
      <p class="room-used">{STORAGE.used(now.usage)}</p>
      {now.quota !== null && (
        <meter
          class="meter"
          min={0}
          max={now.quota}
          high={now.quota * 0.9}
          value={now.usage}
          aria-label={STORAGE.meter(now.usage, now.quota)}
        />
      )}
      <p class="step-note">
        {STORAGE.places[now.storage]}. {now.quota !== null && STORAGE.granted(now.quota)}
      </p>
      {now.storage === 'opfs' && (
        <div class="room-kept">
          <p>{now.persisted ? STORAGE.persisted : STORAGE.notPersisted}</p>
          {!isKept && (
            <button class="button" type="button" onClick={() => void persist()}>
              {STORAGE.persist}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Free() {
  const now = compacted.value;
  const close = () => (compacted.value = null);
  return (
    <>
      <JobBar kinds={['compact']} line={STORAGE.working} share={null} canCancel={false}>
        <div class="actions">
          <button class="button" type="button" disabled={working.value} onClick={() => void compact()}>
            {STORAGE.compact}
          </button>
        </div>
        <p class="job-line">{STORAGE.compactDetail}</p>
      </JobBar>
      {now?.state === 'failed' && <FailureResult failure={now.failure} advice={STORAGE_ADVICE} onClose={close} />}
      {now?.state === 'done' && <Result title={STORAGE.compacted(now.value)} onClose={close} />}
    </>
  );
}

function Health() {
  const now = health.value;
  const close = () => (health.value = null);
  return (
    <>
      <JobBar kinds={['health']} line={STORAGE.checking} share={null} canCancel={false}>
        <div class="actions">
          <button class="button" type="button" disabled={working.value} onClick={() => void checkHealth(false)}>
            {STORAGE.quick}
          </button>
          <button class="button" type="button" disabled={working.value} onClick={() => void checkHealth(true)}>
            {STORAGE.full}
          </button>
        </div>
        <p class="job-line">{STORAGE.healthDetail}</p>
      </JobBar>
      {now?.state === 'failed' && <FailureResult failure={now.failure} advice={STORAGE_ADVICE} onClose={close} />}
      {now?.state === 'done' && <HealthResult report={now.value} onClose={close} />}
    </>
  );
}

function HealthResult({ report, onClose }: { report: HealthReport; onClose: () => void }) {
  const tables = report.tables.filter(({ rows }) => rows > 0);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return (
    <Result title={report.ok ? STORAGE.healthy : STORAGE.unhealthy} tone={report.ok ? 'good' : 'bad'} onClose={onClose}>
      {report.ok ? (
        <p class="result-note">
          {STORAGE.healthyDetail(rows, tables.length)} {report.freePages > 0 && STORAGE.free(report.freePages)}
        </p>
      ) : (
        <>
          <ul class="fold-list">
            {damageOf(report).map((damage) => (
              <li key={damage}>{damage}</li>
            ))}
          </ul>
          <p class="result-note">{STORAGE.unhealthyAdvice}</p>
        </>
      )}
      {tables.length > 0 && (
        <details class="fold">
          <summary>{STORAGE.byTable}</summary>
          <ul class="fold-list" tabIndex={0} aria-label={STORAGE.byTable}>
            {tables.map((table) => (
              <li key={table.name} class="fold-count">
                <span>{table.name}</span> <span>{formatCount(table.rows)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Result>
  );
}

function Erase() {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <p class="step-note">{STORAGE.eraseDetail}</p>
      <div class="actions">
        <button
          class="button button-warn"
          type="button"
          disabled={working.value || importing.value}
          onClick={() => setAsks(true)}
        >
          {STORAGE.eraseButton}
        </button>
      </div>
      <TypedConfirmation
        open={asks}
        title={STORAGE.eraseTitle}
        detail={STORAGE.eraseDetail}
        onClose={() => setAsks(false)}
        onConfirm={() => void eraseEverything()}
      />
    </>
  );
}

export function StorageSection() {
  return (
    <>
      <Step title={STORAGE.room}>
        <Room />
        <Free />
      </Step>
      <Step title={PROTECTION.title}>
        <Protection />
      </Step>
      <Step title={STORAGE.health}>
        <Health />
      </Step>
      <SetAsideFiles />
      <Step title={STORAGE.erase}>
        <Erase />
      </Step>
    </>
  );
}
