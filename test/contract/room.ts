import { expect } from 'vitest';
import { boundClaim, mountsData, ownNode, priorityClass } from './nodes.ts';
import { isReady, nameOf, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const container = (more: object = {}) => ({ name: 'app', image: 'example/app:v1', ...more });
const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });
const sidecar = (more: object) => ({ ...container(more), name: 'proxy', restartPolicy: 'Always' });
const setup = (more: object) => ({ ...container(more), name: 'setup' });
const hostPort = (port: object) => ({ ports: [{ containerPort: 8080, hostPort: 9_200, ...port }] });

/** A spec, its capacity, how many such pods a node has room for, and why it has none for another. */
type Row = readonly [rule: string, spec: object, capacity: Readonly<Record<string, string>>, fits: number, why: string];

const ROWS: readonly Row[] = [
  [
    'an init container takes its room together with the sidecars started before it',
    { initContainers: [sidecar(cpu('300m')), setup(cpu('300m'))], containers: [container(cpu('50m'))] },
    {},
    1,
    'Insufficient cpu',
  ],
  [
    'an init container takes its room without the sidecars started after it',
    { initContainers: [setup(cpu('400m')), sidecar(cpu('300m'))], containers: [container(cpu('50m'))] },
    {},
    2,
    'Insufficient cpu',
  ],
  [
    'requests of a pod as a whole count instead of those of its containers',
    { ...cpu('300m'), containers: [container(cpu('200m'))] },
    {},
    3,
    'Insufficient cpu',
  ],
  [
    'a device is requested by its limit alone, and taken until the pod is gone',
    { containers: [container({ resources: { limits: { 'example.com/gpu': '1' } } })] },
    { 'example.com/gpu': '1' },
    1,
    'Insufficient example.com/gpu',
  ],
  [
    'ephemeral storage is taken',
    { containers: [container({ resources: { requests: { 'ephemeral-storage': '600Mi' } } })] },
    { 'ephemeral-storage': '1Gi' },
    1,
    'Insufficient ephemeral-storage',
  ],
  [
    'the host port of a sidecar is taken',
    { initContainers: [sidecar(hostPort({}))], containers: [container()] },
    {},
    1,
    "node(s) didn't have free ports for the requested pod ports",
  ],
];

const condition = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';

function untilRefused(on: Space, name: string, why: string): Promise<Pod> {
  return on.untilPod(`not scheduled: ${why}`, name, (pod) => condition(pod).includes(why));
}

/** A pod of low priority, which is replaced on its node alone, and what makes another one shun it and come before it. */
async function lowAndShunning(on: Space) {
  const node = await ownNode(on);
  const nodeSelector = { 'kubernetes.io/hostname': node.name };
  const spec = { ...node.spec, nodeSelector, containers: [container(cpu('100m'))], terminationGracePeriodSeconds: 1 };
  await on.replicaSet({ name: 'low', labels: { app: 'low' }, replicas: 1, spec });
  const [low] = await on.readyPods(1, 'app=low');
  const shunned = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'low' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [shunned] } };
  return { low, spec, shunning: { affinity, priorityClassName: await priorityClass(on, 'urgent', 2_000) } };
}

/** What the scheduler counts when it looks for room. */
export const room: Theme = (rule) => {
  for (const [name, spec, capacity, fits, why] of ROWS)
    rule(name, async (on) => {
      const node = await ownNode(on, capacity);
      for (let number = 1; number <= fits; number += 1) {
        const { metadata } = await on.pod({ name: `pod-${number}`, spec: { ...node.spec, ...spec } });
        await on.untilPod('scheduled', metadata.name, (pod) => pod.spec?.nodeName === node.name);
      }
      await on.pod({ name: 'another', spec: { ...node.spec, ...spec } });
      await untilRefused(on, 'another', why);
    });

  rule('host ports of one number conflict by protocol and address', async (on) => {
    const node = await ownNode(on);
    const pod = (name: string, port: object) =>
      on.pod({ name, spec: { ...node.spec, containers: [container(hostPort(port))] } });
    await pod('first', { hostIP: '127.0.0.1' });
    await pod('udp', { protocol: 'UDP' });
    await pod('elsewhere', { hostIP: '127.0.0.2' });
    for (const name of ['first', 'udp', 'elsewhere'])
      await on.untilPod('scheduled', name, ({ spec }) => spec?.nodeName !== undefined);
    await pod('everywhere', {});
    await untilRefused(on, 'everywhere', "didn't have free ports");
  });

  rule('a pod has the priority and the policy of its class, which must exist', async (on) => {
    const patient = await priorityClass(on, 'patient', 1_000, 'Never');
    const { spec } = await on.pod({ name: 'patient', spec: { priorityClassName: patient } });
    expect([spec?.priority, spec?.preemptionPolicy]).toEqual([1_000, 'Never']);
    const refusal = async (change: object) => {
      const { status, body } = await on.ask('POST', 'pods', '', {
        body: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'refused' },
          spec: { containers: [container()], ...change },
        },
      });
      return [status, body.message];
    };
    expect([await refusal({ priorityClassName: 'missing' }), await refusal({ priority: 5 })]).toEqual([
      [403, 'pods "refused" is forbidden: no PriorityClass with name missing was found'],
      [
        403,
        'pods "refused" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
      ],
    ]);
  });

  rule('a pod of higher priority ends the least important pod of a full node, and gets its place', async (on) => {
    const node = await ownNode(on);
    const urgent = await priorityClass(on, 'urgent', 2_000);
    const middle = await priorityClass(on, 'middle', 500);
    const half = { ...node.spec, containers: [container(cpu('500m'))], terminationGracePeriodSeconds: 1 };
    await on.readyPod({ name: 'low', labels: { app: 'low' }, spec: half });
    await on.readyPod({ name: 'middle', labels: { app: 'middle' }, spec: { ...half, priorityClassName: middle } });
    await on.readyPod({ name: 'urgent', spec: { ...half, priorityClassName: urgent } });
    await on.untilGone('pods', 'low');
    const { metadata, status } = await on.getPod('urgent');
    expect(status?.nominatedNodeName).toBeUndefined();
    expect(isReady(await on.getPod('middle'))).toBe(true);
    await on.untilEvent('Pod', 'low', `Preempted: Preempted by pod ${metadata.uid} on node ${node.name}`);
    const failed = (await on.eventsOn('Pod', 'urgent')).filter((event) => event.startsWith('FailedScheduling'));
    expect(failed.some((event) => /Insufficient cpu/.test(event) && !event.includes('preemption:'))).toBe(true);
  });

  rule('a pod whose policy is Never waits', async (on) => {
    const node = await ownNode(on);
    const patient = await priorityClass(on, 'patient', 1_000, 'Never');
    const full = { ...node.spec, containers: [container(cpu('900m'))] };
    await on.readyPod({ name: 'low', spec: full });
    await on.pod({ name: 'patient', spec: { ...full, priorityClassName: patient } });
    await untilRefused(on, 'patient', 'preemption: not eligible due to preemptionPolicy=Never.');
    expect(isReady(await on.getPod('low'))).toBe(true);
  });

  rule('a pod that a budget protects stays, where ending another is enough', async (on) => {
    const node = await ownNode(on);
    const urgent = await priorityClass(on, 'urgent', 2_000);
    const half = { ...node.spec, containers: [container(cpu('500m'))], terminationGracePeriodSeconds: 1 };
    const set = { replicas: 1, spec: half };
    await on.replicaSet({ ...set, name: 'kept', labels: { app: 'kept' } });
    await on.budget({ minAvailable: 1 }, { name: 'kept', labels: { app: 'kept' } });
    const [kept] = await on.readyPods(1, 'app=kept');
    await on.untilObject<{ status?: { currentHealthy?: number } }>(
      'counted',
      'poddisruptionbudgets',
      ({ status }) => status?.currentHealthy === 1,
      'kept',
    );
    // Without the budget the pod of lower priority would go.
    const middle = await priorityClass(on, 'middle', 500);
    await on.readyPod({ name: 'other', labels: { app: 'other' }, spec: { ...half, priorityClassName: middle } });
    await on.readyPod({ name: 'urgent', spec: { ...half, priorityClassName: urgent } });
    await on.untilGone('pods', 'other');
    expect(nameOf((await on.readyPods(1, 'app=kept'))[0])).toBe(nameOf(kept));
  });

  rule('a pod that was ended does not take its place back before the other pod', async (on) => {
    const node = await ownNode(on);
    const urgent = await priorityClass(on, 'urgent', 2_000);
    const full = { ...node.spec, containers: [container(cpu('900m'))], terminationGracePeriodSeconds: 1 };
    await on.replicaSet({ name: 'low', labels: { app: 'low' }, replicas: 1, spec: full });
    const [low] = await on.readyPods(1, 'app=low');
    await on.readyPod({ name: 'urgent', spec: { ...full, priorityClassName: urgent } });
    await on.untilGone('pods', nameOf(low));
    const [another] = await on.untilPods('another low pod', (pods) => pods.length === 1, 'app=low');
    await untilRefused(on, nameOf(another), 'Insufficient cpu');
  });

  rule('a pod takes the node of another that shuns it and waits for it, and is ended again and again', async (on) => {
    const { low, spec, shunning } = await lowAndShunning(on);
    await on.pod({ name: 'urgent', spec: { ...spec, ...shunning } });
    const seen = new Set([nameOf(low)]);
    for (const number of ['second', 'third']) {
      const isNext = ({ metadata, spec }: Pod) => spec?.nodeName !== undefined && !seen.has(metadata.name);
      const pods = await on.untilPods(`a ${number} low pod on the node`, (all) => all.some(isNext), 'app=low');
      for (const pod of pods) seen.add(nameOf(pod));
    }
    expect((await on.getPod('urgent')).spec?.nodeName).toBeUndefined();
  });

  rule('a pod does not take the node of another that waits for it where one like that stands already', async (on) => {
    const { low, spec, shunning } = await lowAndShunning(on);
    const { name } = await ownNode(on, {}, 'b');
    const nodeSelector = { 'kubernetes.io/hostname': name };
    await on.readyPod({ name: 'first', spec: { ...spec, ...shunning, nodeSelector } });
    await on.readyPod({ name: 'urgent', spec: { ...spec, ...shunning } });
    await on.untilGone('pods', nameOf(low));
    const [another] = await on.untilPods('another low pod', (pods) => pods.length === 1, 'app=low');
    await untilRefused(on, nameOf(another), "didn't satisfy existing pods anti-affinity rules");
  });

  rule('a claim must exist and be bound', async (on) => {
    const node = await ownNode(on);
    await on.pod({ name: 'missing', spec: { ...node.spec, ...mountsData } });
    await untilRefused(on, 'missing', 'persistentvolumeclaim "data" not found');
    await on.create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
    });
    await untilRefused(on, 'missing', 'pod has unbound immediate PersistentVolumeClaims');
  });

  rule('a pod comes only to nodes that reach its volume', async (on) => {
    const near = await ownNode(on);
    await ownNode(on, {}, 'b');
    await boundClaim(on, 'ReadWriteOnce', 'a');
    const spec = { ...near.spec, ...mountsData, containers: [container(cpu('600m'))] };
    await on.pod({ name: 'first', spec });
    await on.untilPod('scheduled', 'first', (pod) => pod.spec?.nodeName === near.name);
    await on.pod({ name: 'second', spec });
    await untilRefused(on, 'second', "node(s) didn't match PersistentVolume's node affinity");
  });

  rule('a ReadWriteOncePod claim is for one pod', async (on) => {
    const node = await ownNode(on);
    await boundClaim(on, 'ReadWriteOncePod');
    const spec = { ...node.spec, ...mountsData };
    await on.pod({ name: 'first', spec });
    await on.untilPod('scheduled', 'first', (pod) => pod.spec?.nodeName === node.name);
    await on.pod({ name: 'second', spec });
    await untilRefused(on, 'second', 'ReadWriteOncePod access mode');
  });
};
