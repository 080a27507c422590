import { copyFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startKubelet } from '@pitlane/embedded-cluster/kubelet';
import { ConnectedApps } from '../../sandbox/dockercoins/connected-apps.ts';
import { isForeignKubeconfig, onEnd } from '../../sandbox/launcher.ts';
import { kubectlPath } from './build.ts';
import { clusterName } from './credentials.ts';
import { startControlPlane } from './start.ts';

const usage = `usage: npm run cluster:real -- --kubeconfig FILE [--nodes 3] [--no-kubelet]

Runs a real Kubernetes control plane on 127.0.0.1 until Ctrl-C, with a kubelet that imitates its nodes.
Images of dockercoins/ run as the training's programs; others echo HTTP requests.
The first run builds the control plane, which takes minutes.

  --kubeconfig FILE  where to write the kubeconfig; removed at the end
  --nodes N          number of nodes (default 3)
  --no-kubelet       no nodes: pods stay Pending`;

const { kubeconfig, nodes } = readArguments();
if (await isForeignKubeconfig(kubeconfig, clusterName)) {
  console.error(`${kubeconfig} exists and is not from this command; name another file.`);
  process.exit(2);
}
const plane = await startControlPlane();
const { kubeconfig: kubeConfig, kubeletCert: tls } = plane;
const programs = new ConnectedApps();
const kubelet =
  nodes > 0 ? await startKubelet({ kubeConfig, nodes, tls, apps: programs.apps, log: console.error }) : undefined;
if (kubelet !== undefined) programs.connect(kubeConfig, kubelet);
onEnd(stop);
await copyFile(plane.kubeconfig, kubeconfig);

console.log(`Kubernetes ${plane.version} runs at ${plane.server} with ${nodes} nodes; logs and audit log: ${plane.stateDir}
In another terminal:

  export KUBECONFIG=${kubeconfig}
  ${await kubectlPath()} get nodes

Ctrl-C ends it and deletes all its data.`);

function readArguments(): { kubeconfig: string; nodes: number } {
  try {
    const { values } = parseArgs({
      options: {
        kubeconfig: { type: 'string' },
        nodes: { type: 'string', default: '3' },
        'no-kubelet': { type: 'boolean', default: false },
      },
    });
    const nodes = values['no-kubelet'] ? 0 : Number(values.nodes);
    if (values.kubeconfig === undefined) throw new Error('--kubeconfig is missing');
    if (!Number.isInteger(nodes) || nodes < 0) throw new Error(`--nodes ${values.nodes} is not a number of nodes`);
    return { kubeconfig: resolve(values.kubeconfig), nodes };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(2);
  }
}

async function stop(): Promise<void> {
  programs.stop();
  await kubelet?.stop();
  await plane.stop();
  await rm(kubeconfig, { force: true });
}
