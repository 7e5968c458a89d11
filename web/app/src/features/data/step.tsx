import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A part of a section; where they are steps one after another, with its number at the side as the results have theirs. */
export function Step({ number, title, children }: { number?: number; title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class={number === undefined ? 'step step-plain' : 'step'} aria-labelledby={id}>
      {number !== undefined && (
        <span class="step-number" aria-hidden="true">
          {number}
        </span>
      )}
      <div class="step-body">
        <h2 class="step-title" id={id}>
          {title}
        </h2>
        {children}
      </div>
    </section>
  );
}
