import { useEffect, useState } from 'preact/hooks';
import type { Passage } from './markdown';
import { READER } from './strings';

/** Characters shown at once of a long document, and how many each button adds. */
const WINDOW = 120_000;
/** Documents up to this length are shown whole. */
const WHOLE = 240_000;

interface Span {
  from: number;
  to: number;
}

function firstSpan(content: string, passage: Passage | null): Span {
  if (content.length <= WHOLE) return { from: 0, to: content.length };
  const from = Math.max(0, (passage?.start ?? 0) - WINDOW / 4);
  return { from, to: Math.min(content.length, Math.max(passage?.end ?? 0, from + WINDOW)) };
}

/** The stored text as it is, the passage marked to the character. */
export function SourceView({ content, passage }: { content: string; passage: Passage | null }) {
  const [span, setSpan] = useState(() => firstSpan(content, passage));
  useEffect(() => setSpan(firstSpan(content, passage)), [content, passage?.start, passage?.end]);
  const start = Math.min(Math.max(passage?.start ?? span.to, span.from), span.to);
  const end = Math.min(Math.max(passage?.end ?? span.to, start), span.to);
  return (
    <>
      {span.from > 0 && (
        <button
          class="button source-more"
          type="button"
          onClick={() => setSpan({ ...span, from: Math.max(0, span.from - WINDOW) })}
        >
          {READER.earlier}
        </button>
      )}
      <pre class="source" tabIndex={0}>
        {content.slice(span.from, start)}
        {end > start && <mark class="in-passage">{content.slice(start, end)}</mark>}
        {content.slice(end, span.to)}
      </pre>
      {span.to < content.length && (
        <button
          class="button source-more"
          type="button"
          onClick={() => setSpan({ ...span, to: Math.min(content.length, span.to + WINDOW) })}
        >
          {READER.later}
        </button>
      )}
    </>
  );
}
