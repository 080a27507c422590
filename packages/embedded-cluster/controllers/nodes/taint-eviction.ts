import type { V1Taint, V1Toleration } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { asPod, type Pod } from '../../api/pod.ts';
import type { Controller, Environment, WakeAfter } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { taintsOf, tolerates } from '../common/node.ts';
import { writeDisruption } from '../common/status.ts';

const component = 'taint-eviction-controller';

/** Deletes the pods that do not tolerate a NoExecute taint of their node, or no longer do (k/tainteviction). */
export function taintEvictionController({ api, informers, events }: Environment): Controller {
  /** When each pod began to tolerate a taint for a time, in ms. */
  const since = new Map<string, number>();

  function reconcile(key: string, wakeAfter: WakeAfter): void {
    const found = informers.getByKey('pods', key);
    const pod = found && asPod(found);
    const node = informers.get('nodes', undefined, pod?.spec.nodeName ?? '');
    const staysMs = pod === undefined || node === undefined ? undefined : timeLeft(pod, taintsOf(node));
    if (pod === undefined || staysMs === undefined || staysMs === Number.POSITIVE_INFINITY) {
      cancel(key);
      return;
    }
    if (staysMs === 0) cancel(key);
    const begin = since.get(key) ?? api.now();
    const left = begin + staysMs - api.now();
    if (left > 0) {
      since.set(key, begin);
      wakeAfter(left);
      return;
    }
    since.delete(key);
    evict(pod);
  }

  /** The Event names the pod without its uid: it may be gone (emitCancelPodDeletionEvent). */
  function cancel(key: string): void {
    if (!since.delete(key)) return;
    const [namespace = '', name = ''] = key.split('/');
    const about = { apiVersion: '', kind: 'Pod', metadata: { namespace, name } } as KubeObject;
    events.record(component, about, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
  }

  function evict(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    events.record(component, pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
    writeDisruption(api, pod, 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint');
    api.delete('pods', namespace, name, { uid });
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'nodes' && (previous === undefined || !isEqual(taintsOf(previous), taintsOf(object)))) {
      for (const pod of informers.podsOnNode(object.metadata.name)) yield keyOf(pod);
    } else if (resource === 'pods') {
      const isSame = previous?.spec === object.spec || isEqual(previous?.spec, object.spec);
      if (type === 'DELETED' || !isSame) yield keyOf(object);
    }
  }

  return { name: component, keysOf, reconcile };
}

/**
 * How long a pod may stay with these taints: undefined without a NoExecute taint, 0 when one is not tolerated, else the
 * shortest tolerationSeconds (getMinTolerationTime).
 */
function timeLeft({ spec }: Pod, taints: readonly V1Taint[]): number | undefined {
  const noExecute = taints.filter(({ effect }) => effect === 'NoExecute');
  if (noExecute.length === 0) return undefined;
  const used: V1Toleration[] = [];
  for (const taint of noExecute) {
    const toleration = spec.tolerations?.find((each) => tolerates(each, taint));
    if (toleration === undefined) return 0;
    used.push(toleration);
  }
  return Math.min(
    ...used.map(({ tolerationSeconds = Number.POSITIVE_INFINITY }) => Math.max(0, tolerationSeconds) * 1000),
  );
}
