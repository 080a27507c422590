import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { createInterface, type Interface } from 'node:readline/promises';
import { stripVTControlCharacters } from 'node:util';

export interface PromptOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  /** False: the lines come from a pipe, without a prompt. */
  readonly isTerminal: boolean;
  /** Ctrl-C on an empty line, or Ctrl-D. */
  readonly onLeave: () => void;
}

/** Reads lines. At a terminal, output appears above the line that is being typed. */
export class Prompt {
  /** All of them, also those from before the iteration. */
  readonly lines: AsyncIterable<string>;
  readonly #options: PromptOptions;
  readonly #readline: Interface;

  constructor(options: PromptOptions) {
    const { input, output, isTerminal: terminal, onLeave } = options;
    const readline = createInterface({ input, ...(terminal && { output, terminal }) });
    this.#options = options;
    this.#readline = readline;
    this.lines = readline[Symbol.asyncIterator]();
    if (!terminal) return;
    readline.on('close', onLeave);
    readline.on('SIGINT', () => {
      if (readline.line === '') return readline.close();
      // Drops the typed line, as shells do.
      readline.write(null, { ctrl: true, name: 'e' });
      readline.write(null, { ctrl: true, name: 'u' });
    });
  }

  ask(prompt: string): void {
    this.#readline.setPrompt(prompt);
    if (this.#options.isTerminal) this.#readline.prompt(true);
  }

  write(line: string): void {
    const { output, isTerminal } = this.#options;
    if (!isTerminal) {
      output.write(`${line}\n`);
      return;
    }
    const { rows } = this.#readline.getCursorPos();
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(`${folded(line, output.columns)}\n`);
    // `prompt` begins with moving up by these rows, which it counts wrong after a paste.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }
}

/** Breaks a line between words; not commands, which people copy. Some terminals do not know their columns, or have 0. */
function folded(line: string, columns = 0): string {
  if (columns === 0 || /^( {6}| *kubectl )/.test(line)) return line;
  const indent = /^ */.exec(line)?.[0] ?? '';
  const rows = [''];
  for (const word of line.slice(indent.length).split(' ')) {
    const isFirst = rows.at(-1) === '';
    const longer = isFirst ? indent + word : `${rows.at(-1)} ${word}`;
    if (isFirst || stripVTControlCharacters(longer).length <= columns) rows[rows.length - 1] = longer;
    else rows.push(`${indent}  ${word}`);
  }
  return rows.join('\n');
}
