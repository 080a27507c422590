import { list, time } from '../text/words.ts';
import type { Pod } from './snapshot.ts';
import { isFinished } from './workload.ts';

/** `terminating, its grace period ends at 03:12:37 UTC`, as a clause; also what keeps the pod once that is over. */
export function terminatingText(pod: Pod & { readonly deletedAt: number }, at: number): string {
  const held = finalizersText(pod);
  if (at < pod.deletedAt) return `terminating, its grace period ends at ${time(pod.deletedAt)}${keptText(pod)}`;
  if (held === '') return `terminating, its grace period ended at ${time(pod.deletedAt)}`;
  const ended = isFinished(pod)
    ? 'its containers have ended'
    : `its grace period ended at ${time(pod.deletedAt)}, but its node has not reported that its containers have ended`;
  return `terminating: ${ended}; it is held by the ${held}`;
}

export function isTerminating<P extends Pod>(pod: P): pod is P & { readonly deletedAt: number } {
  return pod.deletedAt !== undefined;
}

/** A pod that only its finalizers keep: only their owners, or a person by hand, can end that. */
export function isHeld<P extends Pod>(pod: P, at: number): pod is P & { readonly deletedAt: number } {
  return isTerminating(pod) && pod.deletedAt <= at && pod.finalizers !== undefined;
}

/** `, and finalizer example.com/hold keeps it until its owner takes that off`; empty: it has none. */
export function keptText({ finalizers = [] }: Pick<Pod, 'finalizers'>): string {
  if (finalizers.length === 0) return '';
  const until =
    finalizers.length === 1 ? 'keeps it until its owner takes that' : 'keep it until their owners take them';
  return `, and ${finalizersText({ finalizers })} ${until} off`;
}

/** `finalizer example.com/hold` */
function finalizersText({ finalizers = [] }: Pick<Pod, 'finalizers'>): string {
  if (finalizers.length === 0) return '';
  return `finalizer${finalizers.length === 1 ? '' : 's'} ${list(finalizers)}`;
}
