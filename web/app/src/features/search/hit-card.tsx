import { hashOf } from '../../route';
import { CheckIcon } from '../../shapes/icons';
import { isRight, judging, toggleRight } from './judge';
import { codeSnippet, readableSnippet, snippetParts } from './snippet';
import { paths, type Hit } from './state';
import { SEARCH } from './strings';

const BAR_WIDTH = 56;

/** Documents of these kinds are stored as Markdown, HTML among them. */
const MARKDOWN = /\.(md|mdx|markdown|mdown|mkdn?|html?|xht|xhtml)$/i;

/** Lines and their indentation tell something in these. */
const CODE =
  /\.(c|h|cc|cpp|cxx|hh|hpp|hxx|m|mm|cs|java|kts?|scala|groovy|go|rs|swift|zig|[cm]?[jt]sx?|vue|svelte|pyi?|rb|php|p[lm]|lua|r|jl|exs?|erl|hs|elm|clj[sc]?|mli?|fsx?|vb|dart|sh|bash|zsh|fish|ps1|sql|graphql|gql|proto|s?css|less|xml|xsd|svg|ya?ml|toml|tf|hcl|nix|cmake|mk|json[c5l]?|csv|tsv)$/i;

function headingsOf(hit: Hit): string[] {
  return (hit.heading ?? '').split(' > ').filter((heading) => heading !== '');
}

function Snippet({ hit }: { hit: Hit }) {
  const path = paths.value.get(hit.documentId ?? '') ?? '';
  const isCode = CODE.test(path);
  const parts = isCode
    ? codeSnippet(hit.text, hit.snippet)
    : snippetParts(MARKDOWN.test(path) ? readableSnippet(hit.snippet, headingsOf(hit).at(-1) ?? '') : hit.snippet);
  return (
    <p class={isCode ? 'hit-snippet hit-code' : 'hit-snippet'}>
      {parts.map((part, index) => (part.marked ? <mark key={index}>{part.text}</mark> : part.text))}
    </p>
  );
}

/** Where the passage is: the document's path and the outer headings, then the innermost heading standing out. */
function Title({ hit }: { hit: Hit }) {
  const path = paths.value.get(hit.documentId ?? '');
  const headings = headingsOf(hit);
  const name = headings.pop() ?? hit.title;
  const trail = [...(path === undefined || path === name ? [] : [path]), ...headings];
  return (
    <>
      {trail.length > 0 && <span class="hit-trail">{trail.join(' › ')}</span>}
      <span class="hit-name">{name}</span>
    </>
  );
}

interface LegProps {
  leg: 'words' | 'meaning';
  label: string;
  title: string;
  /** Length of the bar, 0..1. */
  share: number;
}

function Leg({ leg, label, title, share }: LegProps) {
  const length = Math.max(2, Math.min(1, share) * BAR_WIDTH);
  return (
    <span class={`leg leg-${leg}`} title={title}>
      {label}
      <svg class="leg-bar" viewBox={`0 0 ${BAR_WIDTH} 4`} width={BAR_WIDTH} height="4" aria-hidden="true">
        <rect class="leg-track" width={BAR_WIDTH} height="4" />
        <rect class="leg-fill" width={length} height="4" />
      </svg>
    </span>
  );
}

/** The ranks of both legs. The bar of words is relative to the best hit, since bm25 has no scale of its own. */
function Why({ hit, topWords }: { hit: Hit; topWords: number }) {
  const { bm25, semantic } = hit.legs;
  return (
    <p class="why">
      <span class="visually-hidden">{SEARCH.why}: </span>
      {bm25 && (
        <Leg
          leg="words"
          label={SEARCH.whyWords(bm25.rank)}
          title={SEARCH.whyWordsTitle(bm25.rank, bm25.score)}
          share={topWords > 0 ? bm25.score / topWords : 1 / bm25.rank}
        />
      )}
      {semantic && (
        <Leg
          leg="meaning"
          label={SEARCH.whyMeaning(semantic.rank)}
          title={SEARCH.whyMeaningTitle(semantic.rank, semantic.score)}
          share={semantic.score}
        />
      )}
      {hit.duplicates && <span>{SEARCH.foldedHere(hit.duplicates.length)}</span>}
      <Right hit={hit} />
      <span class="why-score" title={SEARCH.scoreTitle}>
        {SEARCH.score(hit.score)}
      </span>
    </p>
  );
}

/** Whether the document answers the question, for the person to say. */
function Right({ hit }: { hit: Hit }) {
  const right = isRight(hit);
  if (right === null) return null;
  return (
    <button
      class="right"
      type="button"
      title={SEARCH.rightTitle}
      aria-pressed={right}
      disabled={judging.value}
      onClick={() => void toggleRight(hit)}
    >
      <CheckIcon />
      {SEARCH.right}
    </button>
  );
}

function linkTo(hit: Hit, query: string): string | null {
  const id = hit.documentId ?? null;
  if (id === null) return null;
  const passage = hit.start !== undefined && hit.end !== undefined ? { start: hit.start, end: hit.end } : null;
  return hashOf({ name: 'document', id, passage, query });
}

interface HitCardProps {
  hit: Hit;
  /** 1 for the best. */
  number: number;
  query: string;
  /** The best keyword score of the page. */
  topWords: number;
}

export function HitCard({ hit, number, query, topWords }: HitCardProps) {
  const href = linkTo(hit, query);
  return (
    <li class="hit">
      <span class="hit-number" aria-hidden="true">
        {number}
      </span>
      <article class="hit-body">
        <h3 class="hit-title">
          {href === null ? (
            <Title hit={hit} />
          ) : (
            <a class="hit-link" href={href}>
              <Title hit={hit} />
            </a>
          )}
          {hit.kind !== 'documents' && <span class="hit-kind">{SEARCH.kinds[hit.kind]}</span>}
        </h3>
        <Snippet hit={hit} />
        {href === null && (
          <details class="hit-whole">
            <summary>{SEARCH.wholeText}</summary>
            <p>{hit.text}</p>
          </details>
        )}
        <Why hit={hit} topWords={topWords} />
      </article>
    </li>
  );
}
