import { describe, expect, test } from 'vitest';
import { type ContainerState, running, waiting } from '../containers/container-state.ts';
import { fullImageName, imageId } from '../containers/image.ts';
import type { ContainerStatus, Pod } from '../pod.ts';
import { type PodFacts, phaseOf, podStatus } from './pod-status.ts';

const now = Date.parse('2026-11-24T03:12:07.300Z');
const rng = { name: 'rng', image: 'dockercoins/rng:v0.1' };

function pod({ restartPolicy = 'Always', ...rest }: { restartPolicy?: string } & Partial<Pod> = {}): Pod {
  return {
    metadata: { name: 'rng-b85tm', namespace: 'dockercoins', uid: '6f1c8a52-3d0e-4b7a-9c55-0d2f9e6a7b10' },
    spec: { containers: [rng], restartPolicy },
    ...rest,
  };
}

const main = (status: ContainerStatus): ContainerState => ({ role: 'main', status });
const creating = waiting(rng, 'ContainerCreating');
const created = main({ ...creating, containerID: 'containerd://4be1' });
const started = running(creating, rng.image, 'containerd://4be1', now);
const ready = main({ ...started, started: true, ready: true });
const ended = (exitCode: number) =>
  main({ ...started, state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } } });
const backingOff = main({ ...waiting(rng, 'CrashLoopBackOff'), restartCount: 2 });

describe('phase', () => {
  const deleted = pod();
  deleted.metadata.deletionTimestamp = '2026-11-24T03:12:07Z';
  test.each<[string, Pod, ContainerState[], string]>([
    ['is Pending while containers are created', pod(), [created], 'Pending'],
    ['is Pending before the first start of one of two', pod(), [ready, created], 'Pending'],
    ['is Running with a running container', pod(), [ready], 'Running'],
    ['is Running in CrashLoopBackOff', pod(), [backingOff], 'Running'],
    ['is Running after a failure under Always', pod(), [ended(1)], 'Running'],
    ['is Running after a failure under OnFailure', pod({ restartPolicy: 'OnFailure' }), [ended(1)], 'Running'],
    ['is Succeeded after a success under OnFailure', pod({ restartPolicy: 'OnFailure' }), [ended(0)], 'Succeeded'],
    ['is Running while one container runs under Never', pod({ restartPolicy: 'Never' }), [ended(0), ready], 'Running'],
    ['is Failed when one of two failed under Never', pod({ restartPolicy: 'Never' }), [ended(0), ended(3)], 'Failed'],
    ['is Succeeded when a deleted pod ended with 0', deleted, [ended(0)], 'Succeeded'],
    ['is Failed when a deleted pod was killed', deleted, [ended(137)], 'Failed'],
  ])('%s', (_, given, containers, want) => {
    expect(phaseOf({ pod: given, containers })).toBe(want);
  });
});

function status(facts: Partial<PodFacts>) {
  const podIp = '10.244.1.7';
  return podStatus({
    pod: pod(),
    containers: [ready],
    podIp,
    startedAt: now,
    written: [],
    now,
    ...facts,
  });
}

function conditions(facts: Partial<PodFacts>): string[] {
  return (status(facts).conditions ?? []).map(({ type, status: is, reason, message }) =>
    [type, is, reason, message].filter((part) => part !== undefined).join(' '),
  );
}

describe('conditions', () => {
  const gated = (gate?: string): Pod => {
    const withGate = pod();
    withGate.spec.readinessGates = [{ conditionType: 'lb.example.com/attached' }];
    if (gate !== undefined) withGate.status = { conditions: [{ type: 'lb.example.com/attached', status: gate }] };
    return withGate;
  };
  const allTrue = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
    (type) => `${type} True`,
  );
  const isNot = (reason: string) => [
    'PodReadyToStartContainers True',
    'Initialized True',
    `Ready False ${reason}`,
    `ContainersReady False ${reason}`,
    'PodScheduled True',
  ];

  test.each<[string, Partial<PodFacts>, string[]]>([
    ['of a ready pod', {}, allTrue],
    [
      'of a pod with an unready container',
      { containers: [main({ ...started, started: true })] },
      isNot('ContainersNotReady containers with unready status: [rng]'),
    ],
    [
      'of a succeeded Job pod',
      { pod: pod({ restartPolicy: 'Never' }), containers: [ended(0)] },
      isNot('PodCompleted').with(1, 'Initialized True PodCompleted'),
    ],
    ['of a failed Job pod', { pod: pod({ restartPolicy: 'Never' }), containers: [ended(1)] }, isNot('PodFailed')],
    ['of a pod with an open readiness gate', { pod: gated('True') }, allTrue],
    [
      'of a pod with a closed readiness gate',
      { pod: gated('False') },
      allTrue.with(
        2,
        'Ready False ReadinessGatesNotReady the status of pod readiness gate "lb.example.com/attached" is not "True", but False',
      ),
    ],
    [
      'of a pod with an unset readiness gate',
      { pod: gated() },
      allTrue.with(
        2,
        'Ready False ReadinessGatesNotReady corresponding condition of pod readiness gate "lb.example.com/attached" does not exist.',
      ),
    ],
    [
      'of a pod without a network',
      { podIp: undefined, containers: [created] },
      isNot('ContainersNotReady containers with unready status: [rng]').with(0, 'PodReadyToStartContainers False'),
    ],
  ])('%s', (_, facts, want) => {
    expect(conditions(facts)).toEqual(want);
  });

  test('only a changed condition gets a new transition time', () => {
    const before = '2026-11-24T03:00:00Z';
    const written = [
      { type: 'Initialized', status: 'True', lastTransitionTime: before },
      { type: 'Ready', status: 'False', lastTransitionTime: before },
    ];
    const times = new Map(status({ written }).conditions?.map((one) => [one.type, one.lastTransitionTime]));
    expect([times.get('Initialized'), times.get('Ready')]).toEqual([before, '2026-11-24T03:12:07Z']);
  });
});

test('reports a running container with its full image name, id and start', () => {
  expect(ready.status).toEqual({
    name: 'rng',
    image: 'docker.io/dockercoins/rng:v0.1',
    imageID: imageId(rng.image),
    containerID: 'containerd://4be1',
    restartCount: 0,
    ready: true,
    started: true,
    state: { running: { startedAt: '2026-11-24T03:12:07Z' } },
    lastState: {},
  });
});

test.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['dockercoins/rng:v0.1', 'docker.io/dockercoins/rng:v0.1'],
  ['localhost:5000/rng', 'localhost:5000/rng:latest'],
  ['quay.io/team/rng@sha256:abc', 'quay.io/team/rng@sha256:abc'],
])('expands the image %s to %s', (image, want) => {
  expect(fullImageName(image)).toBe(want);
});

test('gives the same digest for the same image and another for another tag', () => {
  expect(imageId('rng:v1')).toMatch(/^docker\.io\/library\/rng@sha256:[0-9a-f]{64}$/);
  expect(imageId('rng:v1')).toBe(imageId('docker.io/library/rng:v1'));
  expect(imageId('rng:v1')).not.toBe(imageId('rng:v2'));
});
