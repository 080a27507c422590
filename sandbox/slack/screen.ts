import type { SharedFile } from './files.ts';
import { type Pressable, render } from './terminal.ts';
import type { Change, Shown } from './workspace.ts';

export interface ScreenOptions {
  readonly write: (line: string) => void;
  readonly colours: boolean;
  readonly nameOf: (id: string) => string;
}

interface Numbered {
  readonly message: Shown;
  /** A button or an option, or a file. */
  readonly target: Pressable | SharedFile;
}

/** Prints the channel line by line; prints only the new lines of an edited message. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #before = new Map<string, readonly string[]>();
  /** By what it names. A number never names anything else. */
  readonly #numbers = new Map<string, number>();
  /** By number. */
  readonly #shown = new Map<number, Numbered>();
  /** The message that was printed last. */
  #last = '';

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  change({ kind, message }: Change): void {
    for (const [number, { message: its }] of this.#shown) if (its.ts === message.ts) this.#shown.delete(number);
    if (kind === 'deleted') return;
    const { ts, blocks, files = [] } = message;
    const numberOf = (pressable: Pressable) => {
      const { actionId, blockId, value } = pressable;
      return this.#number([ts, blockId, actionId, value], { message, target: pressable });
    };
    const lines = [
      // The last blocks only name the files.
      ...render(blocks.slice(0, blocks.length - files.length), { ...this.#options, numberOf }).lines,
      ...files.map((file) => `[${this.#number([ts, file.name], { message, target: file })}] ${file.name}`),
    ];
    const before = this.#before.get(ts) ?? [];
    this.#before.set(ts, lines.map(withoutTime));
    const isNew = kind === 'posted';
    const news = lines.filter((line) => isNew || !before.includes(withoutTime(line)));
    if (news.length === 0) return;
    if (isNew || this.#last !== ts) this.#options.write(this.#heading(message) + (isNew ? '' : ', edited'));
    this.#last = ts;
    this.#write(news);
  }

  /** Prints the message of an acknowledgement to this user. */
  answer({ blocks }: Pick<Shown, 'blocks'>, to: string): void {
    this.#last = '';
    this.#options.write(this.#onlyTo(to));
    this.#write(render(blocks, this.#options).lines);
  }

  /** What the number names; `gone`: its message has lost it. Undefined: it never named anything. */
  find(number: number): Numbered | 'gone' | undefined {
    return this.#shown.get(number) ?? (number > 0 && number <= this.#numbers.size ? 'gone' : undefined);
  }

  #write(lines: readonly string[]): void {
    for (const line of lines) this.#options.write(`  ${line}`.trimEnd());
  }

  #number(id: readonly string[], numbered: Numbered): number {
    const key = JSON.stringify(id);
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    this.#shown.set(number, numbered);
    return number;
  }

  #heading({ channel, thread, to }: Shown): string {
    if (to !== undefined) return this.#onlyTo(to);
    return `#${this.#options.nameOf(channel)}${thread === undefined ? '' : ', in a thread'}`;
  }

  #onlyTo(user: string): string {
    const name = this.#options.nameOf(user);
    return `Only ${name} ${name === 'you' ? 'see' : 'sees'} this`;
  }
}

/** Removes the measured time of a milestone: `✓ … (34 ms)`. */
function withoutTime(line: string): string {
  return line.replace(/ \(\d[\d.]* m?s\)$/, '');
}
