import { saysNoLongerListed } from '../../rotation/bystanders.ts';
import { fingerprintOf } from '../../rotation/fingerprint.ts';
import { readDrain } from '../../rotation/marks.ts';
import { isSelected } from '../../rotation/membership.ts';
import {
  type DeleteWrite,
  type Milestone,
  milestone,
  type Operation,
  type Plan,
  podsIn,
  type Refusal,
  subjectText,
  THE_POD,
} from '../../rotation/plan.ts';
import { check, ok, refusalOf } from '../../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isFinished, nameOf, workloadOf } from '../../rotation/workload.ts';
import { duration, list, time } from '../../text/words.ts';
import { FINISH_IDENTITY, FINISH_SAFETY, type FinishView, isDrainedOrCanary, isWaitedFor } from './checks.ts';

/** Over its grace period: what the API server and the kubelet take. */
const MARGIN_SECONDS = 60;

/**
 * What is left to do to finish the pod: to delete it, or, once it is being deleted, only the proof. By whom it is being
 * deleted makes no difference: nothing can stop that any more (core/v1, ObjectMeta.deletionTimestamp).
 */
export function planFinish(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const first = check([isDrainedOrCanary], { snapshot, operation, pod, workload: undefined });
  const refused = refusalOf(operation, first);
  if (refused) return refused;
  if (pod.deletedAt !== undefined) {
    const said = `${pod.name} is being deleted already, to be gone by ${time(pod.deletedAt)}.`;
    return planWith(operation, pod.detail.graceSeconds, { checks: [ok('BeingDeleted', said)] });
  }

  const view = viewOf(snapshot, operation, pod);
  const identity = check(FINISH_IDENTITY, view);
  const stopped = refusalOf(operation, identity);
  if (stopped) return stopped;
  const checks = [...identity, ...check(FINISH_SAFETY, view)];
  return planWith(operation, pod.detail.graceSeconds, { checks, effects: effectsOf(view), writes: [writeOf(view)] });
}

/** Nothing is left to do: the pod that the operation is about no longer exists. */
export function planFinished(operation: Operation): Plan {
  return planWith(operation, 0, {});
}

function planWith(
  operation: Operation,
  graceSeconds: number,
  {
    checks = [],
    effects = [],
    writes = [],
  }: Partial<Pick<Plan, 'checks' | 'effects'>> & { readonly writes?: readonly DeleteWrite[] },
): Plan {
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases: [
      {
        title: `delete ${subjectText(operation.subject)}`,
        writes,
        until: podsIn(operation.subject).map((pod) => gone(pod, graceSeconds)),
        lease: 'service',
      },
    ],
    hasBegun: writes.length === 0,
    undo: [],
    fingerprint: fingerprintOf(checks, effects, writes),
  };
}

function gone({ name, uid }: PodRef, graceSeconds: number): Milestone {
  return milestone({ kind: 'gone', pod: { name, uid } }, `${name} is gone`, graceSeconds + MARGIN_SECONDS);
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod): FinishView {
  const drain = readDrain(pod);
  const record = drain.kind === 'record' ? drain.record : undefined;
  return { snapshot, operation, pod, record, workload: workloadOf(snapshot, record?.owner) };
}

function writeOf({ snapshot, pod }: FinishView): DeleteWrite {
  return {
    kind: 'delete',
    key: `finish ${pod.uid}`,
    title: `delete ${pod.name}`,
    target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: snapshot.service.namespace },
    version: pod.detail.version,
  };
}

function effectsOf(view: FinishView): readonly string[] {
  const { snapshot, pod, workload } = view;
  const { service, bystanders } = snapshot;
  const { claims, ownVolumes } = pod.detail;
  const owner = workload?.owner;
  return [
    `${THE_POD} is deleted: ${saysHowItEnds(pod)}; nothing brings it back.`,
    ...(isSelected(service, pod.labels)
      ? [`${service.name} stops listing it; data planes follow within moments; open connections end with it.`]
      : []),
    ...(bystanders.kind === 'seen' ? saysNoLongerListed(bystanders.value, pod.labels) : []),
    ...(ownVolumes.length > 0 ? [`What is in its own volumes is lost: ${list(ownVolumes)}.`] : []),
    ...(claims.length > 0 ? [`What is in its volume claims stays: ${list(claims.map(({ name }) => name))}.`] : []),
    ...(pod.nodeName === undefined
      ? []
      : [`${pod.nodeName} gets its CPU, memory and ports back, and autoscalers and node drains are free there again.`]),
    ...(isWaitedFor(view) ? ['Its replacement, which waits for what only one pod can hold, can start.'] : []),
    ...(owner?.kind === 'StatefulSet' && owner.desired > 0 ? [`${nameOf(owner)} can create ${THE_POD} anew.`] : []),
  ];
}

function saysHowItEnds(pod: FinishView['pod']): string {
  const { graceSeconds } = pod.detail;
  if (isFinished(pod)) return 'its containers have ended already';
  return graceSeconds === 0 ? 'its containers are killed' : `its containers get ${duration(graceSeconds)} to end`;
}
