import { once } from 'node:events';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { printable } from './colour.ts';

/** The process, as the command line sees it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program's name: `pitlane` or `kubectl pitlane`. */
  readonly program: string;
  /** Of the machine. */
  readonly user: string;
  /** True: the standard output is a screen, not a file or a pipe. */
  readonly isScreen: boolean;
  /** Width of the screen. Absent: unknown. */
  readonly columns?: number | undefined;
  /** True: a person can answer questions. */
  readonly canAsk: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  now(): number;
  out(text: string): void;
  err(text: string): void;
  /** Resolves once the standard output takes more. Absent: at once. */
  drained?(): Promise<void>;
  /** Undefined: the input ended (Ctrl-D) without an answer. */
  ask(question: string): Promise<string | undefined>;
}

/** The terminal of this process: what it writes is printable, whatever the text was. Aborts `stop` on Ctrl-C during a question. */
export function processTerminal(program: string, stop: AbortController): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    env: process.env,
    program,
    user: userName(process.env),
    isScreen: stdout.isTTY === true,
    columns: stdout.columns,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    signal: stop.signal,
    now: Date.now,
    out: (text) => void stdout.write(printable(text, stdout.isTTY)),
    err: (text) => void stderr.write(printable(text, stderr.isTTY)),
    async drained() {
      // A pager that does not read on, for example.
      if (stdout.writableNeedDrain) await once(stdout, 'drain', { signal: stop.signal }).catch(() => undefined);
    },
    async ask(question) {
      const asking = createInterface({ input: stdin, output: stderr });
      // In raw mode Ctrl-C arrives as a key, not as a signal.
      asking.on('SIGINT', () => stop.abort());
      // The question never settles if the input ends without Ctrl-D.
      const ended = once(asking, 'close').then(() => undefined);
      try {
        return await Promise.race([asking.question(question, { signal: stop.signal }), ended]);
      } catch (error) {
        if (stop.signal.aborted) return '';
        if (error instanceof Error && error.name === 'AbortError') return undefined;
        throw error;
      } finally {
        asking.close();
      }
    },
  };
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // The user id has no entry in /etc/passwd, as in many containers.
    return env.USER || 'unknown';
  }
}
