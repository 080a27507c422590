import { count } from '../text/words.ts';
import { CANARY, drainRecordOn } from './marks.ts';
import { isDisabled, isDrainedFrom, isSelected } from './membership.ts';
import { type ScaleAdvice, scaleAdvice } from './scale.ts';
import type { Controller, Pod, Policy, Snapshot } from './snapshot.ts';
import { isActive, isOfWorkload, ownedPods, type Workload } from './workload.ts';

/**
 * The number of pods that should serve: those that the workload's root wants, and those of other workloads that the
 * service selects. `rng` with a Deployment of 4 and a DaemonSet pod on each of 2 nodes: 6. Canaries do not count. Disabled
 * pods do, and drained pods that are not replaced, so that the minimum does not sink with each of them.
 */
export function desiredPods(snapshot: Snapshot, workload: Workload | undefined): number {
  const others = snapshot.pods
    .filter((pod) => isActive(pod) && pod.labels[CANARY] === undefined)
    .map((pod) => ({ ...pod, ...ownerAtDrain(snapshot, pod) }))
    .filter((pod) => !isOfWorkload(snapshot, workload, pod));
  const selected = others.filter((pod) => isSelected(snapshot.service, pod.labels) || isDisabled(snapshot, pod));
  return (workload?.root?.desired ?? 0) + selected.length + missing(snapshot, others);
}

/** The former owner of a drained pod. */
function ownerAtDrain({ service }: Snapshot, pod: Pod): Pick<Pod, 'owner'> {
  const owner = isDrainedFrom(service, pod) ? drainRecordOn(pod)?.owner : undefined;
  return owner === undefined ? {} : { owner };
}

/** The number of drained pods that their owners have not replaced. */
function missing(snapshot: Snapshot, pods: readonly Pod[]): number {
  const drained = pods.filter((pod) => isDrainedFrom(snapshot.service, pod));
  return [...Map.groupBy(drained, ({ owner }) => owner?.uid)].reduce((sum, [uid, { length }]) => {
    if (uid === undefined) return sum + length;
    const owner = snapshot.controllers.find((controller) => controller.uid === uid);
    const lacks = owner === undefined ? 0 : Math.max(0, owner.desired - ownedPods(snapshot, owner).length);
    return sum + Math.min(length, lacks);
  }, 0);
}

/**
 * Fewest pods that must stay in rotation. A percentage is of the desired pods, rounded up. Not set: the desired number
 * less a quarter of it rounded up, but at least 1: 1 of 1, 1 of 2, 2 of 3, 3 of 4, 22 of 30.
 */
export function minimumInRotation(minReady: Policy['minReady'], desired: number): number {
  if (typeof minReady === 'number') return minReady;
  if (minReady !== undefined) return Math.ceil((desired * Number.parseInt(minReady, 10)) / 100);
  return Math.max(1, desired - Math.ceil(desired / 4));
}

/** Scaling up by more is not a useful proposal. */
const MOST_EXTRA_PODS = 100;

/**
 * How to scale up so that one pod may be drained. The minimum may grow with the desired pods, so it is the first number
 * that leaves enough: with 4 of 4 in rotation and a minimum of 90%, 10. Undefined: scaling does not help.
 */
export function scaleUpAdvice(
  snapshot: Snapshot,
  root: Controller | undefined,
  now: { readonly inRotation: number; readonly desired: number },
): ScaleAdvice | undefined {
  const extra = Array.from({ length: MOST_EXTRA_PODS }, (_, index) => index + 1).find(
    (more) => now.inRotation + more - 1 >= minimumInRotation(snapshot.policy.minReady, now.desired + more),
  );
  return root === undefined || extra === undefined ? undefined : scaleAdvice(snapshot, root, extra);
}

/**
 * That many pods in rotation, compared with the minimum. `text`: `rng would have 2 pods in rotation, minimum 3`; capitals
 * where no pod would be left.
 */
export function againstMinimum(
  { service, policy }: Pick<Snapshot, 'service' | 'policy'>,
  pods: number,
  desired: number,
  verb: 'has' | 'would have' = 'would have',
) {
  const minimum = minimumInRotation(policy.minReady, desired);
  const number = pods === 0 ? 'NO pods' : count(pods, 'pod');
  const text = `${service.name} ${verb} ${number} in rotation, minimum ${minimum}`;
  return { minimum, isEnough: pods >= minimum, text, facts: { ready: pods, minimum } };
}
