import type { ApiEvent } from '../api/api.ts';
import { asPod, asPods, isTerminal, isTerminating } from '../api/pod.ts';
import { type Controller, type Environment, remove, type WakeAfter } from './common/controller.ts';
import { taintsOf } from './common/node.ts';
import { writeDisruption, writeStatus } from './common/status.ts';
import { isNotReady } from './nodes/lifecycle.ts';

/** How long a node must be missing before its pods are deleted (gc_controller.go, quarantineTime). */
const nodeQuarantineMs = 40_000;
const outOfService = 'node.kubernetes.io/out-of-service';

/**
 * Deletes the pods of missing nodes, and the terminating pods of nodes that are out of service (k/podgc, gcOrphaned and
 * gcTerminating). No kubelet can stop them, so they become Failed and are deleted without a grace period. Keys are
 * node names.
 */
export function podGarbageCollector(environment: Environment): Controller {
  const { api, informers } = environment;
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
