import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { expect, test } from 'vitest';
import { gateRule } from '../pitlane/rotation/gate-rule.ts';
import { openSandbox } from './open.ts';

const NAMESPACE = '/api/v1/namespaces/dockercoins';

interface Labelled {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

test('new pods of the sandbox come with the gate label of a rule', async () => {
  const sandbox = await openSandbox(7);
  const api = new KubeApi(sandbox.kubeconfig);
  try {
    const rng = { name: 'rng', namespace: 'dockercoins', labels: { app: 'rng' } };
    await api.create(`${NAMESPACE}/configmaps`, gateRule(rng, { key: 'enabled', value: 'yes' }));
    await api.delete(`${NAMESPACE}/pods/${sandbox.bad}`, {});
    const gates = async () => {
      const { items } = await api.get<{ items: Labelled[] }>(`${NAMESPACE}/pods`);
      return items.flatMap(({ metadata }) => metadata.labels.enabled ?? []);
    };
    await expect.poll(gates, { timeout: 30_000 }).toEqual(['yes']);
  } finally {
    api.close();
    await sandbox.close();
  }
});
