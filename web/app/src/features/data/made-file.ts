/** A file that was made and waits to be kept: it is downloaded at once, or asks where to; it can be had again until it is put away. */
import { signal, type Signal } from '@preact/signals';
import type { DataSection } from '../../route';
import { runJob } from './job';
import { asksWhere, download, saveAs } from './save-file';

export interface MadeFile {
  name: string;
  blob: Blob;
  /** What became of it so far. */
  kept: 'not yet' | 'download' | 'saved' | 'failed';
}

export const madeFile = (): Signal<MadeFile | null> => signal(null);

/** Keeps a file that was just made, unless it is for the person to say where. */
export function offer(made: Signal<MadeFile | null>, blob: Blob, name: string): void {
  const asks = asksWhere(blob);
  if (!asks) download(blob, name);
  made.value = { name, blob, kept: asks ? 'not yet' : 'download' };
}

/** At a click: to where the person says. */
export async function keep(made: Signal<MadeFile | null>, section: DataSection): Promise<void> {
  const file = made.peek();
  if (!file) return;
  const total = file.blob.size;
  const outcome = await runJob('save', section, (signal, onProgress) =>
    saveAs(file.blob, file.name, signal, (done) => onProgress({ phase: 'save', done, total })),
  );
  if (outcome.state === 'failed') made.value = { ...file, kept: 'failed' };
  if (outcome.state === 'done' && outcome.value) made.value = { ...file, kept: 'saved' };
}
