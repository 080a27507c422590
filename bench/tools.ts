import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeConfigYaml } from '@pitlane/embedded-cluster/kube-config';
import { kubectlPath } from '../test/control-plane/build.ts';

/** A kubeconfig file, in a temporary folder, that leads to the proxy. */
export async function kubeconfigFile(url: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'pitlane-bench-')), 'kubeconfig');
  await writeFile(path, kubeConfigYaml(url), { mode: 0o600 });
  return path;
}

/** kubectl of the control plane's version where that is asked for, else the one on PATH; undefined: there is none. */
export async function findKubectl(mayBuild: boolean): Promise<string | undefined> {
  if (mayBuild) return kubectlPath();
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'kubectl'))
    .find((path) => existsSync(path));
}
