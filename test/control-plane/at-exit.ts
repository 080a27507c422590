const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();

/**
 * Runs `cleanup`, which must not wait for anything, when this process ends by itself or by a signal.
 * The returned function takes that back.
 */
export function atExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) {
    process.on('exit', cleanUp);
    for (const signal of signals) process.on(signal, onSignal);
  }
  cleanups.add(cleanup);
  return () => {
    if (!cleanups.delete(cleanup) || cleanups.size > 0) return;
    process.off('exit', cleanUp);
    for (const signal of signals) process.off(signal, onSignal);
  };
}

function cleanUp(): void {
  for (const cleanup of cleanups) cleanup();
}

/**
 * A listener takes away the signal's own effect, the end of the process. If nobody else listens, that
 * effect must still come; if somebody does, that is who decides, and 'exit' is the moment to clean up.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  cleanUp();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
