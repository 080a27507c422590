import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type EmbeddedCluster, startEmbeddedCluster } from '../sandbox/cluster/start.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { run } from './run.ts';

// Against the embedded cluster: what reaches the shell.
const PITLANE = fileURLToPath(new URL('pitlane.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pitlane-cli-'));
const kubeconfig = join(folder, 'kubeconfig');
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, rngReplicas: 4 });
}, 60_000);
afterAll(() => cluster.stop());

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(PITLANE, args, { cwd: folder, env: { ...process.env, KUBECONFIG: kubeconfig, HOME: folder } });
}

function end(child: ChildProcess): Promise<Result> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data) => (out += data));
  child.stderr?.on('data', (data) => (err += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

/** The same without a process: what most tests are about needs none. */
async function pitlane(...args: readonly string[]): Promise<Result> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    env: { KUBECONFIG: kubeconfig, HOME: folder },
    program: 'pitlane',
    user: 'ada',
    isScreen: false,
    canAsk: false,
    signal: new AbortController().signal,
    now: Date.now,
    out: (text) => (out += text),
    err: (text) => (err += text),
    ask: () => Promise.reject(new Error('nobody is here to be asked')),
  });
  return { code, out, err };
}

const rng = (...args: readonly string[]) => pitlane('-n', 'dockercoins', 'rng', ...args);

interface ListedData {
  readonly counts: Record<string, number>;
  readonly members: readonly {
    readonly name: string;
    readonly state: string;
    readonly drained: { because: string } | null;
  }[];
}

/** The names of the pods in rotation: surplus ones may be on their way out beside them. */
async function inRotation(): Promise<readonly string[]> {
  return (await list()).members.filter(({ state }) => state === 'in rotation').map(({ name }) => name);
}

async function list(): Promise<ListedData> {
  return JSON.parse((await rng('list', '-o', 'json')).out) as ListedData;
}

test('list in a pipe has counts, a header, a line for each pod, and no colours', async () => {
  const { code, out, err } = await rng('list');
  const [counts, header, ...rows] = out.trimEnd().split('\n');
  expect({ code, err, counts, rows: rows.length }).toEqual({
    code: 0,
    err: '',
    counts: 'rng in dockercoins: 4 in rotation',
    rows: 4,
  });
  expect(header).toMatch(/^NAME +STATE +READY +STATUS +RESTARTS +AGE +NODE +OWNER$/);
  expect(rows[0]).toMatch(/^rng-\w+-\w{5} +in rotation +1\/1 +Running +0 +\w+ +node-\d +ReplicaSet\/rng-\w+$/);
});

test('list for programs: json and yaml say the same', async () => {
  const json = await pitlane('--service', 'rng', '-n', 'dockercoins', 'list', '-o', 'json');
  const member = (JSON.parse(json.out) as { members: Record<string, unknown>[] }).members[0];
  expect(member).toMatchObject({ state: 'in rotation', ready: true, restarts: 0, drained: null, status: 'Running' });
  for (const field of ['name', 'uid', 'age', 'node', 'owner']) expect(member?.[field]).toMatch(/./);
  const yaml = await rng('list', '-o', 'yaml');
  expect(parse(yaml.out)).toMatchObject({ kind: 'listed', counts: { 'in rotation': 4 } });
});

test('a pod is drained with progress on the standard error, listed as drained, and restored', async () => {
  const [name = ''] = await inRotation();
  const drained = await rng('drain', name.slice(-5), 'for', '30m', 'because', '5xx', 'on', 'checkout');
  expect({ code: drained.code, first: drained.out.split('\n')[0] }).toEqual({ code: 0, first: `${name} is drained.` });
  expect(drained.err).toMatch(/^\[ +\d+\.\d s\] written: take the label app=rng off /m);

  const row = (await rng('list')).out.split('\n').find((line) => line.startsWith(name));
  expect(row).toMatch(/ drained +1\/1 .* by ada \d+s ago, until .* UTC: 5xx on checkout$/);
  const again = await rng('drain', name);
  expect({ code: again.code, out: again.out }).toEqual({ code: 3, out: '' });
  expect(again.err).toContain(`instead: pitlane --namespace dockercoins rng restore ${name}`);

  const restored = await rng('restore', name, '-o', 'json');
  expect({ code: restored.code, kind: (JSON.parse(restored.out) as { kind: string }).kind }).toEqual({
    code: 0,
    kind: 'done',
  });
  expect((await list()).members).toContainEqual(expect.objectContaining({ name, state: 'in rotation', drained: null }));
});

test('a dry run says what would happen, and changes nothing', async () => {
  const before = await inRotation();
  const { code, out } = await rng('drain', before[0] ?? '', '--dry-run');
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n').at(-1)).toBe('Dry run: nothing was changed.');
  expect(await inRotation()).toEqual(before);
});

describe('with pitlane.yaml beside it', () => {
  const config = join(folder, 'lab.yaml');
  beforeAll(() => {
    const text =
      'clusters: { lab: { kubeconfig: {} } }\nservices: { numbers: { namespace: dockercoins, service: rng, minReady: 4 } }';
    writeFileSync(config, text);
  });

  test('the minimum of the file refuses a drain, --force carries it out, restore brings the pod back', async () => {
    const [name = ''] = await inRotation();
    const refused = await pitlane('--config', config, 'numbers', 'drain', name);
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 3, out: '' });
    expect(refused.err).toContain('must keep 4 of 4');
    const forced = await pitlane('--config', config, 'numbers', 'drain', name, '--force');
    // What is overridden is a warning: nobody is here to confirm it.
    const done =
      forced.code === 3 ? await pitlane('--config', config, 'numbers', 'drain', name, '--force', '--yes') : forced;
    expect(done.code).toBe(0);
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('a mistyped service is told the configured one', async () => {
    const { code, err } = await pitlane('--config', config, 'nubmers', 'list', '-n', 'dockercoins');
    expect(code).not.toBe(0);
    expect(err).toContain('"nubmers" is no service of the configuration, expected numbers.');
  });

  test('check approves it, and names each mistake of another', async () => {
    expect(await pitlane('check', '--config', config)).toEqual({
      code: 0,
      err: '',
      out: `${config} is in order: numbers on lab.\n`,
    });
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'clusters: { lab: { kubeconfig: {} } }\nservices:\n  rng: { namespce: dockercoins }\n');
    const { code, err, out } = await pitlane('check', '--config', broken);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      `${broken}:3:3: services.rng.namespace is missing, expected the name of a namespace.\n` +
        `${broken}:3:10: services.rng.namespce is no known key, expected namespace.\n`,
    );
  });
});

describe('bad input ends with 2, and says what to type', () => {
  test.each([
    [['rng', 'drian'], 'There is no command "drian"'],
    [['list'], 'pitlane SERVICE list'],
    [['rng', 'list', '--context', 'nowhere'], 'The kubeconfig has no context "nowhere", expected pitlane-sandbox.'],
    [['rng', 'list', '--kubeconfig', '/absent'], 'There is no kubeconfig /absent.'],
    [['rng', 'inspect', 'zzzzz', '-n', 'dockercoins'], 'zzzzz'],
    [['rng', 'inspect', 'rng-', '-n', 'dockercoins'], 'pods of rng fit rng-. Which one?'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await pitlane(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

test('a cluster that refuses the connection is a sentence with its object, and ends with 1 at once', async () => {
  const dead = join(folder, 'dead');
  const address = `127.0.0.1:${await closedPort()}`;
  writeFileSync(dead, cluster.kubeConfigYaml.replace(/127\.0\.0\.1:\d+/, address));
  expect(await pitlane('rng', 'drain', 'b85tm', '--kubeconfig', dead)).toEqual({
    code: 1,
    out: '',
    err:
      'The cluster could not get Service rng in namespace default: nothing listens at its address (connection refused). ' +
      `The kubeconfig says http://${address} (context pitlane-sandbox).\nNothing was changed.\n`,
  });
});

/** A port that nobody listens at: one that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('logs', () => {
  test('of a pod, and nothing else, on the standard output', async () => {
    const [name = ''] = await inRotation();
    expect(await rng('logs', name, '--tail', '1')).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/^[^\n]+\n$/),
    });
  });

  test('are followed until Ctrl-C, which ends with 130 and no other word', async () => {
    const child = start(['-n', 'dockercoins', 'rng', 'logs', '-l', 'app=rng', '--follow']);
    const ended = end(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect({ code, err }).toEqual({ code: 130, err: '' });
  });

  test('end quietly when nobody reads on', () => {
    const line = `${PITLANE} -n dockercoins rng list -o json | head -n 1`;
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const piped = spawn('sh', ['-c', line], { cwd: folder, env });
    return expect(end(piped)).resolves.toEqual({ code: 0, out: '{\n', err: '' });
  });
});

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
test.skipIf(!hasKubectl)('kubectl finds it as a plugin, and it speaks of itself so', async () => {
  symlinkSync(PITLANE, join(folder, 'kubectl-pitlane'));
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const asked = await end(spawn('kubectl', ['pitlane', 'rng', 'help', 'inspect'], { cwd: folder, env }));
  expect(asked.code).toBe(0);
  expect(asked.out).toContain('  kubectl pitlane rng inspect b85tm');
  const listed = await end(spawn('kubectl', ['pitlane', 'rng', 'list', '-n', 'dockercoins'], { cwd: folder, env }));
  expect({ code: listed.code, rows: listed.out.trimEnd().split('\n').length }).toEqual({ code: 0, rows: 6 });
});

describe('the process', () => {
  test('passes the exit code on, and prints no stack', async () => {
    expect(await end(start(['rng', 'drian']))).toMatchObject({ code: 2, out: '' });
    expect(await end(start(['rng', 'list']))).toEqual({
      code: 1,
      out: '',
      err: 'There is no Service rng in namespace default (404).\n',
    });
  });

  test('tells the version of the package', async () => {
    expect(await end(start(['--version']))).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/^pitlane \d+\.\d+\.\d+\n$/),
    });
  });
});
