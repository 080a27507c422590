import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { nobodyAt } from './nobody-at.fixture.ts';
import { run } from './run.ts';

// Against the embedded cluster: what reaches the shell.
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
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line without a process of its own; process.test.ts has that. */
async function pitlane(...args: readonly string[]): Promise<Result> {
  let [out, err] = ['', ''];
  const code = await run(
    args,
    nobodyAt({
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

test('kubectl lines lead to the cluster that the flags or the file chose', async () => {
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
    expect(refused.err).toContain('--force overrides this.');
    const forced = await pitlane('--config', config, 'numbers', 'drain', name, '--force');
    expect(forced.code).toBe(0);
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
});

describe('evidence', () => {
  test('is a folder, whose path stands alone on the standard output', async () => {
    const [name = ''] = await inRotation();
    const { code, out, err } = await rng('evidence', name.slice(-5), '--to', join(folder, 'incident'));
    const path = out.trimEnd();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(path).toMatch(new RegExp(`^${folder}/incident/dockercoins-${name}-\\d{8}T\\d{6}Z$`));
    expect(readFileSync(join(path, 'summary.txt'), 'utf8')).toContain(`Evidence of pod ${name}`);
    expect(readFileSync(join(path, 'logs', 'rng.log'), 'utf8')).not.toBe('');
  });

  test('for programs it is on the standard output, and nothing is written', async () => {
    const [name = ''] = await inRotation();
    const { out } = await rng('evidence', name, '-o', 'json', '--to', join(folder, 'unused'));
    const { kind, pod, files } = JSON.parse(out) as { kind: string; pod: object; files: { name: string }[] };
    expect({ kind, pod }).toMatchObject({ kind: 'evidence', pod: { name } });
    expect(files.map((file) => file.name)).toEqual(['summary.txt', 'pod.json', 'events.txt', 'logs/rng.log']);
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });

  test('is kept by itself when a pod is drained, unless nobody wants it', async () => {
    const [name = ''] = await inRotation();
    const drained = await rng('drain', name);
    const path = / evidence kept in (.*)$/m.exec(drained.err)?.[1] ?? '';
    expect(path).toContain(`${folder}/.local/state/pitlane/evidence/dockercoins-${name}-`);
    expect(readFileSync(join(path, 'summary.txt'), 'utf8')).toMatch(/^Drained +from rng by ada/m);
    expect((await rng('restore', name, '--yes')).code).toBe(0);

    const silent = await rng('drain', name, '--no-evidence');
    expect(silent.code).toBe(0);
    expect(silent.err).not.toContain('evidence');
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('a drain goes on where it can not be written, and says so; a pod is not deleted without', async () => {
    const [name = ''] = await inRotation();
    const occupied = join(folder, 'occupied');
    writeFileSync(occupied, '');
    const why = `The evidence of ${name} could not be written to ${occupied}: a file of that name is in the way.`;
    const drained = await rng('drain', name, '--to', occupied);
    expect(drained.code).toBe(0);
    expect(drained.out).toContain(why);
    const kept = await rng('finish', name, '--yes', '--to', occupied);
    expect(kept.code).not.toBe(0);
    expect(kept.err).toContain(why);
    const finished = await rng('finish', name, '--yes', '--to', join(folder, 'last'));
    expect({ code: finished.code, err: finished.err }).toEqual({
      code: 0,
      err: expect.stringContaining(`evidence kept in ${join(folder, 'last')}/dockercoins-${name}-`),
    });
  });
});

describe('drained', () => {
  test('shows what is drained, with a service in front or, with a configuration, without', async () => {
    expect(await rng('drained')).toEqual({ code: 0, err: '', out: 'No pod is drained.\n' });
    const [name = ''] = await inRotation();
    expect((await rng('drain', name, 'because', '5xx', '--no-evidence')).code).toBe(0);
    const { code, out } = await rng('drained');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^SERVICE +POD +STATUS +NODE +SINCE +UNTIL +BY +BECAUSE$/);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^rng +${name} +Running +node-\\d +\\d+s +\\d.* UTC +ada +5xx$`));

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
      notes: [
        expect.stringMatching(/^Namespace away of cluster far could not be looked at\. The cluster far is reached/),
      ],
    });
    expect((await rng('restore', name, '--yes')).code).toBe(0);
  });

  test('without a configuration and a service it is about none', async () => {
    const { code, err } = await pitlane('drained');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'Which service? Without a configuration, expected pitlane SERVICE drained, or --config.\n',
    });
  });
});

test('help without a service says where its name goes', async () => {
  const { out } = await pitlane('help', 'drain');
  expect(out).toContain('\n  pitlane SERVICE drain b85tm --dry-run\n');
});
