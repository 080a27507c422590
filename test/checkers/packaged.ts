import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { FUNCTIONS } from '../../infra/bundle.ts';
import { deployDockerCoins } from '../../sandbox/dockercoins/deploy.ts';
import { grantRights } from '../grant-rights.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = join(ROOT, '.serverless');
/** In .serverless/ */
export const TEMPLATE = join(OUTPUT, 'cloudformation-template-update-stack.json');

/** `npm run package` with the configuration at the path. */
export function pack(config: string): void {
  const env = { ...process.env, PITLANE_CONFIG: config };
  execFileSync(process.execPath, [join(ROOT, 'infra/package.ts')], { env, encoding: 'utf8' });
}

/** For the configuration of startPackaged. */
export const clustersOf = (folder: string) =>
  `clusters: { here: { kubeconfig: { path: ${join(folder, 'kubeconfig')} } } }\n`;

/** Unpacks the archives of all functions into the folder, for DockerCoins in a cluster that grants no more than they need. */
export async function startPackaged(folder: string, config: string): Promise<EmbeddedCluster> {
  const cluster = await startEmbeddedCluster();
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig });
  await cluster.writeKubeConfig(join(folder, 'kubeconfig'));
  grantRights(cluster.api, config, 'pitlane.yaml');
  const path = join(folder, 'pitlane.yaml');
  writeFileSync(path, config);
  pack(path);
  // Each function has a folder of its own in its archive.
  for (const name of FUNCTIONS) execFileSync('unzip', ['-q', '-o', join(OUTPUT, `${name}.zip`), '-d', folder]);
  return cluster;
}
