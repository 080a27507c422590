import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable } from '../../../test/builders/plan.ts';
import { podNeeds, withHostPort } from '../../../test/builders/pod-needs.ts';
import { rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { SPREAD } from '../../rotation/marks.ts';
import type { PodNeeds } from '../../rotation/pod-needs.ts';
import type { Controller, Labels, NodeRoom, PlacedPod, Snapshot, WholeWorkload } from '../../rotation/snapshot.ts';
import { gateOperation } from '../gate/world.fixture.ts';
import { planOf } from '../planners.ts';

const TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
const TEMPLATE = { metadata: { labels: { app: 'rng' } }, spec: { containers: [{ name: 'rng', image: 'rng:v1' }] } };

/** Nodes with these taints each. */
function on(...taints: readonly NodeRoom['taints'][]): SnapshotBuilder {
  return rng()
    .free(...taints.map(() => 4_000))
    .tainted(...taints);
}

interface Given {
  readonly replicas?: number;
  readonly annotations?: Labels;
  readonly needs?: Partial<PodNeeds>;
  readonly deployment?: Partial<Controller>;
  /** The image of a DaemonSet of that name. */
  readonly daemonSet?: string;
  /** The nodes that it counts. */
  readonly counted?: number;
}

/** The snapshot with the Deployment as a whole. */
function spreadable(builder: SnapshotBuilder, given: Given = {}): Snapshot {
  const snapshot = builder.snapshot();
  const deployment = snapshot.controllers.find(({ kind }) => kind === 'Deployment') as Controller;
  const { replicas = deployment.desired, annotations = {}, daemonSet, counted = 3 } = given;
  const whole = (controller: Controller, spec: object): WholeWorkload => ({
    controller,
    needs: podNeeds({}, given.needs),
    version: '1',
    labels: {},
    annotations,
    spec: { selector: { matchLabels: { app: 'rng' } }, template: TEMPLATE, ...spec },
  });
  const of = { ...deployment, desired: replicas, templateLabels: { app: 'rng' }, ...given.deployment };
  const image = { ...TEMPLATE, spec: { containers: [{ name: 'rng', image: daemonSet }] } };
  const made = {
    ...of,
    kind: 'DaemonSet',
    uid: 'uid-of-daemonset',
    desired: counted,
    isRollingOut: false,
    owner: undefined,
  };
  return {
    ...snapshot,
    spread: [
      {
        name: 'rng',
        deployment: whole(of, { replicas, strategy: {} }),
        ...(daemonSet && { daemonSet: whole(made, { template: image }) }),
      },
    ],
  };
}

const plan = (snapshot: Snapshot, change: object = {}, command = 'spread') =>
  planOf(snapshot, gateOperation(snapshot, { command, service: 'rng', dryRun: false, force: false, ...change }));

const OPEN = () => on([], [], []);
const record = { [SPREAD]: JSON.stringify({ v: 1, id: 'op-1', replicas: 4, by: 'ada', at: '2026-11-24T03:00:00Z' }) };
const drained = () => OPEN().drained('b85tm');

const placed: PlacedPod = {
  name: 'rng-b85tm',
  uid: 'uid-of-b85tm',
  namespace: 'dockercoins',
  priority: 0,
  requests: {},
  hostPorts: withHostPort(80).hostPorts,
};

type Row = readonly [name: string, given: Snapshot, change: object, want: readonly string[]];

const ROWS: readonly Row[] = [
  ['runs one pod on each node', spreadable(OPEN()), {}, []],
  ['skips a tainted node', spreadable(on([TAINT], [], [], [])), {}, []],
  ['keeps the Deployment', spreadable(on([], [])), { keep: true }, []],
  ['may go to as many pods as the minimum', spreadable(OPEN()), {}, []],
  ['refuses one node too few', spreadable(on([], [], [TAINT])), {}, ['refusal BelowMinimum']],
  ['can be forced below the minimum', spreadable(on([], [])), { force: true }, ['overridden BelowMinimum']],
  ['refuses a cluster whose nodes are all tainted', spreadable(on([TAINT])), { force: true }, ['refusal NoNodes']],
  ['refuses while a pod is drained', spreadable(drained()), { force: true }, ['refusal DrainedFirst']],
  ['keeps drained pods restorable with --keep', spreadable(drained()), { keep: true }, []],
  ['says that the nodes are unknown', spreadable(rng()), {}, []],
  ['refuses another DaemonSet', spreadable(OPEN(), { daemonSet: 'other:v1' }), {}, ['refusal DaemonSetDiffers']],
  ['continues with the same DaemonSet', spreadable(OPEN(), { daemonSet: 'rng:v1' }), {}, []],
  [
    'counts the nodes of the DaemonSet, not those that were expected',
    spreadable(OPEN(), { daemonSet: 'rng:v1', counted: 2 }),
    {},
    ['refusal BelowMinimum'],
  ],
  [
    'names a canary that the DaemonSet would adopt',
    spreadable(OPEN().another('debug').canary('debug')),
    {},
    ['warning AdoptsPods'],
  ],
  [
    'names a disabled pod, which ends with the Deployment',
    spreadable(OPEN().gated().disabled('b85tm'), { deployment: { templateLabels: { app: 'rng', enabled: 'yes' } } }),
    {},
    ['warning EndsDisabled'],
  ],
  [
    'refuses a quota that holds too few pods more',
    spreadable(OPEN().quota('small', { pods: 2 })),
    {},
    ['refusal QuotaExhausted'],
  ],
  ['may use up a quota', spreadable(OPEN().quota('small', { pods: 3 })), {}, []],
  [
    'names the nodes whose host port is in use',
    spreadable(OPEN().occupied('node-2', placed), {
      needs: { containers: [withHostPort(80)] },
    }),
    {},
    ['refusal NoRoom'],
  ],
  [
    'leaves a Deployment of an operator alone',
    spreadable(OPEN(), {
      deployment: { owner: { kind: 'Argo', name: 'rng', uid: 'u', apiVersion: 'example.com/v1' } },
    }),
    { force: true },
    ['refusal UnknownOwner'],
  ],
  ['waits for a rollout', spreadable(OPEN(), { deployment: { isRollingOut: true } }), {}, ['refusal RolloutUnderWay']],
  [
    'warns of a volume that all pods mount',
    spreadable(OPEN(), { needs: { claims: ['data'] } }),
    {},
    ['warning SharesVolume'],
  ],
  [
    'names autoscalers and their owners',
    spreadable(
      OPEN().others({
        autoscalers: [
          { name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 1, max: 9 },
          {
            name: 'keda-hpa-rng',
            target: { kind: 'Deployment', name: 'rng' },
            owner: { kind: 'ScaledObject', name: 'rng', uid: 'u', apiVersion: 'keda.sh/v1alpha1' },
            min: 1,
            max: 9,
          },
          { name: 'other', target: { kind: 'Deployment', name: 'hasher' }, min: 1, max: 9 },
        ],
      }),
    ),
    {},
    ['warning AutoscalerStops', 'warning ScaledBack'],
  ],
  [
    'refuses a gate that new pods would not pass',
    spreadable(OPEN().service({ selector: { app: 'rng', enabled: 'yes' } })),
    {},
    ['refusal NewPodsStayOut'],
  ],
  ['asks which Deployment', { ...spreadable(OPEN()), spread: [] }, {}, ['refusal NoWorkload']],
  ['names the Deployments that serve', spreadable(OPEN()), { from: 'hasher' }, ['refusal WorkloadUnknown']],
];

describe('spread', () => {
  test.each(ROWS)('%s', (_, given, change, want) => {
    expect(findings(plan(given, change))).toEqual(want);
  });

  test('has the sentences of the golden file', async () => {
    const text = ROWS.map(([name, given, change]) => `${name}\n${readable(plan(given, change))}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('golden/spread.golden.txt');
  });

  test('shows what differs from the Deployment, line by line', () => {
    expect(planned(plan(spreadable(OPEN()))).diff).toEqual([
      '- kind: Deployment',
      '+ kind: DaemonSet',
      '- replicas: 4',
      '- strategy: {}',
    ]);
  });

  test('tests the uid and the replicas that it relied on before it scales down', () => {
    const [, scale] = planned(plan(spreadable(OPEN()))).phases;
    const [write] = scale?.writes ?? [];
    expect(write?.kind === 'patch' && write.patch.filter(({ op }) => op === 'test').map(({ path }) => path)).toEqual([
      '/metadata/uid',
      '/metadata/annotations',
      '/spec/replicas',
    ]);
  });

  test('goes back to the replicas of the record, and to no other number', () => {
    const back = (annotations: Labels) =>
      plan(spreadable(OPEN(), { replicas: 0, daemonSet: 'rng:v1', annotations }), {}, 'spread back');
    expect(finding(back(record), 'StaysAboveMinimum')?.facts).toEqual({ ready: 4, minimum: 3 });
    const forged = ['{', '{"v":2}', JSON.stringify({ ...JSON.parse(record[SPREAD]), replicas: 1e9 })];
    for (const text of forged) expect(findings(back({ [SPREAD]: text }))).toEqual(['refusal ReplicasUnknown']);
  });

  test('goes back to the replicas of the record where fewer were scaled up by hand', () => {
    const back = (replicas: number, annotations: Labels) =>
      finding(
        plan(spreadable(OPEN(), { replicas, daemonSet: 'rng:v1', annotations }), {}, 'spread back'),
        'StaysAboveMinimum',
      )?.facts?.ready;
    expect([back(1, record), back(6, record), back(2, {})]).toEqual([4, 6, 2]);
  });

  test('finishes only what it has scaled down, and asks', () => {
    const finish = (given: Given) =>
      findings(plan(spreadable(OPEN(), { daemonSet: 'rng:v1', ...given }), {}, 'spread finish'));
    expect(finish({})).toEqual(['refusal NotSpread']);
    expect(finish({ replicas: 0 })).toEqual(['refusal NotSpread']);
    expect(finish({ replicas: 0, annotations: record })).toEqual([
      'refusal DaemonSetNotReady',
      'warning DeletedForGood',
    ]);
  });
});
