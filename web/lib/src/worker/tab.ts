/**
 * The worker of one tab: leads its workspace, or follows the tab that does.
 *
 * Who gets the workspace's lock leads: it opens the database and answers every tab. The others wait for the lock and send their
 * requests to the leader; when it ends, the first in the queue leads. Nothing here looks at a clock but the first question to a
 * leader, which one of an older release does not answer.
 */
import { ArchivoltError, cannotLoad, toShape } from '../errors.js';
import { loadAhead, type LateEngine } from '../loader/late-engine.js';
import { randomId } from '../protocol/hex.js';
import type { OpenParams, Request, ToPage, ToWorker } from '../protocol/messages.js';
import { channelName, isMessage, tabChannelName, tabLockName, type Call, type ToTab } from '../sharing/messages.js';
import { BUSY_PATIENCE_MS } from '../storage/backoff.js';
import { busy } from '../storage/opfs-directory.js';
import type { WorkspaceLock } from '../storage/workspace-lock.js';
import { Desk, Dispatcher, takenAlready, type Post } from './dispatcher.js';
import type { Unlocked, UnlockParams } from './encrypted.js';
import type { Platform } from './platform.js';
import type { Follower, Peers } from './sharing.js';

/** What those that are gone have left is not looked at before the first requests had their turn. */
const FORGET_MS = 300;

export class Tab {
  readonly #platform: Platform;
  readonly #lock: WorkspaceLock;
  readonly #toPage: Post;
  readonly #desk = new Desk();
  readonly #dispatcher: Dispatcher;
  readonly #id = randomId();
  /** A worker serves one workspace, once. */
  #isTaken = false;
  #follower: Follower | undefined;
  /** Of a tab that follows. */
  #params: UnlockParams | undefined;
  /** The page's request for another passphrase, and the key that it will be. */
  #changing: { id: number; unlocked: Unlocked | undefined } | undefined;
  /** Ends the wait for the lock. */
  readonly #leaving = new AbortController();
  #everybody: BroadcastChannel | undefined;
  #peers: Promise<Peers> | undefined;
  /** Transactions that ended with a leader, and what their requests hear. */
  #rolledBack: { tokens: ReadonlySet<string>; error: () => ArchivoltError } | undefined;
  /** So that a follower leads without delay. */
  #engine: LateEngine | undefined;

  constructor(platform: Platform, lock: WorkspaceLock, toPage: Post) {
    this.#platform = platform;
    this.#lock = lock;
    this.#toPage = toPage;
    this.#dispatcher = new Dispatcher(platform, (message) => this.#post(message), this.#desk);
  }

  receive(message: ToWorker): void {
    if (message.kind === 'request') {
      if (this.#rolledBack?.tokens.has(message.tx ?? '') === true)
        return this.#refuse(message, this.#rolledBack.error());
      if (isSharedOpen(message) && this.#dispatcher.isGreeted && this.#desk.session === undefined) {
        if (this.#isTaken) return this.#refuse(message, takenAlready());
        this.#isTaken = true;
        return void this.#open(message, message.params);
      }
    }
    if (this.#follower !== undefined && message.kind !== 'hello') {
      if (message.kind === 'request' && message.method === 'workspace.changePassphrase')
        return void this.#changeKey(message as Request<'workspace.changePassphrase'>, this.#follower);
      return this.#follower.receive(message);
    }
    this.#dispatcher.receive(message);
  }

  /** What this tab says to its page; as a leader it says it to everybody where it is for all. */
  #post(message: ToPage): void {
    if (message.kind === 'event') {
      const call: Call = { kind: 'event', leader: this.#id, message };
      this.#everybody?.postMessage(call);
    }
    this.#toPage(message);
  }

  #confirm({ id }: Request): void {
    this.#toPage({ kind: 'reply', id, ok: true, value: null });
  }

  #refuse({ id }: Request, error: unknown): void {
    this.#toPage({ kind: 'reply', id, ok: false, error: toShape(error) });
  }

  async #open(request: Request, params: OpenParams): Promise<void> {
    try {
      if (await this.#lock.take(params.name)) {
        this.#listen(params);
        this.#dispatcher.receive(request);
        return;
      }
      await this.#follow(params);
      this.#confirm(request);
    } catch (error) {
      this.#leaving.abort();
      this.#follower?.stop();
      this.#follower = undefined;
      this.#refuse(request, error);
    }
  }

  // ------------------------------------------------------------------ following

  /** Resolves when a leader let this tab in, or when it leads itself. */
  async #follow(params: UnlockParams): Promise<void> {
    const { Follower, showLife, succeed } = await import('./sharing.js').catch(cannotLoad);
    const { signal } = this.#leaving;
    await showLife(this.#id, signal);
    const follower = new Follower(
      params.name,
      this.#id,
      settingsOf(params),
      (message) => this.#relay(message),
      () => this.#prove(params),
    );
    this.#follower = follower;
    this.#params = params;
    const joined = follower.join(BUSY_PATIENCE_MS, () => busy(params.name));
    joined.catch(() => undefined);
    const warmUp = (): void => this.#warmUp(params);
    const tab = {
      wait: () => this.#lock.wait(params.name, signal),
      lead: () =>
        follower.expelled === undefined ? this.#promote(params, follower) : Promise.reject(follower.expelled),
      stepBack: () => this.#stepBack(),
      warmUp,
    };
    const leads = succeed(follower, tab, signal);
    leads.catch(() => undefined); // The page has closed the workspace.
    await Promise.race([joined, leads]);
    warmUp();
  }

  /** Loads what leading needs. */
  #warmUp(params: OpenParams): void {
    if (this.#desk.session !== undefined || this.#engine !== undefined) return;
    const engine = loadAhead(params.wasmUrl, this.#platform.compile);
    this.#engine = engine;
    engine.loading.catch(() => (this.#engine = undefined));
    this.#rehearse(engine).catch(() => undefined);
    // Of a leader that ends without closing there is a log to look at.
    import('./safety.js').catch(() => undefined);
  }

  async #rehearse(engine: LateEngine): Promise<void> {
    const { rehearse } = await import('./sharing.js').catch(cannotLoad);
    // From the moment that it has the lock it needs the module for itself.
    const isWanted = (): boolean =>
      this.#engine === engine && this.#everybody === undefined && !this.#leaving.signal.aborted;
    const isSound = await rehearse(engine, () => this.#follower?.isIdle === true, isWanted);
    if (!isSound && isWanted()) this.#engine = undefined;
  }

  /** Gives up what was opened of the workspace. */
  #stepBack(): void {
    this.#desk.onClose();
    try {
      this.#desk.session?.close();
    } catch {
      // What led here is the error to tell.
    }
    this.#desk.session = this.#engine = undefined;
    this.#lock.release();
  }

  async #prove(params: UnlockParams): Promise<string | undefined> {
    if (params.passphrase === undefined && params.unlocked === undefined) return undefined;
    const { prove } = await import('./encryption.js').catch(cannotLoad);
    return prove(params, this.#id);
  }

  /** The tab that leads gets a key that is made here, and never the passphrase. */
  async #changeKey(request: Request<'workspace.changePassphrase'>, follower: Follower): Promise<void> {
    try {
      const { handOn } = await import('./encryption.js').catch(cannotLoad);
      const next = 'next' in request.params ? request.params.next : null;
      const { made, unlocked } = await handOn(next, this.#params?.unlocked);
      this.#changing = { id: request.id, unlocked };
      follower.receive({ ...request, params: { made } });
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #relay(message: ToPage): void {
    if (message.kind === 'reply' && message.id === this.#changing?.id && this.#params !== undefined) {
      if (message.ok) this.#params.unlocked = this.#changing.unlocked;
      this.#changing = undefined;
    }
    // The page's last words were answered.
    if (message.kind === 'reply' && this.#follower?.isClosing(message.id) === true) {
      this.#follower.stop();
      this.#leaving.abort();
    }
    this.#toPage(message);
  }

  async #promote(params: UnlockParams, follower: Follower): Promise<void> {
    if (this.#leaving.signal.aborted) return this.#lock.release();
    follower.succeed();
    this.#listen(params);
    // Whatever there was to save, the first tab has saved.
    await this.#dispatcher.open(
      { ...params, recover: false },
      new AbortController().signal,
      () => undefined,
      this.#engine,
    );
    this.#engine = undefined;
    const tables = await this.#tables();
    const { rolledBack } = await import('./sharing.js').catch(cannotLoad);
    this.#follower = undefined;
    const tokens = follower.promote(tables, (request) => this.#dispatcher.receive(request));
    this.#rolledBack = { tokens, error: rolledBack };
  }

  // ------------------------------------------------------------------ leading

  /** Hears who comes from now on; they are let in when the workspace is open. */
  #listen(params: OpenParams): void {
    const everybody = new BroadcastChannel(channelName(params.name));
    this.#everybody = everybody;
    everybody.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data) && data.kind === 'join') void this.#welcome(params, data as Call & { kind: 'join' });
    };
    this.#desk.onOpen = () => {
      const call: Call = { kind: 'leading', leader: this.#id };
      everybody.postMessage(call);
      setTimeout(() => void this.#forgetTheGone(), FORGET_MS);
    };
    this.#desk.onBreak = () => this.#giveUp();
    this.#desk.onKeyChange = (by) => {
      this.#expel(by, keyChanged);
    };
    this.#desk.onEmbedderChange = (by, choice) => {
      params.embedder = choice;
      this.#expel(by, embedderChanged);
    };
    this.#desk.onClose = () => {
      everybody.close();
      this.#everybody = undefined;
      this.#peers?.then((peers) => peers.end()).catch(() => undefined);
      this.#peers = undefined;
    };
  }

  #expel(except: Dispatcher, reason: () => ArchivoltError): void {
    this.#peers?.then((peers) => peers.expel(except, reason())).catch(() => undefined);
  }

  /**
   * The engine stopped: another tab opens the database. Here every call says so until the page opens the workspace again. Who asked
   * for what stopped it has heard so by then, so that the next leader is not asked for the same.
   */
  #giveUp(): void {
    setTimeout(() => {
      this.#desk.onClose();
      this.#desk.session?.close();
    });
  }

  async #welcome(params: OpenParams, join: Call & { kind: 'join' }): Promise<void> {
    if (typeof join.tab !== 'string' || join.tab === this.#id) return;
    const channel = new BroadcastChannel(tabChannelName(params.name, join.tab));
    const tell = (message: ToTab): void => channel.postMessage(message);
    // Before anything that may take its time; who leads after this one says so to everybody.
    tell({ kind: 'wait' });
    try {
      if (this.#desk.session === undefined || this.#desk.closing) return;
      this.#peers ??= this.#makePeers(params);
      this.#peers.catch(() => (this.#peers = undefined));
      await (await this.#peers).join(join);
    } catch (error) {
      if (!this.#desk.closing) tell({ kind: 'refused', error: toShape(error) });
    } finally {
      channel.close();
    }
  }

  async #makePeers(params: OpenParams): Promise<Peers> {
    const { Peers } = await import('./sharing.js').catch(cannotLoad);
    return new Peers({
      workspace: params.name,
      leader: this.#id,
      settings: () => settingsOf(params),
      serve: (post) => new Dispatcher(this.#platform, post, this.#desk, true),
      admit: (join) => this.#admit(join),
      tables: () => this.#tables(),
      onLeave: (tab) => void this.#forgetTheGone(tab),
    });
  }

  async #admit({ tab, proof }: Call & { kind: 'join' }): Promise<void> {
    const unlocked = this.#desk.session?.database.unlocked;
    if (unlocked === undefined && proof === undefined) return;
    const { admit } = await import('./encryption.js').catch(cannotLoad);
    await admit(unlocked, tab, proof);
  }

  #tables(): Promise<string[]> {
    return this.#desk.session?.tables() ?? Promise.resolve([]);
  }

  /** Marks of tabs that are gone are asked for by nobody, nor are this tab's own once what was under way is handed on. */
  async #forgetTheGone(gone?: string): Promise<void> {
    const prefix = tabLockName('');
    const { held = [] } = await navigator.locks.query();
    const tabs = held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    // The lock of one that has just gone is still held: by this leader, which waited for it.
    const others = tabs.filter((tab) => tab !== gone && (tab !== this.#id || this.#follower !== undefined));
    await this.#desk.session?.calls.keepMarksOf(others).catch(() => undefined);
  }
}

/** Reading alone takes part in nothing: it needs no other tab, and must not become the one that others write by. */
function isSharedOpen(request: Request): request is Request<'workspace.open'> {
  const { storage, readOnly } = (request.params ?? {}) as Partial<OpenParams>;
  // Where there are no locks there is no such storage either, and opening it says why.
  const hasLocks = (navigator.locks as LockManager | undefined) !== undefined;
  return request.method === 'workspace.open' && storage === 'opfs' && readOnly !== true && hasLocks;
}

function keyChanged(): ArchivoltError {
  return new ArchivoltError(
    'WRONG_PASSPHRASE',
    'The passphrase of the workspace was changed in another tab. Close it here and open it as it is encrypted now.',
  );
}

function embedderChanged(): ArchivoltError {
  return new ArchivoltError(
    'FAILED_PRECONDITION',
    'Everything was embedded again by another embedder, in another tab. Close the workspace here and open it with that one.',
    { embedder: 'changed' },
  );
}

/** What all tabs of a workspace must agree on. */
function settingsOf({ embedder, durability }: OpenParams): string {
  return JSON.stringify({ durability, embedder });
}
