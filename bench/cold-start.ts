import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { build } from 'esbuild';
import { bundle, FUNCTIONS, type FunctionName } from '../infra/bundle.ts';
import { parseConfig } from '../pitlane/config/file.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { commandBody, signedRequest } from '../sandbox/slack/deliveries.ts';
import { startFakeSlack } from '../sandbox/slack/server.ts';
import { grantRights } from '../test/grant-rights.ts';
import { NAMESPACE } from './clusters.ts';
import { median, run, table } from './process.ts';

/** Every function that verifies a signature and calls AWS loads these two. */
const FLOOR = "require('node:crypto'); require('node:https'); exports.handler = async () => ({});";
const SECRET = 'bench';
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };

interface Way {
  readonly name: string;
  readonly file: string;
  readonly event: () => object;
  /** Without an archive: the floor. */
  readonly folder?: string;
}

interface Measured {
  readonly loadMs: number;
  /** Of all cores, during the load. A busy machine stretches only the other times. */
  readonly processorMs: number;
  readonly answerMs: number;
  readonly loadedMb: number;
  readonly answeredMb: number;
}

/**
 * Measures what a cold start costs beside Lambda's own part: fresh processes that load a packaged function and answer one event,
 * `/rng list` where it takes commands. Against an empty function, and against one bundle of bolt and client-node for all.
 */
export async function benchColdStart(runs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-bench-'));
  const cluster = await startEmbeddedCluster();
  const slack = await startFakeSlack({ token: 'xoxb-bench', joined: [ADA.channel] });
  let job: object = {};
  const lambda = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    job = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(202).end();
  });
  try {
    await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
    await deployDockerCoins({ kubeConfig: cluster.kubeConfig, namespace: NAMESPACE, rngReplicas: 4 });
    const kubeconfig = join(folder, 'kubeconfig');
    await cluster.writeKubeConfig(kubeconfig);
    await buildFunctions(folder, kubeconfig, (config) => grantRights(cluster.api, config, 'pitlane.yaml'));
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
      WORKER_FUNCTION: 'worker',
      SLACK_SIGNING_SECRET: SECRET,
      SLACK_BOT_TOKEN: 'xoxb-bench',
      SLACK_API_URL: slack.apiUrl,
      KUBECONFIG: kubeconfig,
      CHANNEL: ADA.channel,
      NAMESPACE,
      NODE_COMPILE_CACHE: '',
    };
    const command = () =>
      signedRequest(
        SECRET,
        commandBody('/rng list', ADA, `${Date.now()}`, slack.responseUrl(ADA.channel, ADA.user)),
        Date.now(),
      );
    const input = { command: 'list', service: 'rng' };
    const events: Readonly<Record<FunctionName, () => object>> = {
      slack: command,
      // As the Slack function has just handed it over.
      worker: () => job,
      failed: () => ({ requestContext: { condition: 'RetriesExhausted' }, requestPayload: job }),
      runbook: () => input,
      tick: () => ({}),
    };
    const ours = FUNCTIONS.map((name) => ({
      name,
      file: join(folder, name, 'index.cjs'),
      folder: join(folder, name),
      event: events[name],
    }));
    const naive = { file: join(folder, 'naive/index.cjs'), folder: join(folder, 'naive') };
    const ways: readonly Way[] = [
      { name: 'floor', file: join(folder, 'floor.cjs'), event: () => ({}) },
      { name: 'naive, command', ...naive, event: command },
      { name: 'naive, list', ...naive, event: () => input },
      ...ours,
    ];
    const results = new Map<Way, Measured[]>(ways.map((way) => [way, []]));
    // The first round fills the caches of the file system.
    for (let round = 0; round <= runs; round += 1)
      for (const way of ways) {
        const measured = await once(way, env);
        if (round > 0) results.get(way)?.push(measured);
      }
    return `Cold start, median of ${runs} fresh processes:\n\n${await report(results)}`;
  } finally {
    lambda.close();
    await slack.close();
    await cluster.stop();
    await rm(folder, { recursive: true });
  }
}

async function buildFunctions(folder: string, kubeconfig: string, onConfig: (config: string) => void): Promise<void> {
  const text = `clusters: { here: { kubeconfig: { path: ${kubeconfig} } } }
services: { rng: { cluster: here, namespace: ${NAMESPACE} } }
access: { viewer: { everyone: true }, operator: { runbooks: true } }
`;
  const parsed = parseConfig(text, 'pitlane.yaml');
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  onConfig(text);
  await bundle(parsed.config, folder);
  await writeFile(join(folder, 'floor.cjs'), FLOOR);
  await build({
    entryPoints: ['bench/naive-function.ts'],
    outfile: join(folder, 'naive/index.cjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
  });
}

async function once({ name, file, event }: Way, env: NodeJS.ProcessEnv): Promise<Measured> {
  const args = ['bench/first-answer.cjs', file, JSON.stringify(event())];
  const { code, stdout, stderr } = await run(process.execPath, args, env);
  if (code !== 0) throw new Error(`${name}: exit ${code}; ${stdout}${stderr}`);
  const { answer, ...measured } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (answer?.ok === false || (answer?.statusCode ?? 200) !== 200) throw new Error(`${name}: ${stdout}`);
  return measured;
}

async function report(results: ReadonlyMap<Way, readonly Measured[]>): Promise<string> {
  const [[, floor] = [], ...others] = [...results];
  const [[, naiveCommand] = [], [, naiveList] = []] = others;
  /** The median of the ratios of each round: the machine is equally slow for both. */
  const ratio = (key: 'loadMs' | 'answerMs', all: readonly Measured[], to: readonly Measured[] = []) =>
    median(all.map((one, round) => one[key] / (to[round]?.[key] ?? Number.NaN))).toFixed(2);
  const rows = [...results].map(async ([{ name, folder }, all]) => {
    const of = (key: keyof Measured) => median(all.map((one) => one[key])).toFixed(key.endsWith('Mb') ? 0 : 1);
    const naive = name === 'slack' ? naiveCommand : naiveList;
    return [
      name,
      of('loadMs'),
      ratio('loadMs', all, floor),
      ratio('loadMs', all, naive),
      of('processorMs'),
      of('answerMs'),
      name === 'floor' ? '' : ratio('answerMs', all, naive),
      of('loadedMb'),
      of('answeredMb'),
      folder === undefined ? '' : await archiveKb(folder),
    ];
  });
  const head = [
    'function',
    'load, ms',
    'times floor',
    'of naive',
    'processor, ms',
    'load and answer, ms',
    'of naive',
    'memory loaded, MB',
    'answered, MB',
    'archive, KB',
  ];
  return table([head, ...(await Promise.all(rows))]);
}

/** As a zip archive compresses the files. */
async function archiveKb(folder: string): Promise<number> {
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  const bytes = files.map((file) => deflateRawSync(file, { level: 9 }).length);
  return Math.round(bytes.reduce((sum, each) => sum + each, 0) / 1024);
}
