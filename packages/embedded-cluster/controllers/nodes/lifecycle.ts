import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { timestamp } from '../../api/time.ts';
import type { Controller, Environment } from '../common/controller.ts';
import { taintsOf } from '../common/node.ts';

const component = 'node-controller';

/** Renamed labels whose old names Kubernetes keeps in sync (node_lifecycle_controller.go, labelReconcileInfo). */
const oldNames: readonly (readonly [name: string, oldName: string])[] = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
];

/** How long a kubelet may cache secrets, in seconds: 0 in a cluster of up to 100 nodes (ttl_controller.go). */
const ttlAnnotation = 'node.alpha.kubernetes.io/ttl';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';

/** The taint for a node's condition and status (nodeConditionToTaintKeyStatusMap). */
const taintOf: Record<string, string> = {
  'Ready False': notReady,
  'Ready Unknown': unreachable,
  'MemoryPressure True': 'node.kubernetes.io/memory-pressure',
  'DiskPressure True': 'node.kubernetes.io/disk-pressure',
  'NetworkUnavailable True': 'node.kubernetes.io/network-unavailable',
  'PIDPressure True': 'node.kubernetes.io/pid-pressure',
};

/** The keys that this controller adds and removes, by effect. */
const ownKeys: Record<string, readonly string[]> = {
  NoSchedule: [...Object.values(taintOf), unschedulable],
  NoExecute: [notReady, unreachable],
};

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
    const renamed = oldNames.filter(([newName, oldName]) => newName in labels && labels[newName] !== labels[oldName]);
    const taints = taintsFor(node);
    const isSame = annotations?.[ttlAnnotation] !== undefined && isEqual(taints, taintsOf(node));
    if (isSame && renamed.length === 0) return;
    api.mergePatch('nodes', undefined, name, {
      metadata: {
        labels: Object.fromEntries(renamed.map(([newName, oldName]) => [oldName, labels[newName]])),
        annotations: { [ttlAnnotation]: '0', ...annotations },
      },
      spec: { taints },
    });
  }

  function register(name: string, node: KubeObject | undefined): void {
    const known = registered.get(name);
    if (known?.metadata.uid === node?.metadata.uid) return;
    const say = (about: KubeObject, reason: string, message: string) =>
      events.record(component, about, 'Normal', reason, `Node ${name} event: ${message}`);
    if (known !== undefined) say(known, 'RemovingNode', `Removing Node ${name} from Controller`);
    if (node !== undefined) say(node, 'RegisteredNode', `Registered Node ${name} in Controller`);
    if (node === undefined) registered.delete(name);
    else registered.set(name, node);
  }

  function taintsFor(node: KubeObject): object[] {
    const conditions: { type: string; status: string }[] = node.status?.conditions ?? [];
    const wanted = conditions.flatMap(({ type, status }) => taintOf[`${type} ${status}`] ?? []);
    const keys: Record<string, readonly string[]> = {
      NoSchedule: node.spec?.unschedulable === true ? [...wanted, unschedulable] : wanted,
      // No pods are evicted while no node is ready: then the control plane may be the one that is cut off.
      NoExecute: Array.from(informers.all('nodes')).every(isNotReady) ? [] : wanted,
    };
    const current = taintsOf(node);
    const kept = current.filter(
      ({ effect, key }) => !ownKeys[effect]?.includes(key) || keys[effect]?.includes(key) === true,
    );
    const added = Object.entries(ownKeys).flatMap(([effect, own]) =>
      (keys[effect] ?? [])
        .filter((key) => own.includes(key) && !current.some((each) => each.effect === effect && each.key === key))
        .map((key) => ({ key, effect, timeAdded: timestamp(api.now()) })),
    );
    return [...kept, ...added];
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource !== 'nodes') return;
    yield object.metadata.name;
    // The last node that fails, and the first that is back, decide about the taints of all that fail.
    if (type !== 'MODIFIED' || previous === undefined || isNotReady(previous) !== isNotReady(object))
      for (const node of informers.all('nodes')) if (isNotReady(node)) yield node.metadata.name;
  }

  return { name: component, keysOf, reconcile };
}

export function isNotReady({ status }: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some((each) => each.type === 'Ready' && each.status !== 'True');
}
