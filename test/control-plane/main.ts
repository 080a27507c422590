import { copyFile, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kubectlPath } from './build.ts';
import { clusterName } from './credentials.ts';
import { startControlPlane } from './start.ts';

const usage = `usage: npm run cluster:real -- --kubeconfig FILE

Runs a real Kubernetes control plane on 127.0.0.1 until Ctrl-C. The first run builds it, which takes minutes.

  --kubeconfig FILE  where to write the kubeconfig; removed at the end`;

const kubeconfig = readArguments();
await refuseForeign(kubeconfig);
const plane = await startControlPlane();
await copyFile(plane.kubeconfig, kubeconfig);
// Not `once`: npm passes a Ctrl-C on that the terminal has sent as well.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

console.log(`Kubernetes ${plane.version} runs at ${plane.server}; logs and audit log: ${plane.stateDir}
In another terminal:

  export KUBECONFIG=${kubeconfig}
  ${await kubectlPath()} get all

Ctrl-C ends it and forgets all that is in it.`);

function readArguments(): string {
  try {
    const { values } = parseArgs({ options: { kubeconfig: { type: 'string' } } });
    if (values.kubeconfig !== undefined) return resolve(values.kubeconfig);
  } catch (error) {
    console.error((error as Error).message);
  }
  console.error(usage);
  return process.exit(2);
}

/** Nobody should lose the way into another cluster because of a test cluster. */
async function refuseForeign(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '' || text.includes(`name: ${clusterName}\n`)) return;
  console.error(`${path} exists and is not from this command; name another file.`);
  process.exit(2);
}

async function stop(): Promise<void> {
  await plane.stop();
  await rm(kubeconfig, { force: true });
}
