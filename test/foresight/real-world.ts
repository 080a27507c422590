import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';
import type { TestCluster } from '../contract/cluster.ts';
import { groupVersions } from '../contract/objects.ts';
import type { Case, Manifest } from './case.ts';
import { isMoving } from './moving.ts';
import { labelsOf, nameOf, readyUids, uidOf } from './scene.ts';
import { CLUSTER_WIDE, LISTED, type Listed, type World } from './world.ts';

/** Node label: the case that the node belongs to. */
const CASE = 'pitlane.dev/foresight';

const GROUP_VERSIONS: Readonly<Partial<Record<string, string>>> = {
  ...groupVersions,
  nodes: 'api/v1',
  persistentvolumes: 'api/v1',
  priorityclasses: 'apis/scheduling.k8s.io/v1',
  networkpolicies: 'apis/networking.k8s.io/v1',
  horizontalpodautoscalers: 'apis/autoscaling/v2',
};

/** The cluster is at rest once nothing has changed for so long. The Job controller alone collects changes for a second. */
const REST_MS = 2_000;
const LOOK_EVERY_MS = 200;
const LONGEST_MS = 40_000;

/** The objects that controllers write to. */
const MOVING = LISTED.filter(
  (resource) =>
    !['services', 'configmaps', 'networkpolicies', 'horizontalpodautoscalers', ...CLUSTER_WIDE].includes(resource),
);

/** A crashed container must not start again while a command reads the cluster. */
const LONGEST_COMMAND_MS = 12_000;

/** Kubernetes has times in whole seconds, and a real clock can't be put forward: nothing waits longer than that. */
const LONGEST_PASS_MS = 1_100;

/** Creates the nodes of all cases before the first case begins, because plans count nodes. */
export async function addNodes(cluster: TestCluster, cases: readonly Case[]): Promise<void> {
  for (const given of cases) await Promise.all(given.nodes.map((node) => cluster.kubelet.addNode(nodeOf(given, node))));
}

function nodeOf(given: Case, { name, labels, ...node }: NodeOptions): NodeOptions {
  return { ...node, name: nodeName(given, name), labels: { ...labels, [CASE]: String(given.index) } };
}

function nodeName({ index }: Case, name: string): string {
  return `case-${index}-${name}`;
}

/** A namespace of a real cluster. Its pods go to the case's own nodes only. */
export async function realWorld(cluster: TestCluster, given: Case): Promise<World & { stop(): Promise<void> }> {
  const { http, kubeConfig } = cluster;
  const space = await cluster.space();
  const namespace = space.name;
  const path = (resource: string, name?: string): string => {
    const place = CLUSTER_WIDE.includes(resource) ? '' : `namespaces/${namespace}/`;
    const root = `/${GROUP_VERSIONS[resource]}/${place}${resource}`;
    return name === undefined ? root : `${root}/${resource === 'nodes' ? nodeName(given, name) : name}`;
  };
  const list = async (resource: Listed): Promise<readonly KubeObject[]> => {
    // Those of other cases change meanwhile.
    const query: Record<string, string> =
      resource === 'persistentvolumes' ? { labelSelector: `${CASE}=${given.index}` } : {};
    const { kind, items } = await http.granted<{ kind: string; items: KubeObject[] }>('GET', path(resource), { query });
    // Items of a list have no kind.
    return items.map((item) => ({ ...item, kind: kind.replace(/List$/, '') }));
  };
  const everyPod = async (): Promise<readonly KubeObject[]> =>
    (await http.granted<{ items: KubeObject[] }>('GET', '/api/v1/pods')).items;
  return {
    namespace,
    kubeConfig,
    now: Date.now,
    async pass(seconds) {
      await wait(Math.min(seconds * 1000, LONGEST_PASS_MS));
    },
    async create(resource, object) {
      const { status, body } = await http.exchange('POST', path(resource), { body: placed(object, given) });
      if (status !== 201 && status !== 409) throw new Error(`${resource} ${object.metadata.name}: ${body.message}`);
    },
    async patch(resource, name, patch) {
      await http.exchange('PATCH', path(resource, name), { body: patch });
    },
    async delete(resource, name, orphans) {
      const body = { propagationPolicy: orphans ? 'Orphan' : 'Background' };
      await http.exchange('DELETE', path(resource, name), { body });
    },
    list,
    everyPod,
    async followReady(service, onChange) {
      const slices = new Map<string, KubeObject>();
      const watch = await http.watch<KubeObject>(path('endpointslices'));
      let seen = 0;
      const tell = (): void => {
        for (const { type, object } of watch.events.slice(seen)) {
          if (type === 'DELETED') slices.delete(nameOf(object));
          else slices.set(nameOf(object), object);
          const ours = [...slices.values()].filter(
            (slice) => labelsOf(slice)['kubernetes.io/service-name'] === service,
          );
          onChange(readyUids(ours.flatMap(({ endpoints }) => endpoints ?? [])));
        }
        seen = watch.events.length;
      };
      // The first events show the existing slices one by one: they count together.
      await wait(LOOK_EVERY_MS);
      for (const { object } of watch.events) slices.set(nameOf(object), object);
      seen = watch.events.length;
      return () => {
        tell();
        watch.close();
      };
    },
    async settled() {
      const deadline = Date.now() + LONGEST_MS;
      for (let [last, since] = ['', Date.now()]; ; ) {
        const objects = (await Promise.all(MOVING.map(list))).flat();
        const now = objects.map((object) => `${uidOf(object)} ${object.metadata.resourceVersion}`).join();
        const isRestless = objects.some(
          (object) => object.kind === 'Pod' && (isMoving(object) || restartsSoon(object, Date.now())),
        );
        if (now !== last || isRestless) [last, since] = [now, Date.now()];
        if (Date.now() - since >= REST_MS) return;
        if (Date.now() > deadline) throw new Error('the cluster does not come to rest');
        await wait(LOOK_EVERY_MS);
      }
    },
    async stop() {
      for (const pod of await list('pods'))
        if ((pod.metadata.finalizers ?? []).length > 0)
          await http.exchange('PATCH', path('pods', nameOf(pod)), { body: { metadata: { finalizers: null } } });
      for (const volume of await list('persistentvolumes'))
        await http.exchange('DELETE', path('persistentvolumes', nameOf(volume)));
      await cluster.remove(space);
    },
  };
}

/** Read from the message of CrashLoopBackOff, such as `back-off 20s restarting failed container`. */
function restartsSoon(pod: KubeObject, now: number): boolean {
  const { state, lastState } = pod.status?.containerStatuses?.[0] ?? {};
  const [, minutes = 0, seconds] = /^back-off (?:(\d+)m)?(\d+)s/.exec(state?.waiting?.message ?? '') ?? [];
  if (seconds === undefined) return false;
  const delayMs = (Number(minutes) * 60 + Number(seconds)) * 1000;
  return Date.parse(lastState?.terminated?.finishedAt) + delayMs - now < LONGEST_COMMAND_MS;
}

/** The object, with its pods bound to the case's nodes. */
function placed(object: Manifest, { index }: Case): Manifest {
  const nodeSelector = { [CASE]: String(index) };
  const { spec } = object;
  const ofCase = `case-${index}-`;
  if (object.kind === 'PersistentVolume')
    return { ...object, metadata: { name: ofCase + object.metadata.name, labels: nodeSelector } };
  if (object.kind === 'PersistentVolumeClaim')
    return { ...object, spec: { ...spec, volumeName: ofCase + spec.volumeName } };
  if (object.kind === 'Pod') return { ...object, spec: { ...spec, nodeSelector } };
  if (spec?.template === undefined) return object;
  const template = { ...spec.template, spec: { ...spec.template.spec, nodeSelector } };
  return { ...object, spec: { ...spec, template } };
}
