import type { V1Taint } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../api/api.ts';
import { isEqual } from '../api/json.ts';
import { asPod, asPods, isTerminal, isTerminating, type Pod } from '../api/pod.ts';
import { timestamp } from '../api/time.ts';
import { type Controller, type Environment, remove, type WakeAfter } from './common/controller.ts';
import { keyOf } from './common/informers.ts';
import { taintsOf, tolerates } from './common/node.ts';
import { writeDisruption, writeStatus } from './common/status.ts';

/** Labels whose copies with the prefix `beta.` are kept in sync (node_lifecycle_controller.go, labelReconcileInfo). */
const renamed = ['kubernetes.io/os', 'kubernetes.io/arch'];

/** How long a kubelet may cache secrets, in seconds: 0 in a cluster of up to 100 nodes (ttl_controller.go). */
const ttlAnnotation = 'node.alpha.kubernetes.io/ttl';

const cordoned: V1Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** The taint for a node's condition and status (nodeConditionToTaintKeyStatusMap). */
const tainted: Record<string, V1Taint> = {
  'Ready False': { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
  'Ready Unknown': { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
  'MemoryPressure True': { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' },
  'DiskPressure True': { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  'NetworkUnavailable True': { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' },
  'PIDPressure True': { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule' },
};

/** The further taints that evict pods. */
const evicting: Record<string, V1Taint> = {
  'Ready False': { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
  'Ready Unknown': { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
};

const managed = [...Object.values(tainted), ...Object.values(evicting), cordoned];

/**
 * Says that nodes come and go, keeps their deprecated labels, and turns their conditions and cordons into taints
 * (k/nodelifecycle). It believes a node's conditions: a kubelet that falls silent is not noticed.
 */
export function nodeLifecycleController({ api, informers, events }: Environment): Controller {
  const registered = new Map<string, KubeObject>();

  function reconcile(name: string): void {
    const node = informers.get('nodes', undefined, name);
    register(name, node);
    if (node === undefined) return;
    const { labels = {}, annotations } = node.metadata;
    const copied = renamed.filter((label) => labels[label] !== undefined);
    // The API server ignores a patch without a difference.
    api.mergePatch('nodes', undefined, name, {
      metadata: {
        labels: Object.fromEntries(copied.map((label) => [`beta.${label}`, labels[label]])),
        annotations: { [ttlAnnotation]: '0', ...annotations },
      },
      spec: { taints: taintsFor(node) },
    });
  }

  function register(name: string, node: KubeObject | undefined): void {
    const known = registered.get(name);
    if (known?.metadata.uid === node?.metadata.uid) return;
    const say = (about: KubeObject, reason: string, message: string) =>
      events.record('node-controller', about, 'Normal', reason, `Node ${name} event: ${message}`);
    if (known !== undefined) say(known, 'RemovingNode', `Removing Node ${name} from Controller`);
    if (node !== undefined) say(node, 'RegisteredNode', `Registered Node ${name} in Controller`);
    if (node === undefined) registered.delete(name);
    else registered.set(name, node);
  }

  function taintsFor(node: KubeObject): object[] {
    const states = conditionsOf(node).map(({ type, status }) => `${type} ${status}`);
    // No pods are evicted while no node is ready: then the control plane may be the one that is cut off.
    const isAlone = Array.from(informers.all('nodes')).every(isNotReady);
    const wanted = [
      ...states.map((state) => tainted[state]),
      node.spec?.unschedulable === true ? cordoned : undefined,
      ...(isAlone ? [] : states.map((state) => evicting[state])),
    ].filter((taint) => taint !== undefined);
    const current = taintsOf(node);
    const kept = current.filter((taint) => !isIn(managed, taint) || isIn(wanted, taint));
    const added = wanted.filter((taint) => !isIn(current, taint));
    return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: timestamp(api.now()) }))];
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource !== 'nodes') return;
    yield object.metadata.name;
    // The last node that fails, and the first that is back, decide about the taints of all that fail.
    if (type !== 'MODIFIED' || previous === undefined || isNotReady(previous) !== isNotReady(object))
      for (const node of informers.all('nodes')) if (isNotReady(node)) yield node.metadata.name;
  }

  return { name: 'node-controller', keysOf, reconcile };
}

function isIn(taints: readonly V1Taint[], { key, effect }: V1Taint): boolean {
  return taints.some((each) => each.key === key && each.effect === effect);
}

function conditionsOf({ status }: KubeObject): { type: string; status: string }[] {
  return status?.conditions ?? [];
}

function isNotReady(node: KubeObject): boolean {
  return conditionsOf(node).some(({ type, status }) => type === 'Ready' && status !== 'True');
}

const evictionComponent = 'taint-eviction-controller';

/** Deletes the pods that do not tolerate a NoExecute taint of their node, or no longer do (k/tainteviction). */
export function taintEvictionController({ api, informers, events }: Environment): Controller {
  /** When each pod began to tolerate a taint for a time, in ms. */
  const since = new Map<string, number>();

  function reconcile(key: string, wakeAfter: WakeAfter): void {
    const found = informers.getByKey('pods', key);
    const pod = found && asPod(found);
    const node = pod && informers.get('nodes', undefined, pod.spec.nodeName ?? '');
    const staysMs = pod && node ? timeLeft(pod, taintsOf(node)) : Number.POSITIVE_INFINITY;
    if (staysMs === 0 || staysMs === Number.POSITIVE_INFINITY) cancel(key);
    if (pod === undefined || staysMs === Number.POSITIVE_INFINITY) return;
    const begin = since.get(key) ?? api.now();
    const left = begin + staysMs - api.now();
    if (left > 0) {
      since.set(key, begin);
      wakeAfter(left);
      return;
    }
    since.delete(key);
    events.record(evictionComponent, pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    writeDisruption(api, pod, 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint');
    api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid });
  }

  /** The Event names the pod without its uid: it may be gone (emitCancelPodDeletionEvent). */
  function cancel(key: string): void {
    if (!since.delete(key)) return;
    const [namespace = '', name = ''] = key.split('/');
    const about = { apiVersion: '', kind: 'Pod', metadata: { namespace, name } } as KubeObject;
    events.record(evictionComponent, about, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'nodes' && (previous === undefined || !isEqual(taintsOf(previous), taintsOf(object)))) {
      for (const pod of informers.podsOnNode(object.metadata.name)) yield keyOf(pod);
    } else if (resource === 'pods') {
      const isSame = previous?.spec === object.spec || isEqual(previous?.spec, object.spec);
      if (type === 'DELETED' || !isSame) yield keyOf(object);
    }
  }

  return { name: evictionComponent, keysOf, reconcile };
}

/** How long a pod may stay with these taints: the shortest tolerationSeconds, in ms (getMinTolerationTime). */
function timeLeft({ spec }: Pod, taints: readonly V1Taint[]): number {
  const times = taints.map((taint) => {
    if (taint.effect !== 'NoExecute') return Number.POSITIVE_INFINITY;
    const toleration = spec.tolerations?.find((each) => tolerates(each, taint));
    const { tolerationSeconds = Number.POSITIVE_INFINITY } = toleration ?? { tolerationSeconds: 0 };
    return Math.max(0, tolerationSeconds) * 1000;
  });
  return Math.min(...times);
}

/** How long a node must be missing before its pods are deleted (gc_controller.go, quarantineTime). */
const nodeQuarantineMs = 40_000;
const outOfService = 'node.kubernetes.io/out-of-service';

/**
 * Deletes the pods of missing nodes, and the terminating pods of nodes that are out of service (k/podgc, gcOrphaned and
 * gcTerminating). No kubelet can stop them, so they become Failed and are deleted without a grace period. Keys are
 * node names.
 */
export function podGarbageCollector({ api, informers }: Environment): Controller {
  const missingSince = new Map<string, number>();

  function reconcile(node: string, wakeAfter: WakeAfter): void {
    const pods = asPods(informers.podsOnNode(node));
    const found = informers.get('nodes', undefined, node);
    if (found !== undefined || pods.length === 0) {
      missingSince.delete(node);
      const isOutOfService = found && isNotReady(found) && taintsOf(found).some(({ key }) => key === outOfService);
      for (const pod of isOutOfService ? pods.filter(isTerminating) : []) {
        if (!isTerminal(pod)) writeStatus(api, 'pods', pod, { ...pod.status, phase: 'Failed' });
        remove(api, 'pods', pod, { gracePeriodSeconds: 0 });
      }
      return;
    }
    const since = missingSince.get(node) ?? api.now();
    missingSince.set(node, since);
    const left = since + nodeQuarantineMs - api.now();
    if (left > 0) wakeAfter(left);
    for (const pod of left > 0 ? [] : pods) {
      const why = 'PodGC: node no longer exists';
      if (!isTerminal(pod)) writeDisruption(api, pod, 'DeletionByPodGC', why, { phase: 'Failed' });
      remove(api, 'pods', pod, { gracePeriodSeconds: 0 });
    }
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource === 'nodes') yield object.metadata.name;
    if (resource !== 'pods' || type === 'DELETED') return;
    const pod = asPod(object);
    const { nodeName } = pod.spec;
    if (nodeName && (isTerminating(pod) || informers.get('nodes', undefined, nodeName) === undefined)) yield nodeName;
  }

  return { name: 'pod-garbage-collector', keysOf, reconcile };
}
