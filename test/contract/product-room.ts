import type { V1ResourceQuota } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import type { Plan } from '../../pitlane/rotation/plan.ts';
import { boundClaim, mountsData, ownNode, priorityClass } from './nodes.ts';
import { nameOf, namesOf, type Pod, uidOf } from './objects.ts';
import { Crew, codes, done, drainRequest, expectKind } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const ports = [{ name: 'http', containerPort: 8080 }];
const container = (more: object = {}) => ({ name: 'app', image: 'example/app:v1', ports, ...more });
const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });

/** A Deployment of one pod, which is in rotation. */
async function oneInRotation(on: Space, spec: object): Promise<Pod> {
  await on.service();
  await on.deployment({ replicas: 1, spec: { terminationGracePeriodSeconds: 1, ...spec } });
  const [pod] = await on.readyPods(1, 'app=web');
  await on.untilListed([nameOf(pod)]);
  return pod;
}

const crewOf = (on: Space) => new Crew(on, { minReady: 0 });

async function planned(on: Space, pod: Pod): Promise<Plan> {
  return expectKind(await crewOf(on).read(drainRequest(pod, { dryRun: true })), 'proposal').plan;
}

/** Drains the pod: its replacement waits for that reason, and comes once the drained pod is gone. */
async function drainUntilGone(on: Space, pod: Pod, why: string): Promise<void> {
  const drain = crewOf(on).drain(pod);
  const waits = ({ metadata, status }: Pod) =>
    metadata.name !== nameOf(pod) &&
    status?.conditions?.some(({ type, message }) => type === 'PodScheduled' && message?.includes(why));
  await on.untilPods(`a replacement that waits: ${why}`, (pods) => pods.some(waits));
  await on.delete('pods', nameOf(pod));
  await on.podsInRotation(1);
  await drain;
}

/** A full node: half of it has a pod of higher priority, which is in rotation. */
async function batchBesideUrgent(on: Space) {
  const node = await ownNode(on);
  const priorityClassName = await priorityClass(on, 'urgent', 2_000);
  const spec = { ...node.spec, containers: [container(cpu('500m'))], terminationGracePeriodSeconds: 1 };
  await on.replicaSet({ name: 'batch', labels: { app: 'batch' }, replicas: 1, spec });
  const [batch] = await on.readyPods(1, 'app=batch');
  return { node, batch, pod: await oneInRotation(on, { ...spec, priorityClassName }) };
}

/** What `drain` says of the room for the replacement, and what the scheduler does then. */
export const roomForReplacements: Theme = (rule) => {
  rule('drain warns that no device is left while the pod keeps its own', async (on) => {
    const node = await ownNode(on, { 'example.com/gpu': '1' });
    const containers = [container({ resources: { limits: { 'example.com/gpu': '1' } } })];
    const pod = await oneInRotation(on, { ...node.spec, containers });
    const { checks } = await planned(on, pod);
    expect(checks.filter(({ level }) => level === 'warning')).toEqual([
      expect.objectContaining({ code: 'NoRoom', message: expect.stringContaining('short of example.com/gpu') }),
    ]);
    await drainUntilGone(on, pod, 'Insufficient example.com/gpu');
  });

  rule('drain warns that a sidecar of a DaemonSet pod keeps its host port', async (on) => {
    const node = await ownNode(on);
    const proxy = {
      ...container({ ports: [{ containerPort: 9000, hostPort: 9_300 }] }),
      name: 'proxy',
      restartPolicy: 'Always',
    };
    await on.service();
    await on.daemonSet({
      spec: {
        ...node.spec,
        initContainers: [{ ...proxy, livenessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 60 } }],
      },
    });
    const [pod] = await on.podsInRotation(1);
    const plan = await planned(on, pod);
    expect(codes(plan, 'warning')).toContain('HoldsHostPort');
    expect(messagesOf(plan.effects).join(' ')).toContain('container proxy of');
    await drainUntilGone(on, pod, "didn't have free ports");
  });

  rule('drain names the pod of lower priority that may go, and it goes', async (on) => {
    const { node, batch, pod } = await batchBesideUrgent(on);
    const plan = await planned(on, pod);
    expect(codes(plan, 'warning')).toEqual(['MayPreempt']);
    expect(messagesOf(plan.effects).join(' ')).toContain(`${nameOf(batch)} of ReplicaSet batch on ${node.name}`);
    done(await crewOf(on).drain(pod));
    await on.untilGone('pods', nameOf(batch));
    expect(namesOf(await on.readyPods(1, 'app=web'))).not.toContain(nameOf(pod));
  });

  rule('drain ends no pod of lower priority before a quota lets the replacement come', async (on) => {
    const { batch, pod } = await batchBesideUrgent(on);
    await on.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'limit' },
      spec: { hard: { 'limits.memory': '1Gi' } },
    });
    await on.untilObject<V1ResourceQuota>(
      'counted',
      'resourcequotas',
      ({ status }) => status?.used !== undefined,
      'limit',
    );
    const plan = await planned(on, pod);
    expect(codes(plan, 'warning').sort()).toEqual(['MayPreempt', 'ReplacementRefused']);
    const drain = crewOf(on).drain(pod);
    await on.untilReleased(pod);
    expect(uidOf((await on.readyPods(1, 'app=batch'))[0])).toBe(uidOf(batch));
    await on.delete('resourcequotas', 'limit');
    await on.untilGone('pods', nameOf(batch));
    done(await drain);
  });

  rule('drain warns that the only node that reaches the volume is full', async (on) => {
    const near = await ownNode(on);
    await ownNode(on, {}, 'b');
    await boundClaim(on, 'ReadWriteOnce', 'a');
    const pod = await oneInRotation(on, { ...near.spec, ...mountsData, containers: [container(cpu('600m'))] });
    const plan = await planned(on, pod);
    expect(codes(plan, 'warning')).toEqual(['NoRoom']);
    await drainUntilGone(on, pod, "didn't match PersistentVolume's node affinity");
  });

  rule('drain looks at the template that the replacement is made from', async (on) => {
    const node = await ownNode(on);
    await on.service();
    await on.create('replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { app: 'web' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { ...node.spec, containers: [container(cpu('200m'))] },
        },
      },
    });
    const [pod] = await on.podsInRotation(1);
    expect(codes(await planned(on, pod), 'warning')).toEqual([]);
    const containers = [container(cpu('900m'))];
    await on.patchStrategic('replicationcontrollers', 'web', { spec: { template: { spec: { containers } } } });
    expect(codes(await planned(on, pod), 'warning')).toEqual(['NoRoom']);
  });
};
