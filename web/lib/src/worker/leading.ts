/** What a tab does for the others while it leads: lets them in, tells them what happens, and forgets those that are gone. */
import { cannotLoad, toShape } from '../errors.js';
import type { EventMessage, OpenParams } from '../protocol/messages.js';
import {
  channelName,
  isMessage,
  settingsOf,
  tabChannelName,
  tabLockName,
  type Call,
  type Expulsion,
  type ToTab,
} from '../sharing/messages.js';
import { Dispatcher, type Desk } from './dispatcher.js';
import type { Platform } from './platform.js';
import type { Peers } from './sharing.js';

/** What those that are gone have left is not looked at before the first requests had their turn. */
const FORGET_MS = 300;

/** The tab that leads. */
export interface LeadingTab {
  readonly id: string;
  readonly platform: Platform;
  readonly desk: Desk;
  /** Whether what it had asked another leader is not handed on yet. */
  isFollowing(): boolean;
}

export class Leading {
  readonly #tab: LeadingTab;
  readonly #params: OpenParams;
  readonly #everybody: BroadcastChannel;
  #peers: Promise<Peers> | undefined;

  /** Hears who comes from now on; they are let in when the workspace is open. */
  constructor(tab: LeadingTab, params: OpenParams) {
    this.#tab = tab;
    this.#params = params;
    this.#everybody = new BroadcastChannel(channelName(params.name));
    this.#everybody.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data) && data.kind === 'join') void this.#welcome(data as Call & { kind: 'join' });
    };
  }

  #call(call: Call): void {
    this.#everybody.postMessage(call);
  }

  tell(message: EventMessage): void {
    this.#call({ kind: 'event', leader: this.#tab.id, message });
  }

  /** The workspace is open. */
  begin(): void {
    this.#call({ kind: 'leading', leader: this.#tab.id });
    setTimeout(() => void this.#forgetTheGone(), FORGET_MS);
  }

  end(): void {
    this.#everybody.close();
    this.#peers?.then((peers) => peers.end()).catch(() => undefined);
    this.#peers = undefined;
  }

  /** Every tab but one has to open the workspace again. `embedder`: the one that all must have from now on. */
  expel(except: Dispatcher, why: Expulsion, embedder = this.#params.embedder): void {
    this.#params.embedder = embedder;
    this.#peers?.then((peers) => peers.expel(except, why)).catch(() => undefined);
  }

  async #welcome(join: Call & { kind: 'join' }): Promise<void> {
    const { id, desk } = this.#tab;
    if (typeof join.tab !== 'string' || join.tab === id) return;
    const channel = new BroadcastChannel(tabChannelName(this.#params.name, join.tab));
    const tell = (message: ToTab): void => channel.postMessage(message);
    // Before anything that may take its time; who leads after this one says so to everybody.
    tell({ kind: 'wait' });
    try {
      if (desk.session === undefined || desk.closing) return;
      this.#peers ??= this.#makePeers();
      this.#peers.catch(() => (this.#peers = undefined));
      await (await this.#peers).join(join);
    } catch (error) {
      if (!desk.closing) tell({ kind: 'refused', error: toShape(error) });
    } finally {
      channel.close();
    }
  }

  async #makePeers(): Promise<Peers> {
    const { Peers } = await import('./sharing.js').catch(cannotLoad);
    const { id, platform, desk } = this.#tab;
    return new Peers({
      workspace: this.#params.name,
      leader: id,
      settings: () => settingsOf(this.#params),
      serve: (post) => new Dispatcher(platform, post, desk, true),
      admit: (join) => this.#admit(join),
      tables: async () => (await desk.session?.tables()) ?? [],
      onLeave: (tab) => void this.#forgetTheGone(tab),
    });
  }

  async #admit({ tab, proof }: Call & { kind: 'join' }): Promise<void> {
    const unlocked = this.#tab.desk.session?.database.unlocked;
    if (unlocked === undefined && proof === undefined) return;
    const { admit } = await import('./encryption.js').catch(cannotLoad);
    await admit(unlocked, tab, proof);
  }

  /** Marks of tabs that are gone are asked for by nobody, nor are this tab's own once what was under way is handed on. */
  async #forgetTheGone(gone?: string): Promise<void> {
    const prefix = tabLockName('');
    const { held = [] } = await navigator.locks.query();
    const tabs = held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    // The lock of one that has just gone is still held: by this leader, which waited for it.
    const others = tabs.filter((tab) => tab !== gone && (tab !== this.#tab.id || this.#tab.isFollowing()));
    await this.#tab.desk.session?.calls.keepMarksOf(others).catch(() => undefined);
  }
}
