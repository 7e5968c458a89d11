import { useEffect, useRef } from 'preact/hooks';
import { CloseIcon, SearchIcon } from '../../shapes/icons';
import { query, searching, searchNow, setQuery } from './state';
import { SEARCH } from './strings';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Moves focus along the results with the arrow keys, and back into the box above the first. */
function stepThroughHits(event: KeyboardEvent, box: HTMLInputElement | null): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const active = document.activeElement;
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.hit-link')];
  const at = links.findIndex((link) => link === active);
  if (active !== box && at === -1) return;
  const next = at + (event.key === 'ArrowDown' ? 1 : -1);
  const target = next < 0 ? box : links[next];
  if (!target || target === active) return;
  event.preventDefault();
  target.focus();
}

/** The one search box. "/" focuses it from anywhere, Esc clears it, arrows walk the results. */
export function SearchBox() {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open]')) return;
      if (event.key === '/' && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        box.current?.focus();
        box.current?.select();
      } else {
        stepThroughHits(event, box.current);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const clear = () => {
    setQuery('');
    box.current?.focus();
  };
  return (
    <search class={searching.value ? 'search-box is-searching' : 'search-box'}>
      <SearchIcon />
      <input
        ref={box}
        type="search"
        class="search-input"
        value={query.value}
        placeholder={SEARCH.placeholder}
        aria-label={SEARCH.label}
        aria-keyshortcuts="/"
        autocomplete="off"
        autocapitalize="off"
        enterkeyhint="search"
        spellcheck={false}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void searchNow();
          if (event.key === 'Escape' && query.value !== '') {
            event.preventDefault();
            clear();
          }
        }}
      />
      {query.value === '' ? (
        <kbd class="search-key" title={SEARCH.shortcut}>
          /
        </kbd>
      ) : (
        <button class="icon-button" type="button" aria-label={SEARCH.clear} onClick={clear}>
          <CloseIcon />
        </button>
      )}
    </search>
  );
}
