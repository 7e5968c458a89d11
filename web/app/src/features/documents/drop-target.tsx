/**
 * The whole window takes drops: listens on it, and shows the arch over the page while something is held above it. They are
 * documents, unless the page in view takes something else.
 */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ArchProgress } from '../../shapes/arch';
import { importDrop, importing } from './import';
import { DOCUMENTS } from './strings';

export const hovering = signal(false);

export interface DropTaker {
  title: string;
  detail: string;
  busy(): boolean;
  /** Called in the drop event itself: the browser empties the transfer when that ends. */
  take(transfer: DataTransfer): void;
}
/** What takes the drops in place of the documents, while it is on the page. */
export const dropTaker = signal<DropTaker | null>(null);

const DOCUMENT_TAKER: DropTaker = {
  title: DOCUMENTS.dropHere,
  detail: DOCUMENTS.dropDetail,
  busy: () => importing.peek(),
  take: importDrop,
};
const taker = (): DropTaker => dropTaker.peek() ?? DOCUMENT_TAKER;

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
        hovering.value = !taker().busy();
      },
      options,
    );
    window.addEventListener(
      'dragover',
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = taker().busy() ? 'none' : 'copy';
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
        if (event.dataTransfer && !taker().busy()) taker().take(event.dataTransfer);
      },
      options,
    );
    return () => listening.abort();
  }, []);
  const { title, detail } = dropTaker.value ?? DOCUMENT_TAKER;
  return (
    <div class={hovering.value ? 'drop is-hovering' : 'drop'} aria-hidden="true">
      <div class="drop-frame">
        <ArchProgress value={hovering.value ? 1 : null} />
        <div class="drop-text">
          <p class="drop-title">{title}</p>
          <p>{detail}</p>
        </div>
      </div>
    </div>
  );
}
