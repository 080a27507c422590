import type { NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';
import { type Act, type Case, type Labels, type Made, type PutsBack, SERVICE } from '../case.ts';
import { Chance } from '../chance.ts';
import { actsBefore, actsBetween } from './acts.ts';
import { batch, boundVolume, bystanders, priorityClasses, service } from './bystanders.ts';
import { resting } from './resting.ts';
import { withTour } from './tours.ts';
import { type Workload, type WorkloadKind, workload } from './workloads.ts';

const GATE = { enabled: 'yes' };

/** The case of this number: the same for the same seed and index, independent of other cases. */
export function generate(seed: number, index: number): Case {
  const chance = new Chance(Math.imul(seed, 1_000_003) + index);
  const labels = podLabels(chance);
  const isGated = chance.maybe(0.2);
  const isGateInTemplate = isGated && chance.maybe(0.8);
  const hasVolume = chance.maybe(0.08);
  const main = workload(chance, mainKind(chance), 'web', { ...labels, ...(isGateInTemplate && GATE) }, hasVolume);
  const others = chance.maybe(0.2)
    ? [workload(chance, chance.one(['Deployment', 'DaemonSet', 'bare pods']), 'extra', { app: 'web', color: 'green' })]
    : [];
  const isRootForeign = main.kind === 'Deployment' && chance.maybe(0.05);
  const made = withTour({
    seed,
    index,
    nodes: nodes(chance),
    objects: [
      ...priorityClasses,
      ...(hasVolume ? boundVolume(chance) : []),
      service(SERVICE, { ...serviceSelector(chance, labels), ...(isGated && GATE) }, serviceSpec(chance)),
      ...(isRootForeign ? ownedByOperator(main) : main.objects),
      ...others.flatMap(({ objects }) => objects),
      ...(chance.maybe(0.25) ? [batch(chance)] : []),
      ...bystanders(chance, main),
    ],
    policy: policy(chance),
    before: actsBefore(chance, main, isGated),
    drain: { pod: chance.int(0, 30), force: chance.maybe(0.35) },
    between: actsBetween(chance, main),
    restore: { force: chance.maybe(0.3) },
  });
  const common = { ...made, objects: resting(made.objects) };
  if (made.tour !== undefined) return common;
  if (chance.maybe(0.2)) return { ...common, putsBack: putsBack(chance, labels) };
  const drain = { ...made.drain, ...(chance.maybe(0.2) && ({ allServices: true } as const)) };
  return { ...common, drain, between: [...made.between, ...handMade(chance)] };
}

/** By hand, a person has put the drained pod back, or removed its marks. */
function handMade(chance: Chance): Act[] {
  return chance.weighted<Act[]>([
    [30, []],
    [2, [{ act: 'put drained back' }]],
    [1, [{ act: 'unmark drained' }]],
  ]);
}

/** One of the labels that the service or the workload may select by. */
function putsBack(chance: Chance, labels: Labels): PutsBack {
  const [key = 'app', ...others] = Object.keys(labels);
  const picked = chance.one([key, ...others]);
  return { key: picked, value: labels[picked] ?? '' };
}

function mainKind(chance: Chance): WorkloadKind {
  return chance.weighted<WorkloadKind>([
    [40, 'Deployment'],
    [18, 'DaemonSet'],
    [9, 'ReplicationController'],
    [9, 'ReplicaSet'],
    [9, 'StatefulSet'],
    [8, 'Job'],
    [5, 'bare pods'],
    [6, 'pods of an operator'],
  ]);
}

function podLabels(chance: Chance): Labels {
  const extras = [
    ['tier', 'front'],
    ['color', 'blue'],
    ['team', 'green'],
  ] as const;
  return Object.fromEntries([['app', 'web'], ...chance.some(extras, 0.4)]);
}

function serviceSelector(chance: Chance, labels: Labels): Labels {
  const others = Object.entries(labels).filter(([key]) => key !== 'app');
  return Object.fromEntries([
    ...(chance.maybe(0.9) || others.length === 0 ? [['app', 'web']] : []),
    ...chance.some(others, 0.3),
  ]);
}

function serviceSpec(chance: Chance): object {
  return chance.weighted<object>([
    [16, {}],
    [1, { internalTrafficPolicy: 'Local' }],
    [1, { type: 'NodePort', externalTrafficPolicy: 'Local' }],
    [1, { publishNotReadyAddresses: true }],
    [1, { clusterIP: 'None' }],
  ]);
}

function nodes(chance: Chance): NodeOptions[] {
  const isTight = chance.maybe(0.3);
  return Array.from({ length: chance.int(2, 4) }, (_, number) => {
    const capacity = {
      cpu: isTight ? chance.one(['500m', '1', '2']) : '16',
      memory: isTight ? chance.one(['1Gi', '2Gi', '8Gi']) : '64Gi',
      pods: isTight ? chance.one(['2', '4', '110']) : '110',
      'ephemeral-storage': isTight ? chance.one(['5Gi', '10Gi']) : '100Gi',
      'example.com/gpu': chance.one(['0', '1', '2']),
    };
    const taint = chance.weighted([
      [8, undefined],
      [1, 'NoSchedule' as const],
      [0.5, 'PreferNoSchedule' as const],
    ]);
    return {
      name: `node-${number + 1}`,
      labels: { 'example.com/half': number % 2 === 0 ? 'a' : 'b' },
      capacity,
      ...(taint && { taints: [{ key: 'dedicated', value: 'infra', effect: taint }] }),
    };
  });
}

function policy(chance: Chance): Case['policy'] {
  const minReady = chance.weighted<number | `${number}%` | undefined>([
    [6, undefined],
    [1, 0],
    [2, 1],
    [1, 2],
    [1, 3],
    [1, '50%'],
    [1, '90%'],
  ]);
  return {
    ...(minReady !== undefined && { minReady }),
    maxDrained: chance.weighted([
      [4, 3],
      [1, 1],
      [1, 2],
    ]),
  };
}

/** A Deployment of another operator, here a ConfigMap. */
function ownedByOperator({ objects, name }: Workload): Made[] {
  const [made] = objects as [Made];
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: '', controller: true }];
  return [
    { resource: 'configmaps', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } },
    { ...made, object: { ...made.object, metadata: { ...made.object.metadata, ownerReferences } } },
  ];
}
