import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeConfigYaml } from '@pitlane/embedded-cluster/kube-config';
import { bundleCli } from '../infra/cli-bundle.ts';
import { kubectlPath } from '../test/control-plane/build.ts';

/** Writes a kubeconfig for the proxy to a temporary folder. */
export async function kubeconfigFile(url: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'pitlane-bench-')), 'kubeconfig');
  await writeFile(path, kubeConfigYaml(url), { mode: 0o600 });
  return path;
}

/** Builds the command line as it is packed, and returns its program. */
export async function packedCli(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-bench-cli-'));
  await bundleCli(folder, '0.0.0-bench');
  return join(folder, 'bin/pitlane.cjs');
}

/** Returns the kubectl of the control plane's version, built if necessary, or else the one on PATH, if any. */
export async function findKubectl(mayBuild: boolean): Promise<string | undefined> {
  if (mayBuild) return kubectlPath();
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'kubectl'))
    .find((path) => existsSync(path));
}
