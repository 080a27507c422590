import type { Operation, Plan, Refusal } from '../../rotation/plan.ts';
import { checkInStages, isCanary, refusal, type View } from '../../rotation/safety.ts';
import type { Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { planEach } from '../each-pod.ts';
import { finishPod, planOfGone } from '../finish/plan.ts';

/** Deletes canaries as `finish` does, and no other pod. */
function planStop(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const checks = checkInStages<View>({ snapshot, operation, pod, workload: undefined }, [
    (view) =>
      !isCanary(view) &&
      refusal('NotACanary', `${pod.name} is not a canary of ${snapshot.service.name}.`, 'canary list'),
  ]);
  if ('kind' in checks) return checks;
  return finishPod(snapshot, operation, pod);
}

export const planCanaryStops = planEach({ plan: planStop, planGone: planOfGone, sideBySide: 5 });
