import { hashOf } from '../../route';
import { ArchProgress } from '../../shapes/arch';
import { AddButtons } from './add-buttons';
import { buildingFirst, cancelImport, importing, importRun } from './import';
import { importCaption, ImportProgress, importShare } from './import-card';
import { documentCount } from './state';
import { DOCUMENTS, IMPORT } from './strings';

/** The page before there is any document: the arch, one sentence, two buttons; then the same arch being built. */
export function EmptyPage() {
  const run = importing.value ? importRun.value : null;
  return (
    <section class="empty" aria-labelledby="empty-title">
      <div class="empty-arch">
        <ArchProgress value={importShare(run)} />
        <div class="empty-opening">
          <h1 class="empty-title" id="empty-title">
            {run ? importCaption(run) : DOCUMENTS.emptyTitle}
          </h1>
          {run ? (
            <div class="empty-progress">
              <ImportProgress run={run} />
              <div class="add-buttons">
                {(documentCount.value ?? 0) > 0 && (
                  <button class="button button-primary" type="button" onClick={() => (buildingFirst.value = false)}>
                    {IMPORT.searchNow}
                  </button>
                )}
                <button class="button" type="button" onClick={cancelImport}>
                  {IMPORT.cancel}
                </button>
              </div>
            </div>
          ) : (
            <AddButtons prominent />
          )}
        </div>
      </div>
      <p class="empty-sentence">{DOCUMENTS.emptySentence}</p>
      <p class="empty-formats">{DOCUMENTS.emptyFormats}</p>
      <p class="empty-formats">
        {DOCUMENTS.emptyOther} <a href={hashOf({ name: 'data', section: 'import' })}>{DOCUMENTS.emptyImport}</a>{' '}
        {DOCUMENTS.emptyOr} <a href={hashOf({ name: 'data', section: 'backup' })}>{DOCUMENTS.emptyRestore}</a>.
      </p>
    </section>
  );
}
