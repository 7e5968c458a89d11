/** The panel of documents: add, watch the import, filter, open, remove. */
import { CloseIcon } from '../../shapes/icons';
import { AddButtons } from './add-buttons';
import { DocumentList } from './document-list';
import { ImportCard } from './import-card';
import { RemoveDialog } from './remove-dialog';
import { documentCount, filter, matching, setFilter } from './state';
import { DOCUMENTS } from './strings';
import './documents.css';

function countText(): string {
  const all = documentCount.value;
  const shown = matching.value;
  if (all === null || shown === null) return '';
  return shown === all ? DOCUMENTS.count(all) : DOCUMENTS.shownOf(shown, all);
}

export function DocumentsPanel() {
  return (
    <aside class="panel" aria-labelledby="documents-title">
      <div class="panel-head">
        <h2 class="panel-title" id="documents-title">
          {DOCUMENTS.title} <span class="panel-count">{countText()}</span>
        </h2>
        <AddButtons />
      </div>
      <ImportCard />
      <div class="filter">
        <input
          class="field"
          type="search"
          value={filter.value}
          placeholder={DOCUMENTS.filter}
          aria-label={DOCUMENTS.filter}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        {filter.value !== '' && (
          <button
            class="icon-button field-clear"
            type="button"
            aria-label={DOCUMENTS.filterClear}
            onClick={() => setFilter('')}
          >
            <CloseIcon />
          </button>
        )}
      </div>
      <DocumentList />
      <RemoveDialog />
    </aside>
  );
}
