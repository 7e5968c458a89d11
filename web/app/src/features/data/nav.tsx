import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatWhen } from '../../format';
import { DATA_SECTIONS, hashOf, place, type DataSection } from '../../route';
import { BackIcon, BackupIcon, ExportIcon, ImportIcon, QualityIcon, StorageIcon } from '../../shapes/icons';
import { kinds, mode, query } from '../search/state';
import { status } from '../status/state';
import { lastBackup } from './backup/state';
import { job } from './job';
import { DATA } from './strings';

const ICONS: Record<DataSection, ComponentType> = {
  import: ImportIcon,
  export: ExportIcon,
  backup: BackupIcon,
  quality: QualityIcon,
  storage: StorageIcon,
};

function factOf(section: DataSection): string {
  if (job.value?.section === section) return `${DATA.jobs[job.value.kind]}…`;
  switch (section) {
    case 'backup':
      return lastBackup.value ? DATA.facts.lastBackup(formatWhen(lastBackup.value.at)) : DATA.facts.noBackup;
    case 'storage':
      return status.value ? DATA.facts.storage(status.value.usage) : DATA.facts.storageUnknown;
    default:
      return DATA.facts[section];
  }
}

/** The search as it was left. */
function searchPlace(): string {
  return hashOf({ name: 'search', query: query.value, mode: mode.value, kinds: [...kinds.value] });
}

/** The sections: at the side of a wide window, a row above the page on a phone. */
export function DataNav() {
  const here = place.value.name === 'data' ? place.value.section : null;
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone the row may be wider than the window.
  useEffect(() => current.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [here]);
  return (
    <aside class="panel data-panel">
      <div class="panel-head data-panel-head">
        <a class="back data-back" href={searchPlace()}>
          <BackIcon />
          {DATA.back}
        </a>
        <p class="panel-title">{DATA.title}</p>
        <p class="data-sentence">{DATA.sentence}</p>
      </div>
      <nav aria-label={DATA.navLabel}>
        <ul class="data-nav">
          {DATA_SECTIONS.map((section) => {
            const Icon = ICONS[section];
            return (
              <li key={section}>
                <a
                  class="data-link"
                  href={hashOf({ name: 'data', section })}
                  ref={here === section ? current : null}
                  aria-current={here === section ? 'page' : undefined}
                >
                  <Icon />
                  <span class="data-link-text">
                    <span class="data-link-name">{DATA.sections[section]}</span>
                    <span class="data-link-fact">{factOf(section)}</span>
                  </span>
                </a>
              </li>
            );
          })}
        </ul>
      </nav>
    </aside>
  );
}
