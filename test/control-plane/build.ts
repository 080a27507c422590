import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildFlags, compile, findGo } from './go.ts';
import { isAlive } from './processes.ts';

const sources = import.meta.dirname;

type Log = (line: string) => void;

/**
 * Returns the path of the control-plane binary. The first call on a machine builds it, which takes many minutes, and
 * reports its progress to `log`. Later calls, and concurrent ones of other processes, share the result.
 */
export async function ensureControlPlane(log: Log = console.error): Promise<string> {
  const dir = await cacheDir();
  const binary = join(dir, 'control-plane');
  if (existsSync(binary)) return binary;
  await mkdir(dirname(dir), { recursive: true });
  await withLock(`${dir}.lock`, log, async () => {
    if (!existsSync(binary)) await build(dir, log);
  });
  return binary;
}

/** Returns the path of a kubectl of the control plane's release; the one on PATH may be of another. */
export async function kubectlPath(log: Log = console.error): Promise<string> {
  return join(dirname(await ensureControlPlane(log)), 'kubectl');
}

async function build(dir: string, log: Log): Promise<void> {
  const version = await kubernetesVersion();
  const go = await findGo(sources);
  await removeUnfinished(dir);
  // Beside the final path, because a rename is atomic only within one file system.
  const unfinished = await mkdtemp(`${dir}.build-`);
  try {
    await compile({ go, sources, version, output: join(unfinished, 'control-plane'), log });
    await symlink('control-plane', join(unfinished, 'kubectl'));
    await rename(unfinished, dir);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Two processes that find the lock of a killed one may both build, and the second cannot rename.
    if (!existsSync(join(dir, 'control-plane'))) throw error;
  }
}

/** Removes the files of killed builds. */
async function removeUnfinished(dir: string): Promise<void> {
  const parent = dirname(dir);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(dir)}.build-`)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** A folder for these sources: after a change of version, dependencies or our code, the path differs. */
async function cacheDir(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of (await readdir(sources)).sort()) {
    if (!/\.go$|^go\.(mod|sum)$/.test(name)) continue;
    const content = await readFile(join(sources, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  const version = await kubernetesVersion();
  hash.update(buildFlags(version).join(' '));
  const key = `${version}-${hash.digest('hex').slice(0, 16)}`;
  return join(cacheRoot(), 'control-plane', key);
}

function cacheRoot(): string {
  const { PITLANE_CACHE, XDG_CACHE_HOME } = process.env;
  return PITLANE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitlane');
}

/** The release in go.mod, such as `v1.36.2`. */
async function kubernetesVersion(): Promise<string> {
  const found = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(await readFile(join(sources, 'go.mod'), 'utf8'))?.[1];
  if (found === undefined) throw new Error('go.mod does not require k8s.io/kubernetes');
  return found;
}

/** Builds run one at a time: a second process waits for the first. */
async function withLock(path: string, log: Log, work: () => Promise<void>): Promise<void> {
  let announced = false;
  while (!(await tryLock(path))) {
    if (!announced) log(`waiting for another process that builds the control plane (${path})`);
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
