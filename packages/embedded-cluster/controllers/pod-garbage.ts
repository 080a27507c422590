import type { ApiEvent } from '../api/api.ts';
import { asPod, asPods, isTerminal, type Pod } from '../api/pod.ts';
import { timestamp } from '../api/time.ts';
import type { Controller, Environment, Requeue } from './common/controller.ts';
import { writeStatus } from './common/status.ts';

/** How long a node must be missing before its pods are deleted (gc_controller.go, quarantineTime). */
const nodeQuarantineMs = 40_000;

/**
 * Deletes the pods of missing nodes (k/podgc, gcOrphaned). No kubelet can stop them, so they become Failed and are
 * deleted without a grace period. Keys are node names.
 */
export function podGarbageCollector(environment: Environment): Controller {
  const { api, informers } = environment;
  const missingSince = new Map<string, number>();

  function reconcile(node: string, queue: Requeue): void {
    if (informers.get('nodes', undefined, node) !== undefined) {
      missingSince.delete(node);
      return;
    }
    const pods = asPods(informers.podsOnNode(node));
    if (pods.length === 0) {
      missingSince.delete(node);
      return;
    }
    const since = missingSince.get(node) ?? api.now();
    missingSince.set(node, since);
    const left = since + nodeQuarantineMs - api.now();
    if (left > 0) queue.addAfter(node, left);
    else for (const pod of pods) end(pod);
  }

  function end(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    if (!isTerminal(pod)) {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: timestamp(api.now()),
      };
      const others = (pod.status.conditions ?? []).filter(({ type }) => type !== condition.type);
      writeStatus(api, 'pods', pod, { ...pod.status, phase: 'Failed', conditions: [...others, condition] });
    }
    api.delete('pods', namespace, name, { uid, gracePeriodSeconds: 0 });
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource === 'nodes' && type !== 'MODIFIED') yield object.metadata.name;
    if (resource !== 'pods' || type === 'DELETED') return;
    const node = asPod(object).spec.nodeName;
    if (node && informers.get('nodes', undefined, node) === undefined) yield node;
  }

  return { name: 'pod-garbage-collector', keysOf, reconcile };
}
