/** The whole page after a damaged workspace was opened: what was saved, what was lost, and where the damaged file is. */
import { useEffect, useRef } from 'preact/hooks';
import type { SalvageReport } from 'archivolt';
import { formatCount } from '../../format';
import { goTo } from '../../route';
import { ArchProgress } from '../../shapes/arch';
import { Figures } from '../data/result';
import { backUpNow, salvaged } from './state';
import { SALVAGED } from './strings';
import './trouble.css';

/** Rows of all tables that a person has put there, not the workspace's own: an unknown loss counts as none. */
function totals({ tables }: SalvageReport): { rows: number; lost: number; refused: number; unknown: boolean } {
  const sum = { rows: 0, lost: 0, refused: 0, unknown: false };
  for (const { read, lost, refused } of Object.values(tables)) {
    sum.rows += read - refused;
    sum.lost += lost ?? 0;
    sum.refused += refused;
    sum.unknown ||= lost === null;
  }
  return sum;
}

function ByTable({ tables }: Pick<SalvageReport, 'tables'>) {
  const met = Object.entries(tables).filter(([, { read, lost, refused }]) => read + refused + (lost ?? 1) > 0);
  if (met.length === 0) return null;
  const cell = (count: number | null) => (
    <td class={count === 0 ? 'is-zero' : undefined}>{count === null ? '?' : formatCount(count)}</td>
  );
  return (
    <details class="fold">
      <summary>{SALVAGED.byTable}</summary>
      <div class="table-holder" tabIndex={0} role="region" aria-label={SALVAGED.byTable}>
        <table class="table">
          <thead>
            <tr>
              {[SALVAGED.table, SALVAGED.rows, SALVAGED.lost, SALVAGED.refused].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {met.map(([name, { read, lost, refused }]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cell(read - refused)}
                {cell(lost)}
                {cell(refused)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function SalvagedPage({ report }: { report: SalvageReport }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { rows, lost, refused, unknown } = totals(report);
  const end = () => (salvaged.value = null);
  const { damaged, total } = report.pages;
  return (
    <main class="salvaged" id="main" tabIndex={-1}>
      <div class="salvaged-arch">
        <ArchProgress value={rows === 0 ? null : (rows / (rows + lost + refused)) * 0.999} />
      </div>
      <h1 class="opening-title" tabIndex={-1} ref={title}>
        {rows === 0 ? SALVAGED.nothing : SALVAGED.title}
      </h1>
      <p class="salvaged-lead">{SALVAGED.damage(damaged, total)}</p>
      {report.setAside === null && <p class="salvaged-lead">{SALVAGED.readOnly}</p>}
      <div class="salvaged-figures">
        <Figures
          figures={[
            [SALVAGED.rows, rows],
            [SALVAGED.lost, lost],
            [SALVAGED.refused, refused],
          ]}
        />
      </div>
      <div class="salvaged-notes">
        {unknown && <p>{SALVAGED.lostNote}</p>}
        {refused > 0 && <p>{SALVAGED.refusedNote}</p>}
        {report.setAside !== null && <p>{SALVAGED.kept(report.setAside)}</p>}
        <ByTable tables={report.tables} />
        <details class="fold">
          <summary>{SALVAGED.technical}</summary>
          <p class="fold-note">
            <code>{report.finding.code}</code> {report.finding.message}
          </p>
        </details>
      </div>
      <p class="salvaged-actions">
        <button class="button button-primary" type="button" onClick={end}>
          {SALVAGED.goOn}
        </button>
        <button
          class="button"
          type="button"
          onClick={() => {
            end();
            backUpNow();
          }}
        >
          {SALVAGED.backup}
        </button>
        <button
          class="button"
          type="button"
          onClick={() => {
            end();
            goTo({ name: 'data', section: 'export' });
          }}
        >
          {SALVAGED.export}
        </button>
      </p>
    </main>
  );
}
