import type { V1Taint } from '@kubernetes/client-node';
import type { ApiEvent } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { timestamp } from '../../api/time.ts';
import type { Controller, Environment } from '../common/controller.ts';
import { taintsOf } from '../common/node.ts';

/** The taint for a node's condition and status (nodeConditionToTaintKeyStatusMap). */
const taintOf: Record<string, string> = {
  'Ready False': 'node.kubernetes.io/not-ready',
  'Ready Unknown': 'node.kubernetes.io/unreachable',
  'MemoryPressure True': 'node.kubernetes.io/memory-pressure',
  'DiskPressure True': 'node.kubernetes.io/disk-pressure',
  'NetworkUnavailable True': 'node.kubernetes.io/network-unavailable',
  'PIDPressure True': 'node.kubernetes.io/pid-pressure',
};

const unschedulable = 'node.kubernetes.io/unschedulable';
const ownKeys = new Set([...Object.values(taintOf), unschedulable]);

/**
 * Turns a node's conditions and cordon into NoSchedule taints (doNoScheduleTaintingPass), the only thing that
 * DaemonSets respect. Running pods stay.
 */
export function nodeTaintController({ api, informers }: Environment): Controller {
  function reconcile(name: string): void {
    const node = informers.get('nodes', undefined, name);
    if (node === undefined) return;
    const conditions: { type: string; status: string }[] = node.status?.conditions ?? [];
    const wanted = conditions.flatMap(({ type, status }) => taintOf[`${type} ${status}`] ?? []);
    if (node.spec?.unschedulable === true) wanted.push(unschedulable);
    const isOwn = ({ effect, key }: V1Taint) => effect === 'NoSchedule' && ownKeys.has(key);
    const current = taintsOf(node);
    const kept = current.filter((taint) => !isOwn(taint) || wanted.includes(taint.key));
    const missing = wanted.filter((key) => !current.some((taint) => isOwn(taint) && taint.key === key));
    const added = missing.map((key) => ({ key, effect: 'NoSchedule', timeAdded: timestamp(api.now()) }));
    const taints = [...kept, ...added];
    if (!isEqual(taints, current))
      api.mergePatch('nodes', undefined, name, { spec: { taints: taints.length > 0 ? taints : null } });
  }

  function* keysOf({ resource, object }: ApiEvent): Iterable<string> {
    if (resource === 'nodes') yield object.metadata.name;
  }

  return { name: 'node-lifecycle-controller', keysOf, reconcile };
}
