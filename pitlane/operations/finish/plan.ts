import { effectsOfDeletion } from '../../rotation/bystanders.ts';
import { FOLLOWED_SECONDS } from '../../rotation/data-planes.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { drainRecordOn, stoppingRecordOn } from '../../rotation/marks.ts';
import {
  type DeleteWrite,
  type Milestone,
  milestone,
  type Operation,
  type Phase,
  type Plan,
  podsIn,
  podTarget,
  type Refusal,
  refOf,
  subjectText,
  THE_POD,
} from '../../rotation/plan.ts';
import { checkInStages, ok } from '../../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isTerminating, keptText, terminatingText } from '../../rotation/terminating.ts';
import { formerWorkloadOf, isActive, isFinished, nameOf, ordinalOf } from '../../rotation/workload.ts';
import { compact, duration, list } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import { checkDrainedOrCanary, type FinishView, holdsUpReplacement, identityChecks, safetyChecks } from './checks.ts';
import { phasesBefore } from './leave-first.ts';

/** The API server and the kubelet need this on top of the grace period. */
const MARGIN_SECONDS = 60;
const HELD_MARGIN_SECONDS = 10;

/**
 * Plans the deletion of the pod, or, once it is terminating, only the proof. Nothing can stop a deletion, whether Pitlane
 * requested it or not (core/v1, ObjectMeta.deletionTimestamp).
 */
export function finishPod(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const view = viewOf(snapshot, operation, pod);
  const phase = phaseOf(operation, pod);
  const first = checkInStages(view, [checkDrainedOrCanary]);
  if ('kind' in first) return first;
  if (isTerminating(pod)) {
    const text = `${pod.name} is already ${terminatingText(pod, snapshot.at)}.`;
    return makePlan(operation, { checks: [ok('BeingDeleted', text)], phases: [phase] });
  }
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const before = phasesBefore(view);
  return makePlan(operation, {
    checks,
    effects: effectsOf(view, before.length > 0),
    phases: [...before, { ...phase, writes: [writeOf(view)] }],
    hasBegun: stoppingRecordOn(pod)?.id === operation.id,
  });
}

function phaseOf({ subject }: Operation, target?: TargetPod): Phase {
  const until = podsIn(subject).map((pod) => gone(pod, target));
  return { title: `delete ${subjectText(subject)}`, writes: [], until, lease: 'namespace' };
}

/** It is unknown when a finalizer is taken off, so the wait is short. */
function gone(pod: PodRef, target: TargetPod | undefined): Milestone {
  const isHeld = target?.finalizers !== undefined;
  const condition = { kind: 'gone', pod: refOf(pod), ...(isHeld && { isHeld }) } as const;
  const seconds = (target?.detail.graceSeconds ?? 0) + (isHeld ? HELD_MARGIN_SECONDS : MARGIN_SECONDS);
  return milestone(condition, `${pod.name} is gone`, seconds);
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod): FinishView {
  const record = drainRecordOn(pod);
  return { snapshot, operation, pod, record, workload: formerWorkloadOf(snapshot, record?.owner) };
}

function writeOf({ snapshot, pod }: FinishView): DeleteWrite {
  return {
    kind: 'delete',
    key: `finish ${pod.uid}`,
    title: `delete ${pod.name}`,
    target: podTarget(snapshot, pod),
    version: pod.detail.version,
  };
}

/** `isLater`: after it has left the endpoints. */
function effectsOf(view: FinishView, isLater: boolean): readonly Effect[] {
  const { snapshot, pod, workload } = view;
  const { service, bystanders } = snapshot;
  const { claims, ownVolumes } = pod.detail;
  const owner = workload?.owner;
  return compact(
    isLater &&
      effect(
        'LeavesFirst',
        `${THE_POD} leaves the endpoints of ${service.name} first, and is deleted ${FOLLOWED_SECONDS} s later, when load balancers have caught up.`,
      ),
    effect('IsDeleted', `${THE_POD} is deleted${shutdownText(pod)}.`, { finalizers: pod.finalizers ?? [] }),
    !isLater &&
      snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid) &&
      effect('LeavesEndpoints', `${THE_POD} leaves the endpoints of ${service.name}, and its open connections end.`),
    ...(bystanders.kind === 'seen' ? effectsOfDeletion(bystanders.value, pod) : []),
    ownVolumes.length > 0 &&
      effect(
        'LosesVolumes',
        `Data in ${ownVolumes.length === 1 ? 'volume' : 'volumes'} ${list(ownVolumes)} of ${THE_POD} is lost.`,
        { volumes: ownVolumes },
      ),
    claims.length > 0 &&
      effect(
        'KeepsClaims',
        `Data in volume ${claims.length === 1 ? 'claim' : 'claims'} ${list(claims.map(({ name }) => name))} stays.`,
        { claims: claims.map(({ name }) => name) },
      ),
    freedNode(view),
    owner !== undefined &&
      owner.deletedAt === undefined &&
      owner.desired > 0 &&
      holdsUpReplacement(view) &&
      effect('ReplacementCanStart', `A replacement of ${THE_POD} can start, because its port or volume is free then.`),
    owner?.kind === 'StatefulSet' &&
      ordinalOf(pod) < owner.desired &&
      effect('OwnerRecreatesIt', `${nameOf(owner)} can recreate ${THE_POD}.`, { owner: nameOf(owner) }),
  );
}

/** A pod that has ended takes no room, and blocks nothing. */
function freedNode({ snapshot, pod }: FinishView): Effect | undefined {
  const { nodeName: node } = pod;
  if (node === undefined || isFinished(pod)) return undefined;
  // All targets are deleted.
  const isDeleted = ({ uid }: PodRef): boolean => snapshot.targets.some((target) => target.uid === uid);
  const blocking = snapshot.pods
    .filter((other) => !isDeleted(other) && other.nodeName === node && other.owner === undefined && isActive(other))
    .map(({ name }) => name)
    .sort();
  const others = blocking.length === 0 ? '' : `; ${list(blocking)} still ${blocking.length === 1 ? 'does' : 'do'}`;
  return effect(
    'FreesNode',
    `${node} gets the CPU, memory and ports of ${THE_POD} back. ${THE_POD} no longer blocks its scale-down and kubectl drain${others}.`,
    { node, blocking },
  );
}

function shutdownText(pod: FinishView['pod']): string {
  const { graceSeconds } = pod.detail;
  const kept = keptText(pod);
  if (isFinished(pod)) return `; its containers have ended already${kept}`;
  if (graceSeconds > 0) return `; its containers get ${duration(graceSeconds)} to stop${kept}`;
  return kept ? `; its containers stop at once${kept}` : ' at once';
}

/** Nothing is left to do: the pod no longer exists. */
export function planOfGone(operation: Operation): Plan {
  return makePlan(operation, { phases: [phaseOf(operation)] });
}

export const planFinishes = planEach({ plan: finishPod, planGone: planOfGone, sideBySide: 5 });
