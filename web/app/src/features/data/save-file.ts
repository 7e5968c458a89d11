/**
 * A Blob as a file on the person's disk. A large one goes where the person chooses, through the browser's own dialog where it has
 * one, so that it is written once and its end is known; others become downloads.
 */

/** From here on a file is worth a dialog. */
const LARGE = 64 * 1000 * 1000;
/** Browsers take the address of a download a while after the click. */
const ADDRESS_LIVES_MS = 60_000;

interface SavePicker {
  showSaveFilePicker(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}
const hasPicker = (host: object): host is SavePicker => 'showSaveFilePicker' in host;

/** Whether the person has to be asked where to, by a button: the dialog opens only at a click. */
export function asksWhere(blob: Blob): boolean {
  return hasPicker(window) && blob.size >= LARGE;
}

/** Starts a download. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_LIVES_MS);
}

/** Asks where to, and writes. False when the person closed the dialog or stopped it. Called from a click. */
export async function saveAs(
  blob: Blob,
  name: string,
  signal: AbortSignal,
  onBytes: (done: number) => void,
): Promise<boolean> {
  if (!hasPicker(window)) {
    download(blob, name);
    return true;
  }
  let handle: FileSystemFileHandle;
  try {
    handle = await window.showSaveFilePicker({ suggestedName: name });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    throw error;
  }
  let done = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, out) {
      onBytes((done += part.length));
      out.enqueue(part);
    },
  });
  // Until it is closed the file has its old content; an error or a cancellation leaves that.
  const file = await handle.createWritable();
  try {
    await blob.stream().pipeThrough(counted).pipeTo(file, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** "archi-2026-11-22.sql": the day as the person has it. */
export function datedName(name: string, extension: string, now: Date = new Date()): string {
  return `${name}-${dayOf(now)}.${extension}`;
}

/** With the time of day, for what is made several times a day. */
export function timedName(name: string, extension: string, now: Date = new Date()): string {
  return `${name}-${dayOf(now)}-${two(now.getHours())}${two(now.getMinutes())}.${extension}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
