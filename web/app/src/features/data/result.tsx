/** What came of a piece of work: a heading that takes the focus when its button is gone, then whatever there is to say. */
import type { ErrorCode } from 'archivolt';
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { formatBytes, formatCount } from '../../format';
import type { DataSection } from '../../route';
import { CloseIcon } from '../../shapes/icons';
import { working, type Failure } from './job';
import { keep, type MadeFile } from './made-file';
import { adviceFor, DATA, MADE } from './strings';
import './result.css';

interface ResultProps {
  title: string;
  tone?: 'good' | 'bad';
  onClose?: (() => void) | undefined;
  children?: ComponentChildren;
}

export function Result({ title, tone = 'good', onClose, children }: ResultProps) {
  const id = useId();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    // The button that had the focus went with the work.
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [title]);
  return (
    <section class={`result result-${tone}`} aria-labelledby={id} tabIndex={-1} ref={box}>
      <div class="result-head">
        <div role={tone === 'bad' ? 'alert' : 'status'}>
          <h3 class="result-title" id={id}>
            {title}
          </h3>
        </div>
        {onClose && (
          <button class="icon-button" type="button" aria-label={DATA.close} onClick={onClose}>
            <CloseIcon />
          </button>
        )}
      </div>
      {children}
    </section>
  );
}

interface FailureResultProps {
  failure: Failure;
  /** Instead of the error's own words, by code. */
  titles?: Partial<Record<ErrorCode, string>>;
  advice?: Partial<Record<ErrorCode, string>>;
  onClose?: () => void;
}

export function FailureResult({ failure, titles = {}, advice = {}, onClose }: FailureResultProps) {
  const title = titles[failure.code];
  return (
    <Result title={title ?? failure.message} tone="bad" onClose={onClose}>
      <p class="result-note">{adviceFor(failure.code, advice)}</p>
      {title !== undefined && (
        <details class="fold">
          <summary>{DATA.technical}</summary>
          <p class="fold-note">
            <code>{failure.code}</code> {failure.message}
          </p>
        </details>
      )}
    </Result>
  );
}

/** Counts, large. */
export function Figures({ figures }: { figures: readonly (readonly [name: string, count: number])[] }) {
  return (
    <dl class="figures">
      {figures.map(([name, count]) => (
        <div key={name} class={count === 0 ? 'figure is-zero' : 'figure'}>
          <dt>{name}</dt>
          <dd>{formatCount(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A file that was made, until it is put away. */
export function MadeFileResult({ made, section }: { made: Signal<MadeFile | null>; section: DataSection }) {
  const file = made.value;
  if (!file) return null;
  const notes = { 'not yet': MADE.ready, download: MADE.downloaded, saved: MADE.saved, failed: MADE.failed };
  return (
    <Result title={file.name} tone={file.kept === 'failed' ? 'bad' : 'good'}>
      <p class="result-note">
        {formatBytes(file.blob.size)} · {notes[file.kept]}
      </p>
      <div class="result-actions">
        <button
          class={file.kept === 'not yet' ? 'button button-primary' : 'button'}
          type="button"
          disabled={working.value}
          onClick={() => void keep(made, section)}
        >
          {file.kept === 'not yet' ? MADE.save : MADE.again}
        </button>
        <button class="button" type="button" onClick={() => (made.value = null)}>
          {MADE.away}
        </button>
      </div>
    </Result>
  );
}
