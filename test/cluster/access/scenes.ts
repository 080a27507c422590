import type { Request } from '../../../pitlane/command/request.ts';
import type { Outcome } from '../../../pitlane/operate/outcome.ts';
import { nameOf, type Pod, type Resource } from '../../contract/objects.ts';
import { fourInRotation } from '../../contract/pitlane.ts';
import type { Space } from '../../contract/space.ts';
import { until } from '../../contract/until.ts';

/** A command, and how it must end for the scene to have been played; `withinMs`: what it does not prove by then is left. */
type Line =
  | readonly [request: Request, ends: Outcome['kind'], withinMs?: number]
  /** What others do at that point. */
  | ((on: Space) => Promise<unknown>);

/** A namespace with a Service `web` in it, and what is asked of pitlane there, in this order. */
export interface Scene {
  /** Also what the service is called in the configuration. */
  readonly name: string;
  /** Resolves to the pods that the commands are about. */
  readonly build: (on: Space) => Promise<readonly Pod[]>;
  readonly lines: (service: string, pods: readonly string[]) => readonly Line[];
  /** What others do then, before the tick looks. */
  readonly meanwhile?: (on: Space, pods: readonly string[]) => Promise<unknown>;
  /** What the tick does about it. */
  readonly ticked?: RegExp;
  /** Makes way for the end of the namespace. */
  readonly leave?: (on: Space, pods: readonly string[]) => Promise<void>;
}

type Pods = readonly string[];
type Changing = { readonly dryRun?: boolean; readonly force?: boolean };

const change =
  (command: 'drain' | 'restore' | 'finish') =>
  (service: string, pod: string | undefined, { dryRun = false, force = false }: Changing = {}): Request => ({
    command,
    service,
    ...(pod !== undefined && { pod }),
    dryRun,
    force,
  });
const drain = change('drain');
const restore = change('restore');
const finish = change('finish');

/** There and back, as an operator and, where force makes it a matter of an admin, once more. */
const thereAndBack = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod), 'done'],
  [restore(service, pod), 'done'],
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod, { force: true }), 'done'],
];
const there = (service: string, [one, other]: Pods): readonly Line[] => [
  [drain(service, one), 'done'],
  [drain(service, other, { force: true }), 'done'],
];
/** A drained pod whose owner is deleted. */
const nowhereToGo =
  (resource: Resource) =>
  (service: string, [pod]: Pods): readonly Line[] => [
    [drain(service, pod, { force: true }), 'done'],
    async (on) => {
      await on.delete(resource, 'web');
      await on.untilGone(resource, 'web');
    },
    [restore(service, pod), 'refusal'],
    [restore(service, pod, { force: true }), 'done'],
  ];
const onlyByForce = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod, { force: true }), 'done'],
  [drain(service, pod), 'refusal'],
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod), 'done'],
];
const tried = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod, { dryRun: true }), 'proposal'],
  [drain(service, pod, { dryRun: true, force: true }), 'proposal'],
];

/** Longer than it takes to write, shorter than a wait for what does not come. */
const LEFT_MS = 2_000;

/** Pods of which the first is deleted, but does not go. */
const unending: Pick<Scene, 'build' | 'leave'> = {
  async build(on) {
    const pods = await fourInRotation(on);
    await on.patch('pods', nameOf(pods[0]), { metadata: { finalizers: ['example.com/hold'] } });
    return pods;
  },
  async leave(on, [pod = '']) {
    await on.ask('PATCH', 'pods', pod, { body: { metadata: { finalizers: null } } });
  },
};

export const SCENES: readonly Scene[] = [
  {
    name: 'deployment',
    build: fourInRotation,
    lines: (service, pods) => [
      [{ command: 'help', service }, 'helped'],
      [{ command: 'list', service, all: true }, 'listed'],
      [{ command: 'drained', service }, 'drainedList'],
      [{ command: 'inspect', service, pod: pods[0] ?? '' }, 'inspected'],
      [{ command: 'logs', service, pod: pods[0] ?? '', previous: false, tail: 5, follow: false }, 'logged'],
      [{ command: 'evidence', service, pod: pods[0] ?? '' }, 'evidence'],
      [drain(service, pods[0], { dryRun: true }), 'proposal'],
      ...thereAndBack(service, pods),
      [{ command: 'operations', service }, 'operations'],
      [drain(service, pods[0]), 'done'],
    ],
    // The tick takes notes of its own of what it finds.
    meanwhile: (on) => on.delete('configmaps', 'pitlane-web'),
  },
  {
    name: 'finished',
    build: fourInRotation,
    lines: (service, [one, other, third]) => [
      [drain(service, one), 'done'],
      [{ command: 'extend', service, pod: one ?? '', forSeconds: 60, dryRun: false, force: false }, 'done'],
      [finish(service, one, { dryRun: true }), 'proposal'],
      [finish(service, one), 'done'],
      [drain(service, other), 'done'],
      [finish(service, other, { force: true }), 'done'],
      [drain(service, third), 'done'],
    ],
    meanwhile: (on, [, , third = '']) => on.delete('pods', third, { gracePeriodSeconds: 0 }),
    ticked: /closed the record of web-\S+: It is gone/,
  },
  {
    name: 'cancelled',
    ...unending,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [finish(service, pod), 'unfinished', LEFT_MS],
      [{ command: 'cancel', service }, 'cancelled'],
    ],
  },
  {
    name: 'left',
    ...unending,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [finish(service, pod), 'unfinished', LEFT_MS],
    ],
    ticked: /went on with finish of web-\S+ \(\w+\): unfinished/,
  },
  {
    name: 'daemon-set',
    build: async (on) => {
      await on.service();
      await on.daemonSet();
      const pods = await on.readyPods(on.cluster.nodeNames.length);
      await on.untilListed(pods.map(nameOf));
      // A DaemonSet keeps the older pod, and Kubernetes counts whole seconds.
      await until(
        'a second later',
        () => Date.now(),
        (now) => pods.every(({ metadata }) => now > Date.parse(metadata.creationTimestamp ?? '') + 1_000),
      );
      return pods;
    },
    lines: (...named) => [...thereAndBack(...named), ...nowhereToGo('daemonsets')(...named)],
  },
  {
    name: 'replication-controller',
    build: async (on) => {
      await on.service();
      const { placement } = on.cluster;
      const spec = { containers: [{ name: 'app', image: 'example/app:v1' }], ...placement };
      const body = {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'web' },
        spec: { replicas: 4, selector: { app: 'web' }, template: { metadata: { labels: { app: 'web' } }, spec } },
      };
      await on.create('replicationcontrollers', body);
      return inRotation(on, 4);
    },
    lines: (...named) => [...thereAndBack(...named), ...nowhereToGo('replicationcontrollers')(...named)],
  },
  {
    name: 'stateful-set',
    build: async (on) => {
      await on.service();
      await on.statefulSet({ replicas: 2 });
      return inRotation(on, 2);
    },
    lines: (...named) => [...onlyByForce(...named), ...nowhereToGo('statefulsets')(...named)],
  },
  {
    name: 'job',
    build: async (on) => {
      await on.service();
      const spec = { ...pausing, ...on.cluster.placement };
      const cronJob = await on.create('cronjobs', {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'web' },
        spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: { spec } } } },
      });
      const { kind, metadata } = { kind: 'CronJob', ...cronJob };
      await on.create('jobs', {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: {
          name: 'web',
          ownerReferences: [{ apiVersion: 'batch/v1', kind, name: metadata.name, uid: metadata.uid, controller: true }],
        },
        spec: { parallelism: 2, completions: 2, template: { metadata: { labels: { app: 'web' } }, spec } },
      });
      return inRotation(on, 2);
    },
    lines: there,
  },
  {
    name: 'volume',
    build: async (on) => {
      await on.service();
      await on.create('persistentvolumeclaims', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
      });
      // It stays Pending, which does not keep anybody from draining it.
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
      return [await on.pod({ spec: { volumes } })];
    },
    lines: tried,
  },
  {
    name: 'absent',
    build: async () => [],
    lines: (service) => [
      [{ command: 'list', service, all: true }, 'notUnderstood'],
      [drain(service, undefined), 'notUnderstood'],
      [drain(service, undefined, { force: true }), 'notUnderstood'],
    ],
  },
];

const pausing = {
  restartPolicy: 'Never',
  containers: [{ name: 'app', image: 'example/app:v1' }],
};

async function inRotation(on: Space, count: number): Promise<Pod[]> {
  const pods = await on.readyPods(count);
  await on.untilListed(pods.map(nameOf));
  return pods;
}
