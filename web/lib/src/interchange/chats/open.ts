/** Exports of an assistant's chats as tables: a zip as it comes, or the JSON in it. */
import { invalidArgument } from '../../errors.js';
import type { ChatSystem, SystemMap } from '../maps.js';
import { blobBytes, checkSignal, headOf, type NamedBytes } from '../readers/bytes.js';
import { unpackGzip } from '../readers/detect.js';
import type { ReadOptions } from '../readers/opened.js';
import { problemList } from '../readers/problems.js';
import type { JsonObject } from '../readers/vector-shapes.js';
import { openArchive } from '../readers/zip.js';
import { checkedLimits, type OpenOptions, type Source, type SourceFile, type SourceTable } from '../source.js';
import { chatgptTalk } from './chatgpt.js';
import { claudeDocuments, claudeProjects, claudeTalk, claudeUsers } from './claude.js';
import { flatTable, type Flatten } from './flat-table.js';
import { chatFile, type ChatFile } from './kinds.js';
import { CHAT_MAPS } from './maps.js';
import { openWebuiTalk } from './open-webui.js';
import { conversationRow, messageRows } from './rows.js';
import type { Talk } from './talk.js';

const HEAD = 256 * 1024;
/** A conversation may be long, and is read at once. */
const MOST_CONVERSATION = 128 * 1024 * 1024;

const TALKS: Readonly<Record<ChatSystem, (item: JsonObject) => Talk | string>> = {
  chatgpt: chatgptTalk,
  claude: claudeTalk,
  open_webui: openWebuiTalk,
};

/** Which files hold what, and which are left alone. */
interface Found {
  files: Map<ChatFile, NamedBytes[]>;
  /** By the reason, the names of the files. */
  skipped: Map<string, string[]>;
  /** Another assistant whose conversations are there. */
  other: ChatFile | null;
  /** A file that cannot be unpacked, and why. */
  unreadable: string;
}

/**
 * The conversations and messages of an assistant's export, and of Claude's the account and the projects. INVALID_ARGUMENT for a
 * file of another assistant, or of none.
 */
export async function openChats(map: SystemMap, files: SourceFile[], options: OpenOptions): Promise<Source> {
  const system = map.system as ChatSystem;
  if (options.format !== undefined && options.format !== 'zip' && options.format !== 'json')
    throw invalidArgument(`options.format: exports of ${map.title} are 'zip' or 'json'.`, {
      argument: 'options.format',
    });
  const limits = checkedLimits({ maxRowBytes: MOST_CONVERSATION, ...options.limits });
  const problems = problemList();
  const read: ReadOptions = { limits, problems, signal: options.signal };
  const found: Found = { files: new Map(), skipped: new Map(), other: null, unreadable: '' };
  const archives: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const archive of archives) await archive.close();
  };
  try {
    for (const { name, blob } of files) {
      checkSignal(options.signal);
      const file = await unpackGzip({ name, bytes: blobBytes(blob) }, limits);
      if (await isZip(file)) {
        const archive = await openArchive(file, read);
        archives.push(archive);
        for (const entry of archive.files) {
          checkSignal(options.signal);
          if (entry.unreadable === '') await place(entry, false, system, found);
          else {
            leave(entry, found, entry.unreadable);
            found.unreadable ||= ` ${entry.name}: ${entry.unreadable}.`;
          }
        }
      } else await place(file, true, system, found);
    }
    if (!found.files.has(system) && (found.other !== null || !found.files.has('empty'))) throw nothingOf(map, found);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    format: 'json',
    tables: tablesOf(map, found, read),
    problems: problems.list,
    get unlisted() {
      return problems.unlisted;
    },
    skipped: [...found.skipped].map(([reason, names]) => ({ table: several(names), reason })),
    close,
  };
}

function several([first = '', ...others]: string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

async function isZip({ bytes }: NamedBytes): Promise<boolean> {
  const head = await headOf(bytes, 4);
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/** Puts a file where it belongs by what it holds. `isChosen`: by itself, so that its name says nothing. */
async function place(file: NamedBytes, isChosen: boolean, system: ChatSystem, found: Found): Promise<void> {
  const { name, bytes } = file;
  const isText = isChosen || !/\.(?!json$)[a-z]\w{1,4}$/i.test(name);
  const kind = isText ? chatFile(new TextDecoder().decode(await headOf(bytes, HEAD))) : null;
  const isOurs =
    kind === system ||
    (kind === 'empty' && (isChosen || /conversations|chat/i.test(name))) ||
    (system === 'claude' && (kind === 'users' || kind === 'projects'));
  if (kind !== null && isOurs) add(found.files, kind, file);
  else leave(file, found, reasonOf(file, isText, kind));
  if (kind !== null && !isOurs && kind in CHAT_MAPS) found.other = kind;
}

function leave({ name }: NamedBytes, { skipped }: Found, reason: string): void {
  add(skipped, reason, name);
}

function add<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(value);
}

function reasonOf({ name, bytes }: NamedBytes, isText: boolean, kind: ChatFile | null): string {
  if (/\.html?$/i.test(name)) return 'a page for people, of what the JSON holds';
  if (!isText) return 'files and media are not imported';
  if (bytes.damage !== '') return `the file is damaged: ${bytes.damage}`;
  return kind !== null && kind in CHAT_MAPS ? `holds conversations of ${titleOf(kind)}` : 'holds no conversations';
}

function titleOf(kind: ChatFile): string {
  return CHAT_MAPS[kind as ChatSystem].title;
}

function nothingOf({ title }: SystemMap, { other, unreadable }: Found): Error {
  const detail = { argument: 'options.system' };
  if (other !== null) {
    return invalidArgument(
      `The file looks like an export of ${titleOf(other)}, not of ${title}: import it with the system '${other}'.`,
      { ...detail, looksLike: other },
    );
  }
  return invalidArgument(
    `The file holds no conversations of ${title}. Choose the zip of the export as it came, or the JSON with the conversations in it.${unreadable}`,
    detail,
  );
}

function tablesOf(map: SystemMap, { files }: Found, options: ReadOptions): SourceTable[] {
  const talkOf = TALKS[map.system as ChatSystem];
  const talks =
    (rows: (talk: Talk) => JsonObject[]): Flatten =>
    (item) => {
      const talk = talkOf(item);
      return typeof talk === 'string' ? talk : rows(talk);
    };
  const flattened: [name: string, kind: ChatFile, flatten: Flatten, tells?: false][] = [
    ['users', 'users', claudeUsers],
    ['projects', 'projects', claudeProjects],
    ['documents', 'projects', claudeDocuments, false],
    ['conversations', map.system as ChatSystem, talks((talk) => [conversationRow(talk)])],
    ['messages', map.system as ChatSystem, talks(messageRows), false],
  ];
  return flattened.flatMap(([name, kind, flatten, tells = true]) => {
    const table = map.tables.find((one) => one.name === name);
    if (table === undefined) return [];
    // A column that no row has is left as it is here.
    const columns = table.columns.filter(({ whenAbsent }) => whenAbsent === undefined).map((column) => column.name);
    return [flatTable({ name, columns, files: files.get(kind) ?? [], flatten, options, tells })];
  });
}
