import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMESPACE, openCluster } from './clusters.ts';
import { median, run, table } from './process.ts';
import { kubeconfigFile, packedCli } from './tools.ts';

interface Way {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const CONFIG = `clusters: { here: { kubeconfig: {} } }
services: { rng: { cluster: here, namespace: ${NAMESPACE} } }
`;

/**
 * Measures what a person waits for at the prompt: `pitlane rng list` of 4 pods, packed and from the source tree, and `kubectl
 * get pods`, without a proxy. In each round every way runs once, and its time is divided by the one of kubectl in the same
 * round: the machine is equally slow for both.
 */
export async function benchStart(runs: number, kubectl: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-bench-'));
  const cluster = await openCluster('embedded');
  try {
    const config = join(folder, 'pitlane.yaml');
    await writeFile(config, CONFIG);
    const env = { KUBECONFIG: await kubeconfigFile(cluster.upstream.server), HOME: folder, XDG_CACHE_HOME: '' };
    const node = process.execPath;
    const cli = await packedCli();
    const list = ['-n', NAMESPACE, 'rng', 'list'];
    const ways: Way[] = [
      ...(kubectl === undefined ? [] : [{ name: KUBECTL, command: kubectl, args: ['-n', NAMESPACE, 'get', 'pods'] }]),
      { name: 'pitlane rng list', command: node, args: [cli, ...list] },
      { name: 'the same with a pitlane.yaml', command: node, args: [cli, 'rng', 'list', '--config', config] },
      { name: 'the same from the source tree', command: node, args: ['cli/pitlane.mjs', ...list] },
      { name: 'node, doing nothing', command: node, args: ['-e', '0'] },
    ];
    return `At the prompt, median of ${runs}:\n\n${await measure(ways, runs, env)}`;
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true });
  }
}

const KUBECTL = 'kubectl get pods';

async function measure(ways: readonly Way[], runs: number, env: NodeJS.ProcessEnv): Promise<string> {
  const times = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  // The first round fills the caches: the code of pitlane and Node, and the API resources of kubectl.
  for (let round = 0; round <= runs; round += 1) {
    for (const { name, command, args } of ways) {
      const { code, stderr, wallMs } = await run(command, args, env);
      if (code !== 0) throw new Error(`${name}: exit ${code}; ${stderr}`);
      if (round > 0) times.get(name)?.push(wallMs);
    }
  }
  const kubectl = times.get(KUBECTL) ?? [];
  const ratio = (wall: readonly number[]) =>
    kubectl.length === 0 ? '' : median(wall.map((ms, at) => ms / (kubectl[at] ?? Number.NaN))).toFixed(2);
  return table([
    ['at the prompt', 'wall, ms', 'times kubectl'],
    ...[...times].map(([name, wall]) => [name, Math.round(median(wall)), ratio(wall)]),
  ]);
}
