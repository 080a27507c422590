import { createHash } from 'node:crypto';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheRoot, ensureTool, type Log } from '../tool-cache.ts';
import { buildFlags, compile, findGo } from './go.ts';

const sources = import.meta.dirname;

/**
 * Returns the path of the control-plane binary. The first call on a machine builds it, which takes many minutes, and
 * reports its progress to `log`.
 */
export async function ensureControlPlane(log: Log = console.error): Promise<string> {
  const build = async (folder: string) => {
    const version = await kubernetesVersion();
    const go = await findGo(sources);
    await compile({ go, sources, version, output: join(folder, 'control-plane'), log });
    await symlink('control-plane', join(folder, 'kubectl'));
  };
  return ensureTool({ dir: await cacheDir(), program: 'control-plane', build }, log);
}

/** Returns the path of a kubectl of the control plane's release; the one on PATH may be of another. */
export async function kubectlPath(log: Log = console.error): Promise<string> {
  return join(dirname(await ensureControlPlane(log)), 'kubectl');
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

/** The release in go.mod, such as `v1.36.2`. */
async function kubernetesVersion(): Promise<string> {
  const found = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(await readFile(join(sources, 'go.mod'), 'utf8'))?.[1];
  if (found === undefined) throw new Error('go.mod does not require k8s.io/kubernetes');
  return found;
}
