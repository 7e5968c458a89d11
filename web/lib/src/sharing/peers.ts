/** The leader's side: the other tabs, each with a channel of its own and somebody here who answers it. */
import { ArchivoltError, toShape } from '../errors.js';
import {
  PROTOCOL_VERSION,
  type Reply,
  type ProgressMessage,
  type ToPage,
  type ToWorker,
} from '../protocol/messages.js';
import {
  isMessage,
  tabChannelName,
  tabLockName,
  type Call,
  type Expulsion,
  type ToLeader,
  type ToTab,
} from './messages.js';

/** Answers the requests of one tab. */
export interface Served {
  receive(message: ToWorker): void;
  /** The tab is gone: ends what runs for it and rolls back its transaction. */
  leave(): Promise<void>;
}

export interface PeersOptions {
  workspace: string;
  /** This leader's id. */
  leader: string;
  /** What all tabs must agree on, as it is now. */
  settings(): string;
  serve(post: (message: ToPage) => void): Served;
  /** Rejects when a tab has not shown that it has the key of an encrypted workspace. */
  admit?(join: Call & { kind: 'join' }): Promise<void>;
  /** Names of all tables. */
  tables(): Promise<string[]>;
  /** Told when a tab is gone. */
  onLeave(tab: string): void;
}

const EXPULSIONS: Record<Expulsion, () => ArchivoltError> = {
  key: () =>
    new ArchivoltError(
      'WRONG_PASSPHRASE',
      'The passphrase of the workspace was changed in another tab. Close it here and open it as it is encrypted now.',
    ),
  embedder: () =>
    new ArchivoltError(
      'FAILED_PRECONDITION',
      'Everything was embedded again by another embedder, in another tab. Close the workspace here and open it with that one.',
      { embedder: 'changed' },
    ),
};

interface Peer {
  channel: BroadcastChannel;
  served: Served;
  watching: AbortController;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<string, Peer>();
  #ended = false;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Lets a tab in. Rejects with why it may not share the workspace. */
  async join(join: Call & { kind: 'join' }): Promise<void> {
    const { tab, version, settings } = join;
    if (this.#ended) return;
    const refuse = (): void => {
      const refusal = this.#refusal(version, settings);
      if (refusal !== undefined) throw refusal;
    };
    refuse();
    await this.#options.admit?.(join);
    if (this.#ended) return;
    refuse(); // The settings may have changed meanwhile.
    if (!this.#peers.has(tab)) this.#letIn(tab);
    const joined: ToTab = { kind: 'joined', leader: this.#options.leader, tables: await this.#options.tables() };
    // Unless one of them has gone meanwhile.
    this.#peers.get(tab)?.channel.postMessage(joined);
  }

  #letIn(tab: string): void {
    const { leader, workspace } = this.#options;
    const channel = new BroadcastChannel(tabChannelName(workspace, tab));
    const served = this.#options.serve((message) => {
      if (message.kind !== 'reply' && message.kind !== 'progress') return;
      this.#tell(channel, { kind: 'answer', leader, message });
    });
    const watching = new AbortController();
    this.#peers.set(tab, { channel, served, watching });
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isMessage(data)) return;
      const { leader: meant, message } = data as ToLeader;
      if (meant === leader && isMessage(message) && ['request', 'cancel'].includes(message.kind))
        served.receive(message);
    };
    served.receive({ kind: 'hello', version: PROTOCOL_VERSION });
    navigator.locks
      .request(tabLockName(tab), { signal: watching.signal }, () => this.#drop(tab))
      .catch(() => undefined);
  }

  /** An answer that cannot be copied is an error of its own, so that nobody waits for ever. */
  #tell(channel: BroadcastChannel, answer: ToTab & { message: Reply | ProgressMessage }): void {
    if (this.#ended) return;
    try {
      channel.postMessage(answer);
    } catch (cause) {
      const error = toShape(new ArchivoltError('INTERNAL', `The answer cannot be sent: ${String(cause)}`));
      channel.postMessage({ ...answer, message: { kind: 'reply', id: answer.message.id, ok: false, error } });
    }
  }

  #refusal(version: number, settings: string): ArchivoltError | undefined {
    if (version !== PROTOCOL_VERSION)
      return new ArchivoltError(
        'PROTOCOL_MISMATCH',
        'Another tab has the workspace open with another release of this package. Reload both pages.',
        { page: version, leader: PROTOCOL_VERSION },
      );
    const own = this.#options.settings();
    if (settings !== own)
      return new ArchivoltError(
        'FAILED_PRECONDITION',
        `Another tab has the workspace open with other options: ${own}. All tabs must open it with the same embedder and durability.`,
      );
    return undefined;
  }

  async #drop(tab: string): Promise<void> {
    const peer = this.#peers.get(tab);
    if (peer === undefined) return;
    this.#peers.delete(tab);
    // Nothing new is begun for it; what is under way still answers, to nobody.
    peer.channel.onmessage = null;
    await peer.served.leave();
    peer.channel.close();
    if (!this.#ended) this.#options.onLeave(tab);
  }

  /** Every tab but one has to open the workspace again. */
  expel(except: Served, why: Expulsion): void {
    const error = EXPULSIONS[why]();
    for (const [tab, { channel, served, watching }] of this.#peers) {
      if (served === except) continue;
      const refused: ToTab = { kind: 'refused', error: toShape(error) };
      channel.postMessage(refused);
      watching.abort();
      void this.#drop(tab);
    }
  }

  /** The workspace is closed: the tabs find another leader. */
  end(): void {
    this.#ended = true;
    for (const { channel, watching } of this.#peers.values()) {
      channel.close();
      watching.abort();
    }
    this.#peers.clear();
  }
}
