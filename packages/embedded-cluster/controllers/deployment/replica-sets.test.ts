import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/api.ts';
import type { Environment } from '../common/controller.ts';
import { replicaSetsFor } from './replica-sets.ts';

const environment = {
  api: { update: (_: string, object: KubeObject) => object },
  events: { record: () => {} },
} as unknown as Environment;

function set(name: string, replicas: number, availableReplicas: number): KubeObject {
  const object = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name }, spec: { replicas } };
  return { ...object, status: { availableReplicas } } as unknown as KubeObject;
}

const rollingUpdate = { maxUnavailable: 0, maxSurge: 1 };
const deployment = {
  spec: { replicas: 4, strategy: { type: 'RollingUpdate', rollingUpdate } },
} as unknown as KubeObject;

test.each([
  ['shrinks the old set as far as enough pods stay available', 3, 3, 2],
  ['shrinks no old set whose status still counts pods that are gone', 3, 4, 3],
])('%s', (_, replicas, available, left) => {
  const rollout = { deployment, current: set('new', 2, 2), old: [set('old', replicas, available)] };
  replicaSetsFor(environment, 'deployment-controller').shrinkOld(rollout);
  expect(rollout.old[0]?.spec.replicas).toBe(left);
});
