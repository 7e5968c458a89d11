/**
 * The worker of one tab: leads its workspace, or follows the tab that does.
 *
 * Who gets the workspace's lock leads (leading.ts): it opens the database and answers every tab. The others wait for the lock and send
 * their requests to the leader (following.ts); when it ends, the first in the queue leads. Nothing here looks at a clock but the first
 * question to a leader, which one of an older release does not answer.
 */
import { cannotLoad, toShape } from '../errors.js';
import { loadAhead } from '../loader/late-engine.js';
import { randomId } from '../protocol/hex.js';
import type { OpenParams, Request, ToPage, ToWorker } from '../protocol/messages.js';
import type { WorkspaceLock } from '../storage/workspace-lock.js';
import { Desk, Dispatcher, takenAlready, type Post } from './dispatcher.js';
import { Leading } from './leading.js';
import type { Platform } from './platform.js';
import type { Following } from './sharing.js';

export class Tab {
  readonly #platform: Platform;
  readonly #lock: WorkspaceLock;
  readonly #toPage: Post;
  readonly #desk = new Desk();
  readonly #dispatcher: Dispatcher;
  readonly #id = randomId();
  /** A worker serves one workspace, once. */
  #isTaken = false;
  /** Stays when it leads: transactions that ended with another leader are known to it. */
  #following: Following | undefined;
  #leading: Leading | undefined;

  constructor(platform: Platform, lock: WorkspaceLock, toPage: Post) {
    this.#platform = platform;
    this.#lock = lock;
    this.#toPage = toPage;
    this.#dispatcher = new Dispatcher(platform, (message) => this.#post(message), this.#desk);
  }

  receive(message: ToWorker): void {
    if (
      message.kind === 'request' &&
      isSharedOpen(message) &&
      this.#dispatcher.isGreeted &&
      this.#desk.session === undefined
    ) {
      if (this.#isTaken) return this.#refuse(message, takenAlready());
      this.#isTaken = true;
      return void this.#open(message, message.params);
    }
    if (this.#following?.receive(message) !== true) this.#dispatcher.receive(message);
  }

  /** What this tab says to its page; as a leader it says it to everybody where it is for all. */
  #post(message: ToPage): void {
    if (message.kind === 'event') this.#leading?.tell(message);
    this.#toPage(message);
  }

  #refuse({ id }: Request, error: unknown): void {
    this.#toPage({ kind: 'reply', id, ok: false, error: toShape(error) });
  }

  async #open(request: Request, params: OpenParams): Promise<void> {
    try {
      if (await this.#lock.take(params.name)) {
        this.#lead(params);
        this.#dispatcher.receive(request);
        return;
      }
      await this.#follow(params);
      this.#toPage({ kind: 'reply', id: request.id, ok: true, value: null });
    } catch (error) {
      this.#following?.abandon();
      this.#refuse(request, error);
    }
  }

  async #follow(params: OpenParams): Promise<void> {
    const { Following } = await import('./sharing.js').catch(cannotLoad);
    const tab = {
      id: this.#id,
      lock: this.#lock,
      desk: this.#desk,
      dispatcher: this.#dispatcher,
      toPage: this.#toPage,
      loadAhead: () => loadAhead(params.wasmUrl, this.#platform.compile),
      lead: () => this.#lead(params),
      isLeading: () => this.#leading !== undefined,
    };
    this.#following = new Following(tab, params);
    await this.#following.begin();
  }

  /** Hears who comes from now on; they are let in when the workspace is open. */
  #lead(params: OpenParams): void {
    const desk = this.#desk;
    const isFollowing = (): boolean => this.#following?.isFollowing === true;
    const leading = new Leading({ id: this.#id, platform: this.#platform, desk, isFollowing }, params);
    this.#leading = leading;
    desk.onOpen = () => leading.begin();
    desk.onBreak = () => this.#giveUp();
    desk.onKeyChange = (by) => leading.expel(by, 'key');
    desk.onEmbedderChange = (by, choice) => leading.expel(by, 'embedder', choice);
    desk.onClose = () => {
      leading.end();
      this.#leading = undefined;
    };
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
}

/** Reading alone takes part in nothing: it needs no other tab, and must not become the one that others write by. */
function isSharedOpen(request: Request): request is Request<'workspace.open'> {
  const { storage, readOnly } = (request.params ?? {}) as Partial<OpenParams>;
  // Where there are no locks there is no such storage either, and opening it says why.
  const hasLocks = (navigator.locks as LockManager | undefined) !== undefined;
  return request.method === 'workspace.open' && storage === 'opfs' && readOnly !== true && hasLocks;
}
