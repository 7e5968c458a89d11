/**
 * A tab that does not hold the database: its requests go to the leader, and the answers come back.
 *
 * When the leader ends, what it had not answered goes to the next one: what reads or may be done again as it is, writes with a mark
 * by which the next leader finds out whether they were done. An open transaction is gone with its leader: whatever belongs to it
 * answers CONFLICT, and the page runs it again.
 */
import { ArchivoltError, cancelled, fromShape, toShape } from '../errors.js';
import {
  PROTOCOL_VERSION,
  type EventMessage,
  type Reply,
  type Request,
  type ToPage,
  type ToWorker,
} from '../protocol/messages.js';
import type { WorkspaceStatus } from '../types.js';
import { channelName, isOfLeader, isToTab, tabChannelName, type Call, type ToLeader, type ToTab } from './messages.js';
import { fateWithout, hasMark, rolledBack } from './repeat.js';

interface Pending {
  request: Request;
  /** Whether a leader has it, or had it. */
  sent: boolean;
  /** The page wants it no longer. */
  cancelled: boolean;
  /** Answered marks that went with it. */
  done: string[];
}

/** So many answered marks are told to the leader with one write. */
const MAX_DONE = 200;

export class Follower {
  readonly #tab: string;
  readonly #settings: string;
  readonly #prove: () => Promise<string | undefined>;
  readonly #post: (message: ToPage) => void;
  readonly #everybody: BroadcastChannel;
  readonly #own: BroadcastChannel;
  readonly #pending = new Map<number, Pending>();
  /** Transactions that the present leader has begun for this tab. */
  readonly #transactions = new Set<string>();
  /** Those of leaders that ended. */
  readonly #lost = new Set<string>();
  #done: string[] = [];
  #leader: string | undefined;
  /** Whether that leader is there, as far as this tab knows. */
  #isLed = false;
  /** This tab has the lock: nobody else leads. */
  #isNext = false;
  /** As that leader said last. */
  #isRebuilding = false;
  #joined: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** Starts the wait for somebody who leads. */
  #startWaiting: (() => void) | undefined;
  #stopped = false;
  /** The page's request to close. */
  #closing: number | undefined;
  /** Set when a leader does not let this tab in any more. */
  #refused: ArchivoltError | undefined;
  #expelled: ArchivoltError | undefined;
  /** Set while this tab neither follows nor waits to lead. */
  #tryAgain: (() => void) | undefined;

  /** `prove`: that this tab has the key of an encrypted workspace. Rejects when it has not. */
  constructor(
    workspace: string,
    tab: string,
    settings: string,
    post: (message: ToPage) => void,
    prove: () => Promise<string | undefined> = () => Promise.resolve(undefined),
  ) {
    this.#tab = tab;
    this.#prove = prove;
    this.#settings = settings;
    this.#post = post;
    this.#everybody = new BroadcastChannel(channelName(workspace));
    this.#own = new BroadcastChannel(tabChannelName(workspace, tab));
    this.#everybody.onmessage = ({ data }: MessageEvent<unknown>) => isOfLeader(data) && this.#hear(data);
    this.#own.onmessage = ({ data }: MessageEvent<unknown>) => isToTab(data) && this.#receive(data);
  }

  /** Resolves when a leader has let this tab in. Rejects with what it said, or with `busy` when nobody said anything for `patienceMs`. */
  join(patienceMs: number, busy: () => ArchivoltError): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#joined = { resolve, reject };
      this.#startWaiting = () => (this.#patience = setTimeout(() => reject(busy()), patienceMs));
      this.#askToJoin();
    });
  }

  /** Whether its page waits for nothing. */
  get isIdle(): boolean {
    return this.#isLed && this.#pending.size === 0;
  }

  /** Why this tab may not lead either: what it was opened with would undo what was done since. */
  get expelled(): ArchivoltError | undefined {
    return this.#expelled;
  }

  #askToJoin(): void {
    this.#prove().then(
      (proof) => {
        if (this.#stopped || this.#isNext) return;
        this.#startWaiting?.();
        this.#startWaiting = undefined;
        const settings = this.#settings;
        const call: Call = { kind: 'join', tab: this.#tab, version: PROTOCOL_VERSION, settings, proof };
        this.#everybody.postMessage(call);
      },
      (error: unknown) => this.#refuse(fromShape(toShape(error))),
    );
  }

  #hear(call: Call): void {
    if (call.kind === 'leading' && call.leader !== this.#leader && !this.#isNext) {
      this.#isLed = false;
      this.#askToJoin();
    }
    if (call.kind === 'event' && call.leader === this.#leader) this.#tell(call.message);
  }

  #tell(message: EventMessage): void {
    if (message.event === 'status') this.#isRebuilding = message.detail.vectors === 'rebuilding';
    this.#post(message);
  }

  /** Nobody else would say that what the last leader had begun has ended; the next one says so if it begins again. */
  #endRebuilding(): void {
    if (this.#isRebuilding) this.#tell({ kind: 'event', event: 'status', detail: { vectors: 'ready' } });
  }

  #receive(message: ToTab): void {
    // The last words of a leader that is gone are its answers alone.
    if (this.#isNext && message.kind !== 'answer') return;
    switch (message.kind) {
      case 'wait':
        return clearTimeout(this.#patience);
      case 'refused':
        return this.#refuse(fromShape(message.error));
      case 'joined':
        return this.#follow(message.leader, message.tables);
      case 'answer':
        return void (message.leader === this.#leader && this.#answer(message.message));
    }
  }

  /** A later leader may refuse as well, as when its release is another. */
  #refuse(error: ArchivoltError): void {
    clearTimeout(this.#patience);
    this.#refused = error;
    if (error.detail.embedder === 'changed') this.#expelled = error;
    this.#joined?.reject(error);
    this.#failPending(error);
  }

  #follow(leader: string, tables: string[]): void {
    if (leader === this.#leader) return;
    const isFirst = this.#leader === undefined;
    clearTimeout(this.#patience);
    this.#leader = leader;
    this.#isLed = true;
    this.#refused = undefined;
    this.#expelled = undefined;
    this.#joined?.resolve();
    this.#tryAgain?.();
    this.#endRebuilding();
    // What the last leader committed and could not tell any more.
    if (!isFirst) this.#post(everythingChanged(tables));
    this.#handOn((request) => this.#ask(request));
  }

  /** Gives what is not answered to whoever leads now. */
  #handOn(deliver: (request: Request) => void): void {
    for (const pending of [...this.#pending.values()]) {
      const { request, sent } = pending;
      const lost = fateWithout(request);
      pending.sent = true;
      if (!sent) deliver(this.#marked(pending, false));
      else if (lost !== undefined && !hasMark(request)) this.#fail(request, lost);
      // The leader that was told is gone. A write with a mark is asked after all: it may have been done.
      else if (!hasMark(request) && pending.cancelled) this.#fail(request, cancelled());
      else deliver(this.#marked(pending, true));
    }
    for (const token of this.#transactions) this.#lost.add(token);
    this.#transactions.clear();
  }

  /** What was asked before takes no answered marks along: the next leader may only look for its own. */
  #marked(pending: Pending, again: boolean): Request {
    const { request } = pending;
    if (!hasMark(request)) return request;
    if (!again) pending.done = this.#done.splice(0, MAX_DONE);
    return { ...request, once: { id: this.#markOf(request), again, done: again ? [] : pending.done } };
  }

  #markOf({ id }: Request): string {
    return `call:${this.#tab}:${id}`;
  }

  /** From the page. */
  receive(message: ToWorker): void {
    if (message.kind === 'request') this.#request(message);
    if (message.kind === 'cancel') {
      const pending = this.#pending.get(message.id);
      if (pending === undefined) return;
      if (!pending.sent) return this.#fail(pending.request, cancelled());
      pending.cancelled = true;
      this.#send(message);
    }
  }

  #request(request: Request): void {
    // Other tabs' pages and this one have no memory in common.
    delete request.stop;
    const pending: Pending = { request, sent: this.#isLed, cancelled: false, done: [] };
    this.#pending.set(request.id, pending);
    if (request.method === 'workspace.close') this.#closing = request.id;
    if (this.#refused !== undefined) return this.#fail(request, this.#refused);
    if (this.#tryAgain !== undefined && this.#closing !== undefined) return this.#fail(request, rolledBack());
    this.#tryAgain?.();
    if (request.tx !== undefined && !(this.#isLed && this.#transactions.has(request.tx)))
      return this.#fail(request, rolledBack());
    if (pending.sent) this.#ask(this.#marked(pending, false));
  }

  #ask(request: Request): void {
    try {
      this.#send(request);
    } catch (cause) {
      this.#fail(request, new ArchivoltError('INVALID_ARGUMENT', `Not all of this can be sent: ${String(cause)}`));
    }
  }

  #send(message: ToLeader['message']): void {
    const ask: ToLeader = { kind: 'ask', leader: this.#leader ?? '', message };
    this.#own.postMessage(ask);
  }

  #answer(message: Reply | { kind: 'progress'; id: number }): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.kind === 'reply') this.#settle(pending, message as Reply);
    this.#post(message as ToPage);
  }

  #settle({ request, done }: Pending, reply: Reply): void {
    this.#pending.delete(request.id);
    // What failed was rolled back, and the forgetting of marks with it.
    if (!reply.ok) this.#done.push(...done);
    if (hasMark(request)) this.#done.push(this.#markOf(request));
    if (request.method === 'tx.begin' && reply.ok) this.#transactions.add(reply.value as string);
    if (request.method === 'tx.commit' || request.method === 'tx.rollback') this.#transactions.delete(request.tx ?? '');
    if (request.method === 'workspace.status' && reply.ok)
      reply.value = { ...(reply.value as WorkspaceStatus), role: 'follower' };
  }

  /** A tab that nobody leads holds nothing: it may always close. */
  #fail({ id, method }: Request, error: ArchivoltError): void {
    this.#done.push(...(this.#pending.get(id)?.done ?? []));
    this.#pending.delete(id);
    const closes = method === 'workspace.close';
    this.#post({ kind: 'reply', id, ...(closes ? { ok: true, value: null } : { ok: false, error: toShape(error) }) });
  }

  #failPending(error: ArchivoltError): void {
    for (const { request } of [...this.#pending.values()]) this.#fail(request, error);
  }

  /** Whether this is the request that ends the tab's part. */
  isClosing(id: number): boolean {
    return this.#closing === id;
  }

  /** This tab has the lock and opens the database: what is asked meanwhile was asked of nobody yet. */
  succeed(): void {
    clearTimeout(this.#patience);
    this.#isNext = true;
    this.#isLed = false;
    this.#endRebuilding();
  }

  /** This tab leads now: what is not answered goes to its own database. Answers the transactions that ended with other leaders. */
  promote(tables: string[], deliver: (message: Request) => void): ReadonlySet<string> {
    const isFirst = this.#leader === undefined;
    this.stop();
    if (!isFirst) this.#post(everythingChanged(tables));
    this.#handOn(deliver);
    return this.#lost;
  }

  /** It could not be opened here, and the lock is free again: what another leader says counts. */
  stepBack(): void {
    this.#isNext = false;
    this.#askToJoin();
  }

  /** Unless there is another leader by now, rejects what nobody answers. Resolves when there is reason to try again. */
  async giveUp(cause: unknown): Promise<void> {
    if (this.#isLed) return;
    const error = fromShape(toShape(cause));
    this.#joined?.reject(error);
    for (const { request, sent } of [...this.#pending.values()])
      this.#fail(request, (sent ? fateWithout(request) : undefined) ?? error);
    await new Promise<void>((resolve) => (this.#tryAgain = resolve));
    this.#tryAgain = undefined;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#patience);
    this.#everybody.close();
    this.#own.close();
  }
}

function everythingChanged(tables: string[]): ToPage {
  const rows = Object.fromEntries(tables.map((table) => [table, null]));
  return { kind: 'event', event: 'change', detail: { tables, rows } };
}
