/**
 * A tab that follows, and how it comes to lead. Of the bundle sharing.js.
 *
 * It waits for the workspace's lock and meanwhile loads and rehearses what leading needs. When it leads, what its page has asked and
 * nobody answered goes to its own dispatcher.
 */
import { cannotLoad, toShape } from '../errors.js';
import type { LateEngine } from '../loader/late-engine.js';
import type { Request, ToPage, ToWorker } from '../protocol/messages.js';
import { Follower } from '../sharing/follower.js';
import { settingsOf } from '../sharing/messages.js';
import { rolledBack } from '../sharing/repeat.js';
import { showLife, succeed } from '../sharing/succession.js';
import { BUSY_PATIENCE_MS } from '../storage/backoff.js';
import { busy } from '../storage/opfs-directory.js';
import type { WorkspaceLock } from '../storage/workspace-lock.js';
import type { Desk, Dispatcher, Post } from './dispatcher.js';
import type { Unlocked, UnlockParams } from './unlocked.js';
import { rehearse } from './rehearsal.js';

/** The tab that follows. */
export interface FollowingTab {
  readonly id: string;
  readonly lock: WorkspaceLock;
  readonly desk: Desk;
  readonly dispatcher: Dispatcher;
  readonly toPage: Post;
  /** Begins to load the module. */
  loadAhead(): LateEngine;
  /** Hears who comes, and leads from now on. */
  lead(): void;
  isLeading(): boolean;
}

export class Following {
  readonly #tab: FollowingTab;
  readonly #params: UnlockParams;
  #follower: Follower | undefined;
  /** The page's request for another passphrase, and the key that it will be. */
  #changing: { id: number; unlocked: Unlocked | undefined } | undefined;
  /** Ends the wait for the lock. */
  readonly #leaving = new AbortController();
  /** Transactions that ended with a leader. */
  #rolledBack: ReadonlySet<string> | undefined;
  /** So that a follower leads without delay. */
  #engine: LateEngine | undefined;

  constructor(tab: FollowingTab, params: UnlockParams) {
    this.#tab = tab;
    this.#params = params;
  }

  get isFollowing(): boolean {
    return this.#follower !== undefined;
  }

  /** Resolves when a leader let this tab in, or when it leads itself. */
  async begin(): Promise<void> {
    const { signal } = this.#leaving;
    const { id, lock } = this.#tab;
    const { name } = this.#params;
    await showLife(id, signal);
    const follower = new Follower(
      name,
      id,
      settingsOf(this.#params),
      (message) => this.#relay(message),
      () => this.#prove(),
    );
    this.#follower = follower;
    const joined = follower.join(BUSY_PATIENCE_MS, () => busy(name));
    joined.catch(() => undefined);
    const warmUp = (): void => this.#warmUp();
    const successor = {
      wait: () => lock.wait(name, signal),
      lead: () => (follower.expelled === undefined ? this.#promote(follower) : Promise.reject(follower.expelled)),
      stepBack: () => this.#stepBack(),
      warmUp,
    };
    const leads = succeed(follower, successor, signal);
    leads.catch(() => undefined); // The page has closed the workspace.
    await Promise.race([joined, leads]);
    warmUp();
  }

  /** It was not let in. */
  abandon(): void {
    this.#leaving.abort();
    this.#follower?.stop();
    this.#follower = undefined;
  }

  /** From the page. False: it is for the tab's own dispatcher. */
  receive(message: ToWorker): boolean {
    if (message.kind === 'hello') return false;
    if (message.kind === 'request' && this.#rolledBack?.has(message.tx ?? '') === true) {
      this.#refuse(message, rolledBack());
      return true;
    }
    if (this.#follower === undefined) return false;
    if (message.kind === 'request' && message.method === 'workspace.changePassphrase')
      void this.#changeKey(message as Request<'workspace.changePassphrase'>, this.#follower);
    else this.#follower.receive(message);
    return true;
  }

  #refuse({ id }: Request, error: unknown): void {
    this.#tab.toPage({ kind: 'reply', id, ok: false, error: toShape(error) });
  }

  /** Loads what leading needs. */
  #warmUp(): void {
    if (this.#tab.desk.session !== undefined || this.#engine !== undefined) return;
    const engine = this.#tab.loadAhead();
    this.#engine = engine;
    engine.loading.catch(() => (this.#engine = undefined));
    this.#rehearse(engine).catch(() => undefined);
    // Of a leader that ends without closing there is a log to look at.
    import('./safety.js').catch(() => undefined);
  }

  async #rehearse(engine: LateEngine): Promise<void> {
    // From the moment that it has the lock it needs the module for itself.
    const isWanted = (): boolean => this.#engine === engine && !this.#tab.isLeading() && !this.#leaving.signal.aborted;
    const isSound = await rehearse(engine, () => this.#follower?.isIdle === true, isWanted);
    if (!isSound && isWanted()) this.#engine = undefined;
  }

  /** Gives up what was opened of the workspace. */
  #stepBack(): void {
    const { desk, lock } = this.#tab;
    desk.onClose();
    try {
      desk.session?.close();
    } catch {
      // What led here is the error to tell.
    }
    desk.session = this.#engine = undefined;
    lock.release();
  }

  async #prove(): Promise<string | undefined> {
    const params = this.#params;
    if (params.passphrase === undefined && params.unlocked === undefined) return undefined;
    const { prove } = await import('./encryption.js').catch(cannotLoad);
    return prove(params, this.#tab.id);
  }

  /** The tab that leads gets a key that is made here, and never the passphrase. */
  async #changeKey(request: Request<'workspace.changePassphrase'>, follower: Follower): Promise<void> {
    try {
      const { handOn } = await import('./encryption.js').catch(cannotLoad);
      const next = 'next' in request.params ? request.params.next : null;
      const { made, unlocked } = await handOn(next, this.#params.unlocked);
      this.#changing = { id: request.id, unlocked };
      follower.receive({ ...request, params: { made } });
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  /** From the leader. */
  #relay(message: ToPage): void {
    if (message.kind === 'reply' && message.id === this.#changing?.id) {
      if (message.ok) this.#params.unlocked = this.#changing.unlocked;
      this.#changing = undefined;
    }
    // The page's last words were answered.
    if (message.kind === 'reply' && this.#follower?.isClosing(message.id) === true) {
      this.#follower.stop();
      this.#leaving.abort();
    }
    this.#tab.toPage(message);
  }

  async #promote(follower: Follower): Promise<void> {
    const { lock, desk, dispatcher } = this.#tab;
    if (this.#leaving.signal.aborted) return lock.release();
    follower.succeed();
    this.#tab.lead();
    // Whatever there was to save, the first tab has saved.
    const params = { ...this.#params, recover: false as const };
    await dispatcher.open(params, new AbortController().signal, () => undefined, this.#engine);
    this.#engine = undefined;
    const tables = (await desk.session?.tables()) ?? [];
    this.#follower = undefined;
    this.#rolledBack = follower.promote(tables, (request) => dispatcher.receive(request));
  }
}
