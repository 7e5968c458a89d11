// Starts Debian's Firefox with a profile of its own and drives it over its WebDriver BiDi socket: no other program is needed.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';

/** No background traffic, and nothing that a new profile asks or shows. */
const quiet = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.update.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.startup.max_resumed_crashes': -1,
  'toolkit.telemetry.enabled': false,
};

/** Resolves with the address that Firefox says it listens at. Rejects with its last words when it ends before. */
function addressOf(process) {
  return new Promise((resolve, reject) => {
    let said = '';
    process.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-10_000);
      const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    process.once('error', reject);
    process.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${said}`)));
  });
}

/** Commands and their answers by id; whatever is open when the socket closes rejects. */
class Session {
  #socket;
  #open = new Map();
  #lastId = 0;

  static async connect(address) {
    const session = new Session();
    session.#socket = new WebSocket(`${address}/session`, { maxPayload: 2 ** 30 });
    await new Promise((resolve, reject) => session.#socket.once('open', resolve).once('error', reject));
    session.#socket.on('message', (data) => session.#receive(JSON.parse(String(data))));
    session.#socket.on('error', () => undefined); // 'close' follows.
    session.#socket.on('close', () => session.#fail(new Error('Firefox has gone')));
    await session.send('session.new', { capabilities: {} });
    return session;
  }

  send(method, params) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }), (error) => error && reject(error));
    });
  }

  #receive({ id, type, result, error, message }) {
    const call = this.#open.get(id);
    this.#open.delete(id);
    if (type === 'error') call?.reject(new Error(`${error}: ${message}`));
    else call?.resolve(result);
  }

  #fail(error) {
    for (const call of this.#open.values()) call.reject(error);
    this.#open.clear();
  }
}

class FirefoxTab {
  #session;
  #context;

  constructor(session, context) {
    this.#session = session;
    this.#context = context;
  }

  async goto(url) {
    await this.#session.send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  async reload() {
    await this.#session.send('browsingContext.reload', { context: this.#context, wait: 'complete' });
  }

  /** Runs a function in the page, as Playwright does: argument and result are JSON. */
  async evaluate(body, argument = null) {
    const answer = await this.#session.send('script.callFunction', {
      functionDeclaration: `async (given) => JSON.stringify((await (${body})(JSON.parse(given))) ?? null)`,
      arguments: [{ type: 'string', value: JSON.stringify(argument) }],
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
    return JSON.parse(answer.result.value);
  }

  async close() {
    await this.#session.send('browsingContext.close', { context: this.#context });
  }
}

/**
 * @param {string} profile a folder, which later starts may use again
 * @param {Record<string, unknown>} [preferences] more than those that keep it quiet
 * @returns {Promise<import('./browsers.mjs').TestBrowser>}
 */
export async function startFirefox(profile, preferences = {}) {
  const lines = Object.entries({ ...quiet, ...preferences }).map(
    ([name, value]) => `user_pref(${JSON.stringify([name, value]).slice(1, -1)});`,
  );
  writeFileSync(path.join(profile, 'user.js'), `${lines.join('\n')}\n`);
  const program = process.env.ARCHIVOLT_FIREFOX ?? '/usr/bin/firefox-esr';
  const options = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile, 'about:blank'];
  // A group of its own, so that its content processes end with it.
  const firefox = spawn(program, options, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => firefox.once('exit', resolve));
  const kill = async () => {
    if (firefox.exitCode === null && firefox.signalCode === null) process.kill(-firefox.pid, 'SIGKILL');
    await ended;
  };
  try {
    const session = await Session.connect(await addressOf(firefox));
    return {
      kill,
      async newTab() {
        const { context } = await session.send('browsingContext.create', { type: 'tab' });
        return new FirefoxTab(session, context);
      },
      async close() {
        await session.send('browser.close', {});
        await ended;
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}
