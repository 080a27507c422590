import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Config } from '../pitlane/config/config.ts';
import { loadConfig, parseConfig } from '../pitlane/config/file.ts';
import { type RbacObject, rbacObjects } from './rbac-objects.ts';
import { rbacYaml } from './rbac-yaml.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function example(): Config {
  const loaded = loadConfig(`${ROOT}pitlane.example.yaml`);
  if (loaded.kind !== 'config') throw new Error(`pitlane.example.yaml is ${loaded.kind}`);
  return loaded.config;
}

function configOf(services: string): Config {
  const parsed = parseConfig(
    `clusters: { one: { kubeconfig: {} }, two: { kubeconfig: {} } }\nservices: ${services}`,
    '',
  );
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

const names = (objects: readonly RbacObject[]) =>
  objects.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '));

test('infra/rbac.yaml is up to date (PITLANE_CONFIG=pitlane.example.yaml npm run --silent rbac)', () => {
  const text = readFileSync(`${ROOT}infra/rbac.yaml`, 'utf8');
  expect(text).toBe(rbacYaml(rbacObjects(example())));
});

test('the YAML parses to the same objects', () => {
  const objects = rbacObjects(example());
  const read = parseAllDocuments(rbacYaml(objects)).map((document) => document.toJS());
  expect(read).toEqual(JSON.parse(JSON.stringify(objects)));
});

test('--cluster selects the namespaces of its own services and names all their Services', () => {
  const config = configOf(`
    { rng: { cluster: one, namespace: coins }, hash: { cluster: one, namespace: coins, service: hasher },
      webui: { cluster: one, namespace: front }, redis: { cluster: two, namespace: back } }`);
  const objects = rbacObjects(config, { cluster: 'one' });
  expect(names(objects).filter((name) => name.startsWith('Role '))).toEqual(
    ['coins', 'front'].flatMap((namespace) =>
      ['viewer', 'operator', 'admin', 'tick'].map((role) => `Role ${namespace} pitlane-${role}`),
    ),
  );
  const operator = objects.find(({ rules, metadata }) => rules && metadata.name === 'pitlane-operator');
  const leases = operator?.rules?.filter(({ resources }) => resources.includes('leases'));
  expect(leases?.map(({ resourceNames, verbs }) => [resourceNames, verbs])).toEqual([
    [undefined, ['create']],
    [['pitlane'], ['get', 'update']],
  ]);
});

test('--without-headroom leaves only the impersonation cluster-wide', () => {
  const objects = rbacObjects(example(), { withoutHeadroom: true });
  expect(names(objects).filter((name) => name.startsWith('Cluster'))).toEqual([
    'ClusterRole pitlane-impersonator',
    'ClusterRoleBinding pitlane-impersonator',
  ]);
});
