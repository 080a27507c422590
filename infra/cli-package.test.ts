import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findKubectl } from '../bench/tools.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { kubectlPath } from '../test/control-plane/build.ts';
import { cacheRoot, ensureTool } from '../test/tool-cache.ts';
import { cliVersion } from './cli-version.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'pitlane-cli-'));
const empty = join(folder, 'with a space');
const home = join(folder, 'home');
const kubeconfig = join(folder, 'kubeconfig');
const URL_OF_ARCHIVE = 'https://downloads.example.com/pitlane.tgz';

/** Other versions of Node. The npm package of this system has one file. */
const VERSIONS: Readonly<Record<number, string>> = { 20: '20.19.5', 22: '22.20.0' };

/** Installs it the first time on a machine. */
async function nodeOf(major: number): Promise<string> {
  const version = VERSIONS[major];
  if (version === undefined) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  const program = `node_modules/${name}/bin/node`;
  const build = async (out: string) =>
    void execFileSync('npm', ['install', '--prefix', out, ...flags, `${name}@${version}`]);
  return ensureTool({ dir: join(cacheRoot(), `node-${version}`), program, build }, console.error);
}

let cluster: EmbeddedCluster;
let kubectl: string;
let archive: string;

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

function packed(out: string): string {
  execFileSync(process.execPath, [join(ROOT, 'infra/cli-package.ts'), '--out', out, '--url', URL_OF_ARCHIVE]);
  const name = readdirSync(out).find((each) => each.endsWith('.tgz'));
  return join(out, name ?? 'no archive');
}

beforeAll(async () => {
  mkdirSync(empty);
  mkdirSync(home);
  archive = packed(join(folder, 'first'));
  for (const major of [20, 22, 24]) {
    mkdirSync(binsOf(major));
    symlinkSync(await nodeOf(major), join(binsOf(major), 'node'));
  }
  kubectl = (await findKubectl(false)) ?? (await kubectlPath());
  // Nothing is downloaded: the package has no dependencies.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', archive], { cwd: empty });
  cluster = await startEmbeddedCluster();
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, rngReplicas: 4 });
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder for the PATH with one version of Node. */
const binsOf = (major: number) => join(folder, `node-${major}`);

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program with the installed package and this Node on the PATH. */
function ran(node: number, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const PATH = [binsOf(node), join(empty, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const own = { ...process.env, PATH, KUBECONFIG: kubeconfig, HOME: home, XDG_CACHE_HOME: '', ...env };
  const child = spawn(program, [...args], { cwd: empty, env: own });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const rngPods = () =>
  cluster.api
    .list('pods', 'dockercoins')
    .filter(({ metadata }) => metadata.name.startsWith('rng-') && metadata.deletionTimestamp === undefined);
const LIST = ['-n', 'dockercoins', 'rng', 'list'];

describe('the archive', () => {
  test('has at most 30 files and 1 MB, and no dependencies', () => {
    const files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
    expect(files.length).toBeLessThanOrEqual(30);
    expect(readFileSync(archive).length).toBeLessThan(1_000_000);
    expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/CHANGELOG.md']));
    const installed = join(empty, 'node_modules/pitlane');
    const { dependencies, version, engines } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect({ dependencies, version, engines }).toEqual({ version: cliVersion(ROOT), engines: { node: '>=22' } });
  });

  test('loads nothing by import(), which its scripts do not have', () => {
    const lib = join(empty, 'node_modules/pitlane/lib');
    const bundles = readdirSync(lib).filter((name) => /^(main|config)-/.test(name));
    expect(bundles).toHaveLength(2);
    for (const name of bundles) expect(readFileSync(join(lib, name), 'utf8')).not.toMatch(/[^.\w]import\(/);
  });

  test('has the licenses of the packages in it', () => {
    const text = readFileSync(join(empty, 'node_modules/pitlane/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['@kubernetes/client-node', 'js-yaml', 'socks', 'yaml', 'zod', 'croner'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: `, 'm'));
  });

  test('has the same bytes when it is packed again', () => {
    const again = packed(join(folder, 'second'));
    expect(digest(again)).toBe(digest(archive));
  });

  test('fits the manifest for krew', () => {
    const text = readFileSync(join(folder, 'first/pitlane.yaml'), 'utf8');
    const { apiVersion, kind, metadata, spec } = parse(text);
    expect({ apiVersion, kind, metadata }).toEqual({
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'pitlane' },
    });
    expect(spec.version).toMatch(/^v\d+\.\d+\.\d+/);
    expect(spec.shortDescription).toMatch(/^[^\n]{1,50}$/);
    expect(spec.caveats).toContain('Node 22');
    const [platform] = spec.platforms;
    expect(platform).toMatchObject({ uri: URL_OF_ARCHIVE, sha256: digest(archive) });
    // As krew installs it: extracts the archive, moves the files, and links the binary.
    const [extracted, moved] = [join(folder, 'extracted'), join(folder, 'moved')];
    mkdirSync(extracted);
    execFileSync('tar', ['-xzf', archive, '-C', extracted]);
    cpSync(join(extracted, platform.files[0].from.replace('/*', '')), join(moved, platform.files[0].to), {
      recursive: true,
    });
    expect(spawnSync(join(moved, platform.bin), ['--version'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});

describe.each([22, 24])('on Node %i', (node) => {
  test('pitlane --version and --help answer', async () => {
    expect(await ran(node, 'pitlane', ['--version'])).toEqual({
      code: 0,
      out: `pitlane ${cliVersion(ROOT)}\n`,
      err: '',
    });
    const { code, out, err } = await ran(node, 'pitlane', ['--help']);
    expect({ code, err, commands: out.match(/^pitlane SERVICE drain /m)?.length }).toEqual({
      code: 0,
      err: '',
      commands: 1,
    });
  });

  test('kubectl pitlane lists pods, again with the code that the first run kept', async () => {
    for (const _ of [1, 2]) {
      const { code, out, err } = await ran(node, kubectl, ['pitlane', ...LIST]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      for (const { metadata } of rngPods()) expect(out).toContain(metadata.name);
    }
    const kept = readdirSync(join(home, '.cache/pitlane/code')).filter((name) => name.includes(`-v${node}.`));
    expect(kept.filter((name) => name.startsWith('main-'))).toHaveLength(1);
  });

  test('a pod is drained and restored', async () => {
    const before = rngPods().length;
    const pod = rngPods().find(({ metadata }) => metadata.labels?.app === 'rng')?.metadata.name ?? '';
    const drained = await ran(node, 'pitlane', ['-n', 'dockercoins', 'rng', 'drain', pod, '--because', '5xx', '--yes']);
    expect(drained).toMatchObject({ code: 0 });
    expect(rngPods()).toHaveLength(before + 1);
    const evidence = join(home, '.local/state/pitlane/evidence');
    expect(readdirSync(evidence, { recursive: true }).length).toBeGreaterThan(2);
    const restored = await ran(node, 'pitlane', ['-n', 'dockercoins', 'restore', 'rng', pod, '--yes']);
    expect(restored).toMatchObject({ code: 0 });
    expect(rngPods()).toHaveLength(before);
  });

  test('a configuration is read', async () => {
    const config = join(folder, 'own.yaml');
    writeFileSync(
      config,
      'clusters: {here: {kubeconfig: {}}}\nservices: {dice: {namespace: dockercoins, service: rng}}\n',
    );
    expect(await ran(node, 'pitlane', ['dice', 'list', '--config', config])).toMatchObject({ code: 0, err: '' });
    const example = join(ROOT, 'pitlane.example.yaml');
    expect(await ran(node, 'pitlane', ['check', '--config', example])).toMatchObject({ code: 0, err: '' });
    const out = (await ran(node, 'pitlane', [...LIST, '-o', 'yaml'])).out;
    expect(parse(out)).toMatchObject({ kind: 'listed', service: { name: 'rng' } });
  });

  test('kubectl completes the words after the plugin', async () => {
    const { out } = await ran(node, kubectl, ['__complete', 'pitlane', '-n', 'dockercoins', 'rng', 'dra']);
    expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual(['drain', 'drained', ':4', '']);
  });

  test('a proxy is used', async () => {
    // Nothing listens there: the answer shows that the request went to it.
    const proxied = join(folder, 'proxied');
    const config = readFileSync(kubeconfig, 'utf8').replace(
      /(\n\s*)(server: .*)/,
      '$1$2$1proxy-url: http://127.0.0.1:9',
    );
    writeFileSync(proxied, config);
    expect(await ran(node, 'pitlane', [...LIST, '--kubeconfig', proxied])).toMatchObject({ code: 1, out: '' });
  });
});

describe('the code that a run keeps', () => {
  const cache = join(home, '.cache/pitlane/code');

  test('is not needed, where nothing can be written', async () => {
    expect(await ran(24, 'pitlane', LIST, { XDG_CACHE_HOME: kubeconfig })).toMatchObject({ code: 0, err: '' });
  });

  test.each<[string, (kept: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['of something else', () => Buffer.from('not code')],
    ['cut', (kept) => kept.subarray(0, 10_000)],
    ['damaged', (kept) => Buffer.concat([kept.subarray(0, 50_000), Buffer.alloc(100), kept.subarray(50_100)])],
  ])('may be %s', async (_, broken) => {
    await ran(24, 'pitlane', LIST);
    const [main = ''] = readdirSync(cache).filter((name) => /^main-.*-v24\./.test(name));
    writeFileSync(join(cache, main), broken(readFileSync(join(cache, main))));
    expect(await ran(24, 'pitlane', LIST)).toMatchObject({ code: 0, err: '' });
    // Replaced by what works.
    expect(readFileSync(join(cache, main)).length).toBeGreaterThan(100_000);
  });

  test('of other versions is removed, and a --version keeps none', async () => {
    const other = join(cache, 'main-OLD.cjs-v24.0.0-x64');
    rmSync(cache, { recursive: true });
    await ran(24, 'pitlane', ['--version']);
    expect(existsSync(cache)).toBe(false);
    mkdirSync(cache, { recursive: true });
    writeFileSync(other, '');
    await ran(24, 'pitlane', LIST);
    expect(existsSync(other)).toBe(false);
  });
});

test('an older Node is told at once which one is needed', async () => {
  const { code, out, err } = await ran(20, 'pitlane', LIST);
  expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 });
  expect(err).toContain('Node 22');
});

test.each([
  ['the kubeconfig is missing', { KUBECONFIG: '/nowhere' }, 2],
  ['the cluster can not be reached', {}, 1],
])('one sentence says that %s', async (_, env, want) => {
  const dead = join(folder, 'dead');
  writeFileSync(dead, readFileSync(kubeconfig, 'utf8').replace(/server: .*/, 'server: http://127.0.0.1:9'));
  const { code, out, err } = await ran(24, 'pitlane', LIST, { KUBECONFIG: dead, ...env });
  expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: want, out: '', lines: 1 });
});
