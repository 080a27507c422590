import { hasRunRequest, run } from './run.ts';
import { processTerminal } from './terminal.ts';

/** A second Ctrl-C after this time ends the process at once. The first may arrive twice, as the launcher forwards it. */
const SECOND_SIGNAL_MS = 500;

const stop = new AbortController();
let stoppedAt = Number.POSITIVE_INFINITY;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (performance.now() > stoppedAt + SECOND_SIGNAL_MS) process.exit(130);
    if (!stop.signal.aborted) stoppedAt = performance.now();
    stop.abort();
  });
}

// A closed pipe is not a failure: `pitlane rng list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

const terminal = processTerminal(process.env.PITLANE_PROGRAM || 'pitlane', stop);

async function main(): Promise<number> {
  try {
    return await run(process.argv.slice(2), terminal);
  } catch (error) {
    const isDebug = process.argv.includes('--debug');
    const message = error instanceof Error ? error.message : String(error);
    terminal.err(`Pitlane hit an internal error: ${message}\n`);
    terminal.err(isDebug && error instanceof Error ? `${error.stack}\n` : 'Add --debug for the stack trace.\n');
    return 1;
  }
}

/** For the package: it keeps the code that a request has compiled. */
export const isWarm = hasRunRequest;

// Open keep-alive connections would delay the exit by some seconds.
main().then((code) => process.stdout.write('', () => process.exit(code)));
