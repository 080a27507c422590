import { once } from 'node:events';
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
  /** Undefined: the input ended (Ctrl-D), so there is no answer, not even an empty one. */
  ask(question: string): Promise<string | undefined>;
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
      // The question itself stays open for ever where the input ends in another way than by Ctrl-D.
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
    // A user id without an entry in /etc/passwd, as in many containers.
    return env.USER || 'unknown';
  }
}
