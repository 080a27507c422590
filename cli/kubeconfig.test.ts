import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadKubeconfig } from './kubeconfig.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pitlane-'));
});

/** Writes a kubeconfig with these contexts, each to a cluster of its own. */
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

function load(choice: Parameters<typeof loadKubeconfig>[0], env: Record<string, string> = {}) {
  const loaded = loadKubeconfig(choice, { HOME: home, ...env });
  return loaded.kind === 'fault'
    ? loaded.message
    : [loaded.kubeConfig.getCurrentContext(), loaded.kubeConfig.getCurrentCluster()?.server, loaded.namespace];
}

describe('the way into a cluster is found as kubectl finds it', () => {
  test('the file in the home folder, its current context and namespace', () => {
    write('.kube/config', { lab: 'dockercoins', prod: 'shop' }, 'lab');
    expect(load({})).toEqual(['lab', 'https://lab..kube.config', 'dockercoins']);
    expect(load({ context: 'prod' })).toEqual(['prod', 'https://prod..kube.config', 'shop']);
  });

  test('several files of KUBECONFIG: the first that names something wins, and what is not there is left out', () => {
    const [a, b] = [write('a', { lab: 'one' }), write('b', { lab: 'two', prod: 'shop' }, 'prod')];
    const KUBECONFIG = [join(home, 'absent'), a, b].join(delimiter);
    expect(load({}, { KUBECONFIG })).toEqual(['prod', 'https://prod.b', 'shop']);
    expect(load({ context: 'lab' }, { KUBECONFIG })).toEqual(['lab', 'https://lab.a', 'one']);
  });

  test('the flag wins over KUBECONFIG', () => {
    const [a, b] = [write('a', { lab: '' }, 'lab'), write('b', { prod: '' }, 'prod')];
    expect(load({ path: a }, { KUBECONFIG: b })).toEqual(['lab', 'https://lab.a', undefined]);
  });
});

describe('what is missing is named', () => {
  test('no kubeconfig at all', () => {
    const file = join(home, '.kube', 'config');
    expect(load({})).toBe(`There is no kubeconfig: set KUBECONFIG, add --kubeconfig, or put one at ${file}.`);
  });

  test('a file that is not there', () => {
    const absent = join(home, 'absent');
    expect(load({ path: absent })).toBe(`There is no kubeconfig ${absent}.`);
    expect(load({}, { KUBECONFIG: absent })).toBe(`There is no file ${absent}, which KUBECONFIG names.`);
  });

  test('an unknown context: the one that was meant, or all there are', () => {
    write('.kube/config', { lab: '', prod: '' }, 'lab');
    expect(load({ context: 'prdo' })).toBe('The kubeconfig has no context "prdo", expected prod.');
    expect(load({ context: 'staging' })).toBe('The kubeconfig has no context "staging", expected lab or prod.');
  });

  test('no current context', () => {
    write('.kube/config', { lab: '', prod: '' });
    expect(load({})).toBe('The kubeconfig has no current context, expected --context with lab or prod.');
  });

  test('a file that is no kubeconfig', () => {
    const path = join(home, 'broken');
    writeFileSync(path, 'clusters: [');
    expect(load({ path })).toMatch(new RegExp(`^The kubeconfig ${path} can't be read: [^\\n]+$`));
  });
});
