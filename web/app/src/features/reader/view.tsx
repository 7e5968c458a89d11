/** A document, opened at the passage that was found. */
import { useEffect, useRef } from 'preact/hooks';
import { formatBytes, formatMoment, splitPath } from '../../format';
import { cameFromInside, hashOf, type DocumentPlace } from '../../route';
import { BackIcon } from '../../shapes/icons';
import { kinds, mode, query } from '../search/state';
import { renderMarkdown, type Passage } from './markdown';
import { paintQueryWords } from './query-words';
import { SourceView } from './source-view';
import { chosenView, reading, shownView, tooLongToFormat, type OpenDocument } from './state';
import { READER } from './strings';
import './reader.css';

function FormattedView({ content, passage }: { content: string; passage: Passage | null }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    holder.current?.replaceChildren(renderMarkdown(content, passage));
  }, [content, passage?.start, passage?.end]);
  return <div class="prose" ref={holder} />;
}

/** Back goes back where there is something of ours to go back to, so that the results keep their place. */
function BackLink() {
  const hasQuery = query.value !== '';
  return (
    <a
      class="back"
      href={hashOf({ name: 'search', query: query.value, mode: mode.value, kinds: [...kinds.value] })}
      onClick={(event) => {
        if (!cameFromInside.value || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.back();
      }}
    >
      <BackIcon />
      {hasQuery ? READER.back : READER.backToStart}
    </a>
  );
}

function ViewSwitch() {
  return (
    <div class="segments" role="radiogroup" aria-label={READER.viewLabel}>
      {(['formatted', 'source'] as const).map((view) => (
        <label key={view} class="segment">
          <input
            type="radio"
            name="view"
            checked={shownView.value === view}
            onChange={() => (chosenView.value = view)}
          />
          <span>{READER[view]}</span>
        </label>
      ))}
    </div>
  );
}

function passageElements(root: HTMLElement | null): Element[] {
  return root ? [...root.querySelectorAll('.in-passage')] : [];
}

function DocumentBody({ document, at }: { document: OpenDocument; at: DocumentPlace }) {
  const body = useRef<HTMLDivElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const view = shownView.value;
  const { passage } = at;
  const toPassage = () => passageElements(body.current)[0]?.scrollIntoView({ block: 'start' });
  useEffect(() => {
    const marked = passageElements(body.current);
    paintQueryWords(marked, at.query);
    if (marked.length > 0) toPassage();
    else body.current?.closest('.main')?.scrollTo({ top: 0 });
    return () => paintQueryWords([], '');
  }, [document.id, passage?.start, passage?.end, view, at.query]);
  // What is new on the page is where a screen reader should go on.
  useEffect(() => title.current?.focus({ preventScroll: true }), [document.id]);
  const [folder, name] = splitPath(document.path);
  return (
    <>
      <div class="reader-head">
        <BackLink />
        <div class="reader-tools">
          {passage && (
            <button class="button button-small" type="button" onClick={toPassage}>
              {READER.toPassage}
            </button>
          )}
          {document.markdown && !tooLongToFormat.value && <ViewSwitch />}
        </div>
      </div>
      <header class="reader-title">
        {folder !== '' && <p class="reader-folder">{folder.replace(/\/$/, '').replaceAll('/', ' › ')}</p>}
        <h1 tabIndex={-1} ref={title}>
          {name}
        </h1>
        <p class="reader-facts">
          <span>{READER.passages(document.passages)}</span>
          <span>{formatBytes(document.bytes)}</span>
          {document.addedAt !== null && <span>{formatMoment(document.addedAt)}</span>}
        </p>
      </header>
      <div ref={body}>
        {document.markdown && tooLongToFormat.value && <p class="reader-note">{READER.tooLong}</p>}
        {document.content === '' ? (
          <p class="reader-note">{document.reason ?? READER.noText}</p>
        ) : view === 'formatted' ? (
          <FormattedView content={document.content} passage={passage} />
        ) : (
          <SourceView content={document.content} passage={passage} />
        )}
      </div>
    </>
  );
}

export function Reader({ at }: { at: DocumentPlace }) {
  const now = reading.value;
  if (now?.state === 'open') {
    return (
      <article class="reader" aria-label={now.document.path}>
        <DocumentBody document={now.document} at={at} />
      </article>
    );
  }
  return (
    <section class="reader">
      <div class="reader-head">
        <BackLink />
      </div>
      {now?.state === 'missing' ? (
        <header class="reader-title">
          <h1>{READER.missingTitle}</h1>
          <p>{READER.missingDetail}</p>
        </header>
      ) : (
        <p class="reader-note" role="status">
          {READER.loading}
        </p>
      )}
    </section>
  );
}
