/**
 * A tab that does not hold the database: its requests go to the leader, and the answers come back.
 *
 * When the leader ends, what it had not answered goes to the next one: what reads or may be done again as it is, writes with a mark
 * by which the next leader finds out whether they were done. An open transaction is gone with its leader: whatever belongs to it
 * answers CONFLICT, and the page runs it again.
 */
import { ArchivoltError, fromShape, toShape } from '../errors.js';
import { PROTOCOL_VERSION, type Reply, type Request, type ToPage, type ToWorker } from '../protocol/messages.js';
import type { WorkspaceStatus } from '../types.js';
import { channelName, isMessage, tabChannelName, type Call, type ToLeader, type ToTab } from './messages.js';
import { fateOf } from './repeat.js';

interface Pending {
  request: Request;
  /** Whether a leader has it, or had it. */
  sent: boolean;
}

/** So many answered marks are told to the leader with one write. */
const MAX_DONE = 200;

export class Follower {
  readonly #tab: string;
  readonly #settings: string;
  readonly #post: (message: ToPage) => void;
  readonly #everybody: BroadcastChannel;
  readonly #own: BroadcastChannel;
  readonly #pending = new Map<number, Pending>();
  /** Transactions that the present leader has begun for this tab. */
  readonly #transactions = new Set<string>();
  #done: string[] = [];
  #leader: string | undefined;
  #joined: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** The page's request to close. */
  #closing: number | undefined;
  /** Set when a leader does not let this tab in any more. */
  #refused: ArchivoltError | undefined;

  constructor(workspace: string, tab: string, settings: string, post: (message: ToPage) => void) {
    this.#tab = tab;
    this.#settings = settings;
    this.#post = post;
    this.#everybody = new BroadcastChannel(channelName(workspace));
    this.#own = new BroadcastChannel(tabChannelName(workspace, tab));
    this.#everybody.onmessage = ({ data }: MessageEvent<unknown>) => isMessage(data) && this.#hear(data as Call);
    this.#own.onmessage = ({ data }: MessageEvent<unknown>) => isMessage(data) && this.#receive(data as ToTab);
  }

  /** Resolves when a leader has let this tab in. Rejects with what it said, or with `busy` when nobody said anything for `patienceMs`. */
  join(patienceMs: number, busy: () => ArchivoltError): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#joined = { resolve, reject };
      this.#patience = setTimeout(() => reject(busy()), patienceMs);
      this.#askToJoin();
    });
  }

  #askToJoin(): void {
    const call: Call = { kind: 'join', tab: this.#tab, version: PROTOCOL_VERSION, settings: this.#settings };
    this.#everybody.postMessage(call);
  }

  #hear(call: Call): void {
    if (call.kind === 'leading' && call.leader !== this.#leader) this.#askToJoin();
    if (call.kind === 'event' && call.leader === this.#leader) this.#post(call.message);
  }

  #receive(message: ToTab): void {
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
    this.#joined?.reject(error);
    for (const { request } of this.#pending.values()) this.#fail(request, error);
  }

  #follow(leader: string, tables: string[]): void {
    if (leader === this.#leader) return;
    const isFirst = this.#leader === undefined;
    clearTimeout(this.#patience);
    this.#leader = leader;
    this.#refused = undefined;
    this.#joined?.resolve();
    // What the last leader committed and could not tell any more.
    if (!isFirst) this.#post(everythingChanged(tables));
    this.#handOn((message) => this.#send(message));
  }

  /** Gives what is not answered to whoever leads now. */
  #handOn(deliver: (request: Request) => void): void {
    for (const pending of [...this.#pending.values()]) {
      const { request, sent } = pending;
      if (!sent) {
        pending.sent = true;
        deliver(this.#marked(request, false));
      } else if (request.tx !== undefined && request.method !== 'tx.commit') this.#fail(request, rolledBack());
      else if (fateOf(request.method) === 'never') this.#fail(request, unknownOutcome(request.method));
      else deliver(this.#marked(request, true));
    }
    this.#transactions.clear();
  }

  #marked(request: Request, again: boolean): Request {
    if (fateOf(request.method) !== 'once') return request;
    const done = this.#done.splice(0, MAX_DONE);
    return { ...request, once: { id: this.#markOf(request), again, done } };
  }

  #markOf({ id }: Request): string {
    return `call:${this.#tab}:${id}`;
  }

  /** From the page. */
  receive(message: ToWorker): void {
    if (message.kind === 'request') this.#request(message);
    if (message.kind === 'cancel') {
      const pending = this.#pending.get(message.id);
      if (pending?.sent === true) this.#send(message);
      else if (pending !== undefined)
        this.#fail(pending.request, new ArchivoltError('CANCELLED', 'The operation was cancelled by its caller.'));
    }
  }

  #request(request: Request): void {
    const pending = { request, sent: this.#leader !== undefined };
    this.#pending.set(request.id, pending);
    if (request.method === 'workspace.close') this.#closing = request.id;
    if (this.#refused !== undefined) return this.#fail(request, this.#refused);
    if (request.tx !== undefined && !this.#transactions.has(request.tx)) return this.#fail(request, rolledBack());
    if (!pending.sent) return;
    try {
      this.#send(this.#marked(request, false));
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
    if (message.kind === 'reply') this.#settle(pending.request, message as Reply);
    this.#post(message as ToPage);
  }

  #settle(request: Request, reply: Reply): void {
    this.#pending.delete(request.id);
    if (fateOf(request.method) === 'once') this.#done.push(this.#markOf(request));
    if (request.method === 'tx.begin' && reply.ok) this.#transactions.add(reply.value as string);
    if (request.method === 'tx.commit' || request.method === 'tx.rollback') this.#transactions.delete(request.tx ?? '');
    if (request.method === 'workspace.status' && reply.ok) (reply.value as WorkspaceStatus).role = 'follower';
  }

  #fail(request: Request, error: ArchivoltError): void {
    this.#pending.delete(request.id);
    this.#post({ kind: 'reply', id: request.id, ok: false, error: toShape(error) });
  }

  /** Whether this is the request that ends the tab's part. */
  isClosing(id: number): boolean {
    return this.#closing === id;
  }

  /** This tab leads now: what is not answered goes to its own database. Answers the transactions that ended with the last leader. */
  promote(tables: string[], deliver: (message: Request) => void): ReadonlySet<string> {
    const isFirst = this.#leader === undefined;
    const lost = new Set(this.#transactions);
    this.stop();
    if (!isFirst) this.#post(everythingChanged(tables));
    this.#handOn(deliver);
    return lost;
  }

  /** Rejects what is not answered. */
  failAll(error: ArchivoltError): void {
    this.stop();
    for (const { request } of [...this.#pending.values()]) this.#fail(request, error);
  }

  stop(): void {
    clearTimeout(this.#patience);
    this.#everybody.close();
    this.#own.close();
  }
}

function everythingChanged(tables: string[]): ToPage {
  const rows = Object.fromEntries(tables.map((table) => [table, null]));
  return { kind: 'event', event: 'change', detail: { tables, rows } };
}

export function rolledBack(): ArchivoltError {
  return new ArchivoltError(
    'CONFLICT',
    'The tab that held the database has ended, and this transaction with it. Nothing of it was kept; run it again.',
    { leader: 'lost' },
  );
}

function unknownOutcome(method: string): ArchivoltError {
  return new ArchivoltError(
    'WORKER_LOST',
    `The tab that held the database ended during ${method}. Whether it was done is not known: look before you repeat it.`,
    { method },
  );
}
