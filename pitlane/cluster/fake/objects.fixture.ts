import type { JsonController, JsonEndpointSlice, JsonPod, JsonService, KubeList, KubeObject, Table } from '../json.ts';

/** The `rng` service of dockercoins as the API server returns it: a Deployment with three pods, all in rotation. */
export const NAMESPACE = 'dockercoins';
export const HASH = '5f69c6b7d8';
const AT = '2026-11-24T03:12:07Z';

const uid = (name: string): string => `0a1b2c3d-${name}`;

export function jsonPod(name: string, change: (pod: JsonPod) => JsonPod = (pod) => pod): JsonPod {
  return change({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: uid(name),
      resourceVersion: '900',
      creationTimestamp: '2026-11-23T21:00:00Z',
      labels: { app: 'rng', 'pod-template-hash': HASH },
      annotations: { note: 'kept' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `rng-${HASH}`, uid: uid('replicaset'), controller: true },
      ],
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        { name: 'rng', image: 'dockercoins/rng:v0.1', resources: { requests: { cpu: '100m', memory: '64Mi' } } },
      ],
    },
    status: {
      phase: 'Running',
      startTime: '2026-11-23T21:00:00Z',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-23T21:00:05Z' }],
      containerStatuses: [{ name: 'rng', ready: true, restartCount: 0, state: { running: {} } }],
    },
  });
}

export const jsonService: JsonService = {
  metadata: {
    name: 'rng',
    namespace: NAMESPACE,
    uid: uid('service'),
    resourceVersion: '100',
    creationTimestamp: '2026-11-23T20:00:00Z',
  },
  spec: { selector: { app: 'rng' }, type: 'ClusterIP', internalTrafficPolicy: 'Cluster' },
};

export function jsonSlice(...pods: readonly string[]): JsonEndpointSlice {
  return {
    metadata: { name: 'rng-abcde', uid: uid('slice'), resourceVersion: '950', creationTimestamp: AT },
    endpoints: pods.map((name, index) => ({
      addresses: [`10.1.0.${index + 1}`],
      nodeName: 'node-1',
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', name, uid: uid(name) },
    })),
  };
}

export const jsonReplicaSet: JsonController = {
  metadata: {
    name: `rng-${HASH}`,
    uid: uid('replicaset'),
    resourceVersion: '500',
    generation: 1,
    creationTimestamp: '2026-11-23T20:00:00Z',
    labels: { app: 'rng', 'pod-template-hash': HASH },
    annotations: { 'deployment.kubernetes.io/revision': '3' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'rng', uid: uid('deployment'), controller: true },
    ],
  },
  spec: { replicas: 3, selector: { matchLabels: { app: 'rng', 'pod-template-hash': HASH } } },
  status: { observedGeneration: 1, replicas: 3 },
};

export const jsonDeployment: JsonController = {
  metadata: {
    name: 'rng',
    uid: uid('deployment'),
    resourceVersion: '600',
    generation: 4,
    creationTimestamp: '2026-11-23T20:00:00Z',
    annotations: { 'deployment.kubernetes.io/revision': '3' },
  },
  spec: { replicas: 3, selector: { matchLabels: { app: 'rng' } }, template: { metadata: { labels: { app: 'rng' } } } },
  status: { observedGeneration: 4, replicas: 3, updatedReplicas: 3 },
};

export function jsonList<T>(
  items: readonly T[],
  more: { continue?: string; resourceVersion?: string } = {},
): KubeList<T> {
  return { metadata: { resourceVersion: '1000', ...more }, items };
}

export function jsonTable(pods: readonly JsonPod[], more: { continue?: string } = {}): Table {
  return {
    kind: 'Table',
    metadata: { resourceVersion: '1000', ...more },
    columnDefinitions: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node'].map((name) => ({ name })),
    rows: pods.map(({ metadata, spec }) => ({
      cells: [metadata.name, '1/1', 'Running', '2 (5m ago)', '6h', '10.1.0.1', spec.nodeName ?? '<none>'],
      object: { metadata },
    })),
  };
}

export function event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject, resourceVersion: string) {
  return { type, object: { ...object, metadata: { ...object.metadata, resourceVersion } } };
}
