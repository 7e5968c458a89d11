/**
 * The frame: brand and search above, results or a document in the middle, documents at the side, status below.
 * On a phone the documents are a page of their own (#/library). What is done with all the data has a page with its own side.
 */
import { useEffect, useRef } from 'preact/hooks';
import { buildingFirst } from './features/documents/import';
import { documentCount, isEmpty } from './features/documents/state';
import { DropTarget } from './features/documents/drop-target';
import { EmptyPage } from './features/documents/empty';
import { DocumentsPanel } from './features/documents/view';
import { LazyDataPage } from './features/data/lazy';
import { DATA } from './features/data/strings';
import { LockButton } from './features/lock/button';
import { Notices } from './features/notices/view';
import { OpeningPage } from './features/opening/view';
import { reading } from './features/reader/state';
import { ReembedBar } from './features/reembed/bar';
import { Reader } from './features/reader/view';
import { SearchBox } from './features/search/search-box';
import { kinds, mode, query } from './features/search/state';
import { SearchFilters, SearchResults } from './features/search/view';
import { StatusBar } from './features/status/view';
import { ThemeButton } from './features/theme/view';
import { TroubleBar } from './features/trouble/bar';
import { SalvagedPage } from './features/trouble/salvaged';
import { salvaged } from './features/trouble/state';
import { splitPath } from './format';
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

/** To what is done with all the data; from there back to the search. */
function DataEntry() {
  const inData = place.value.name === 'data';
  return (
    <a class="data-entry" href="#/data/import" title={FRAME.dataTitle} aria-current={inData ? 'page' : undefined}>
      {FRAME.data}
    </a>
  );
}

/** The pages of a phone; a wide window shows the first two at once and hides this. */
function Tabs() {
  const search: Place = { name: 'search', query: query.value, mode: mode.value, kinds: [...kinds.value] };
  const here = place.value.name;
  return (
    <nav class="tabs" aria-label={FRAME.navLabel}>
      <a class="tab" href={hashOf(search)} aria-current={here === 'search' || here === 'document' ? 'page' : undefined}>
        {FRAME.search}
      </a>
      <a class="tab" href="#/library" aria-current={here === 'library' ? 'page' : undefined}>
        {FRAME.documents}
      </a>
      <a class="tab" href="#/data/import" aria-current={here === 'data' ? 'page' : undefined}>
        {FRAME.data}
      </a>
    </nav>
  );
}

/** The middle column. Going back from a document finds the results where they were, with the focus on the same hit. */
function Main() {
  const column = useRef<HTMLElement>(null);
  const resultsTop = useRef(0);
  const opened = useRef<string | null>(null);
  const here = place.value;
  const reads = here.name === 'document';
  useEffect(() => {
    if (reads) {
      opened.current = location.hash;
      return;
    }
    column.current?.scrollTo({ top: resultsTop.current });
    const links = [...(column.current?.querySelectorAll<HTMLAnchorElement>('.hit-link') ?? [])];
    links.find((link) => link.hash === opened.current)?.focus({ preventScroll: true });
    opened.current = null;
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

function pageName(): string {
  const here = place.value;
  const now = reading.value;
  if (here.name === 'data') return DATA.sections[here.section];
  return here.name === 'document' && now?.state === 'open' ? splitPath(now.document.path)[1] : query.value.trim();
}

/** The tab and the history name the document, the question or the section. */
function usePageTitle(): void {
  const name = pageName();
  useEffect(() => {
    document.title = name === '' ? FRAME.name : `${name} · ${FRAME.name}`;
  }, [name]);
}

function Workbench() {
  usePageTitle();
  const here = place.value;
  return (
    <div class="workbench" data-page={here.name}>
      {here.name === 'data' ? (
        <LazyDataPage section={here.section} />
      ) : (
        <>
          <Main />
          <DocumentsPanel />
        </>
      )}
    </div>
  );
}

export function App() {
  const saved = salvaged.value;
  const isOpen = opening.value.state === 'ready';
  const ready = isOpen && saved === null;
  const showEmpty = isEmpty.value || buildingFirst.value;
  const inData = ready && place.value.name === 'data';
  const searchable = ready && documentCount.value !== null && !showEmpty;
  const working = searchable || inData;
  return (
    <div class={working ? 'app is-working' : 'app'}>
      <a class="skip" href="#main" onClick={(event) => skipTo(event)}>
        {FRAME.skip}
      </a>
      <header class="head">
        <Brand />
        {searchable && <SearchBox />}
        {searchable && <Tabs />}
        <div class="head-end">
          {ready && <DataEntry />}
          {ready && <LockButton />}
          <ThemeButton />
        </div>
      </header>
      {ready && <TroubleBar />}
      {ready && <ReembedBar />}
      {!isOpen && <OpeningPage />}
      {isOpen && saved && <SalvagedPage report={saved} />}
      {working && <Workbench />}
      {ready && showEmpty && !inData && <EmptyPage />}
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
