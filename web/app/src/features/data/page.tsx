/** What comes in, goes out, is kept and lies here: the page of all data, a section at a time. Loaded when it is first asked for. */
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { DataSection } from '../../route';
import { BackupSection } from './backup/view';
import { BACKUP } from './backup/strings';
import { ExportSection } from './export/view';
import { DATA_EXPORT } from './export/strings';
import { ImportSection } from './import/view';
import { DATA_IMPORT } from './import/strings';
import { DataNav } from './nav';
import { QUALITY } from './quality/strings';
import { QualitySection } from './quality/view';
import { StorageSection } from './storage/view';
import { STORAGE } from './storage/strings';
import './data.css';

const SECTIONS: Record<DataSection, { texts: { title: string; sentence: string }; Section: ComponentType }> = {
  import: { texts: DATA_IMPORT, Section: ImportSection },
  export: { texts: DATA_EXPORT, Section: ExportSection },
  backup: { texts: BACKUP, Section: BackupSection },
  quality: { texts: QUALITY, Section: QualitySection },
  storage: { texts: STORAGE, Section: StorageSection },
};

export function DataPage({ section }: { section: DataSection }) {
  const title = useRef<HTMLHeadingElement>(null);
  const column = useRef<HTMLElement>(null);
  const { texts, Section } = SECTIONS[section];
  useEffect(() => {
    column.current?.scrollTo({ top: 0 });
    // What is new on the page is where a screen reader should go on.
    title.current?.focus({ preventScroll: true });
  }, [section]);
  return (
    <>
      <DataNav />
      <main class="main" id="main" tabIndex={-1} ref={column}>
        <article class="data" key={section}>
          <header class="data-head">
            <h1 tabIndex={-1} ref={title}>
              {texts.title}
            </h1>
            <p class="data-lead">{texts.sentence}</p>
          </header>
          <Section />
        </article>
      </main>
    </>
  );
}
