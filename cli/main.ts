import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

/** A second Ctrl-C this long after the first one means it. */
const PATIENCE_MS = 500;

const stop = new AbortController();
let stoppedAt = Number.POSITIVE_INFINITY;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (performance.now() > stoppedAt + PATIENCE_MS) process.exit(130);
    if (!stop.signal.aborted) stoppedAt = performance.now();
    stop.abort();
  });
}

// `pitlane rng list | head`: nobody reads on, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

const program = process.env.PITLANE_PROGRAM || 'pitlane';
let code: number;
try {
  code = await run(process.argv.slice(2), processTerminal(program, stop));
} catch (error) {
  const isDebug = process.argv.includes('--debug');
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pitlane failed, and that is its own fault: ${message}\n`);
  process.stderr.write(isDebug && error instanceof Error ? `${error.stack}\n` : 'Add --debug to see where.\n');
  code = 1;
}
// Kept connections would hold the process for some seconds.
process.stdout.write('', () => process.exit(code));
