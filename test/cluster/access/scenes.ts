import type { Request } from '../../../pitlane/command/request.ts';
import type { Outcome } from '../../../pitlane/operate/outcome.ts';
import { gateRuleName } from '../../../pitlane/rotation/gate-rule.ts';
import { GATE } from '../../../pitlane/rotation/marks.ts';
import { scheduleId } from '../../../pitlane/rotation/schedule.ts';
import { ownerReference, type Pod, type Resource } from '../../contract/objects.ts';
import { daemonSetInRotation, fourInRotation } from '../../contract/pitlane.ts';
import { deployBlueGreen } from '../../contract/product-switch.ts';
import { untilOlderThanNewPods } from '../../contract/scenes.ts';
import type { Space } from '../../contract/space.ts';

/** A command with its expected outcome; `withinMs`: its deadline. */
type Line =
  | readonly [request: Request, ends: Outcome['kind'], withinMs?: number]
  /** A change by others. */
  | ((on: Space) => Promise<unknown>);

/** A namespace with a Service `web`, and commands in order. */
export interface Scene {
  /** Also the key of the service in the configuration. */
  readonly name: string;
  /** Returns the pods of the commands. */
  readonly build: (on: Space) => Promise<readonly Pod[]>;
  readonly lines: (service: string, pods: readonly string[]) => readonly Line[];
  /** A change by others between two ticks. */
  readonly meanwhile?: (on: Space, pods: readonly string[]) => Promise<unknown>;
  /** True once the ticks have done their part; `did`: their report. */
  readonly isTicked?: (on: Space, pods: readonly string[], did: readonly string[]) => Promise<boolean>;
  /** Lets the namespace end. */
  readonly leave?: (on: Space, pods: readonly string[]) => Promise<void>;
}

type Pods = readonly string[];
type Changing = { readonly dryRun?: boolean; readonly force?: boolean };

const change =
  (command: 'drain' | 'restore' | 'disable' | 'enable' | 'finish') =>
  (service: string, pod: string | undefined, { dryRun = false, force = false }: Changing = {}): Request => ({
    command,
    service,
    ...(pod !== undefined && { pods: [pod] }),
    dryRun,
    force,
  });
const drain = change('drain');
const restore = change('restore');
const disable = change('disable');
const enable = change('enable');
const finish = change('finish');

const canaryStart = (service: string, change: { dryRun?: boolean; image?: string } = {}): Request =>
  ({ command: 'canary start', service, count: 1, out: false, dryRun: false, force: false, ...change }) as Request;
const canaryStop = (service: string, { dryRun = false }: Changing = {}): Request => ({
  command: 'canary stop',
  service,
  selector: 'pitlane.dev/canary',
  dryRun,
  force: false,
});
/** Whichever minute it is, the last edge wants the pods enabled. */
const EACH_MINUTE = { cron: '* * * * *', does: 'enable', forSeconds: 3_600 } as const;
const scheduleAdd = (service: string, change: { readonly selector: string; readonly dryRun?: true }): Request =>
  ({ command: 'schedule add', service, ...EACH_MINUTE, dryRun: false, force: false, ...change }) as Request;
const scheduleRemove = (service: string, which: { readonly selector: string }): Request =>
  ({
    command: 'schedule remove',
    service,
    schedule: scheduleId({ ...EACH_MINUTE, tz: 'UTC', ...which }),
    dryRun: false,
    force: false,
  }) as Request;
/** There and back, once with both sets in the endpoints. */
const switchThereAndBack = (service: string): readonly Line[] => {
  const to = (value: string, more: object = {}): Request =>
    ({ command: 'switch', service, label: `version=${value}`, dryRun: false, force: false, ...more }) as Request;
  return [
    [to('green', { dryRun: true }), 'proposal'],
    [to('green', { widen: true }), 'done'],
    [to('blue'), 'done'],
  ];
};

/** Drain and restore, as an operator, and with force as an admin. */
const drainAndRestore = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod), 'done'],
  [restore(service, pod), 'done'],
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod, { force: true }), 'done'],
];
const gate = (command: 'gate on' | 'gate off', service: string, more: object = {}): Request =>
  ({ command, service, dryRun: false, force: true, ...more }) as Request;
/** By template, because the cluster has no admission policy. */
const gateOnAndOff = (service: string): readonly Line[] => [
  [{ command: 'gate', service }, 'gate'],
  [gate('gate on', service, { via: 'template' }), 'done'],
  [gate('gate off', service), 'done'],
];
const drainTwo = (service: string, [one, other]: Pods): readonly Line[] => [
  [drain(service, one), 'done'],
  [drain(service, other, { force: true }), 'done'],
];
/** Restores a drained pod whose owner is deleted. */
const restoreWithoutOwner =
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
const drainByForce = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod, { force: true }), 'done'],
  [drain(service, pod), 'refusal'],
  [drain(service, pod, { force: true }), 'done'],
  [restore(service, pod), 'done'],
];
const dryRuns = (service: string, [pod]: Pods): readonly Line[] => [
  [drain(service, pod, { dryRun: true }), 'proposal'],
  [drain(service, pod, { dryRun: true, force: true }), 'proposal'],
];

/** Long enough to write on a busy machine; the milestone never comes. */
const UNFINISHED_MS = 15_000;

/** Four pods, of which the first stays terminating when it is deleted. */
const withFinalizer: Pick<Scene, 'build' | 'leave'> = {
  async build(on) {
    const pods = await fourInRotation(on);
    await on.addFinalizer(pods[0]);
    return pods;
  },
  async leave(on, [pod = '']) {
    await on.ask('PATCH', 'pods', pod, { body: { metadata: { finalizers: null } } });
  },
};

const debug = (service: string, pod: string | undefined): Request =>
  ({ command: 'debug', service, pods: [pod ?? ''], dryRun: false, force: false }) as Request;
const spread = (command: string, service: string, more: object = {}): Request =>
  ({ command, service, dryRun: false, force: false, ...more }) as Request;
const spreadThereAndBack = (service: string): readonly Line[] => [
  [{ command: 'spread manifest', service } as Request, 'manifest'],
  [spread('spread', service, { dryRun: true }), 'proposal'],
  [spread('spread', service), 'done'],
  [spread('spread back', service), 'done'],
  [spread('spread', service), 'done'],
  [spread('spread finish', service), 'done'],
];

export const SCENES: readonly Scene[] = [
  {
    name: 'debugged',
    build: fourInRotation,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [debug(service, pod), 'done'],
    ],
  },
  {
    name: 'one-per-node',
    async build(on) {
      await on.service();
      await on.deployment({ replicas: 2 });
      return on.podsInRotation(2);
    },
    lines: spreadThereAndBack,
  },
  {
    name: 'switch-by-selector',
    build: async (on) => (await deployBlueGreen(on)).blue,
    lines: switchThereAndBack,
  },
  {
    name: 'switch-by-gate',
    build: async (on) => (await deployBlueGreen(on, true)).blue,
    lines: (service, pods) => [
      ...switchThereAndBack(service),
      [disable(service, pods[0], { force: true }), 'done'],
      [enable(service, pods[0]), 'done'],
    ],
  },
  {
    // The tick then enables the green pods, as an operator.
    name: 'scheduled',
    build: async (on) => (await deployBlueGreen(on, true)).blue,
    lines: (service) => [
      [scheduleAdd(service, { selector: 'version=green', dryRun: true }), 'proposal'],
      [scheduleAdd(service, { selector: 'version=green' }), 'done'],
      [scheduleAdd(service, { selector: 'version=red' }), 'done'],
      [{ command: 'schedule list', service }, 'schedules'],
      [scheduleRemove(service, { selector: 'version=red' }), 'done'],
    ],
    isTicked: async (_, __, did) => did.some((line) => /schedule \w+: enable/.test(line)),
  },
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
      ...drainAndRestore(service, pods),
      [{ command: 'operations', service }, 'operations'],
      [{ command: 'history', service, last: 5 }, 'history'],
      [{ command: 'undo', service, dryRun: true, force: false }, 'proposal'],
      [drain(service, pods[0]), 'done'],
    ],
    // The tick then writes its own notes.
    meanwhile: (on) => on.delete('configmaps', 'pitlane-web'),
  },
  {
    name: 'finished',
    build: fourInRotation,
    lines: (service, [one, other, third]) => [
      [drain(service, one), 'done'],
      [{ command: 'extend', service, pods: [one ?? ''], forSeconds: 60, dryRun: false, force: false }, 'done'],
      [finish(service, one, { dryRun: true }), 'proposal'],
      [finish(service, one), 'done'],
      [drain(service, other), 'done'],
      [finish(service, other, { force: true }), 'done'],
      [drain(service, third), 'done'],
    ],
    meanwhile: (on, [, , third = '']) => on.delete('pods', third, { gracePeriodSeconds: 0 }),
    async isTicked(on, [, , third = '']) {
      const { data } = await on.get<{ data: { drains: string } }>('configmaps', 'pitlane-web');
      return !data.drains.includes(third);
    },
  },
  {
    name: 'canaries',
    build: fourInRotation,
    lines: (service) => [
      [canaryStart(service, { dryRun: true }), 'proposal'],
      [canaryStart(service), 'done'],
      [canaryStart(service, { image: 'example/app:v2' }), 'done'],
      [{ command: 'canary list', service }, 'listed'],
      [canaryStop(service, { dryRun: true }), 'proposal'],
      [canaryStop(service), 'done'],
      [canaryStart(service), 'done'],
    ],
    // The tick then forgets them.
    meanwhile: async (on) => {
      for (const { metadata } of await on.list('pods', 'pitlane.dev/canary'))
        await on.delete('pods', metadata.name, { gracePeriodSeconds: 0 });
    },
  },
  {
    name: 'cancelled',
    ...withFinalizer,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [finish(service, pod), 'unfinished', UNFINISHED_MS],
      [{ command: 'cancel', service }, 'cancelled'],
    ],
  },
  {
    // In the journal of the admins, from which the tick continues as one.
    name: 'unfinished-force',
    ...withFinalizer,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [finish(service, pod, { force: true }), 'unfinished', UNFINISHED_MS],
    ],
    isTicked: async (_, [pod = ''], did) =>
      did.some((line) => ['finish', pod, 'unfinished'].every((word) => line.includes(word))),
  },
  {
    name: 'unfinished',
    ...withFinalizer,
    lines: (service, [pod]) => [
      [drain(service, pod), 'done'],
      [finish(service, pod), 'unfinished', UNFINISHED_MS],
    ],
    isTicked: async (_, [pod = ''], did) =>
      did.some((line) => ['finish', pod, 'unfinished'].every((word) => line.includes(word))),
  },
  {
    name: 'daemon-set',
    build: async (on) => {
      const pods = await daemonSetInRotation(on);
      await untilOlderThanNewPods(...pods);
      return pods;
    },
    lines: (...named) => [...drainAndRestore(...named), ...restoreWithoutOwner('daemonsets')(...named)],
  },
  {
    name: 'replication-controller',
    build: async (on) => {
      await on.service();
      await on.replicationController(4);
      return on.podsInRotation(4);
    },
    lines: (...named) => [
      [{ command: 'gate', service: named[0] }, 'gate'],
      ...drainAndRestore(...named),
      ...restoreWithoutOwner('replicationcontrollers')(...named),
    ],
  },
  {
    name: 'stateful-set',
    build: async (on) => {
      await on.service();
      await on.statefulSet({ replicas: 2 });
      return on.podsInRotation(2);
    },
    lines: (...named) => [...drainByForce(...named), ...restoreWithoutOwner('statefulsets')(...named)],
  },
  {
    name: 'job',
    build: async (on) => {
      await on.service();
      const cronJob = await on.create('cronjobs', {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'web' },
        spec: {
          schedule: '0 0 1 1 *',
          suspend: true,
          jobTemplate: {
            spec: {
              template: {
                spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'example/app:v1' }] },
              },
            },
          },
        },
      });
      await on.job({
        metadata: { ownerReferences: [ownerReference(cronJob, true)] },
        spec: { parallelism: 2, completions: 2 },
      });
      return on.podsInRotation(2);
    },
    lines: (...named) => [[{ command: 'gate', service: named[0] }, 'gate'], ...drainTwo(...named)],
  },
  {
    name: 'volume',
    build: async (on) => {
      await on.service();
      await on.create('persistentvolumeclaims', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
          storageClassName: '',
          // To look for the volume takes the right to read it, whether it exists or not.
          volumeName: 'data',
        },
      });
      // A pod that stays Pending can be drained too.
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
      return [await on.pod({ spec: { volumes } })];
    },
    lines: dryRuns,
  },
  {
    name: 'gate-of-deployment',
    build: fourInRotation,
    lines: gateOnAndOff,
  },
  {
    name: 'gate-of-daemon-set',
    build: daemonSetInRotation,
    lines: gateOnAndOff,
  },
  {
    name: 'gate-of-stateful-set',
    build: async (on) => {
      await on.service();
      await on.statefulSet({ replicas: 2 });
      return on.podsInRotation(2);
    },
    lines: gateOnAndOff,
  },
  {
    name: 'gate-with-straggler',
    build: fourInRotation,
    lines: (service) => [[gate('gate on', service, { via: 'template' }), 'done']],
    async meanwhile(on) {
      const [pod] = await on.readyPods(4, 'app=web,enabled=yes');
      if (pod !== undefined) await on.label(pod, { enabled: null });
    },
    isTicked: async (_, __, did) => did.some((sentence) => sentence.includes('labelled 1 straggler')),
  },
  {
    // A setup by admission that was left half way, with a rule that was edited, and without the policy.
    name: 'gate-by-admission',
    build: async (on) => {
      const pods = await fourInRotation(on);
      const at = '2026-11-24T03:00:00Z';
      const record = { v: 1, label: 'enabled=yes', via: 'admission', newPods: 'in', by: 'ada', at, id: 'op-1' };
      await on.patch('services', 'web', { metadata: { annotations: { [GATE]: JSON.stringify(record) } } });
      await on.create('configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: gateRuleName('web') },
        data: { gate: 'enabled=no' },
      });
      return pods;
    },
    lines: (service) => [
      [gate('gate on', service), 'unfinished', UNFINISHED_MS],
      [gate('gate off', service), 'done'],
    ],
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
