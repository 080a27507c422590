import { readFile } from 'node:fs/promises';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateRule } from '../pitlane/rotation/gate-rule.ts';
import { openSandbox, type Sandbox } from './open.ts';

const NAMESPACE = '/api/v1/namespaces/dockercoins';
const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/dockercoins/roles';

interface Labelled {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

let sandbox: Sandbox;
let api: KubeApi;
beforeAll(async () => {
  sandbox = await openSandbox(7);
  api = new KubeApi(sandbox.kubeconfig);
});
afterAll(async () => {
  api.close();
  await sandbox.close();
});

test('kubectl looks at DockerCoins by default', async () => {
  expect(await readFile(sandbox.kubeconfig, 'utf8')).toContain('namespace: dockercoins\n');
});

test('the cluster itself grants people the rights of their roles, and no others', async () => {
  const { eve, ada } = sandbox.people;
  const outcomes = async (line: string, person = ada) => {
    await person.type(line);
    return (await sandbox.settled()).flatMap(({ outcome }) => outcome ?? []);
  };
  const drain = `/rng drain ${sandbox.bad}`;
  expect(await outcomes(drain, eve)).toEqual(['denied']);
  const { items } = await api.get<{ items: (Labelled & { rules: unknown })[] }>(ROLES);
  const rulesOf = (role: string) => items.find(({ metadata }) => metadata.name === `pitlane-${role}`)?.rules;
  await api.patch(`${ROLES}/pitlane-operator`, { rules: rulesOf('viewer') });
  expect(await outcomes(drain)).toEqual(['failed']);
  expect(await outcomes('/rng list')).toEqual(['listed']);
  await api.patch(`${ROLES}/pitlane-operator`, { rules: rulesOf('operator') });
  expect(await outcomes(drain)).toEqual(['done']);
});

test('new pods come with the gate label of a rule', async () => {
  const rng = { name: 'rng', namespace: 'dockercoins', labels: { app: 'rng' } };
  await api.create(`${NAMESPACE}/configmaps`, gateRule(rng, { key: 'enabled', value: 'yes' }));
  const [pod] = (await podsOf('app=rng')).map(({ metadata }) => metadata.name);
  await api.delete(`${NAMESPACE}/pods/${pod}`, {});
  const gates = async () => (await podsOf('app=rng')).flatMap(({ metadata }) => metadata.labels.enabled ?? []);
  await expect.poll(gates, { timeout: 30_000 }).toEqual(['yes']);
});

async function podsOf(labelSelector: string): Promise<readonly Labelled[]> {
  return (await api.get<{ items: Labelled[] }>(`${NAMESPACE}/pods`, { labelSelector })).items;
}
