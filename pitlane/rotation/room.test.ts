import { describe, expect, test } from 'vitest';
import { podNeeds, withHostPort } from '../../test/builders/pod-needs.ts';
import { rng } from '../../test/builders/snapshot.ts';
import type { Wanted } from './node-fit.ts';
import { requestsOf } from './pod-needs.ts';
import { replacementOf, reserveRoom, roomFor } from './room.ts';
import type { Claim, Headroom, NodeRoom, PlacedPod } from './snapshot.ts';

function node(name: string, change: Partial<NodeRoom> = {}): NodeRoom {
  const free = { cpu: 1000, memory: 1000, pods: 10 };
  return { name, labels: {}, taints: [], isUnschedulable: false, isReady: true, free, pods: [], ...change };
}

function placed(name: string, change: Partial<PlacedPod> = {}): PlacedPod {
  return { name, uid: name, namespace: 'jobs', priority: 0, requests: {}, hostPorts: [], ...change };
}

const on = (...nodes: readonly NodeRoom[]): Headroom => ({
  nodes,
  quotas: [],
  claimsInUse: [],
  budgets: { kind: 'seen', value: {} },
});
const wanted = (needs: Wanted['needs'], change: Partial<Wanted> = {}): Wanted => ({
  labels: { app: 'rng' },
  needs,
  claims: [],
  ...change,
});
const small = podNeeds({ cpu: 100 });
const GPU = 'example.com/gpu';

describe('a node', () => {
  const term = (zone: string) => [{ matchExpressions: [{ key: 'zone', operator: 'In', values: [zone] }] }];
  const withClaim = (claim: Omit<Claim, 'name'>) => wanted(small, { claims: [{ name: 'data', ...claim }] });
  test.each<[string, NodeRoom, Wanted, readonly string[]]>([
    ['has exactly enough CPU', node('a', { free: { cpu: 100, pods: 1 } }), wanted(small), []],
    [
      'has too little CPU by the smallest part',
      node('a', { free: { cpu: 99, pods: 1 } }),
      wanted(small),
      ['1 short of CPU'],
    ],
    ['has no more pods to give', node('a', { free: { cpu: 100, pods: 0 } }), wanted(small), ['1 at the pod limit']],
    ['has a device', node('a', { free: { [GPU]: 1, pods: 1 } }), wanted(podNeeds({ [GPU]: 1 })), []],
    [
      'has no device left',
      node('a', { free: { [GPU]: 0, pods: 1 } }),
      wanted(podNeeds({ [GPU]: 1 })),
      [`1 short of ${GPU}`],
    ],
    ['has never had such a device', node('a'), wanted(podNeeds({ [GPU]: 1 })), [`1 short of ${GPU}`]],
    [
      'is full, but the pod asks for nothing',
      node('a', { free: { cpu: -5, pods: 1 } }),
      wanted(podNeeds({ cpu: 0 })),
      [],
    ],
    [
      'has too little ephemeral storage',
      node('a', { free: { 'ephemeral-storage': 1, pods: 1 } }),
      wanted(podNeeds({ 'ephemeral-storage': 2 })),
      ['1 short of ephemeral-storage'],
    ],
    [
      'has the host port in use',
      node('a', { pods: [placed('x', { hostPorts: withHostPort(80).hostPorts })] }),
      wanted(podNeeds({}, { containers: [withHostPort(80)] })),
      ['1 with host port 80 in use'],
    ],
    [
      'matches the node affinity',
      node('a', { labels: { zone: 'a' } }),
      wanted(podNeeds({}, { nodeAffinity: term('a') })),
      [],
    ],
    [
      'does not match the node affinity',
      node('a', { labels: { zone: 'b' } }),
      wanted(podNeeds({}, { nodeAffinity: term('a') })),
      ['1 not matched by its node affinity'],
    ],
    [
      'reaches the volume',
      node('a', { labels: { zone: 'a' } }),
      withClaim({ volume: { nodes: term('a'), isAttached: true } }),
      [],
    ],
    [
      'does not reach the volume',
      node('a', { labels: { zone: 'b' } }),
      withClaim({ volume: { nodes: term('a'), isAttached: true } }),
      ['1 out of reach of volume claim data'],
    ],
    [
      'can use a claim only until it is deleted',
      node('a'),
      withClaim({ isLeaving: true }),
      ['1 blocked: volume claim data is being deleted'],
    ],
  ])('%s', (_, given, pod, why) => {
    expect(roomFor(pod, on(given)).why).toEqual(why);
  });
});

test('a claim whose volume was not read is not checked', () => {
  const { notChecked } = roomFor(wanted(small, { claims: [{ name: 'data' }] }), on(node('a')));
  expect(notChecked).toEqual(['its volume claim data']);
});

describe('replacements that come together', () => {
  test('take the devices of several nodes, until none is left', () => {
    const pod = wanted(podNeeds({ [GPU]: 1 }));
    let left = on(node('a', { free: { [GPU]: 1, pods: 5 } }), node('b', { free: { [GPU]: 1, pods: 5 } }));
    const fitting: number[] = [];
    for (let number = 0; number < 3; number += 1) {
      fitting.push(roomFor(pod, left).fits.length);
      left = reserveRoom(pod, left);
    }
    expect(fitting).toEqual([2, 1, 0]);
  });

  test('take the host port', () => {
    const pod = wanted(podNeeds({}, { containers: [withHostPort(80)] }));
    expect(roomFor(pod, reserveRoom(pod, on(node('a')))).fits).toEqual([]);
  });

  test('take the place of the pods that they end', () => {
    const pod = wanted(podNeeds({ cpu: 100 }, { priority: 10 }));
    const full = on(node('a', { free: { cpu: 0, pods: 5 }, pods: [placed('batch', { requests: { cpu: 150 } })] }));
    const after = reserveRoom(pod, full);
    expect(after.nodes[0]?.free).toEqual({ cpu: 50, pods: 5 });
    expect(roomFor(pod, after)).toMatchObject({ fits: [], preemptions: [] });
  });
});

describe('to make room the scheduler may end', () => {
  const urgent = podNeeds({ cpu: 100 }, { priority: 10 });
  const full = (...pods: readonly PlacedPod[]) => node('a', { free: { cpu: 0, pods: 0 }, pods });
  const batch = (name: string, change: Partial<PlacedPod> = {}) => placed(name, { requests: { cpu: 100 }, ...change });
  test.each<[string, NodeRoom, Wanted, readonly string[] | undefined]>([
    ['a pod of lower priority', full(batch('x')), wanted(urgent), ['x']],
    ['no pod of the same priority', full(batch('x', { priority: 10 })), wanted(urgent), undefined],
    ['none if its policy is Never', full(batch('x')), wanted({ ...urgent, preempts: false }), undefined],
    ['none if there is room', node('a', { pods: [batch('x')] }), wanted(urgent), undefined],
    ['none where that is not enough', full(batch('x', { requests: { cpu: 50 } })), wanted(urgent), undefined],
    [
      'none where something else is in the way',
      { ...full(batch('x')), isUnschedulable: true },
      wanted(urgent),
      undefined,
    ],
    ['the least important one', full(batch('x', { priority: 1 }), batch('y')), wanted(urgent), ['y']],
    [
      'the youngest of equal ones',
      full(batch('x', { startedAt: 1 }), batch('y', { startedAt: 2 })),
      wanted(urgent),
      ['y'],
    ],
    [
      'as many as it needs',
      full(batch('x', { requests: { cpu: 50 } }), batch('y', { requests: { cpu: 50 } })),
      wanted(urgent),
      ['x', 'y'],
    ],
    [
      'one that holds the host port',
      node('a', { pods: [batch('x'), batch('y', { hostPorts: withHostPort(80).hostPorts })] }),
      wanted(podNeeds({}, { containers: [withHostPort(80)], priority: 10 })),
      ['y'],
    ],
    [
      'one whose anti-affinity keeps others away',
      node('a', { pods: [batch('x'), batch('y')], shuns: [{ selector: { matchLabels: { app: 'rng' } }, by: 'x' }] }),
      wanted(urgent),
      ['x'],
    ],
  ])('%s', (_, given, pod, victims) => {
    const { preemptions } = roomFor(pod, on(given));
    expect(preemptions[0]?.victims.map(({ name }) => name)).toEqual(victims);
  });
});

test('a pod that a quota keeps out ends no others', () => {
  const full = node('a', { free: { cpu: 0, pods: 0 }, pods: [placed('x', { requests: { cpu: 100 } })] });
  const urgent = wanted(podNeeds({ cpu: 100 }, { priority: 10 }));
  const headroom = { ...on(full), quotas: [{ name: 'team', left: { pods: 0 } }] };
  expect(roomFor(urgent, headroom)).toMatchObject({ quotas: ['team'], preemptions: [] });
});

describe('the pods that budgets protect', () => {
  const urgent = wanted(podNeeds({ cpu: 100 }, { priority: 10 }));
  const batch = (name: string, change: Partial<PlacedPod> = {}) => placed(name, { requests: { cpu: 100 }, ...change });
  const full = (name: string, ...pods: readonly PlacedPod[]) => node(name, { free: { cpu: 0, pods: 5 }, pods });
  const withBudget = (allowed: number, ...nodes: readonly NodeRoom[]): Headroom => ({
    ...on(...nodes),
    budgets: { kind: 'seen', value: { 'jobs/kept': allowed } },
  });
  const kept = batch('kept', { budgets: ['jobs/kept'] });
  const victims = (headroom: Headroom) =>
    roomFor(urgent, headroom).preemptions.map((each) => [each.node, ...each.victims.map(({ name }) => name)]);

  test('stay where ending another is enough, even a more important one', () => {
    expect(victims(withBudget(0, full('a', kept, batch('x', { priority: 5 }))))).toEqual([['a', 'x']]);
    expect(victims(withBudget(1, full('a', kept, batch('x', { priority: 5 }))))).toEqual([['a', 'kept']]);
  });

  test('go last: other nodes are named before theirs', () => {
    expect(victims(withBudget(0, full('a', kept), full('b', batch('x', { priority: 5 }))))).toEqual([
      ['b', 'x'],
      ['a', 'kept'],
    ]);
  });

  test('are not known without the permission, which is said', () => {
    const headroom: Headroom = { ...on(full('a', kept)), budgets: { kind: 'notSeen', why: 'no' } };
    expect(roomFor(urgent, headroom).notChecked).toEqual(['the budgets of other pods']);
  });
});

describe('the replacement', () => {
  const pod = (needs: Wanted['needs'], annotations = {}) => {
    const { targets } = rng().pod('b85tm', { annotations }, { needs }).about('b85tm');
    const [target] = targets;
    if (target === undefined) throw new Error('no target');
    return target;
  };
  const made = (needs: Wanted['needs'], kind = 'ReplicaSet') => ({
    ref: { kind, name: 'rng', uid: '1' },
    owner: { needs, templateLabels: { app: 'rng' } } as never,
  });
  const injected = { name: 'proxy', role: 'sidecar', requests: { cpu: 50 }, hostPorts: [] } as const;

  test.each<[string, Wanted['needs'], Wanted['needs'], object, number]>([
    [
      'is like the pod, with the sidecar that was injected',
      { ...small, containers: [injected, ...small.containers] },
      small,
      {},
      150,
    ],
    ['is what the template has become', small, podNeeds({ cpu: 900 }), {}, 900],
    [
      'tolerates what an adopted pod does not',
      { ...small, containers: [injected, ...small.containers] },
      { ...small, tolerations: [{ operator: 'Exists' }] },
      {},
      100,
    ],
    ['is smaller than a pod that was adopted', podNeeds({ cpu: 900 }), small, {}, 100],
    ['has the defaults of a LimitRange', small, podNeeds(), { 'kubernetes.io/limit-ranger': 'set cpu' }, 100],
    ['has what the autoscaler sets', podNeeds({ cpu: 900 }), small, { vpaUpdates: 'Pod resources updated' }, 900],
  ])('%s', (_, its, template, annotations, want) => {
    expect(requestsOf(replacementOf(pod(its, annotations), made(template)).needs)).toEqual({ cpu: want });
  });

  test('has the priority of the pod if the template names its class, and else an unknown one', () => {
    const critical = podNeeds({}, { priority: 100, priorityClass: 'critical' });
    const template = (priorityClass: string) => podNeeds({ cpu: 1 }, { priority: undefined, priorityClass });
    expect(replacementOf(pod(critical), made(template('critical'))).needs.priority).toBe(100);
    const other = replacementOf(pod(critical), made(template('low'))).needs;
    expect([other.priority, other.notChecked]).toEqual([undefined, ['its priority class low']]);
  });
});
