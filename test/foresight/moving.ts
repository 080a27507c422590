import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { FAULT } from './case.ts';
import { annotationsOf, hasEnded, isLeaving, isReady } from './scene.ts';

/** The kubelet is about to change the pod's status: it starts or ends, or does not show its fault yet. */
export function isMoving(pod: KubeObject): boolean {
  const isHeld = (pod.metadata.finalizers ?? []).length > 0;
  if (hasEnded(pod)) return isLeaving(pod) && !isHeld;
  if (!pod.spec.nodeName) return false;
  if (isLeaving(pod)) return !isHeld || isReady(pod);
  const fault = annotationsOf(pod)[FAULT];
  if (fault === 'crash-loop') return pod.status?.containerStatuses?.[0]?.state?.waiting?.reason !== 'CrashLoopBackOff';
  return isReady(pod) === (fault === 'not-ready');
}
