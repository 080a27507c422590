import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable, readableChecks, sections } from '../../../test/builders/plan.ts';
import { podNeeds } from '../../../test/builders/pod-needs.ts';
import { NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { CANARY, type CanaryRecord } from '../../rotation/marks.ts';
import { type CreateWrite, type Operation, type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { progressOf } from '../../rotation/proof.ts';
import type { PlacedPod, Pod, PodDetail, Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';
import type { CanaryRequest } from './canary.ts';

/** As the DaemonSet controller binds a pod. */
const ON_NODE_1 = {
  matchExpressions: [],
  matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
};

const SECOND = 1000;

function startOf(snapshot: Snapshot, change: Partial<CanaryRequest> = {}): Operation<CanaryRequest> {
  const { name, uid } = snapshot.service;
  const request = { command: 'canary start', service: 'rng', dryRun: false, force: false, count: 1, out: false };
  return {
    id: 'op-now',
    request: { ...request, ...change },
    subject: { kind: 'service', service: { kind: 'Service', name, uid } },
    by: 'bob',
    at: NOW,
  };
}

function start(given: SnapshotBuilder, change: Partial<CanaryRequest> = {}): Plan | Refusal {
  const snapshot = given.snapshot();
  return planOf(snapshot, startOf(snapshot, change));
}

interface Created {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly { readonly kind: string; readonly controller?: true }[];
  };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly Readonly<Record<string, unknown>>[];
  };
}

function created(plan: Plan | Refusal): readonly Created[] {
  return writesOf(planned(plan)).map((write) => {
    if (write.kind !== 'create') throw new Error(`${write.key} creates nothing`);
    return (write as CreateWrite).object as unknown as Created;
  });
}

function only(plan: Plan | Refusal): Created {
  const [object] = created(plan);
  if (object === undefined) throw new Error('nothing is created');
  return object;
}

type Changed = Omit<Partial<Pod>, 'detail'> & { readonly detail?: Partial<PodDetail> };

/** The rng of the builder with the operation's canaries, as created that long ago. */
function begun(given: SnapshotBuilder, age: number, pods: readonly Changed[]) {
  const names = created(start(rng(), { count: 2 })).map(({ metadata }) => metadata.name);
  const record: CanaryRecord = {
    v: 1,
    id: 'op-now',
    from: 'Deployment rng',
    by: 'bob',
    at: new Date(NOW - age * SECOND).toISOString(),
    until: '2026-11-24T03:32:07Z',
  };
  pods.forEach(({ detail, ...pod }, index) => {
    const suffix = `canary-${index}`;
    given.another(suffix, {
      name: names[index] ?? '',
      owner: undefined,
      labels: { app: 'rng', [CANARY]: 'rng' },
      annotations: { [CANARY]: JSON.stringify(record) },
    });
    given.pod(names[index] ?? '', pod, detail);
  });
  return given;
}

const NEVER_PULLED = {
  status: 'ImagePullBackOff',
  containers: { ready: 0, total: 1 },
  detail: {
    isReady: false,
    phase: 'Pending',
    obstacle: 'ImagePullBackOff: Back-off pulling image "x"',
    containers: [
      {
        name: 'rng',
        image: 'x',
        hasLivenessProbe: false,
        isReady: false,
        restarts: 0,
        state: 'ImagePullBackOff',
      },
    ],
  },
} as const;
const CRASHING = {
  status: 'CrashLoopBackOff',
  restarts: 4,
  containers: { ready: 0, total: 1 },
  detail: { isReady: false, obstacle: 'CrashLoopBackOff: back-off 40s restarting failed container=rng' },
} as const;

/** A pod that fills its node. */
const lowPriority = (priority: number): PlacedPod => ({
  name: 'batch-x',
  uid: 'x',
  namespace: 'jobs',
  priority,
  requests: { cpu: 100 },
  hostPorts: [],
});

const gated = () =>
  rng()
    .service({ selector: { app: 'rng', enabled: 'yes' } })
    .pod('', { labels: { app: 'rng', enabled: 'yes' } });
const both = () => {
  const daemon = rng().daemonSet(2).snapshot();
  const [controller] = daemon.controllers;
  const [pod] = daemon.pods;
  if (controller === undefined || pod === undefined) throw new Error('no DaemonSet');
  return rng()
    .withController(controller)
    .another('daemo', { ...pod, uid: 'uid-of-daemo', name: 'rng-daemo' });
};
const broad = (matchLabels: Readonly<Record<string, string>>) =>
  rng().withController({ kind: 'ReplicaSet', name: 'broad', template: undefined, selector: { matchLabels } });
const claim = { persistentVolumeClaim: { claimName: 'data' } };

const CASES: readonly [
  name: string,
  given: SnapshotBuilder,
  change: Partial<CanaryRequest>,
  want: readonly string[],
][] = [
  ['allows a canary of a Deployment', rng(), {}, []],
  ['allows a canary of a DaemonSet', rng().daemonSet(3), {}, []],
  ['allows a canary of a StatefulSet', rng().statefulSet(3), {}, []],
  ['refuses a service without a selector', rng().withoutSelector(), {}, ['refusal ServiceSelectsNothing']],
  ['refuses a service without a workload', rng().pods(0), {}, ['refusal NoWorkload']],
  ['refuses another workload', rng(), { from: 'hasher' }, ['refusal WorkloadUnknown']],
  ['refuses the right name of another kind', rng(), { from: 'ds/rng' }, ['refusal WorkloadUnknown']],
  ['allows the name of the workload', rng(), { from: 'rng' }, []],
  ['allows a short kind', rng(), { from: 'deploy/rng' }, []],
  ['asks which of two workloads', both(), {}, ['refusal SeveralWorkloads', 'refusal SeveralWorkloads']],
  ['asks where both have the name', both(), { from: 'rng' }, ['refusal SeveralWorkloads', 'refusal SeveralWorkloads']],
  ['allows one of two workloads', both(), { from: 'daemonset/rng' }, []],
  [
    'refuses a workload that is being deleted',
    rng().controller('Deployment', { deletedAt: NOW }),
    {},
    ['refusal WorkloadBeingDeleted'],
  ],
  [
    'refuses a StatefulSet with a volume for each pod',
    rng()
      .statefulSet(3)
      .template({ claims: ['data'] }),
    {},
    ['refusal NeedsOwnVolume'],
  ],
  ['refuses --out without a gate', rng(), { out: true }, ['refusal NoGate']],
  ['allows --out with a gate', gated(), { out: true }, []],
  [
    'refuses --out where the gate is all of the selector',
    gated().service({ selector: { enabled: 'yes' } }),
    { out: true },
    ['refusal NoGate'],
  ],
  ['allows a broad ReplicaSet', broad({ app: 'rng' }), {}, []],
  [
    'refuses to break a budget beside a broad ReplicaSet',
    broad({ app: 'rng' }).budget('rng', { maxUnavailable: 1 }),
    {},
    ['refusal BudgetWouldBreak'],
  ],
  [
    'allows a budget with a number beside a broad ReplicaSet',
    broad({ app: 'rng' }).budget('rng', { minAvailable: 2 }),
    {},
    [],
  ],
  [
    'allows a budget that a DaemonSet has broken already',
    rng().daemonSet(3).budget('rng', { maxUnavailable: 1 }),
    {},
    [],
  ],
  ['allows any budget where no controller would adopt it', rng().budget('rng', { maxUnavailable: 1 }), {}, []],
  [
    'refuses where the budgets are unknown and matter',
    broad({ app: 'rng' }).othersNotSeen('Budgets can not be listed.'),
    {},
    ['refusal BudgetsNotSeen'],
  ],
  ['allows as many as the quota admits', rng().free(9000).quota('few', { pods: 2 }), { count: 2 }, []],
  [
    'refuses more than the quota admits',
    rng().free(9000).quota('few', { pods: 2 }),
    { count: 3 },
    ['refusal QuotaExhausted'],
  ],
  [
    'warns that a quota may admit fewer, if only the API server knows how it counts',
    rng().free(9000).quota('team', {}, true),
    { count: 2 },
    ['warning QuotaNotCounted'],
  ],
  ['believes the API server about one canary', rng().free(9000).quota('team', {}, true), {}, []],
  ['allows as many as the nodes have room for', rng().free(200), { count: 2 }, []],
  [
    'warns of pods of lower priority that may go',
    rng().free(0).occupied('node-1', lowPriority(-10)),
    {},
    ['warning MayPreempt'],
  ],
  [
    'leaves canaries of low priority as they are, so that they preempt no pods of theirs',
    rng()
      .pods(1)
      .pod('b85tm', {}, { needs: podNeeds({ cpu: 100 }, { priority: -10 }) })
      .free(0)
      .occupied('node-1', lowPriority(-10)),
    {},
    ['warning NoRoom'],
  ],
  ['warns of more than the nodes have room for', rng().free(200), { count: 3 }, ['warning NoRoom']],
  [
    'looks for room on all nodes where the pods of a DaemonSet are bound to one each',
    rng()
      .daemonSet(3)
      .pod('', {}, { needs: podNeeds({ cpu: 100 }, { nodeAffinity: [ON_NODE_1] }) })
      .controller('DaemonSet', { needs: podNeeds({ cpu: 100 }) })
      .free(0, 100, 100),
    { count: 2 },
    [],
  ],
  [
    'warns of a shared volume',
    rng().template({ spec: { containers: [{ name: 'rng' }], volumes: [claim] } }),
    {},
    ['warning SharesVolume'],
  ],
  ['allows half of the traffic', rng(), { count: 4 }, []],
  ['warns of more than half of the traffic', rng(), { count: 5 }, ['warning LargeShare']],
];

describe('canary start', () => {
  test.each(CASES)('%s', (_, given, change, want) => {
    expect(findings(start(given, change))).toEqual(want);
  });

  test('refuses where the controllers could not be listed', () => {
    const snapshot = { ...rng().snapshot(), adoptersNotSeen: 'They can not be listed.' };
    expect(findings(planOf(snapshot, startOf(snapshot)))).toEqual(['refusal AdoptersNotSeen']);
  });

  test('proposes a line for each of two workloads, with all that was asked', () => {
    const refused = start(both(), { env: ['A=b c'], count: 2 });
    expect(refused.checks.map(({ instead }) => instead)).toEqual([
      'canary start --from daemonset/rng --env "A=b c" --count 2',
      'canary start --from deployment/rng --env "A=b c" --count 2',
    ]);
  });
});

describe('the pod of a canary', () => {
  test('has the labels of the template without the hash, the mark, and the Service as plain owner', () => {
    const { metadata } = only(start(rng()));
    expect(metadata.name).toMatch(/^rng-canary-[a-z]{5}$/);
    expect(metadata.labels).toEqual({ app: 'rng', [CANARY]: 'rng' });
    expect(metadata.annotations['example.com/scrape']).toBe('yes');
    expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'Service' })]);
    expect(metadata.ownerReferences[0]).not.toHaveProperty('controller');
  });

  test.each([
    ['a DaemonSet', rng().daemonSet(3)],
    ['a broad ReplicaSet', broad({ app: 'rng' })],
  ])('has the Service as controller where %s selects what the service needs', (_, given) => {
    expect(only(start(given)).metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Service', controller: true }),
    ]);
  });

  test('lacks the label by which a controller would adopt it, if the service does not need it', () => {
    const given = broad({ tier: 'front' }).controller('Deployment', { templateLabels: { app: 'rng', tier: 'front' } });
    const { labels, ownerReferences } = only(start(given)).metadata;
    expect(labels).toEqual({ app: 'rng', [CANARY]: 'rng' });
    expect(ownerReferences[0]).not.toHaveProperty('controller');
  });

  test('lacks the label by which a budget would stop counting it, if the Service is its controller', () => {
    const given = broad({ app: 'rng' })
      .controller('Deployment', { templateLabels: { app: 'rng', tier: 'front' } })
      .budget('front', { selector: { matchLabels: { tier: 'front' } }, maxUnavailable: 1 });
    expect(only(start(given)).metadata.labels).toEqual({ app: 'rng', [CANARY]: 'rng' });
  });

  test('lacks the label of the gate with --out, and has it otherwise', () => {
    expect(only(start(gated(), { out: true })).metadata.labels).not.toHaveProperty('enabled');
    expect(only(start(gated())).metadata.labels).toHaveProperty('enabled', 'yes');
  });

  test('takes no host port, neither of a container nor of a sidecar', () => {
    const ports = [{ containerPort: 9200, hostPort: 9200, hostIP: '0.0.0.0' }];
    const spec = {
      containers: [{ name: 'rng', image: 'rng:v1', ports }],
      initContainers: [{ name: 'proxy', image: 'proxy:v1', restartPolicy: 'Always', ports }],
    };
    const { containers, initContainers } = only(start(rng().template({ spec }))).spec as typeof spec;
    expect([...containers, ...initContainers].map((container) => container.ports)).toEqual([
      [{ containerPort: 9200 }],
      [{ containerPort: 9200 }],
    ]);
  });

  test('changes image, variables and arguments of the main container only', () => {
    const spec = {
      priorityClassName: 'high',
      containers: [
        { name: 'proxy', image: 'proxy:v1', ports: [{ containerPort: 80, hostPort: 80 }] },
        {
          name: 'rng',
          image: 'rng:v1',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', valueFrom: {} },
          ],
        },
      ],
    };
    const change = { image: 'rng:v2', env: ['B=x=y', 'C='], args: ['-v', '--port 80'] };
    const object = only(start(rng().template({ spec }), change));
    expect(object.spec).toEqual({
      restartPolicy: 'Always',
      activeDeadlineSeconds: 1500,
      containers: [
        { name: 'proxy', image: 'proxy:v1', ports: [{ containerPort: 80 }] },
        {
          name: 'rng',
          image: 'rng:v2',
          args: ['-v', '--port 80'],
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: 'x=y' },
            { name: 'C', value: '' },
          ],
        },
      ],
    });
    // The record has no values of variables, which may be secret.
    const record = JSON.parse(object.metadata.annotations[CANARY] ?? '');
    expect(record).toMatchObject({ id: 'op-now', by: 'bob', ...change, env: ['B', 'C'] });
  });

  test('has a name of at most 63 characters', () => {
    const given = rng().controller('Deployment', { name: `${'a'.repeat(48)}.-${'b'.repeat(60)}` });
    expect(only(start(given)).metadata.name).toMatch(/^a{48}-canary-[a-z]{5}$/);
  });
});

describe('the plan of canaries', () => {
  test('has the same names each time, and is the same for the same input', () => {
    expect(start(rng(), { count: 10 })).toEqual(start(rng(), { count: 10 }));
    expect(new Set(created(start(rng(), { count: 10 })).map(({ metadata }) => metadata.name)).size).toBe(10);
    expect(JSON.parse(JSON.stringify(planned(start(rng()))))).toEqual(planned(start(rng())));
  });

  test('only creates the ones that are missing', () => {
    const all = created(start(rng(), { count: 2 })).map(({ metadata }) => metadata.name);
    const given = begun(rng(), 5, [{}]);
    expect(created(start(given, { count: 2 })).map(({ metadata }) => metadata.name)).toEqual(all.slice(1));
    const done = planned(start(begun(rng(), 5, [{}, {}]), { count: 2 }));
    expect([writesOf(done), done.hasBegun, proofOf(done).length]).toEqual([[], true, 2]);
  });

  test('is proven once each canary is a ready endpoint without a controller', () => {
    const met = (given: SnapshotBuilder) =>
      progressOf(proofOf(planned(start(rng(), { count: 2 }))), given.snapshot()).map(({ isMet, isLost }) => [
        isMet,
        isLost,
      ]);
    expect(met(rng())).toEqual([
      [false, false],
      [false, false],
    ]);
    expect(met(begun(rng(), 5, [{}, NEVER_PULLED]))).toEqual([
      [true, false],
      [false, false],
    ]);
    const owner = { kind: 'ReplicaSet', name: 'broad', uid: 'uid-of-broad', apiVersion: 'apps/v1' };
    expect(met(begun(rng(), 5, [{ owner }, { deletedAt: NOW }]))).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  test.each([
    ['waits for one that is not ready yet', 179, [{}, NEVER_PULLED], undefined, []],
    ['deletes one that never ran', 180, [{}, NEVER_PULLED], ['CanaryNotReady'], ['delete']],
    ['leaves one that crashes, for its log', 180, [{}, CRASHING], ['CanaryNotReady'], []],
    ['has nothing to take back where all are ready', 180, [{}, {}], undefined, []],
  ] as const)('%s', (_, age, pods, failure, writes) => {
    const plan = planned(start(begun(rng(), age, pods), { count: 2 }));
    expect(plan.failure?.map(({ code }) => code)).toEqual(failure);
    expect(writesOf(plan).map(({ kind }) => kind)).toEqual(writes);
  });

  test('deletes one that a controller has adopted', () => {
    const owner = { kind: 'ReplicaSet', name: 'broad', uid: 'uid-of-broad', apiVersion: 'apps/v1' };
    const plan = planned(start(begun(rng(), 1, [{ owner }, {}]), { count: 2 }));
    expect([plan.failure?.[0]?.code, writesOf(plan).length]).toEqual(['CanaryAdopted', 1]);
  });
});

test('canary start checks have the sentences of the golden file', async () => {
  const text = sections(CASES.map(([name, given, change]) => [name, readableChecks(start(given, change))]));
  await expect(text).toMatchFileSnapshot('golden/checks.golden.txt');
});

test('canary start plans have the sentences of the golden file', async () => {
  const others = {
    services: [{ name: 'rng-debug', selector: { app: 'rng' } }],
    networkPolicies: [{ name: 'deny', podSelector: {}, types: ['Ingress'] }],
    autoscalers: [],
    budgets: [],
  };
  const spec = {
    priorityClassName: 'high',
    containers: [{ name: 'rng', image: 'rng:v1', ports: [{ hostPort: 80 }] }],
  };
  const changes = { image: 'rng:v2', env: ['A=1', 'B=2'], args: ['--verbose'], count: 2, forSeconds: 3600 };
  const cases: readonly (readonly [name: string, plan: Plan | Refusal])[] = [
    ['a Deployment', start(rng())],
    ['with changes', start(rng(), changes)],
    ['outside of rotation', start(gated(), { out: true })],
    ['a DaemonSet', start(rng().daemonSet(3))],
    [
      'a dropped label',
      start(broad({ tier: 'a' }).controller('Deployment', { templateLabels: { app: 'rng', tier: 'a' } })),
    ],
    ['others', start(rng().others(others).budget('rng', { minAvailable: 2 }))],
    ['a template with a host port and a priority', start(rng().template({ spec }))],
    ['a traffic policy of Local', start(rng().service({ internalTrafficPolicy: 'Local' }))],
    ['one that never ran', start(begun(rng(), 180, [{}, NEVER_PULLED]), { count: 2 })],
    ['one that crashes', start(begun(rng(), 180, [{}, CRASHING]), { count: 2 })],
  ];
  const text = sections(
    cases.map(([name, plan]) => {
      const failure = 'failure' in plan ? (plan.failure ?? []).map(({ message }) => `  failure: ${message}`) : [];
      return [name, [...readable(plan).split('\n'), ...failure]];
    }),
  );
  await expect(text).toMatchFileSnapshot('golden/plans.golden.txt');
});

test('the fingerprint ignores the clock and the number of pods', () => {
  expect(finding(start(rng(), { count: 5 }), 'LargeShare')?.message).toContain('5 of 9 pods');
  const snapshot = { ...rng().snapshot(), at: NOW + 60_000 };
  expect(planned(planOf(snapshot, startOf(snapshot))).fingerprint).toBe(planned(start(rng())).fingerprint);
  expect(planned(start(rng().pods(5))).fingerprint).toBe(planned(start(rng())).fingerprint);
});
