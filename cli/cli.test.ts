import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { nonInteractive } from './non-interactive.fixture.ts';
import { run } from './run.ts';

// Runs commands against the embedded cluster and checks exit codes, outputs and the state of the cluster.
const folder = mkdtempSync(join(tmpdir(), 'pitlane-cli-'));
const kubeconfig = join(folder, 'kubeconfig');
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, rngReplicas: 4 });
}, 60_000);
afterAll(() => cluster.stop());

/** Two clusters that only Lambda can reach. */
const FAR = `clusters: { far: { eks: { name: far, region: eu-west-1 } }, edge: { secret: edge } }
services: { far: { cluster: far, namespace: away }, edge: { cluster: edge, namespace: away } }
`;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process. process.test.ts starts real processes. */
async function pitlane(...args: readonly string[]): Promise<Result> {
  let [out, err] = ['', ''];
  const code = await run(
    args,
    nonInteractive({
      env: { KUBECONFIG: kubeconfig, HOME: folder },
      out: (text) => (out += text),
      err: (text) => (err += text),
    }),
  );
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

/** The names of the pods in rotation, without surplus pods that are terminating. */
async function inRotation(): Promise<readonly string[]> {
  return (await list()).members.filter(({ state }) => state === 'in rotation').map(({ name }) => name);
}

async function list(): Promise<ListedData> {
  return JSON.parse((await rng('list', '-o', 'json')).out) as ListedData;
}

test('list prints counts, a header and a line for each pod to a pipe, without colours', async () => {
  const { code, out, err } = await rng('list');
  const [counts, header, ...rows] = out.trimEnd().split('\n');
  expect({ code, err, counts, rows: rows.length }).toEqual({
    code: 0,
    err: '',
    counts: expect.stringContaining('4 in rotation'),
    rows: 4,
  });
  expect(header).toMatch(/^NAME +STATE +READY +STATUS +RESTARTS +AGE +NODE +OWNER$/);
  expect(rows[0]).toMatch(/^rng-\w+-\w{5} +in rotation +1\/1 +Running +0 +\w+ +node-\d +ReplicaSet\/rng-\w+$/);
});

test('list prints JSON and YAML', async () => {
  const json = await pitlane('--service', 'rng', '-n', 'dockercoins', 'list', '-o', 'json');
  const member = (JSON.parse(json.out) as { members: Record<string, unknown>[] }).members[0];
  expect(member).toMatchObject({ state: 'in rotation', ready: true, restarts: 0, drained: null, status: 'Running' });
  for (const field of ['name', 'uid', 'age', 'node', 'owner']) expect(member?.[field]).toMatch(/./);
  const yaml = await rng('list', '-o', 'yaml');
  expect(parse(yaml.out)).toMatchObject({ kind: 'listed', counts: { 'in rotation': 4 } });
});

test('drain reports progress on the standard error, and restore brings the pod back', async () => {
  const [name = ''] = await inRotation();
  const drained = await rng('drain', name.slice(-5), 'for', '30m', 'because', '5xx', 'on', 'checkout');
  expect({ code: drained.code, first: drained.out.split('\n')[0] }).toEqual({
    code: 0,
    first: expect.stringContaining(name),
  });
  expect(drained.err).toMatch(/^\[ +\d+\.\d s\] ./m);

  const row = (await rng('list')).out.split('\n').find((line) => line.startsWith(name));
  expect(row).toMatch(/ drained +1\/1 .* by kubernetes-admin \d+s ago, until .* UTC: 5xx on checkout$/);
  const again = await rng('drain', name);
  expect({ code: again.code, out: again.out }).toEqual({ code: 3, out: '' });
  expect(again.err).toContain(`pitlane --namespace dockercoins rng restore ${name}`);

  const restored = await rng('restore', name, '--yes', '-o', 'json');
  expect({ code: restored.code, kind: (JSON.parse(restored.out) as { kind: string }).kind }).toEqual({
    code: 0,
    kind: 'done',
  });
  expect((await list()).members).toContainEqual(expect.objectContaining({ name, state: 'in rotation', drained: null }));
});

describe('several pods', () => {
  interface ChangeData {
    readonly kind: string;
    readonly plan: { readonly operation: { readonly subject: object }; readonly phases: readonly object[] };
    readonly pods: readonly { readonly name: string; readonly turn: number | null; readonly state: string }[];
  }

  test('are drained in turns, one is left out where it is refused, and all are restored', async () => {
    const [first = '', second = '', third = ''] = await inRotation();
    const drained = await rng('drain', first, second.slice(-5), '--no-evidence');
    expect(drained.code).toBe(0);
    expect(drained.out).toMatch(new RegExp(`^Drained ${first} and ${second}$`, 'm'));
    expect(drained.out).toMatch(new RegExp(`^1 +${first} +done `, 'm'));
    expect(drained.out).toMatch(new RegExp(`^2 +${second} +done `, 'm'));
    expect(drained.out).toContain(`\n  pitlane --namespace dockercoins rng restore ${first} ${second}\n`);
    expect(drained.err).toMatch(/^\[ +\d+\.\d s\] turn 2 of 2$/m);

    const asked = await rng('drain', second, third, '--no-evidence');
    expect({ code: asked.code, last: asked.err }).toEqual({ code: 3, last: 'To carry it out, add --yes.\n' });
    const part = await rng('drain', second, third, '--no-evidence', '--yes', '-o', 'json');
    const data = JSON.parse(part.out) as ChangeData;
    expect({ code: part.code, kind: data.kind }).toEqual({ code: 3, kind: 'done' });
    expect(data.pods.map(({ name, turn, state }) => [name, turn, state])).toEqual([
      [third, 1, 'done'],
      [second, null, 'leftOut'],
    ]);

    const refused = await rng('drain', first, second);
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 3, out: '' });
    expect(refused.err).toContain(`instead: pitlane --namespace dockercoins rng restore ${first}`);

    const restored = await rng('restore', first, second, third, '--yes');
    expect(restored.code).toBe(0);
    expect(restored.out).toMatch(new RegExp(`^Restored ${first}, ${second} and ${third}$`, 'm'));
    expect(restored.err).toMatch(/^\[ +\d+\.\d s\] done: .* \(3 of 3 pods\)$/m);
    expect(await inRotation()).toEqual(expect.arrayContaining([first, second, third]));
    expect((await rng('drained')).out).not.toContain('rng-');
  });

  test('can be chosen by node or selector', async () => {
    const { members } = JSON.parse((await rng('list', '-o', 'json')).out) as {
      members: readonly { readonly name: string; readonly node: string; readonly state: string }[];
    };
    const serving = members.filter(({ state }) => state === 'in rotation');
    const byNode = Map.groupBy(serving, (member) => member.node);
    const [node, onNode] = [...byNode].sort(([, a], [, b]) => b.length - a.length)[0] ?? ['', []];
    expect(onNode.length).toBeGreaterThan(1);
    const names = async (...args: readonly string[]) => {
      const { code, out } = await rng('drain', ...args, '--dry-run', '-o', 'yaml');
      const { kind, plan, pods } = parse(out) as ChangeData;
      expect({ code, kind }).toEqual({ code: 0, kind: 'proposal' });
      return { subject: plan.operation.subject, pods: pods.map(({ name }) => name).sort() };
    };
    expect(await names('--node', node)).toEqual({
      subject: expect.objectContaining({ by: `--node ${node}` }),
      pods: onNode.map(({ name }) => name).sort(),
    });
    const half = await rng('drain', '-l', 'app=rng', '--dry-run', '-o', 'json');
    // At most 3 pods of the service may be drained at a time.
    expect({ code: half.code, states: (JSON.parse(half.out) as ChangeData).pods.map(({ state }) => state) }).toEqual({
      code: 3,
      states: ['planned', 'planned', 'planned', 'leftOut'],
    });
  });
});

test('a dry run changes nothing', async () => {
  const before = await inRotation();
  const { code, out } = await rng('drain', before[0] ?? '', '--dry-run', '-o', 'json');
  expect({ code, outcome: JSON.parse(out) }).toMatchObject({ code: 0, outcome: { kind: 'proposal', why: 'dryRun' } });
  expect(await inRotation()).toEqual(before);
});

test('kubectl lines carry the kubeconfig and context of the flags or the configuration', async () => {
  const [name = ''] = await inRotation();
  const undo = async (...args: readonly string[]) => {
    const { out } = await pitlane(...args, 'drain', name, '--dry-run', '-o', 'json');
    return (JSON.parse(out) as { plan: { undo: readonly string[] } }).plan.undo.map((line) => line.split(' -n ')[0]);
  };
  const all = (start: string) => [start, start, start];
  expect(await undo('-n', 'dockercoins', 'rng')).toEqual(all('kubectl'));
  expect(await undo('-n', 'dockercoins', '--context', 'pitlane-sandbox', '--kubeconfig', kubeconfig, 'rng')).toEqual(
    all(`kubectl --kubeconfig ${kubeconfig} --context pitlane-sandbox`),
  );
  const config = join(folder, 'context.yaml');
  const services = 'services: { rng: { namespace: dockercoins } }\n';
  writeFileSync(config, `clusters: { lab: { kubeconfig: { context: pitlane-sandbox } } }\n${services}`);
  expect(await undo('--config', config, 'rng')).toEqual(all('kubectl --context pitlane-sandbox'));
  const { out } = await rng('--context', 'pitlane-sandbox', 'drain', name, '--dry-run');
  expect(out).toContain('  kubectl --context pitlane-sandbox -n dockercoins label pod');
});

test('suggests -n if the Service is not in the namespace of the context', async () => {
  const [guessed, named] = [await pitlane('rng', 'list'), await pitlane('nosuch', 'list', '-n', 'dockercoins')];
  expect([guessed.code, named.code]).toEqual([2, 2]);
  expect([guessed, named].map(({ err }) => err.includes('-n NAMESPACE'))).toEqual([true, false]);
});

describe('with a configuration', () => {
  const config = join(folder, 'lab.yaml');
  beforeAll(() => {
    const text =
      'clusters: { lab: { kubeconfig: {} } }\nservices: { numbers: { namespace: dockercoins, service: rng, minReady: 4 } }';
    writeFileSync(config, text);
  });

  test('minReady refuses a drain, and --force overrides it', async () => {
    const [name = ''] = await inRotation();
    const refused = await pitlane('--config', config, 'numbers', 'drain', name, '-o', 'json');
    expect({ code: refused.code, outcome: JSON.parse(refused.out) }).toMatchObject({
      code: 3,
      outcome: { kind: 'refusal', isForceable: true },
    });
    const forced = await pitlane('--config', config, 'numbers', 'drain', name, '--force');
    expect(forced.code).toBe(0);
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('suggests the configured service for a typo', async () => {
    const { code, err } = await pitlane('--config', config, 'nubmers', 'list', '-n', 'dockercoins');
    expect(code).not.toBe(0);
    expect(err).toMatch(/"nubmers".* numbers\b/);
  });

  test('check accepts it and reports each mistake of another one', async () => {
    expect(await pitlane('check', '--config', config)).toMatchObject({ code: 0, err: '' });
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'clusters: { lab: { kubeconfig: {} } }\nservices:\n  rng: { namespce: dockercoins }\n');
    const { code, err, out } = await pitlane('check', '--config', broken);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.match(/^\S+:\d+:\d+(?=: )/gm)).toEqual([`${broken}:3:3`, `${broken}:3:10`]);
  });
});

describe('invalid input exits with 2 and suggests a correction', () => {
  test.each([
    [['rng', 'drian'], 'drian'],
    [['list'], 'pitlane SERVICE list'],
    [['rng', 'list', '--context', 'nowhere'], 'pitlane-sandbox'],
    [['rng', 'list', '--kubeconfig', '/absent'], '/absent'],
    [['rng', 'inspect', 'zzzzz', '-n', 'dockercoins'], 'zzzzz'],
    [['rng', 'inspect', 'rng-', '-n', 'dockercoins'], 'rng-'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await pitlane(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

test('exits with 1 at once if the cluster refuses the connection', async () => {
  const dead = join(folder, 'dead');
  const address = `127.0.0.1:${await closedPort()}`;
  writeFileSync(dead, cluster.kubeConfigYaml.replace(/127\.0\.0\.1:\d+/, address));
  const { code, out, err } = await pitlane('rng', 'drain', 'b85tm', '--kubeconfig', dead);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  await expect(err.replace(address, 'ADDRESS')).toMatchFileSnapshot('golden/connection-refused.golden.txt');
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('logs', () => {
  test('of a pod are the only text on the standard output', async () => {
    const [name = ''] = await inRotation();
    expect(await rng('logs', name, '--tail', '1')).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/^[^\n]+\n$/),
    });
  });
});

describe('evidence', () => {
  test('writes a folder and prints its path and nothing else', async () => {
    const [name = ''] = await inRotation();
    const { code, out, err } = await rng('evidence', name.slice(-5), '--to', join(folder, 'incident'));
    const path = out.trimEnd();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(path).toMatch(new RegExp(`^${folder}/incident/dockercoins-${name}-\\d{8}T\\d{6}Z$`));
    expect(readFileSync(join(path, 'summary.txt'), 'utf8')).toContain(`Evidence of pod ${name}`);
    expect(readFileSync(join(path, 'logs', 'rng.log'), 'utf8')).not.toBe('');
  });

  test('prints JSON with -o json and writes nothing', async () => {
    const [name = ''] = await inRotation();
    const { out } = await rng('evidence', name, '-o', 'json', '--to', join(folder, 'unused'));
    const { kind, pod, files } = JSON.parse(out) as { kind: string; pod: object; files: { name: string }[] };
    expect({ kind, pod }).toMatchObject({ kind: 'evidence', pod: { name } });
    expect(files.map((file) => file.name)).toEqual(['summary.txt', 'pod.json', 'events.txt', 'logs/rng.log']);
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });

  test('is written on a drain, unless --no-evidence', async () => {
    const [name = ''] = await inRotation();
    const drained = await rng('drain', name);
    const path = / evidence kept in (.*)$/m.exec(drained.err)?.[1] ?? '';
    expect(path).toContain(`${folder}/.local/state/pitlane/evidence/dockercoins-${name}-`);
    expect(readFileSync(join(path, 'summary.txt'), 'utf8')).toMatch(/^Drained +from rng by kubernetes-admin/m);
    expect((await rng('restore', name, '--yes')).code).toBe(0);

    const silent = await rng('drain', name, '--no-evidence');
    expect(silent.code).toBe(0);
    expect(silent.err).not.toContain('evidence');
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('stops a finish but not a drain if it can not be written', async () => {
    const [name = ''] = await inRotation();
    const occupied = join(folder, 'occupied');
    writeFileSync(occupied, '');
    const drained = await rng('drain', name, '--to', occupied);
    expect(drained.code).toBe(0);
    expect(drained.out).toContain(occupied);
    const kept = await rng('finish', name, '--yes', '--to', occupied);
    expect(kept.code).not.toBe(0);
    expect(kept.err).toContain(occupied);
    expect((await list()).members).toContainEqual(expect.objectContaining({ name, state: 'drained' }));
    const finished = await rng('finish', name, '--yes', '--to', join(folder, 'last'));
    expect({ code: finished.code, err: finished.err }).toEqual({
      code: 0,
      err: expect.stringContaining(`evidence kept in ${join(folder, 'last')}/dockercoins-${name}-`),
    });
  });
});

describe('drained', () => {
  test('lists drained pods of one service, or of all services of a configuration', async () => {
    expect(JSON.parse((await rng('drained', '-o', 'json')).out)).toMatchObject({ drained: [], notes: [] });
    const [name = ''] = await inRotation();
    expect((await rng('drain', name, 'because', '5xx', '--no-evidence')).code).toBe(0);
    const { code, out } = await rng('drained');
    expect(code).toBe(0);
    const [, header, row] = out.split('\n');
    expect(header).toMatch(/^SERVICE +POD +STATUS +NODE +STATE +SINCE +UNTIL +BY +BECAUSE$/);
    expect(row).toMatch(
      new RegExp(`^rng +${name} +Running +node-\\d +drained +\\d+s +\\d.* UTC +kubernetes-admin +5xx$`),
    );

    const config = join(folder, 'all.yaml');
    writeFileSync(
      config,
      `clusters: { lab: { kubeconfig: {} }, far: { eks: { name: far, region: eu-west-1 } } }
services:
  numbers: { cluster: lab, namespace: dockercoins, service: rng }
  far: { cluster: far, namespace: away }
`,
    );
    const all = JSON.parse((await pitlane('drained', '--config', config, '-o', 'json')).out);
    expect(all).toMatchObject({
      kind: 'drainedList',
      drained: [
        { service: 'numbers', cluster: 'lab', name, kind: 'drained', overdue: false, drained: { because: '5xx' } },
      ],
      notes: [expect.stringContaining('cluster far')],
    });
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('needs a service without a configuration', async () => {
    expect(await pitlane('drained')).toMatchObject({ code: 2, out: '' });
  });
});

test('explains what is wrong on the command line', async () => {
  writeFileSync(join(folder, 'far.yaml'), FAR);
  const lines = [
    ['drained'],
    ['check', '--config', join(folder, 'far.yaml')],
    ['far', 'list', '--config', join(folder, 'far.yaml')],
    ['edge', 'list', '--config', join(folder, 'far.yaml')],
    ['rng', 'list', '--context', 'nowhere'],
  ];
  const texts: string[] = [];
  for (const line of lines) {
    const { code, out, err } = await pitlane(...line);
    texts.push(`> pitlane ${line.join(' ')}\n${out}${err}exit code ${code}\n`);
  }
  await expect(texts.join('\n').replaceAll(folder, '/tmp')).toMatchFileSnapshot('golden/explanations.golden.txt');
});

test('help without a service shows where its name goes', async () => {
  const { out } = await pitlane('help', 'drain');
  expect(out).toContain('\n  pitlane SERVICE drain b85tm --dry-run\n');
});
