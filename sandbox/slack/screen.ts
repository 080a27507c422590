import { type Pressable, render } from './terminal.ts';
import type { Change, Shown } from './workspace.ts';

export interface ScreenOptions {
  readonly write: (line: string) => void;
  readonly colours: boolean;
  readonly nameOf: (id: string) => string;
}

/** Prints the channel line by line; prints only the new lines of an edited message. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #before = new Map<string, readonly string[]>();
  /** The newest message with buttons or options. */
  #open: { readonly message: Shown; readonly pressables: readonly Pressable[] } | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  change({ kind, message }: Change): void {
    const { lines, pressables } = render(message.blocks, this.#options);
    const before = this.#before.get(message.ts) ?? [];
    this.#before.set(message.ts, lines.map(withoutTime));
    if (pressables.length > 0) this.#open = { message, pressables };
    else if (this.#open?.message.ts === message.ts) this.#open = undefined;
    if (kind === 'deleted') return;
    const isNew = kind === 'posted';
    const news = lines.filter((line) => isNew || !before.includes(withoutTime(line)));
    if (news.length === 0) return;
    if (isNew)
      this.#options.write(message.to === undefined ? `#${this.#options.nameOf(message.channel)}` : 'Only you see this');
    for (const line of news) this.#options.write(`  ${line}`);
  }

  /** Prints the message of an acknowledgement. */
  answer(message: Pick<Shown, 'blocks'>): void {
    this.#options.write('Only you see this');
    for (const line of render(message.blocks, this.#options).lines) this.#options.write(`  ${line}`);
  }

  /** The button or option of that number. */
  pressable(number: number): { readonly pressable: Pressable; readonly message: Shown } | undefined {
    const pressable = this.#open?.pressables[number - 1];
    return pressable && this.#open && { pressable, message: this.#open.message };
  }
}

/** Removes the measured time of a milestone: `✓ … (34 ms)`. */
function withoutTime(line: string): string {
  return line.replace(/ \(\d[\d.]* m?s\)$/, '');
}
