import { describe, expect, test } from 'vitest';
import { controllerOf } from './controller.ts';
import type { JsonController } from './json.ts';
import type { Resource } from './resource.ts';

const resource = (kind: string, group = 'apps'): Resource => ({
  group,
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  kind,
  isNamespaced: true,
});

function read(kind: string, change: Partial<JsonController>, group?: string) {
  const metadata = {
    name: 'rng',
    uid: 'u-1',
    resourceVersion: '1',
    generation: 4,
    creationTimestamp: '2026-11-23T20:00:00Z',
    ...change.metadata,
  };
  return controllerOf({ ...change, metadata }, resource(kind, group));
}

describe('a rollout', () => {
  test.each<[name: string, kind: string, json: Partial<JsonController>, isRollingOut: boolean]>([
    [
      'of a paused Deployment with a changed template is open',
      'Deployment',
      { spec: { paused: true }, status: { observedGeneration: 4, replicas: 4 } },
      true,
    ],
    [
      'of a paused Deployment that was only scaled is none',
      'Deployment',
      { spec: { paused: true }, status: { observedGeneration: 3, replicas: 4, updatedReplicas: 4 } },
      false,
    ],
    ['is open where the status is of an older spec', 'Deployment', { status: { observedGeneration: 3 } }, true],
    ['of a StatefulSet ends at its partition', 'StatefulSet', partitioned(2), false],
    ['of a StatefulSet is open before its partition', 'StatefulSet', partitioned(1), true],
  ])('%s', (_, kind, json, isRollingOut) => {
    expect(read(kind, json).isRollingOut).toBe(isRollingOut);
  });
});

/** The pods from rng-2 on get the new revision. */
function partitioned(updatedReplicas: number): Partial<JsonController> {
  return {
    spec: { replicas: 4, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
    status: { observedGeneration: 4, replicas: 4, updatedReplicas, currentRevision: 'a', updateRevision: 'b' },
  };
}

describe('a Job', () => {
  const holds = (...types: readonly string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });

  test.each<[name: string, json: Partial<JsonController>, job: object, desired: number]>([
    ['wants as many pods as run side by side', { spec: { parallelism: 3 } }, { state: 'running' }, 3],
    [
      'wants no more than its completions leave',
      { spec: { parallelism: 3, completions: 4 }, status: { succeeded: 2 } },
      { state: 'running' },
      2,
    ],
    ['starts none when it is suspended', { spec: { parallelism: 3, suspend: true } }, { state: 'suspended' }, 0],
    [
      'starts no other after a success without completions',
      { spec: { parallelism: 3 }, status: { succeeded: 1 } },
      { state: 'winding down' },
      3,
    ],
    [
      'is complete once it will be',
      { spec: { completions: 1 }, status: { succeeded: 1, ...holds('SuccessCriteriaMet') } },
      { state: 'complete' },
      0,
    ],
    [
      'has failed though it is suspended',
      { spec: { suspend: true }, status: holds('Suspended', 'Failed') },
      { state: 'failed' },
      0,
    ],
    [
      'may be managed by another program',
      { spec: { managedBy: 'kueue.x-k8s.io/multikueue' } },
      { state: 'running', managedBy: 'kueue.x-k8s.io/multikueue' },
      1,
    ],
    ['may name its own controller', { spec: { managedBy: 'kubernetes.io/job-controller' } }, { state: 'running' }, 1],
  ])('%s', (_, json, job, desired) => {
    expect(read('Job', json, 'batch')).toMatchObject({ job, desired });
    expect(read('Job', json, 'batch').job).toEqual(job);
  });
});

describe('an object of an operator', () => {
  test('counts by spec.replicas, and is not counted without', () => {
    expect(read('CloneSet', { spec: { replicas: 3 } }, 'apps.kruise.io').isUncounted).toBeUndefined();
    expect(read('Kafka', { spec: {} }, 'example.com').isUncounted).toBe(true);
    expect(read('Deployment', { spec: {} }).isUncounted).toBeUndefined();
  });

  test('owns a workload also by a plain reference, which no core object does', () => {
    const owned = (apiVersion: string, kind: string) => {
      const reference = { apiVersion, kind, name: 'queue', uid: 'u-2' };
      const metadata = { name: 'rng', uid: 'u-1', resourceVersion: '1', creationTimestamp: '' };
      return read('Deployment', { metadata: { ...metadata, ownerReferences: [reference] } }).owner?.kind;
    };
    expect([owned('example.com/v1', 'Kafka'), owned('v1', 'ConfigMap')]).toEqual(['Kafka', undefined]);
  });
});
