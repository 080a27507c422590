import type { Act, Case, Made, Stop } from '../case.ts';
import { SERVICE } from '../case.ts';
import { Chance } from '../chance.ts';
import { type WorkloadKind, workload } from './workloads.ts';

/** A third of the cases play these commands instead of a drain and a restore. */
export function withTour(given: Case): Case {
  const chance = new Chance(Math.imul(given.seed, 1_000_003) + given.index + 500_000_003);
  const make = chance.weighted<((chance: Chance, given: Case) => Case) | undefined>([
    [64, undefined],
    [14, gateTour],
    [12, canaryTour],
    [10, switchTour],
    [8, finishTour],
    [8, spreadTour],
  ]);
  return make === undefined ? given : make(chance, given);
}

function gateTour(chance: Chance, given: Case): Case {
  const pods = Array.from({ length: chance.int(1, 3) }, () => chance.int(0, 30));
  const force = chance.maybe(0.3);
  const isOut = chance.maybe(0.1) && ({ newPods: 'out' } as const);
  return {
    ...given,
    hasGatePolicy: chance.maybe(0.7),
    tour: [
      { command: 'gate on', force, ...isOut },
      { command: 'disable', force: chance.maybe(0.4), pods },
      { command: 'enable', force: false, pods },
      { command: 'gate off', force },
    ],
  };
}

function canaryTour(chance: Chance, given: Case): Case {
  const start: Stop = { command: 'canary start', force: false, count: chance.int(1, 3), out: chance.maybe(0.2) };
  const stop: Stop = { command: 'canary stop', force: false, selector: 'pitlane.dev/canary' };
  const isGated = selectorOf(given.objects).enabled !== undefined;
  const enable: Stop = { command: 'enable', force: false, selector: 'pitlane.dev/canary' };
  return { ...given, tour: isGated && start.out ? [start, enable, stop] : [start, stop] };
}

/** Pods are drained, and some of them have a finalizer. */
function finishTour(chance: Chance, given: Case): Case {
  const drains = Array.from({ length: chance.int(1, 2) }, () => chance.int(0, 30)).flatMap((pod): Act[] => [
    ...(chance.maybe(0.5) ? [{ act: 'hold pod', pod } as const] : []),
    { act: 'drain pod', pod },
  ]);
  const finish: Stop = { command: 'finish', force: false, selector: 'pitlane.dev/drained-from' };
  return { ...given, before: [...given.before, ...drains], tour: [finish] };
}

/** A Deployment, which may be too big for the nodes, and whose pods may not get ready. */
function spreadTour(chance: Chance, given: Case): Case {
  const { enabled, ...labels } = selectorOf(given.objects) ?? {};
  const isGated = enabled !== undefined && chance.maybe(0.8) && ({ enabled: 'yes' } as const);
  const spread = workload(chance, 'Deployment', 'web', { app: 'web', ...labels, ...isGated });
  const others = given.objects.filter(({ resource }) => !WORKLOADS.includes(resource));
  return {
    ...given,
    objects: [...others, ...spread.objects],
    before: given.before.filter(({ act }) => act === 'time passes'),
    tour: [
      { command: 'spread', force: chance.maybe(0.4) },
      { command: 'spread back', force: false },
    ],
  };
}

const WORKLOADS = [
  'deployments',
  'daemonsets',
  'replicasets',
  'statefulsets',
  'replicationcontrollers',
  'jobs',
  'pods',
];

/** A blue and a green workload. The selector has the color, unless the gate moves the traffic. */
function switchTour(chance: Chance, given: Case): Case {
  const isGated = selectorOf(given.objects).enabled !== undefined;
  const selector = { app: 'web', ...(isGated ? { enabled: 'yes' } : { color: 'blue' }) };
  const kind = (): WorkloadKind => chance.one(['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet']);
  const blue = workload(chance, kind(), 'blue', { app: 'web', color: 'blue', ...(isGated && { enabled: 'yes' }) });
  const green = workload(chance, kind(), 'green', { app: 'web', color: 'green' });
  const widen = chance.maybe(0.3) && ({ widen: true } as const);
  const to = (color: string): Stop => ({
    command: 'switch',
    force: chance.maybe(0.4),
    label: `color=${color}`,
    ...widen,
  });
  const services = given.objects
    .filter(({ resource }) => resource === 'services')
    .map((made) => selecting(made, selector));
  return {
    ...given,
    objects: [...services, ...blue.objects, ...green.objects],
    before: given.before.filter(({ act }) => act === 'annotate pod' || act === 'time passes'),
    tour: [to('green'), to('blue')],
  };
}

function selectorOf(objects: readonly Made[]): Readonly<Record<string, string>> {
  return objects.find(isService)?.object.spec.selector;
}

function isService({ resource, object }: Made): boolean {
  return resource === 'services' && object.metadata.name === SERVICE;
}

function selecting(made: Made, selector: object): Made {
  const { object } = made;
  return isService(made) ? { ...made, object: { ...object, spec: { ...object.spec, selector } } } : made;
}
