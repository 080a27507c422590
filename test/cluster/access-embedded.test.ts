import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll } from 'vitest';

/** The rights of infra/ on the embedded cluster, which is a shared cluster to access.test.ts. */
const folder = await mkdtemp(join(tmpdir(), 'pitlane-access-embedded-'));
const kubeconfig = join(folder, 'kubeconfig');
const cluster = await startEmbeddedCluster();
await cluster.writeKubeConfig(kubeconfig);
// Runs after the hooks of that file, which are registered later.
afterAll(async () => {
  delete process.env.KUBECONFIG;
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

process.env.KUBECONFIG = kubeconfig;
await import('./access.test.ts');
