import { describe, expect, test } from 'vitest';
import { jsonPod, jsonTable } from './fake/objects.fixture.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod } from './json.ts';
import { podOf, podsOfTable } from './pod.ts';
import { podColumns } from './pod-status.ts';
import { parseQuantity } from './quantity.ts';

const running: JsonContainerStatus = { name: 'rng', ready: true, restartCount: 0, state: { running: {} } };
const waiting = (reason: string, restartCount = 0): JsonContainerStatus => ({
  name: 'rng',
  ready: false,
  restartCount,
  state: { waiting: { reason } },
});
const ended = (exitCode: number, reason?: string, signal?: number): JsonContainerStatus => ({
  name: 'rng',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, ...(reason ? { reason } : {}), ...(signal ? { signal } : {}) } },
});

function pod(status: JsonPod['status'], more: { deleted?: boolean; init?: readonly JsonContainer[] } = {}): JsonPod {
  return jsonPod('rng-b85tm', (base) => ({
    ...base,
    metadata: { ...base.metadata, ...(more.deleted ? { deletionTimestamp: '2026-11-24T03:12:07Z' } : {}) },
    spec: { ...base.spec, ...(more.init ? { initContainers: more.init } : {}) },
    status: { ...base.status, containerStatuses: [], ...status },
  }));
}

const SIDECAR: JsonContainer = { name: 'proxy', restartPolicy: 'Always' };
const PREPARE: JsonContainer = { name: 'prepare' };

// From kubectl 1.36: each row is one branch of printers.go, printPod.
test.each<[string, JsonPod, string]>([
  ['running', pod({ containerStatuses: [running] }), '1/1 Running 0'],
  ['pending', pod({ phase: 'Pending' }), '0/1 Pending 0'],
  [
    'waiting for an image',
    pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }),
    '0/1 ImagePullBackOff 0',
  ],
  ['crash loop', pod({ containerStatuses: [waiting('CrashLoopBackOff', 7)] }), '0/1 CrashLoopBackOff 7'],
  ['completed', pod({ phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }), '0/1 Completed 0'],
  ['failed', pod({ phase: 'Failed', containerStatuses: [ended(1, 'Error')] }), '0/1 Error 0'],
  ['killed', pod({ phase: 'Failed', containerStatuses: [ended(137, undefined, 9)] }), '0/1 Signal:9 0'],
  ['failed without a reason', pod({ phase: 'Failed', containerStatuses: [ended(3)] }), '0/1 ExitCode:3 0'],
  ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), '0/1 Evicted 0'],
  ['terminating', pod({ containerStatuses: [running] }, { deleted: true }), '1/1 Terminating 0'],
  ['terminating on a lost node', pod({ reason: 'NodeLost' }, { deleted: true }), '0/1 Unknown 0'],
  [
    'failed and terminating',
    pod({ phase: 'Failed', containerStatuses: [ended(1, 'Error')] }, { deleted: true }),
    '0/1 Error 0',
  ],
  [
    'held by a scheduling gate',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    '0/1 SchedulingGated 0',
  ],
  ['one container completed, one ready', pod({ containerStatuses: [ended(0, 'Completed'), running] }), '1/1 Running 0'],
  [
    'one container completed, one running, pod not ready',
    pod({ conditions: [], containerStatuses: [ended(0, 'Completed'), running] }),
    '1/1 NotReady 0',
  ],
  [
    'waiting for its init container',
    pod({ phase: 'Pending', initContainerStatuses: [{ ...running, name: 'prepare' }] }, { init: [PREPARE] }),
    '0/1 Init:0/1 0',
  ],
  [
    'init container failed',
    pod(
      { phase: 'Pending', initContainerStatuses: [{ ...ended(1, 'Error'), name: 'prepare', restartCount: 2 }] },
      { init: [PREPARE] },
    ),
    '0/1 Init:Error 2',
  ],
  [
    'init container completed',
    pod(
      { initContainerStatuses: [{ ...ended(0, 'Completed'), name: 'prepare' }], containerStatuses: [running] },
      { init: [PREPARE] },
    ),
    '1/1 Running 0',
  ],
  [
    'with a sidecar',
    pod(
      {
        initContainerStatuses: [{ ...running, name: 'proxy', started: true, restartCount: 1 }],
        containerStatuses: [running],
      },
      { init: [SIDECAR] },
    ),
    '2/2 Running 1',
  ],
])('prints the same columns as kubectl: %s', (_, given, want) => {
  const { ready, total, status, restarts } = podColumns(given);
  expect(`${ready}/${total} ${status} ${restarts}`).toBe(want);
});

describe('hasEnded', () => {
  test.each<[string, JsonPod, boolean]>([
    [
      'is true in the phase Failed',
      pod({ phase: 'Failed', containerStatuses: [ended(137, 'ContainerStatusUnknown')] }),
      true,
    ],
    ['is true in the phase Succeeded', pod({ phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }), true],
    ['is false between a crash and the restart', pod({ containerStatuses: [ended(1, 'Error')] }), false],
    ['is false between a completion and the restart', pod({ containerStatuses: [ended(0, 'Completed')] }), false],
  ])('%s', (_, given, want) => {
    expect([podOf(given, 'whole'), podOf(given, 'compact')].map(({ hasEnded }) => hasEnded ?? false)).toEqual([
      want,
      want,
    ]);
  });

  test('comes from the condition of a table row', () => {
    const { rows, ...table } = jsonTable([pod({}), pod({})]);
    const [first, second] = rows ?? [];
    const conditions = [{ type: 'Completed', status: 'True', reason: 'Failed' }];
    const given = { ...table, rows: [first, { ...second, conditions }] } as Parameters<typeof podsOfTable>[0];
    expect(podsOfTable(given).map(({ hasEnded }) => hasEnded ?? false)).toEqual([false, true]);
  });
});

test('reads the intended node of a DaemonSet pod before it is scheduled', () => {
  const field = { key: 'metadata.name', operator: 'In', values: ['node-7'] };
  const given = jsonPod('rng-b85tm', ({ spec: { nodeName: _, ...spec }, ...base }) => ({
    ...base,
    spec: {
      ...spec,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [field] }] },
        },
      },
    },
  }));
  expect(podOf(given, 'compact')).toMatchObject({ meantForNode: 'node-7' });
  expect(podOf(jsonPod('rng-b85tm'), 'compact')).not.toHaveProperty('meantForNode');
});

test('keeps every annotation of a pod', () => {
  const key = 'kubectl.kubernetes.io/last-applied-configuration';
  const given = jsonPod('rng-b85tm', (base) => ({
    ...base,
    metadata: { ...base.metadata, annotations: { [key]: '{}' } },
  }));
  expect(Object.keys(podOf(given, 'whole').annotations)).toEqual([key]);
});

test.each([
  ['250m', 0.25],
  ['2', 2],
  ['1e3', 1000],
  ['64Mi', 67_108_864],
  ['1G', 1e9],
  ['100u', 1e-4],
  ['', 0],
  ['many', 0],
])('parses the quantity %j as %d', (text, want) => {
  expect(parseQuantity(text)).toBeCloseTo(want, 9);
});

/** An init container that has no status yet. */
const initial = (name: string) => ({
  name,
  image: '',
  hasLivenessProbe: false,
  isReady: false,
  restarts: 0,
  state: 'waiting',
});

test('reads readiness, containers, volumes and placement of a whole pod', () => {
  const given = jsonPod('rng-b85tm', (base) => ({
    ...base,
    spec: {
      ...base.spec,
      hostNetwork: true,
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }, { key: 'spot', value: 'yes', effect: 'NoSchedule' }],
      topologySpreadConstraints: [{ whenUnsatisfiable: 'DoNotSchedule' }],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'scratch', emptyDir: {} },
        { name: 'cache', ephemeral: { volumeClaimTemplate: {} } },
        { name: 'settings' },
      ],
      terminationGracePeriodSeconds: 7,
      containers: [{ name: 'rng', image: 'rng:1', ports: [{ hostPort: 80 }, {}], livenessProbe: {} }],
      initContainers: [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }],
    },
  }));
  expect(podOf(given, 'whole').detail).toEqual({
    version: given.metadata.resourceVersion,
    phase: 'Running',
    isReady: true,
    readyChangedAt: Date.parse('2026-11-23T21:00:05Z'),
    containers: [
      {
        name: 'rng',
        image: 'rng:1',
        hasLivenessProbe: true,
        isReady: true,
        restarts: 0,
        state: 'running',
      },
    ],
    initContainers: [
      { ...initial('migrate'), isSidecar: false },
      { ...initial('proxy'), isSidecar: true },
    ],
    claims: [{ name: 'data' }],
    ownVolumes: ['cache', 'scratch'],
    graceSeconds: 7,
    hostNetwork: true,
    needs: {
      containers: [
        { name: 'migrate', role: 'init', requests: {}, hostPorts: [] },
        { name: 'proxy', role: 'sidecar', requests: {}, hostPorts: [] },
        { name: 'rng', role: 'main', requests: {}, hostPorts: [{ ip: '0.0.0.0', protocol: 'TCP', port: 80 }] },
      ],
      podLevel: {},
      overhead: {},
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }, { operator: 'Equal', key: 'spot', value: 'yes', effect: 'NoSchedule' }],
      claims: ['data'],
      preempts: true,
      notChecked: ['its affinity and spread rules'],
    },
    unrequested: ['cpu', 'memory'],
  });
});
