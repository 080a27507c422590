import type { ApiEvent, KubeObject } from '../api/api.ts';
import { asPod, asPods, isTerminal, isTerminating, type Pod } from '../api/pod.ts';
import { type Controller, type Environment, remove, type WakeAfter } from './common/controller.ts';
import { taintsOf } from './common/node.ts';
import { writeDisruption, writeStatus } from './common/status.ts';
import { isNotReady } from './nodes/lifecycle.ts';

/** How long a node must be missing before its pods are deleted (gc_controller.go, quarantineTime). */
const nodeQuarantineMs = 40_000;

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
    if (found !== undefined) {
      missingSince.delete(node);
      if (isOutOfService(found)) for (const pod of pods.filter(isTerminating)) end(pod, endAsFailed);
      return;
    }
    if (pods.length === 0) {
      missingSince.delete(node);
      return;
    }
    const since = missingSince.get(node) ?? api.now();
    missingSince.set(node, since);
    const left = since + nodeQuarantineMs - api.now();
    if (left > 0) wakeAfter(left);
    else for (const pod of pods) end(pod, endAsOrphan);
  }

  function endAsOrphan(pod: Pod): void {
    writeDisruption(api, pod, 'DeletionByPodGC', 'PodGC: node no longer exists', { phase: 'Failed' });
  }

  function endAsFailed(pod: Pod): void {
    writeStatus(api, 'pods', pod, { ...pod.status, phase: 'Failed' });
  }

  function end(pod: Pod, fail: (pod: Pod) => void): void {
    if (!isTerminal(pod)) fail(pod);
    remove(api, 'pods', pod, { gracePeriodSeconds: 0 });
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

function isOutOfService(node: KubeObject): boolean {
  return isNotReady(node) && taintsOf(node).some(({ key }) => key === 'node.kubernetes.io/out-of-service');
}
