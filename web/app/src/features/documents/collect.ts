/**
 * Turns what a person drops or picks into a flat list of files with their paths inside the dropped folder.
 * Hidden entries, dependency folders and formats that hold no text are left out of folders; a file that is named
 * one by one is always taken, so that its failure can be explained.
 */

export interface PickedFile {
  /** "folder/sub/file.md" for files from folders, else the file's name. */
  path: string;
  file: File;
}
export interface Picked {
  files: PickedFile[];
  /** How many files were left out because their format holds no text. */
  skipped: number;
}

const SKIPPED_FOLDERS = new Set(['node_modules', '__pycache__', 'bower_components']);
const NOT_TEXT = new Set(
  (
    'svg png jpg jpeg gif webp avif ico bmp tif tiff psd ai eps mp3 mp4 m4a m4v mov avi mkv webm wav ogg flac zip gz tgz bz2 xz ' +
    'zst 7z rar jar war class exe dll so dylib a o obj wasm bin dat db sqlite sqlite3 iso dmg pkg deb rpm msi ttf otf woff ' +
    'woff2 eot pyc pyo node pdb lib map lock keystore p12 pfx der'
  ).split(' '),
);

function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/** Whether a file inside a folder is left out by its name. */
export function isNotText(name: string): boolean {
  const dot = name.lastIndexOf('.');
  return dot > 0 && NOT_TEXT.has(name.slice(dot + 1).toLowerCase());
}

/** Which files of a folder are taken, by their names. */
export type Takes = (name: string) => boolean;
const TEXT: Takes = (name) => !isNotText(name);

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** All children of a folder: `readEntries` hands out about a hundred at a time and an empty list at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const isFileEntry = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolderEntry = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function walk(
  folder: FileSystemDirectoryEntry,
  path: string,
  picked: Picked,
  onFound: (count: number) => void,
  signal: AbortSignal,
  takes: Takes,
): Promise<void> {
  const children = await childrenOf(folder);
  children.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of children) {
    signal.throwIfAborted();
    if (isHidden(child.name)) continue;
    if (isFolderEntry(child)) {
      if (!SKIPPED_FOLDERS.has(child.name)) await walk(child, `${path}${child.name}/`, picked, onFound, signal, takes);
    } else if (isFileEntry(child)) {
      if (!takes(child.name)) {
        picked.skipped++;
      } else {
        picked.files.push({ path: path + child.name, file: await fileOf(child) });
        onFound(picked.files.length);
      }
    }
  }
}

/**
 * Reads a drop. Must be called in the drop event itself: the browser empties the transfer when the event ends, so
 * the entries are taken before the first await.
 */
export function collectDrop(
  transfer: DataTransfer,
  onFound: (count: number) => void,
  signal: AbortSignal,
  takes: Takes = TEXT,
): Promise<Picked> {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) loose.push(file);
  }
  return readEntries(entries, loose, onFound, signal, takes);
}

async function readEntries(
  entries: FileSystemEntry[],
  loose: File[],
  onFound: (count: number) => void,
  signal: AbortSignal,
  takes: Takes,
): Promise<Picked> {
  const picked: Picked = { files: loose.map((file) => ({ path: file.name, file })), skipped: 0 };
  for (const entry of entries) {
    if (isFolderEntry(entry)) await walk(entry, `${entry.name}/`, picked, onFound, signal, takes);
    else if (isFileEntry(entry)) picked.files.push({ path: entry.name, file: await fileOf(entry) });
  }
  return picked;
}

/** Reads the list of a file or folder picker. A folder's files carry their path in `webkitRelativePath`. */
export function collectPicked(list: FileList, takes: Takes = TEXT): Picked {
  const picked: Picked = { files: [], skipped: 0 };
  for (const file of list) {
    const path = file.webkitRelativePath;
    if (path === '') {
      picked.files.push({ path: file.name, file });
      continue;
    }
    const parts = path.split('/');
    const inside = parts.slice(1);
    if (inside.some(isHidden) || parts.slice(1, -1).some((folder) => SKIPPED_FOLDERS.has(folder))) continue;
    if (!takes(file.name)) picked.skipped++;
    else picked.files.push({ path, file });
  }
  picked.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return picked;
}
