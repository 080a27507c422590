import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';
import type { TestCluster } from '../contract/cluster.ts';
import { groupVersions } from '../contract/objects.ts';
import type { Case, Manifest } from './case.ts';
import { isMoving } from './moving.ts';
import { labelsOf, nameOf, readyUids, uidOf } from './scene.ts';
import { LISTED, type Listed, type World } from './world.ts';

/** On a node: the case that it belongs to. */
const CASE = 'pitlane.dev/foresight';

const GROUP_VERSIONS: Readonly<Partial<Record<string, string>>> = {
  ...groupVersions,
  networkpolicies: 'apis/networking.k8s.io/v1',
  horizontalpodautoscalers: 'apis/autoscaling/v2',
};

/** So long nothing may change for the cluster to be at rest: its controllers work over HTTP, and side by side. */
const REST_MS = 700;
const LOOK_EVERY_MS = 200;
const LONGEST_MS = 40_000;

/** What controllers write to. */
const MOVING = LISTED.filter(
  (resource) => !['services', 'configmaps', 'networkpolicies', 'horizontalpodautoscalers', 'nodes'].includes(resource),
);

/** Kubernetes notes times in whole seconds; a real clock cannot be moved on further than that. */
const LONGEST_PASS_MS = 1_100;

/** The nodes of the cases: all are there before the first case begins, because plans count them. */
export async function addNodes(cluster: TestCluster, cases: readonly Case[]): Promise<void> {
  for (const told of cases) await Promise.all(told.nodes.map((node) => cluster.kubelet.addNode(nodeOf(told, node))));
}

function nodeOf(told: Case, { name, labels, ...node }: NodeOptions): NodeOptions {
  return { ...node, name: nodeName(told, name), labels: { ...labels, [CASE]: String(told.index) } };
}

function nodeName({ index }: Case, name: string): string {
  return `case-${index}-${name}`;
}

/** A namespace of a real cluster. Its pods go to the case's own nodes only. */
export async function realWorld(cluster: TestCluster, told: Case): Promise<World & { stop(): Promise<void> }> {
  const { http, kubeConfig } = cluster;
  const space = await cluster.space();
  const namespace = space.name;
  const path = (resource: string, name?: string): string => {
    const root =
      resource === 'nodes' ? '/api/v1/nodes' : `/${GROUP_VERSIONS[resource]}/namespaces/${namespace}/${resource}`;
    return name === undefined ? root : `${root}/${resource === 'nodes' ? nodeName(told, name) : name}`;
  };
  const list = async (resource: Listed): Promise<readonly KubeObject[]> => {
    const { kind, items } = await http.granted<{ kind: string; items: KubeObject[] }>('GET', path(resource));
    // Items of a list do not say their kind.
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
      const { status, body } = await http.exchange('POST', path(resource), { body: placed(object, told) });
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
      // The first events tell of the slices that are there, one by one: only whole they count.
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
        const isRestless = objects.some((object) => object.kind === 'Pod' && isMoving(object));
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
      await cluster.remove(space);
    },
  };
}

/** The object, with its pods bound to the case's nodes. */
function placed(object: Manifest, { index }: Case): Manifest {
  const nodeSelector = { [CASE]: String(index) };
  const { spec } = object;
  if (object.kind === 'Pod') return { ...object, spec: { ...spec, nodeSelector } };
  if (spec?.template === undefined) return object;
  const template = { ...spec.template, spec: { ...spec.template.spec, nodeSelector } };
  return { ...object, spec: { ...spec, template } };
}
