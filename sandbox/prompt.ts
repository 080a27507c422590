import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { createInterface, type Interface } from 'node:readline/promises';

export interface PromptOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** False: the lines come from a pipe, without a prompt. */
  readonly isTerminal: boolean;
  /** Ctrl-C on an empty line, or Ctrl-D. */
  readonly onLeave: () => void;
}

/** Reads lines. At a terminal, output appears above the line that is being typed. */
export class Prompt {
  readonly lines: Interface;
  readonly #options: PromptOptions;

  constructor(options: PromptOptions) {
    const { input, output, isTerminal: terminal, onLeave } = options;
    this.#options = options;
    this.lines = createInterface({ input, ...(terminal && { output, terminal }) });
    if (!terminal) return;
    this.lines.on('close', onLeave);
    this.lines.on('SIGINT', () => {
      if (this.lines.line === '') return this.lines.close();
      // Drops the typed line, as shells do.
      this.lines.write(null, { ctrl: true, name: 'e' });
      this.lines.write(null, { ctrl: true, name: 'u' });
    });
  }

  ask(prompt: string): void {
    this.lines.setPrompt(prompt);
    if (this.#options.isTerminal) this.lines.prompt();
  }

  write(line: string): void {
    const { output, isTerminal } = this.#options;
    if (!isTerminal) {
      output.write(`${line}\n`);
      return;
    }
    const { rows } = this.lines.getCursorPos();
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(`${line}\n`);
    // `prompt` begins with moving up by these rows, which it counts wrong after a paste.
    Object.assign(this.lines, { prevRows: 0 });
    this.lines.prompt(true);
  }
}
