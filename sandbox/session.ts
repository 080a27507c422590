import type { LogFields } from '../functions/log.ts';
import { isCommand } from '../pitlane/operations/commands.ts';
import type { Sandbox } from './open.ts';
import { Screen } from './slack/screen.ts';
import type { TrafficStats } from './traffic/tally.ts';
import { nextRequests, trafficOver } from './traffic-report.ts';

/** Outcomes that count as failures of a script. */
const FAILURES = new Set([
  'notUnderstood',
  'refusal',
  'failed',
  'unfinished',
  'expired',
  'notYours',
  'podGone',
  'wrongChannel',
]);
const EXIT_COMMANDS = ['exit', 'quit'];
const TRAFFIC = 'traffic to rng: ';
const MENTION = /^@pitlane(?=\s|$)/i;

export interface SessionOptions {
  readonly sandbox: Sandbox;
  readonly write: (line: string) => void;
  readonly colours: boolean;
}

/** Handles the lines that are typed at the prompt. */
export class Session {
  readonly #options: SessionOptions;
  readonly #screen: Screen;
  readonly #ending = new AbortController();
  #seen: TrafficStats | undefined;
  /** The traffic report after the last change. */
  #sample = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    const { sandbox, write, colours } = options;
    this.#screen = new Screen({ write, colours, nameOf: sandbox.nameOf });
    sandbox.workspace.onChange((change) => this.#screen.change(change));
  }

  /** Prints the introduction, commands to try and the traffic. */
  async greet(): Promise<void> {
    const { sandbox, write } = this.#options;
    const end = sandbox.bad.slice(-5);
    for (const line of [
      'DockerCoins runs on an embedded cluster: rng is a Deployment of 4 pods on 3 nodes. One of them misbehaves.',
      'Type commands as in Slack, or the number of a button. Try:',
      '',
      '  /rng list',
      `  /rng logs ${end} --tail 8`,
      `  /rng drain ${end} because 5xx`,
      '',
      `kubectl, in another terminal:  kubectl --kubeconfig ${sandbox.kubeconfig} -n dockercoins get pods`,
      '/rng help shows all commands, exit leaves.',
      '',
    ])
      write(line);
    this.#sample = await this.#traffic();
    write(TRAFFIC + this.#sample);
    this.#seen = sandbox.traffic.stats();
  }

  /** Resolves once the command is finished. */
  async enter(line: string): Promise<'left' | 'ok' | 'failed'> {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return 'ok';
    if (EXIT_COMMANDS.includes(text.replace(/^\//, ''))) return 'left';
    const { sandbox, write } = this.#options;
    if (isCommand(text.split(/\s/)[0] ?? '')) {
      write(`Slack would post this as a message. Commands start with / or @pitlane: /rng ${text}`);
      return 'failed';
    }
    const answer = /^\d+$/.test(text) ? await this.#press(Number(text)) : await this.#type(text);
    if (answer === 'none') {
      write(`Unknown button ${text}.`);
      return 'failed';
    }
    if (answer !== undefined) this.#screen.answer(answer);
    const events = await sandbox.settled();
    // Only changes affect the traffic.
    if (events.some(({ outcome }) => outcome === 'done')) {
      const before = this.#sample;
      this.#sample = await this.#traffic();
      write(`${TRAFFIC}${this.#sample}; before: ${before}`);
    }
    return events.some(isFailure) ? 'failed' : 'ok';
  }

  /** The traffic report since the last call; undefined without requests. */
  status(): string | undefined {
    const { traffic } = this.#options.sandbox;
    const before = this.#seen;
    this.#seen = traffic.stats();
    if (before === undefined || before.requests === this.#seen.requests) return undefined;
    return `${TRAFFIC}${trafficOver(before, this.#seen)}`;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#options.sandbox.close();
  }

  #traffic(): Promise<string> {
    return nextRequests(this.#options.sandbox.traffic, this.#ending.signal);
  }

  #type(text: string) {
    const { you } = this.#options.sandbox;
    if (MENTION.test(text)) return you.mention(text.replace(MENTION, '').trim());
    return you.type(text.startsWith('/') ? text : `/${text}`);
  }

  async #press(number: number) {
    const found = this.#screen.pressable(number);
    return found === undefined ? 'none' : this.#options.sandbox.you.press(found.pressable, found.message);
  }
}

function isFailure({ event, outcome }: LogFields): boolean {
  return event === 'failed' || event === 'notHandedOver' || FAILURES.has(outcome ?? '');
}
