import type { V1ControllerRevision, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { expect } from 'vitest';
import {
  type DaemonSet,
  isReady,
  isTerminating,
  type KubeObject,
  nameOf,
  namesOf,
  type Pod,
  type StatefulSet,
} from './objects.ts';
import { imageOf, rollOut, untilRolledOut, v2 } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

type Revision = KubeObject &
  Pick<V1ControllerRevision, 'revision'> & {
    data: { spec: { template: { $patch?: string } } };
  };
type VolumeClaim = KubeObject & { spec?: V1PersistentVolumeClaim['spec'] };

const hashKey = 'controller.kubernetes.io/hash';
const deletes = { whenScaled: 'Delete', whenDeleted: 'Delete' };

const imagesByName = (pods: readonly Pod[]) => Object.fromEntries(pods.map((pod) => [nameOf(pod), imageOf(pod)]));

async function numbersOf(on: Space): Promise<number[]> {
  return (await on.list<Revision>('controllerrevisions')).map(({ revision }) => revision).sort((a, b) => a - b);
}

const withClaims = (persistentVolumeClaimRetentionPolicy: object) => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }], persistentVolumeClaimRetentionPolicy };
};

/** How DaemonSets and StatefulSets keep their templates and update their pods. */
export const revisions: Theme = (rule) => {
  rule('a revision holds the template with its keys in order, and a StatefulSet hashes these bytes', async (on) => {
    const env = [{ name: 'GREETING', value: 'a<b & c>d' }];
    await on.statefulSet({ replicas: 0, container: { env }, workload: { revisionHistoryLimit: 1 } });
    const [revision] = await until(
      'a revision',
      () => on.list<Revision>('controllerrevisions'),
      ({ length }) => length > 0,
    );
    const data = revision?.data;
    const text = JSON.stringify(data);
    const { $patch, ...template } = data?.spec.template ?? {};
    const { spec } = await on.get<StatefulSet>('statefulsets', 'web');
    expect([$patch, template]).toEqual(['replace', spec?.template]);
    expect(text).toBe(JSON.stringify(inOrder(data)));
    const escaped = text.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
    const hash = safeHash(`${escaped}0`);
    expect([nameOf(revision), revision?.metadata.labels?.[hashKey]]).toEqual([`web-${hash}`, hash]);
  });

  rule('a DaemonSet that goes back to an old template uses its revision again, with a new number', async (on) => {
    await on.daemonSet();
    await on.readyPods(3);
    const [first] = (await on.list<Revision>('controllerrevisions')) as [Revision];
    await rollOut(on, 'daemonsets');
    await untilRolledOut(on, 3);
    expect(await numbersOf(on)).toEqual([1, 2]);
    // As `kubectl rollout undo` does.
    await on.patchStrategic('daemonsets', 'web', first.data);
    await untilRolledOut(on, 3, 'example/app:v1');
    expect(await numbersOf(on)).toEqual([2, 3]);
    expect((await on.get<Revision>('controllerrevisions', nameOf(first))).revision).toBe(3);
  });

  rule('a DaemonSet with OnDelete updates only the pods that are deleted', async (on) => {
    await on.daemonSet({ workload: { updateStrategy: { type: 'OnDelete' } } });
    const [deleted, ...others] = await on.readyPods(3);
    await rollOut(on, 'daemonsets');
    await on.untilObject<DaemonSet>('observed', 'daemonsets', ({ status }) => status?.observedGeneration === 2);
    await on.delete('pods', nameOf(deleted));
    await on.untilGone('pods', nameOf(deleted));
    const pods = await on.readyPods(3);
    expect(pods.map(imageOf).sort()).toEqual(['example/app:v1', 'example/app:v1', v2]);
    expect(namesOf(pods)).toEqual(expect.arrayContaining(namesOf(others)));
  });

  rule('a DaemonSet with surge starts the new pod of a node before it ends the old one', async (on) => {
    await on.daemonSet({
      workload: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
    });
    await on.readyPods(3);
    const watch = await on.watch<Pod>('pods', { labelSelector: 'app=web' });
    await rollOut(on, 'daemonsets');
    await untilRolledOut(on, 3);
    watch.close();
    const seen = watch.events.map(({ object }) => object);
    const ends = seen.filter((pod) => imageOf(pod) !== v2 && isTerminating(pod));
    const before = ends.map((end) => seen.slice(0, seen.indexOf(end)).filter((pod) => isOnNodeOf(end, pod)));
    expect(ends.length).toBeGreaterThanOrEqual(3);
    expect(before.map((pods) => pods.some((pod) => imageOf(pod) === v2 && isReady(pod)))).not.toContain(false);
  });

  rule('a StatefulSet updates the pods from its partition on, and the rest once it is lowered', async (on) => {
    const rollingUpdate = (partition: number) => ({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    });
    await on.statefulSet({ replicas: 2, workload: rollingUpdate(1) });
    await on.readyPods(2);
    await rollOut(on, 'statefulsets');
    await on.untilPods('web-1 updated', (pods) => imagesByName(pods)['web-1'] === v2);
    await on.readyPods(2);
    const { status } = await on.untilObject<StatefulSet>(
      'ready',
      'statefulsets',
      (set) => set.status?.readyReplicas === 2 && set.status.updatedReplicas === 1,
    );
    expect(imagesByName(await on.pods())).toEqual({ 'web-0': 'example/app:v1', 'web-1': v2 });
    expect([status?.currentReplicas, status?.currentRevision === status?.updateRevision]).toEqual([1, false]);
    // A pod below the partition that is deleted comes back with its old template.
    await on.delete('pods', 'web-0');
    await on.untilPods('web-1 alone or web-0 anew', (pods) => pods.length === 2);
    await on.readyPods(2);
    expect(imagesByName(await on.pods())['web-0']).toBe('example/app:v1');
    await on.patch('statefulsets', 'web', { spec: rollingUpdate(0) });
    await untilRolledOut(on, 2);
  });

  rule('a StatefulSet deletes the claims of pods that it no longer has, if it should', async (on) => {
    const replicas = { replicas: 2, spec: { restartPolicy: 'Always' } };
    await on.statefulSet({ ...replicas, workload: { podManagementPolicy: 'Parallel', ...withClaims(deletes) } });
    const claims = () => on.list<VolumeClaim>('persistentvolumeclaims');
    const owners = (seen: VolumeClaim[]) =>
      seen.map(({ metadata }) => metadata.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`).join());
    const byTheSet = (seen: VolumeClaim[]) => owners(seen).join() === 'StatefulSet/web,StatefulSet/web';
    const owned = await until('owned', claims, byTheSet);
    expect(namesOf(owned)).toEqual(['data-web-0', 'data-web-1']);
    await on.patch('statefulsets', 'web', { spec: { replicas: 1 } });
    await on.untilGone('persistentvolumeclaims', 'data-web-1');
    expect(owners(await claims())).toEqual(['StatefulSet/web']);
    await on.delete('statefulsets', 'web');
    await on.untilGone('persistentvolumeclaims', 'data-web-0');
  });
};

const isOnNodeOf = ({ spec }: Pod, other: Pod) => other.spec.nodeName === spec.nodeName;

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, field]) => [key, inOrder(field)]));
}

/** 32-bit FNV-1 in the letters that Kubernetes uses (rand.SafeEncodeString). */
function safeHash(text: string): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return [...String(hash)].map((digit) => letters[digit.charCodeAt(0) % letters.length]).join('');
}
