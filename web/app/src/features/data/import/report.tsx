import type { ImportReport } from 'archivolt';
import { formatCount } from '../../../format';
import { status } from '../../status/state';
import { FailureResult, Figures, Result } from '../result';
import { run, type Run } from './state';
import { IMPORT_ADVICE, REPORT } from './strings';

const COUNTS = ['added', 'updated', 'unchanged', 'rejected'] as const;

/** How the last check or import ended. */
export function ImportOutcome() {
  const now = run.value;
  if (!now) return null;
  const close = () => (run.value = null);
  if (now.state === 'failed') return <FailureResult failure={now.failure} advice={IMPORT_ADVICE} onClose={close} />;
  if (now.state === 'cancelled') {
    const isImport = now.kind === 'import';
    return (
      <Result title={isImport ? REPORT.stopped : REPORT.stoppedCheck} onClose={close}>
        {isImport && <p class="result-note">{REPORT.stoppedDetail(now.rows)}</p>}
      </Result>
    );
  }
  return <Report kind={now.kind} report={now.value} onClose={close} />;
}

function totals(report: ImportReport): Record<(typeof COUNTS)[number], number> {
  const sum = { added: 0, updated: 0, unchanged: 0, rejected: 0 };
  for (const table of Object.values(report.tables)) for (const count of COUNTS) sum[count] += table[count];
  // What could not be read belongs to no table.
  return { ...sum, rejected: report.rejected };
}

function Report({ kind, report, onClose }: { kind: Run['kind']; report: ImportReport; onClose: () => void }) {
  const all = totals(report);
  const checked = kind === 'check';
  const isOld = all.added === 0 && all.updated === 0 && all.rejected === 0;
  const pending = status.value?.embedding.pending ?? 0;
  return (
    <Result
      title={isOld ? REPORT.nothingNew : checked ? REPORT.checked : REPORT.imported}
      onClose={checked ? undefined : onClose}
    >
      <Figures figures={COUNTS.map((count) => [REPORT[count], all[count]] as const)} />
      {!checked && all.added + all.updated > 0 && (
        <p class="result-note">
          {pending > 0 && `${REPORT.meaning(pending)} `}
          <a href="#/">{REPORT.searchIt}</a>
        </p>
      )}
      <Rejects report={report} checked={checked} />
      <Tables report={report} />
      {report.skipped.length > 0 && (
        <details class="fold">
          <summary>{REPORT.skipped(report.skipped.length)}</summary>
          <ul class="fold-list">
            {report.skipped.map(({ table, reason }) => (
              <li key={table}>
                <strong>{table}</strong> <span class="fold-reason">{reason}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Result>
  );
}

function Rejects({ report: { rejects, rejected }, checked }: { report: ImportReport; checked: boolean }) {
  if (rejected === 0) return null;
  const cut = rejected > rejects.length;
  return (
    <details class="fold" open>
      <summary>{REPORT.rejects(rejected)}</summary>
      <p class="fold-note">
        {checked ? REPORT.rejectsChecked : REPORT.rejectsKept}
        {cut && ` ${(checked ? REPORT.firstOfChecked : REPORT.firstOf)(rejects.length, rejected)}`}
      </p>
      <ul class="fold-list" tabIndex={0} aria-label={REPORT.rejects(rejected)}>
        {rejects.map(({ table, sourceId, reason }, index) => (
          <li key={index}>
            <strong>{table === '' ? REPORT.unreadable : table}</strong>{' '}
            <span class="fold-id">{sourceId ?? REPORT.noId}</span>
            <span class="fold-reason">{reason}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Tables({ report }: { report: ImportReport }) {
  const tables = Object.entries(report.tables);
  if (tables.length === 0) return null;
  return (
    <details class="fold">
      <summary>{REPORT.byTable}</summary>
      <div class="table-holder" role="region" tabIndex={0} aria-label={REPORT.tableLabel}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{REPORT.table}</th>
              <th scope="col">{REPORT.read}</th>
              {COUNTS.map((count) => (
                <th key={count} scope="col">
                  {REPORT[count]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tables.map(([name, counts]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {(['read', ...COUNTS] as const).map((count) => (
                  <td key={count} class={counts[count] === 0 ? 'is-zero' : undefined}>
                    {formatCount(counts[count])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
