import { effectsOfDeletion } from '../../rotation/bystanders.ts';
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
import { ok, refusalOf, runChecks } from '../../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isFinished, nameOf, workloadOf } from '../../rotation/workload.ts';
import { duration, list, time } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import type { Planner } from '../spec.ts';
import { checkDrainedOrCanary, type FinishView, holdsUpReplacement, identityChecks, safetyChecks } from './checks.ts';

/** The API server and the kubelet need this on top of the grace period. */
const MARGIN_SECONDS = 60;

/**
 * Plans the deletion of the pod, or, once it is terminating, only the proof. Nothing can stop a deletion, whether Pitlane
 * requested it or not (core/v1, ObjectMeta.deletionTimestamp).
 */
function planFinish(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const first = runChecks([checkDrainedOrCanary], { snapshot, operation, pod, workload: undefined });
  const refused = refusalOf(operation, first);
  if (refused) return refused;
  if (pod.deletedAt !== undefined) {
    const text = `${pod.name} is already terminating, its grace period ends at ${time(pod.deletedAt)}.`;
    return planWith(operation, pod.detail.graceSeconds, { checks: [ok('BeingDeleted', text)] });
  }

  const view = viewOf(snapshot, operation, pod);
  const identity = runChecks(identityChecks, view);
  const stopped = refusalOf(operation, identity);
  if (stopped) return stopped;
  const checks = [...identity, ...runChecks(safetyChecks, view)];
  return planWith(operation, pod.detail.graceSeconds, { checks, effects: effectsOf(view), writes: [writeOf(view)] });
}

/** Nothing is left to do: the pod no longer exists. */
function planFinished(operation: Operation): Plan {
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
    `${THE_POD} is deleted${shutdownText(pod)}.`,
    ...(isSelected(service, pod.labels)
      ? [`${THE_POD} leaves the endpoints of ${service.name}, and its open connections end.`]
      : []),
    ...(bystanders.kind === 'seen' ? effectsOfDeletion(bystanders.value, pod) : []),
    ...(ownVolumes.length > 0
      ? [`Data in ${ownVolumes.length === 1 ? 'volume' : 'volumes'} ${list(ownVolumes)} of ${THE_POD} is lost.`]
      : []),
    ...(claims.length > 0
      ? [`Data in volume ${claims.length === 1 ? 'claim' : 'claims'} ${list(claims.map(({ name }) => name))} stays.`]
      : []),
    ...(pod.nodeName === undefined
      ? []
      : [
          `${pod.nodeName} gets the CPU, memory and ports of ${THE_POD} back, and can be scaled down and drained again.`,
        ]),
    ...(holdsUpReplacement(view)
      ? [`The replacement of ${THE_POD}, which waits for its port or volume, can start.`]
      : []),
    ...(owner?.kind === 'StatefulSet' && owner.desired > 0 ? [`${nameOf(owner)} can recreate ${THE_POD}.`] : []),
  ];
}

function shutdownText(pod: FinishView['pod']): string {
  const { graceSeconds } = pod.detail;
  if (isFinished(pod)) return '; its containers have ended already';
  return graceSeconds === 0 ? ' at once' : `; its containers get ${duration(graceSeconds)} to stop`;
}

/** For one pod or several. */
export const planFinishes: Planner = (snapshot, operation) =>
  planEach(snapshot, operation, {
    plan: planFinish,
    planGone: planFinished,
    sideBySide: 5,
  });
