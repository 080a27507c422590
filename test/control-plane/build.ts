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

async function cacheDir(): Promise<string> {
  const version = await kubernetesVersion();
  return join(cacheRoot(), 'control-plane', `${version}-${await fingerprint(sources, buildFlags(version))}`);
}

/** Of Go sources and npm dependencies: after a change of version, dependencies or our code, it differs. */
export async function fingerprint(folder: string, flags: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of (await readdir(folder)).sort()) {
    if (!/\.go$|^go\.(mod|sum)$|^package(-lock)?\.json$/.test(name)) continue;
    const content = await readFile(join(folder, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.update(flags.join(' ')).digest('hex').slice(0, 16);
}

/** The release in go.mod, such as `v1.36.2`. */
async function kubernetesVersion(): Promise<string> {
  const found = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(await readFile(join(sources, 'go.mod'), 'utf8'))?.[1];
  if (found === undefined) throw new Error('go.mod does not require k8s.io/kubernetes');
  return found;
}
