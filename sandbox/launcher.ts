import { readFile } from 'node:fs/promises';

const PARENT_CHECK_MS = 500;
/** The parent at the start; it changes when that process ends. */
const parent = process.ppid;

/**
 * True when the file exists and was not written by this command, whose kubeconfigs name the cluster `name`. It must not
 * be overwritten.
 */
export async function isForeignKubeconfig(path: string, name: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text !== '' && !text.includes(`name: ${name}\n`);
}

/**
 * Calls `stop` once: on a signal, and when npm has ended, which forwards a signal only to a shell that leaves its child
 * behind. Call it before the command prints that it is ready.
 */
export function onEnd(stop: () => void): void {
  let isEnding = false;
  const end = () => {
    // The terminal and npm both send a Ctrl-C.
    if (isEnding) return;
    isEnding = true;
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_CHECK_MS).unref();
}
