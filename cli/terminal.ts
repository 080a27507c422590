import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';

/** All that the command line asks of the process around it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name that it was called by: `pitlane` or `kubectl pitlane`. */
  readonly program: string;
  readonly user: string;
  /** The standard output is a screen, not a file or a pipe. */
  readonly isScreen: boolean;
  /** Somebody is there to answer a question. */
  readonly canAsk: boolean;
  /** Aborted by Ctrl-C, or when nobody reads any more. */
  readonly signal: AbortSignal;
  now(): number;
  out(text: string): void;
  err(text: string): void;
  /** Empty: the question was left unanswered. */
  ask(question: string): Promise<string>;
}

/** The terminal of this process. `stop` is called once, by the first signal or a closed pipe. */
export function processTerminal(program: string, stop: AbortController): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    env: process.env,
    program,
    user: userName(process.env),
    isScreen: stdout.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    signal: stop.signal,
    now: Date.now,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    async ask(question) {
      const asking = createInterface({ input: stdin, output: stderr });
      // In raw mode Ctrl-C comes as a key, not as a signal.
      asking.on('SIGINT', () => stop.abort());
      try {
        return await asking.question(question, { signal: stop.signal });
      } catch (error) {
        if (stop.signal.aborted) return '';
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
    // A user id without an entry in /etc/passwd, as in many containers.
    return env.USER || 'unknown';
  }
}
