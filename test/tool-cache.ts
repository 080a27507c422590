import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from './control-plane/processes.ts';

export type Log = (line: string) => void;

/** The folder for what tests build or install once on a machine. */
export function cacheRoot(): string {
  const { PITLANE_CACHE, XDG_CACHE_HOME } = process.env;
  return PITLANE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitlane');
}

/** Runs a program that builds or installs. It ends after 10 minutes: a registry may not answer. */
export function runStep(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<unknown> {
  return promisify(execFile)(command, args, { maxBuffer: 1 << 26, timeout: 600_000, ...options });
}

export interface Tool {
  /** Its folder in the cache: the path names the version. */
  readonly dir: string;
  /** The program in the folder: it exists when the tool is complete. */
  readonly program: string;
  /** Builds or installs the tool in a new folder, which is renamed to `dir` afterwards. */
  readonly build: (folder: string) => Promise<void>;
}

/** Returns the path of the program. The first call on a machine builds it; later and concurrent calls share the result. */
export async function ensureTool(tool: Tool, log: Log): Promise<string> {
  const { dir } = tool;
  const program = join(dir, tool.program);
  if (existsSync(program)) return program;
  await mkdir(dirname(dir), { recursive: true });
  await withLock(`${dir}.lock`, log, async () => {
    if (!existsSync(program)) await buildIn(tool, program);
  });
  return program;
}

async function buildIn({ dir, build }: Tool, program: string): Promise<void> {
  await removeUnfinished(dir);
  // Beside the final path, because a rename is atomic only within one file system.
  const unfinished = await mkdtemp(`${dir}.build-`);
  try {
    await build(unfinished);
    await rename(unfinished, dir);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Two processes that find the lock of a killed one may both build, and the second cannot rename.
    if (!existsSync(program)) throw error;
  }
}

/** Removes the files of killed builds. */
async function removeUnfinished(dir: string): Promise<void> {
  const parent = dirname(dir);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(dir)}.build-`)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Builds run one at a time: a second process waits for the first. */
async function withLock(path: string, log: Log, work: () => Promise<void>): Promise<void> {
  let announced = false;
  while (!(await tryLock(path))) {
    if (!announced) log(`waiting for another process that builds ${basename(path, '.lock')} (${path})`);
    announced = true;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  try {
    await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  // Empty for a moment, between the holder's open and its write.
  if (holder === 0 || isAlive(holder)) return false;
  await rm(path, { force: true });
  return tryLock(path);
}
