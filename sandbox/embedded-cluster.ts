import { rm } from 'node:fs/promises';
import module from 'node:module';
import { parseArgs } from 'node:util';
import '../pitlane/cluster/lean-client.ts';
import { isForeignKubeconfig, onEnd } from './launcher.ts';

const usage = `Runs a Kubernetes cluster in memory until Ctrl-C. Images of dockercoins/ run the training's programs, other images
answer HTTP with the request.

  npm run cluster:embedded -- --kubeconfig FILE

  --kubeconfig FILE  writes the kubeconfig here (required) and removes it at the end
  --nodes N          number of nodes (default 3)
  --port N           port of the API on 127.0.0.1 (default: any free port)
  --seed N           seeds names, uids and addresses (default 1)

Then, in another terminal:

  kubectl --kubeconfig FILE get nodes

The cluster is empty. docs/chapter.md deploys DockerCoins on it; npm start has one with DockerCoins, traffic and a Slack.`;

class UsageError extends Error {}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} must be a whole number, not ${JSON.stringify(text)}.`);
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
  if (given.kubeconfig === undefined) throw new UsageError('--kubeconfig is missing.');
  // Loaded after the arguments are read, since the client libraries are slow to load.
  module.enableCompileCache();
  const { clusterName } = await import('@pitlane/embedded-cluster/kube-config');
  if (await isForeignKubeconfig(given.kubeconfig, clusterName))
    throw new UsageError(`${given.kubeconfig} exists and belongs to another cluster. Choose another file.`);
  const seed = wholeNumber('seed', given.seed);
  const { startEmbeddedCluster } = await import('@pitlane/embedded-cluster');
  const { ConnectedApps } = await import('./dockercoins/connected-apps.ts');
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
