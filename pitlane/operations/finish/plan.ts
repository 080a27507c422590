import { effectsOfDeletion } from '../../rotation/bystanders.ts';
import { FOLLOWED_SECONDS, secondsSince } from '../../rotation/data-planes.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { onlyKeys } from '../../rotation/labels.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { drainRecordOn, STOPPING, type StoppingRecord, stoppingRecordOn } from '../../rotation/marks.ts';
import { isBeingStopped, isPodReady, isSelected, memberLabels, readyUids } from '../../rotation/membership.ts';
import { type MetadataChange, podPatch } from '../../rotation/patch.ts';
import {
  type DeleteWrite,
  type Milestone,
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  podsIn,
  podTarget,
  type Refusal,
  refOf,
  subjectText,
  THE_POD,
} from '../../rotation/plan.ts';
import { labelsToRemove } from '../../rotation/release.ts';
import { checkInStages, isCanary, ok, type View } from '../../rotation/safety.ts';
import type { Labels, Pod, PodRef, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isTerminating, keptText, terminatingText } from '../../rotation/terminating.ts';
import { adoptersBesides, formerWorkloadOf, isActive, isFinished, nameOf, ordinalOf } from '../../rotation/workload.ts';
import { compact, duration, isoTime, list, pairs, personOf, timestamp } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import { checkDrainedOrCanary, type FinishView, holdsUpReplacement, identityChecks, safetyChecks } from './checks.ts';

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
    phases: [...before, { ...phase, writes: [podDeletion('finish', snapshot, pod)] }],
    hasBegun: stoppingRecordOn(pod)?.id === operation.id,
  });
}

function phaseOf({ subject }: Operation, target?: TargetPod): PhaseDraft {
  const until = podsIn(subject).map((pod) => gone(pod, target));
  return { title: `delete ${subjectText(subject)}`, until };
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

/** Deletes the pod as it was read. */
export function podDeletion(verb: string, snapshot: Snapshot, pod: Pod): DeleteWrite {
  const { name, uid, detail } = pod;
  const target = podTarget(snapshot, pod);
  return { kind: 'delete', key: `${verb} ${uid}`, title: `delete ${name}`, target, version: detail?.version ?? '' };
}

/** `isLater`: after it has left the endpoints. */
function effectsOf(view: FinishView, isLater: boolean): readonly Effect[] {
  const { snapshot, pod, workload } = view;
  const { service, bystanders } = snapshot;
  const { ownVolumes } = pod.detail;
  const claims = pod.detail.claims.map(({ name }) => name);
  const owner = workload?.owner;
  const isListed = snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid);
  const isWanted = owner !== undefined && owner.deletedAt === undefined && owner.desired > 0;
  const first = `${THE_POD} leaves the endpoints of ${service.name} first, and is deleted ${FOLLOWED_SECONDS} s later, when load balancers have caught up.`;
  const lost = `Data in ${ownVolumes.length === 1 ? 'volume' : 'volumes'} ${list(ownVolumes)} of ${THE_POD} is lost.`;
  const kept = `Data in volume ${claims.length === 1 ? 'claim' : 'claims'} ${list(claims)} stays.`;
  return compact(
    isLater && effect('LeavesFirst', first),
    effect('IsDeleted', `${THE_POD} is deleted${shutdownText(pod)}.`, { finalizers: pod.finalizers ?? [] }),
    !isLater &&
      isListed &&
      effect('LeavesEndpoints', `${THE_POD} leaves the endpoints of ${service.name}, and its open connections end.`),
    ...effectsOfDeletion(bystanders, pod),
    ownVolumes.length > 0 && effect('LosesVolumes', lost, { volumes: ownVolumes }),
    claims.length > 0 && effect('KeepsClaims', kept, { claims }),
    freedNode(view),
    isWanted &&
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
  const text = `${node} gets the CPU, memory and ports of ${THE_POD} back. ${THE_POD} no longer blocks its scale-down and kubectl drain${others}.`;
  return effect('FreesNode', text, { node, blocking });
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

/**
 * The phases before the deletion of a canary that gets traffic: (1) labels off, so that it leaves the endpoints while it
 * still serves, (2) the time until every data plane has followed. Empty: nothing is left to wait for.
 */
function phasesBefore(view: View): readonly PhaseDraft[] {
  const { snapshot, pod } = view;
  const { service } = snapshot;
  if (!isCanary(view) || isFinished(pod)) return [];
  const isOut = isBeingStopped(service, pod);
  const removed = isOut ? {} : labelsOff(view);
  if (removed === undefined) return [];
  const mark = isOut ? stoppingRecordOn(pod) : undefined;
  const held = secondsSince(mark?.outSince, snapshot.at);
  const isListed = snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid);
  if (held !== undefined && held >= FOLLOWED_SECONDS && !isListed) return [];
  const unlisted = milestone({ kind: 'unlisted', pod: refOf(pod) }, `${pod.name} is out of the endpoints`, 30);
  const followed = milestone(
    { kind: 'outLongEnough', pod: refOf(pod) },
    `${pod.name} has been out of the endpoints for ${FOLLOWED_SECONDS} s`,
    30,
  );
  return [
    {
      title: `take ${pod.name} out of the endpoints`,
      writes: isOut ? [] : [outWrite(view, removed)],
      until: [unlisted],
    },
    {
      title: `wait until load balancers have followed`,
      writes: held === undefined ? [noteWrite(view, mark)] : [],
      until: [unlisted, followed],
    },
  ];
}

/** Undefined: the canary gets no traffic, or a controller would adopt it without any of them. */
function labelsOff({ snapshot, pod }: View): Labels | undefined {
  const { service, policy, bystanders } = snapshot;
  const isServing = isPodReady(pod, readyUids(snapshot.endpoints)) || service.publishNotReadyAddresses;
  if (!isServing || !isSelected(service, pod.labels)) return undefined;
  const adopters = adoptersBesides(snapshot, pod.owner).flatMap(({ selector }) => selector ?? []);
  // The gate label is not enough: enable and switch would put it on again.
  const labels = memberLabels(service, policy) ?? {};
  const keys = labelsToRemove(pod.labels, [labels], undefined, bystanders, adopters);
  return keys && onlyKeys(pod.labels, keys);
}

function outWrite({ snapshot, operation, pod }: View, removed: Labels): PatchWrite {
  const record: StoppingRecord = { v: 1, id: operation.id, ...personOf(operation), at: timestamp(snapshot.at) };
  const change: MetadataChange = {
    labels: Object.fromEntries(Object.keys(removed).map((key) => [key, null])),
    annotations: { [STOPPING]: JSON.stringify(record) },
  };
  const labels = pairs(removed);
  const title = `remove label${labels.length > 1 ? 's' : ''} ${list(labels)} from ${pod.name}`;
  return podPatch('leave', title, snapshot, pod, change);
}

function noteWrite({ snapshot, operation, pod }: View, mark: StoppingRecord | undefined): PatchWrite {
  const own = { id: operation.id, ...personOf(operation) };
  const record = { v: 1, at: timestamp(snapshot.at), ...mark, ...own, outSince: isoTime(snapshot.at) };
  const title = `note on ${pod.name} since when it has been out of the endpoints`;
  return podPatch('note', title, snapshot, pod, { annotations: { [STOPPING]: JSON.stringify(record) } });
}
