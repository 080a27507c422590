import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { clusterName } from '@pitlane/embedded-cluster/kube-config';
import { ConnectedApps } from './dockercoins/connected-apps.ts';
import { isForeignKubeconfig, onEnd } from './launcher.ts';

const usage = `Runs a Kubernetes cluster in memory until it is stopped with Ctrl-C. Images of dockercoins/ run as the training's
programs, others answer HTTP with what they are asked.

  npm run cluster:embedded -- --kubeconfig FILE

  --kubeconfig FILE  where to write how to reach it (required); removed at the end
  --nodes N          how many nodes it has (default 3)
  --port N           where its API listens on 127.0.0.1 (default: any free port)
  --seed N           decides names, uids and addresses (default 1)

Then, in another terminal:

  kubectl --kubeconfig FILE get nodes

It is empty: docs/chapter.md deploys DockerCoins on it. npm start has one with DockerCoins, traffic and a Slack.`;

class UsageError extends Error {}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

function readArguments() {
  const text = { type: 'string' } as const;
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    return parseArgs({ options: { kubeconfig: text, nodes: text, port: text, seed: text, help } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function run(): Promise<void> {
  const given = readArguments();
  if (given.help) {
    console.log(usage);
    return;
  }
  if (given.kubeconfig === undefined) throw new UsageError('--kubeconfig says where to write how to reach the cluster');
  if (await isForeignKubeconfig(given.kubeconfig, clusterName))
    throw new UsageError(`${given.kubeconfig} exists and is not from this command; name another file.`);
  const seed = wholeNumber('seed', given.seed);
  const programs = new ConnectedApps();
  const cluster = await startEmbeddedCluster({
    kubelet: { apps: programs.apps },
    nodes: wholeNumber('nodes', given.nodes) ?? 3,
    port: wholeNumber('port', given.port),
    ...(seed !== undefined && { seed }),
  });
  if (cluster.kubelet !== undefined) programs.connect(cluster.kubeConfig, cluster.kubelet);
  const { kubeconfig } = given;
  onEnd(async () => {
    programs.stop();
    await cluster.stop();
    await rm(kubeconfig, { force: true });
    process.exit(0);
  });
  await cluster.writeKubeConfig(kubeconfig);
  console.log(`The cluster is ready at ${cluster.server}. Try:\n\n  kubectl --kubeconfig ${kubeconfig} get nodes\n`);
}

try {
  await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
