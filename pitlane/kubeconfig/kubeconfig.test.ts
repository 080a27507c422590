import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { IN_CONFIG, loadKubeconfig } from './kubeconfig.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pitlane-'));
});

/** Writes a kubeconfig with these contexts, each with its own cluster. */
function write(name: string, contexts: Readonly<Record<string, string>>, current?: string): string {
  const path = join(home, name);
  mkdirSync(join(path, '..'), { recursive: true });
  const names = Object.keys(contexts);
  const file = {
    clusters: names.map((each) => ({ name: each, cluster: { server: `https://${each}.${name.replace('/', '.')}` } })),
    users: names.map((each) => ({ name: each, user: { token: 't' } })),
    contexts: names.map((each) => ({ name: each, context: { cluster: each, user: each, namespace: contexts[each] } })),
    ...(current !== undefined && { 'current-context': current }),
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

function load(
  choice: Parameters<typeof loadKubeconfig>[0],
  env: Record<string, string> = {},
  ways?: Parameters<typeof loadKubeconfig>[2],
) {
  const loaded = loadKubeconfig(choice, { HOME: home, ...env }, ways);
  return loaded.kind === 'fault'
    ? loaded.messages.join('\n')
    : [loaded.kubeConfig.getCurrentContext(), loaded.kubeConfig.getCurrentCluster()?.server, loaded.namespace];
}

describe('finds the kubeconfig as kubectl does', () => {
  test('reads ~/.kube/config with its current context and namespace', () => {
    write('.kube/config', { lab: 'dockercoins', prod: 'shop' }, 'lab');
    expect(load({})).toEqual(['lab', 'https://lab..kube.config', 'dockercoins']);
    expect(load({ context: 'prod' })).toEqual(['prod', 'https://prod..kube.config', 'shop']);
  });

  test('merges the files of KUBECONFIG: the first definition wins and missing files are ignored', () => {
    const [a, b] = [write('a', { lab: 'one' }), write('b', { lab: 'two', prod: 'shop' }, 'prod')];
    const KUBECONFIG = [join(home, 'absent'), a, b].join(delimiter);
    expect(load({}, { KUBECONFIG })).toEqual(['prod', 'https://prod.b', 'shop']);
    expect(load({ context: 'lab' }, { KUBECONFIG })).toEqual(['lab', 'https://lab.a', 'one']);
  });

  test('ignores empty files in KUBECONFIG', () => {
    const [empty, comment, lab] = [join(home, 'empty'), join(home, 'comment'), write('lab', { lab: 'one' }, 'lab')];
    writeFileSync(empty, '');
    writeFileSync(comment, '# nothing yet\n');
    const KUBECONFIG = [empty, comment, lab].join(delimiter);
    expect(load({}, { KUBECONFIG })).toEqual(['lab', 'https://lab.lab', 'one']);
    expect(load({ path: empty })).toBe('The kubeconfig has no contexts.');
  });

  test('takes merge keys', () => {
    const path = join(home, 'merged');
    writeFileSync(
      path,
      `
current-context: lab
x: &cluster { server: 'https://lab' }
clusters: [{ name: lab, cluster: { <<: *cluster } }]
users: [{ name: lab, user: {} }]
contexts: [{ name: lab, context: { cluster: lab, user: lab } }]
`,
    );
    expect(load({ path })).toEqual(['lab', 'https://lab', undefined]);
  });

  test('prefers the flag to KUBECONFIG', () => {
    const [a, b] = [write('a', { lab: '' }, 'lab'), write('b', { prod: '' }, 'prod')];
    expect(load({ path: a }, { KUBECONFIG: b })).toEqual(['lab', 'https://lab.a', undefined]);
  });
});

test('explains what is missing', async () => {
  const broken = join(home, 'broken');
  writeFileSync(broken, 'clusters: [');
  const lab = write('lab', { lab: '', prod: '' }, 'lab');
  const dangling = { contexts: [{ name: 'lab', context: { cluster: 'gone', user: 'ada' } }], 'current-context': 'lab' };
  writeFileSync(join(home, 'dangling'), JSON.stringify(dangling));
  const faults = [
    load({}),
    load({ path: join(home, 'absent') }),
    load({}, { KUBECONFIG: join(home, 'absent') }),
    load({ path: lab, context: 'prdo' }),
    load({ path: lab, context: 'staging' }),
    load({ path: write('no-current', { lab: '', prod: '' }) }),
    load({ path: write('empty', {}) }),
    load({ path: join(home, 'dangling') }),
    load({ path: broken }),
    load({}, {}, IN_CONFIG),
    load({ path: join(home, 'no-current') }, {}, IN_CONFIG),
  ];
  const text = faults.map((fault) => `${fault}\n`).join('');
  await expect(text.replaceAll(home, '/home/ada')).toMatchFileSnapshot('golden/kubeconfig.golden.txt');
});
