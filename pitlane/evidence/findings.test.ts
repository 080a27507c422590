import { describe, expect, test } from 'vitest';
import { GoldenFile } from '../../test/golden.ts';
import type { NodeReport, PodTraits, Probe, Rollout, Usage } from '../rotation/pod-report.ts';
import { type Finding, foremost } from './finding.ts';
import { findingsOf, type Known } from './findings.ts';

const golden = new GoldenFile(import.meta.url);
const NOW = Date.parse('2026-11-24T03:12:00Z');
const MINUTE = 60_000;

const TRAITS: PodTraits = {
  name: 'rng-0',
  uid: '0',
  createdAt: NOW - 60 * MINUTE,
  isReady: true,
  restarts: 0,
  revision: 'aaaa',
  images: [],
};
const CONTAINER: Known['report']['containers'][number] = {
  name: 'rng',
  kind: 'container',
  image: 'rng:v2',
  state: 'running',
  restarts: 0,
  requests: '',
  limits: '',
};
const NOTHING = { kind: 'seen', value: undefined } as const;
const seen = <T>(value: T) => ({ kind: 'seen', value }) as const;

interface Given extends Partial<Omit<Known['report'], 'pod'>>, Partial<Known['around']> {
  readonly events?: Known['events'];
}

/** The codes of what is found. */
function found({ events = [], siblings, rollout, usage, node, ...report }: Given): readonly string[] {
  const pod = { nodeName: 'node-3' } as Known['report']['pod'];
  const findings = findingsOf({
    report: { pod, containers: [CONTAINER], conditions: [], traits: TRAITS, probes: [], ...report },
    events,
    around: {
      siblings: siblings ?? NOTHING,
      rollout: rollout ?? NOTHING,
      usage: usage ?? NOTHING,
      ...(node && { node }),
    },
    at: NOW,
  });
  golden.expect(...findings.map(({ text }) => text));
  return findings.map(({ code }) => code);
}

test('nothing is found about a pod that is well, and of which nothing else could be read', () => {
  expect(found({})).toEqual([]);
  const notSeen = { kind: 'notSeen', why: 'It was not read in time.' } as const;
  expect(found({ siblings: notSeen, rollout: notSeen, usage: notSeen, node: notSeen })).toEqual([]);
});

describe('containers', () => {
  test.each([
    ['waiting for an image', { state: 'ImagePullBackOff', waitingMessage: 'Back-off pulling image "rng:v9".' }],
    ['that crashed', { lastTermination: { reason: 'OOMKilled', exitCode: 137, at: NOW - 3 * MINUTE } }],
    ['that said why', { lastTermination: { reason: 'Error', exitCode: 1, message: 'no\nredis' } }],
  ] as const)('%s', (_, more) => {
    const want = {
      ImagePullBackOff: 'ContainerWaits',
      OOMKilled: 'ContainerEnded',
      Error: 'ContainerEnded',
    };
    const key = 'state' in more ? more.state : more.lastTermination.reason;
    expect(found({ containers: [{ ...CONTAINER, ...more }] })).toEqual([want[key]]);
  });

  test('that said a secret, which is redacted before the text is cut', () => {
    const message = `${'x'.repeat(290)} token=hunter2hunter2`;
    const containers = [{ ...CONTAINER, lastTermination: { reason: 'Error', exitCode: 1, message } }];
    expect(found({ containers })).toEqual(['ContainerEnded']);
  });

  test.each([
    ['starting', { state: 'ContainerCreating', waitingMessage: 'creating' }],
    ['that completed', { state: 'Completed', lastTermination: { reason: 'Completed', exitCode: 0 } }],
  ])('%s are well', (_, more) => {
    expect(found({ containers: [{ ...CONTAINER, ...more }] })).toEqual([]);
  });
});

describe('probes', () => {
  const ASKS = 'GET /healthz on port 8080 every 10 s (timeout 1 s, fails after 3 in a row)';
  const probe = (kind: Probe['kind'], isAwaited: boolean, container = 'rng'): Probe => ({
    kind,
    container,
    asks: ASKS,
    isAwaited,
  });
  const unhealthy = (message: string, minutes: number, container: string | undefined = 'rng') => ({
    at: NOW - minutes * MINUTE,
    type: 'Warning',
    reason: 'Unhealthy',
    message,
    count: 4,
    ...(container && { container }),
  });
  const REFUSED = 'Readiness probe failed: HTTP probe failed with statuscode: 503';

  test('one that fails, with what it asks and the answer', () => {
    expect(
      found({ probes: [probe('readiness', true)], events: [unhealthy(REFUSED, 2), unhealthy(REFUSED, 9)] }),
    ).toEqual(['ReadinessFails']);
  });

  test('one that has not passed yet', () => {
    expect(found({ probes: [probe('startup', true)] })).toEqual(['StartupFails']);
  });

  test('a liveness probe that fails now and then', () => {
    const events = [unhealthy('Liveness probe errored: rpc error', 2)];
    expect(found({ probes: [probe('liveness', false)], events })).toEqual(['LivenessFails']);
  });

  test('failures of a start that went well are left out, and later ones are not', () => {
    const conditions = [{ type: 'Ready', status: 'True', since: NOW - 5 * MINUTE }];
    const probes = [probe('readiness', false)];
    expect(found({ probes, conditions, events: [unhealthy(REFUSED, 6)] })).toEqual([]);
    expect(found({ probes, conditions, events: [unhealthy(REFUSED, 4)] })).toHaveLength(1);
  });

  test('failures of another container or probe are not of this one', () => {
    const probes = [probe('readiness', false), probe('liveness', false, 'proxy')];
    expect(found({ probes, events: [unhealthy(REFUSED, 2, 'proxy')] })).toEqual([]);
  });
});

describe('the node', () => {
  const node = (more: Partial<NodeReport>) =>
    found({ node: seen({ name: 'node-3', isCordoned: false, conditions: [], taints: [], ...more }) });

  test('that is well', () => {
    const normal = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];
    const conditions = [
      { type: 'Ready', status: 'True' },
      ...normal.map((type) => ({ type, status: 'False' })),
      // Not one of Kubernetes: what its values mean is unknown.
      { type: 'KubeletHasSomething', status: 'True' },
    ];
    expect(node({ conditions })).toEqual([]);
  });

  test('that is not', () => {
    const since = NOW - 12 * MINUTE;
    const conditions = [
      { type: 'MemoryPressure', status: 'True', since, message: 'kubelet has insufficient memory available' },
      { type: 'Ready', status: 'Unknown', since, message: 'Kubelet stopped posting node status.' },
    ];
    expect(node({ conditions, isCordoned: true, taints: ['dedicated=batch:NoSchedule'] })).toEqual([
      'NodePressure',
      'NodeNotReady',
      'NodeCordoned',
      'NodeTainted',
    ]);
  });

  test('that is gone', () => {
    expect(found({ node: NOTHING })).toEqual(['NodeGone']);
  });
});

describe('CPU and memory', () => {
  const MIB = 1024 ** 2;
  const usage = (cpu: Usage['containers'][number]['cpu'], memory: typeof cpu) =>
    found({ usage: seen({ containers: [{ name: 'rng', cpu, memory }] }) });

  test.each([
    ['below 90 % of their limits', { used: 449, limit: 500 }, { used: 230 * MIB, limit: 256 * MIB }, []],
    ['without limits', { used: 4000, request: 100 }, { used: 9_000 * MIB }, []],
    [
      'at 90 % of their limits',
      { used: 450, limit: 500 },
      { used: 240 * MIB, limit: 256 * MIB },
      ['MemoryNearLimit', 'CpuNearLimit'],
    ],
  ])('%s', (_, cpu, memory, want) => {
    expect(usage(cpu, memory)).toEqual(want);
  });
});

describe('the last rollout', () => {
  const rollout = (more: Partial<Rollout>): Rollout => ({
    workload: 'Deployment rng',
    revision: 7,
    startedAt: NOW - 12 * MINUTE,
    numbers: { aaaa: 7, bbbb: 6 },
    ...more,
  });
  const other = (revision: string): PodTraits => ({ ...TRAITS, uid: revision, revision });

  test.each([
    ['began within the hour', {}, ['NewRevision']],
    ['began earlier', { startedAt: NOW - 61 * MINUTE }, []],
    ['is the first', { revision: 1, numbers: { aaaa: 1 } }, []],
    ['has nothing of the pod', { numbers: { bbbb: 7 } }, []],
    ['has not reached the pod', { numbers: { aaaa: 6, bbbb: 7 } }, ['OldRevision']],
    ['was a rollback', { startedAt: undefined, revision: 8, numbers: { aaaa: 7, bbbb: 8 } }, ['OldRevision']],
  ])('%s', (_, more, want) => {
    expect(found({ rollout: seen(rollout(more)) })).toEqual(want);
  });

  test('does not repeat the revision that the comparison names', () => {
    const siblings = seen({ service: 'rng', pods: [other('bbbb')], isComplete: true });
    expect(found({ siblings, rollout: seen(rollout({})) })).toEqual(['RevisionDiffers', 'NewRevision']);
  });
});

test('the most frequent error and the first other finding are the foremost', () => {
  const finding = (code: Finding['code'], text: string): Finding => ({ code, text });
  const errors = [finding('LogErrors', 'a'), finding('LogErrors', 'b')];
  const others = [finding('ImageDiffers', 'c'), finding('NodeCordoned', 'd'), finding('NodeGone', 'e')];
  const texts = (findings: readonly Finding[]) => foremost(findings).map(({ text }) => text);
  expect(texts([...others, ...errors])).toEqual(['a', 'c']);
  expect(texts(others)).toEqual(['c', 'd']);
  expect(texts(errors)).toEqual(['a']);
  expect(texts([])).toEqual([]);
});
