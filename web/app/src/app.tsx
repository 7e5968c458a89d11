/**
 * The frame: brand and search above, results or a document in the middle, documents at the side, status below.
 * On a phone the documents are a page of their own (#/library).
 */
import { useEffect, useRef } from 'preact/hooks';
import { buildingFirst } from './features/documents/import';
import { documentCount, isEmpty } from './features/documents/state';
import { DropTarget } from './features/documents/drop-target';
import { EmptyPage } from './features/documents/empty';
import { DocumentsPanel } from './features/documents/view';
import { Notices } from './features/notices/view';
import { OpeningPage } from './features/opening/view';
import { Reader } from './features/reader/view';
import { SearchBox } from './features/search/search-box';
import { kinds, mode, query } from './features/search/state';
import { SearchFilters, SearchResults } from './features/search/view';
import { StatusBar } from './features/status/view';
import { ThemeButton } from './features/theme/view';
import { hashOf, place, type Place } from './route';
import { ArchMark } from './shapes/arch';
import { FRAME } from './strings';
import { opening } from './workspace';

function Brand() {
  return (
    <a class="brand" href="#/" aria-label={FRAME.home}>
      <ArchMark />
      <span class="brand-name">{FRAME.name}</span>
    </a>
  );
}

/** The two pages of a phone; a wide window shows both at once and hides this. */
function Tabs() {
  const search: Place = { name: 'search', query: query.value, mode: mode.value, kinds: [...kinds.value] };
  const inLibrary = place.value.name === 'library';
  return (
    <nav class="tabs" aria-label={FRAME.navLabel}>
      <a class="tab" href={hashOf(search)} aria-current={inLibrary ? undefined : 'page'}>
        {FRAME.search}
      </a>
      <a class="tab" href="#/library" aria-current={inLibrary ? 'page' : undefined}>
        {FRAME.documents}
      </a>
    </nav>
  );
}

/** The middle column. Its scroll position in the results is kept while a document is read. */
function Main() {
  const column = useRef<HTMLElement>(null);
  const resultsTop = useRef(0);
  const here = place.value;
  const reads = here.name === 'document';
  useEffect(() => {
    if (!reads) column.current?.scrollTo({ top: resultsTop.current });
  }, [reads]);
  return (
    <main
      class="main"
      id="main"
      ref={column}
      tabIndex={-1}
      onScroll={(event) => {
        if (place.peek().name !== 'document') resultsTop.current = event.currentTarget.scrollTop;
      }}
    >
      {here.name === 'document' ? (
        <Reader at={here} />
      ) : (
        <>
          <SearchFilters />
          <SearchResults />
        </>
      )}
    </main>
  );
}

function Workbench() {
  return (
    <div class="workbench" data-page={place.value.name}>
      <Main />
      <DocumentsPanel />
    </div>
  );
}

export function App() {
  const ready = opening.value.state === 'ready';
  const showEmpty = isEmpty.value || buildingFirst.value;
  const working = ready && documentCount.value !== null && !showEmpty;
  return (
    <div class={working ? 'app is-working' : 'app'}>
      <a class="skip" href="#main" onClick={(event) => skipTo(event)}>
        {FRAME.skip}
      </a>
      <header class="head">
        <Brand />
        {working && <SearchBox />}
        {working && <Tabs />}
        <div class="head-end">
          <ThemeButton />
        </div>
      </header>
      {!ready && <OpeningPage />}
      {working && <Workbench />}
      {ready && showEmpty && <EmptyPage />}
      {ready && <StatusBar />}
      {ready && <DropTarget />}
      <Notices />
    </div>
  );
}

/** The hash belongs to the router, so the skip link moves the focus itself. */
function skipTo(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
