/**
 * A windowed list: only the rows near the view are in the page. Rows have one height, from the stylesheet, so that a row's
 * place is its number times that height. Heights and offsets are set through the style object, which the policy allows.
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { formatBytes, formatMoment, formatWhen, splitPath } from '../../format';
import { hashOf, place } from '../../route';
import { TrashIcon } from '../../shapes/icons';
import { filter, matching, PAGE_ROWS, pages, removing, showRows, type DocumentSummary } from './state';
import { DOCUMENTS } from './strings';

/** Pixels; the stylesheet's --row-height. */
const ROW_HEIGHT = 60;
/** Rows kept above and below the view, so that keyboard focus and quick scrolling meet rows. */
const MARGIN_ROWS = 12;

const view = signal({ first: 0, last: 30 });

function follow(list: HTMLElement): void {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - MARGIN_ROWS);
  const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW_HEIGHT) + MARGIN_ROWS;
  const now = view.peek();
  if (now.first !== first || now.last !== last) view.value = { first, last };
  showRows(first, Math.min(last, Math.max(0, (matching.peek() ?? 1) - 1)));
}

export function DocumentList() {
  const scroller = useRef<HTMLDivElement>(null);
  const count = matching.value ?? 0;

  useEffect(() => {
    const list = scroller.current;
    if (!list) return;
    const observer = new ResizeObserver(() => follow(list));
    observer.observe(list);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (scroller.current) follow(scroller.current);
  }, [count]);

  useEffect(() => {
    scroller.current?.scrollTo(0, 0);
  }, [filter.value]);

  const first = Math.min(view.value.first, Math.max(0, count - 1));
  const last = Math.min(view.value.last, count - 1);
  const rows: number[] = [];
  for (let row = first; row <= last; row++) rows.push(row);
  return (
    <div class="list-scroller" ref={scroller} onScroll={(event) => follow(event.currentTarget)}>
      {matching.value === 0 && <p class="list-empty">{DOCUMENTS.noneMatch}</p>}
      <ul class="list" aria-label={DOCUMENTS.listLabel} style={{ height: `${count * ROW_HEIGHT}px` }}>
        {rows.map((row) => (
          <DocumentRow
            key={row}
            row={row}
            of={count}
            document={pages.value.get(Math.floor(row / PAGE_ROWS))?.[row % PAGE_ROWS]}
          />
        ))}
      </ul>
    </div>
  );
}

function DocumentRow({ row, of, document }: { row: number; of: number; document: DocumentSummary | undefined }) {
  const top = { top: `${row * ROW_HEIGHT}px` };
  if (!document) return <li class="row row-blank" style={top} aria-hidden="true" />;
  const [folder, name] = splitPath(document.path);
  const here = place.value.name === 'document' && place.value.id === document.id;
  return (
    <li class={`row row-${document.status}`} style={top} aria-setsize={of} aria-posinset={row + 1}>
      <span class="row-mark" aria-hidden="true" />
      <div class="row-text">
        <p class="row-path" title={document.path}>
          {document.status === 'failed' ? (
            <span class="row-name">{name}</span>
          ) : (
            <a
              class="row-name row-link"
              href={hashOf({ name: 'document', id: document.id, passage: null, query: '' })}
              aria-current={here ? 'page' : undefined}
              aria-label={DOCUMENTS.open(document.path)}
            >
              {name}
            </a>
          )}
        </p>
        <RowFacts document={document} folder={folder.replace(/\/$/, '')} />
      </div>
      <button
        class="icon-button row-remove"
        type="button"
        aria-label={DOCUMENTS.remove(document.path)}
        onClick={() => (removing.value = document)}
      >
        <TrashIcon />
      </button>
    </li>
  );
}

function RowFacts({ document, folder }: { document: DocumentSummary; folder: string }) {
  if (document.status === 'failed') {
    const reason = document.reason ?? DOCUMENTS.failedWithoutReason;
    return (
      <p class="row-facts" title={reason}>
        <span class="row-status">{DOCUMENTS.failed}</span> {reason}
      </p>
    );
  }
  return (
    <p class="row-facts">
      {document.status === 'working' ? (
        <span class="row-status">{DOCUMENTS.inProgress}</span>
      ) : (
        <span>
          <span class="visually-hidden">{DOCUMENTS.indexed}, </span>
          {DOCUMENTS.passages(document.passages)}
        </span>
      )}
      <span>{formatBytes(document.bytes)}</span>
      {document.addedAt !== null && <span title={formatMoment(document.addedAt)}>{formatWhen(document.addedAt)}</span>}
      {folder !== '' && <span class="row-folder">{folder}</span>}
    </p>
  );
}
