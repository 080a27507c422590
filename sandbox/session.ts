import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogFields } from '../functions/log.ts';
import { BECAUSE, FOR } from '../pitlane/chat/blocks/reason-modal.ts';
import { isCommand } from '../pitlane/operations/commands.ts';
import { suggestion } from '../pitlane/text/nearest.ts';
import { list } from '../pitlane/text/words.ts';
import type { Sandbox } from './open.ts';
import type { SharedFile } from './slack/files.ts';
import type { Acknowledgement, SlackPerson } from './slack/person.ts';
import { Screen } from './slack/screen.ts';
import { dialogText } from './slack/terminal.ts';
import type { Shown, Workspace } from './slack/workspace.ts';
import { TrafficReport } from './traffic-report.ts';

/** Outcomes that count as failures of a script. */
const FAILURES = new Set([
  'notUnderstood',
  'denied',
  'refusal',
  'failed',
  'unfinished',
  'expired',
  'notYours',
  'podGone',
  'wrongChannel',
]);
const PREVIEW_LINES = 30;
const TRAFFIC = 'traffic to rng: ';
const YES = /^y(es)?$/i;
const NO = /^no?$/i;
const HELP = /^(help|\?)$/;
const MENTION = /^@pitlane\b/i;

export interface SessionOptions {
  readonly sandbox: Sandbox;
  readonly write: (line: string) => void;
  readonly colours: boolean;
}

/** True for a line that leaves the prompt. */
export function isExit(line: string): boolean {
  return /^\/?(exit|quit)$/.test(line.trim());
}

/** Handles the lines that are typed at the prompt. */
export class Session {
  readonly #options: SessionOptions;
  readonly #screen: Screen;
  readonly #traffic: TrafficReport;
  #person: SlackPerson;
  /** Takes the answer to a question of Slack; undefined: the line is no answer. */
  #asked: ((line: string) => boolean | Promise<boolean> | undefined) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { sandbox, write, colours } = options;
    this.#person = sandbox.people.you;
    this.#traffic = new TrafficReport(sandbox.traffic);
    this.#screen = new Screen({ write, colours, nameOf: sandbox.nameOf });
    sandbox.workspace.onChange((change) => this.#screen.change(change));
  }

  /** The name of who types. */
  get name(): string {
    return this.#options.sandbox.nameOf(this.#person.id);
  }

  /** Prints the introduction, commands to try and the traffic. */
  async greet(): Promise<void> {
    const { sandbox } = this.#options;
    const end = sandbox.bad.slice(-5);
    this.#write(
      'DockerCoins runs on an embedded cluster: rng is a Deployment of 4 pods on 3 nodes. One of them misbehaves.',
      'Type commands as in Slack, or the number of a button. Try:',
      '',
      '  /rng list',
      `  /rng logs ${end} --tail 8`,
      `  /rng drain ${end} because 5xx`,
      '',
      '/rng help shows all commands, help what else works here, exit leaves. In another terminal:',
      '',
      `  kubectl --kubeconfig ${sandbox.kubeconfig} get pods`,
      '',
    );
    this.#write(TRAFFIC + (await this.#traffic.after()));
  }

  /** Resolves to false when it failed, once the command is finished. */
  async enter(line: string): Promise<boolean> {
    const text = line.trim();
    const asked = this.#asked;
    this.#asked = undefined;
    const answered = asked?.(text);
    if (answered !== undefined) return answered;
    const [first = '', second, ...more] = text.split(/\s+/);
    const command = first.replace(/^\//, '');
    if (text === '' || text.startsWith('#')) return true;
    if (/^\d+$/.test(text)) return this.#press(Number(text));
    if (MENTION.test(text)) return this.#deliver(() => this.#person.mention(text.replace(MENTION, '').trim()));
    if (this.#options.sandbox.commands.includes(`/${command}`))
      return this.#deliver(() => this.#person.type(text.replace(/^\/?/, '/')));
    if (HELP.test(text)) return this.#help();
    if (text === 'clear') {
      console.clear();
      return true;
    }
    if (text === 'traffic') return this.#write(`${TRAFFIC}${this.#traffic.before()}`);
    if (first === 'as' && more.length === 0) return this.#typeAs(second);
    return this.#explain(text, first);
  }

  #write(...lines: readonly string[]): true {
    for (const line of lines) this.#options.write(line);
    return true;
  }

  #refuse(sentence: string): false {
    this.#options.write(sentence);
    return false;
  }

  #help(): true {
    const { commands, people } = this.#options.sandbox;
    return this.#write(
      `Commands of Slack: ${list(commands)}; or @pitlane and the rest. Only here:`,
      '',
      '  3        presses button 3, picks option 3 or opens file 3',
      `  as NAME  types as another person: ${list(Object.keys(people))}`,
      '  traffic  shows the requests to rng, of the last minute or since the last change',
      '  clear    clears the screen',
      '  exit     leaves; Ctrl-C and Ctrl-D do, too',
    );
  }

  #typeAs(name = ''): boolean {
    const people = new Map(Object.entries(this.#options.sandbox.people));
    const person = people.get(name);
    if (person === undefined) return this.#refuse(`Unknown person "${name}". ${suggestion(name, [...people.keys()])}`);
    this.#person = person;
    return true;
  }

  #explain(text: string, first: string): false {
    const { commands } = this.#options.sandbox;
    if (text.startsWith('/')) return this.#refuse(`Unknown command ${first}. ${suggestion(first, commands)}`);
    const how = isCommand(first) ? `: /rng ${text}` : '; /rng help and help list them.';
    return this.#refuse(`Slack would post this as a message. Commands start with / or @pitlane${how}`);
  }

  async #press(number: number): Promise<boolean> {
    const found = this.#screen.find(number);
    if (found === undefined) return this.#refuse(`Unknown button ${number}.`);
    if (found === 'gone') return this.#refuse(`Button ${number} is gone: its message was edited.`);
    const { message, target } = found;
    if (message.to !== undefined && message.to !== this.#person.id)
      return this.#refuse(`Only ${this.#options.sandbox.nameOf(message.to)} can see button ${number}.`);
    if ('text' in target) return this.#open(target);
    const press = () => this.#person.press(target, message);
    if (target.dialog === undefined) return this.#deliver(press);
    this.#asked = (line) => (YES.test(line) ? this.#deliver(press) : NO.test(line) || undefined);
    return this.#write(`  ${dialogText(target.dialog)}`, '  Type y or n.');
  }

  /** Prints the beginning of a file, and keeps the whole until the sandbox ends. */
  async #open({ name, text }: SharedFile): Promise<true> {
    const path = join(dirname(this.#options.sandbox.kubeconfig), name);
    await writeFile(path, text);
    const lines = text.trimEnd().split('\n');
    this.#write(...lines.slice(0, PREVIEW_LINES));
    return this.#write(`… all ${lines.length} lines: less ${path}`);
  }

  /** Delivers to Pitlane, and reports on the traffic if that has changed something. */
  async #deliver(deliver: () => Promise<Acknowledgement>): Promise<boolean> {
    const { sandbox } = this.#options;
    const before = this.#traffic.before();
    // The page may have opened others.
    const elsewhere = new Set(sandbox.workspace.windows);
    const person = this.#person;
    const answer = await deliver();
    if (answer?.errors !== undefined) return this.#refuse(Object.values(answer.errors).join(' '));
    if (answer !== undefined) this.#screen.answer(answer, person.id);
    const events = await sandbox.settled();
    const window = sandbox.workspace.windows.find((each) => each.user === person.id && !elsewhere.has(each));
    if (window !== undefined) this.#fill(window, person);
    if (events.some(({ outcome }) => outcome === 'done'))
      this.#write(`${TRAFFIC}${await this.#traffic.after()}; before: ${before}`);
    return !events.some(isFailure);
  }

  /** Asks for what the window asks. Another command closes it. */
  #fill(window: Workspace['windows'][number], person: SlackPerson): void {
    this.#screen.answer({ blocks: window.view.blocks as Shown['blocks'] }, person.id);
    this.#write('  Type because 5xx, or for 30m because 5xx; Enter gives neither, n goes back.');
    this.#asked = (line) => {
      this.#options.sandbox.workspace.closeWindow(window.id);
      if (NO.test(line)) return true;
      const filled = /^(?:for (?<time>\d+[smhd]))? ?(?:because (?<because>.+))?$/.exec(line)?.groups;
      if (filled === undefined) return undefined;
      const { time, because = '' } = filled;
      return this.#deliver(() =>
        person.submit(window, { [BECAUSE]: because, ...(time !== undefined && { [FOR]: time }) }),
      );
    };
  }
}

function isFailure({ event, outcome }: LogFields): boolean {
  return event === 'failed' || event === 'notHandedOver' || FAILURES.has(outcome ?? '');
}
