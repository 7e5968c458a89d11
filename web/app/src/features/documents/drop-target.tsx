/** The whole window takes drops: listens on it, and shows the arch over the page while something is held above it. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ArchProgress } from '../../shapes/arch';
import { importDrop, importing } from './import';
import { DOCUMENTS } from './strings';

export const hovering = signal(false);

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

export function DropTarget() {
  useEffect(() => {
    // Enter and leave fire for every element crossed; their balance says whether the window was left.
    let depth = 0;
    const listening = new AbortController();
    const options = { signal: listening.signal };
    const end = () => {
      depth = 0;
      hovering.value = false;
    };
    window.addEventListener(
      'dragenter',
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth++;
        hovering.value = !importing.peek();
      },
      options,
    );
    window.addEventListener(
      'dragover',
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = importing.peek() ? 'none' : 'copy';
      },
      options,
    );
    window.addEventListener(
      'dragleave',
      (event) => {
        if (carriesFiles(event) && --depth <= 0) end();
      },
      options,
    );
    window.addEventListener(
      'drop',
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        end();
        if (event.dataTransfer) importDrop(event.dataTransfer);
      },
      options,
    );
    return () => listening.abort();
  }, []);
  return (
    <div class={hovering.value ? 'drop is-hovering' : 'drop'} aria-hidden="true">
      <div class="drop-frame">
        <ArchProgress value={hovering.value ? 1 : null} />
        <div class="drop-text">
          <p class="drop-title">{DOCUMENTS.dropHere}</p>
          <p>{DOCUMENTS.dropDetail}</p>
        </div>
      </div>
    </div>
  );
}
