import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/api.ts';
import { kindOf, kinds } from '../../api/kinds.ts';
import { decode } from '../decode/decode.ts';
import { humanDuration } from './layout.ts';
import { layoutOf } from './table.ts';

const stored = kinds.filter(({ review, group }) => !review && group !== 'events.k8s.io');

test.each(stored.map((kind) => [`${kind.group}/${kind.version} ${kind.resource}`, kind] as const))(
  'an empty object of %s has a cell for each column',
  (_name, kind) => {
    const empty = decode(kind.model, {}).value;
    const required = { type: 'Opaque', preemptionPolicy: 'Never' };
    const spec = { ...empty.spec, type: 'ClusterIP', replicas: 1, policyName: 'gate' };
    const metadata = { name: 'rng', creationTimestamp: '2026-01-01T00:00:00Z' };
    expect(layoutOf(kind).cells({ ...empty, ...required, spec, metadata }, 0)).not.toContain(undefined);
  },
);

test.each([
  [-3_000, '<invalid>'],
  [-500, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [185_000, '3m5s'],
  [600_000, '10m'],
  [3 * 3_600_000, '3h'],
  [3 * 3_600_000 + 60_000, '3h1m'],
  [8 * 3_600_000 + 60_000, '8h'],
  [50 * 3_600_000, '2d2h'],
  [8 * 86_400_000, '8d'],
  [800 * 86_400_000, '2y70d'],
  [9 * 365 * 86_400_000, '9y'],
])('%i milliseconds are shown as %s', (milliseconds, shown) => {
  expect(humanDuration(milliseconds)).toBe(shown);
});

const running = { ready: true, started: true, state: { running: {} } };
const starting = { ready: false, state: { waiting: { reason: 'PodInitializing' } } };
const completed = { ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const killed = { ready: false, state: { terminated: { exitCode: 137, signal: 9 } } };
const crashing = {
  ready: false,
  restartCount: 2,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { finishedAt: '2026-01-01T00:00:00Z' } },
};
const isReady = { type: 'Ready', status: 'True' };

test.each([
  ['a running container', [], [running], {}, '1/1', 'Running', '0'],
  ['a container that restarts', [], [running, crashing], {}, '1/2', 'CrashLoopBackOff', '2 (60s ago)'],
  ['a waiting init container', [starting], [starting], { phase: 'Pending' }, '0/1', 'Init:0/1', '0'],
  ['a second init container', [completed, starting], [starting], { phase: 'Pending' }, '0/1', 'Init:1/2', '0'],
  ['a failing init container', [killed], [starting], { phase: 'Pending' }, '0/1', 'Init:Signal:9', '0'],
  ['containers after the init containers', [completed], [starting], {}, '0/1', 'PodInitializing', '0'],
  ['a completed and a running container', [], [completed, running], {}, '1/2', 'NotReady', '0'],
  ['a completed container in a ready pod', [], [completed, running], { conditions: [isReady] }, '1/2', 'Running', '0'],
  ['a completed and a failed container', [], [completed, killed], {}, '0/2', 'Signal:9', '0'],
  ['an evicted pod', [], [], { phase: 'Failed', reason: 'Evicted' }, '0/0', 'Evicted', '0'],
])('a pod with %s shows its state', (_name, inits, mains, status, ready, word, restarts) => {
  const named = (statuses: object[], prefix: string) => statuses.map((each, at) => ({ name: prefix + at, ...each }));
  const [initContainerStatuses, containerStatuses] = [named(inits, 'init-'), named(mains, 'main-')];
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'rng-a', creationTimestamp: '2026-01-01T00:00:00Z' } },
    spec: { containers: containerStatuses, initContainers: initContainerStatuses },
    status: { phase: 'Running', initContainerStatuses, containerStatuses, ...status },
  } as unknown as KubeObject;
  const cells = layoutOf(kindOf('pods')).cells(pod, Date.parse('2026-01-01T00:01:00Z'));
  expect(cells.slice(1, 4)).toEqual([ready, word, restarts]);
});

test('a started sidecar counts as a container', () => {
  const status = {
    initContainerStatuses: [{ name: 'proxy', ...running }],
    containerStatuses: [{ ...running, name: 'web' }],
  };
  const spec = { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }], containers: [{ name: 'web' }] };
  const pod = { metadata: { name: 'rng-a' }, spec, status: { phase: 'Running', ...status } } as unknown as KubeObject;
  expect(layoutOf(kindOf('pods')).cells(pod, 0).slice(1, 3)).toEqual(['2/2', 'Running']);
});
