import { readFile } from 'node:fs/promises';

const PARENT_CHECK_MS = 500;
/** At the start: once it is gone, another takes its place. */
const parent = process.ppid;

/**
 * Whether the file is a kubeconfig of something else: nobody should lose the way into another cluster because of a
 * sandbox. `name`: of the cluster in the kubeconfigs that the command writes itself.
 */
export async function isForeignKubeconfig(path: string, name: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text !== '' && !text.includes(`name: ${name}\n`);
}

/**
 * Calls `stop` once: at a signal, and when npm is gone, which passes a signal on to a shell that dies of it and leaves
 * its child behind. To be called before anybody is told that there is something to end.
 */
export function onEnd(stop: () => void): void {
  let isEnding = false;
  const end = () => {
    // npm passes a Ctrl-C on that the terminal has sent as well.
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
