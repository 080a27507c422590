import { effectsOnOthers } from '../../rotation/bystanders.ts';
import { messagesOf } from '../../rotation/effect.ts';
import { onlyKeys, valueIn, withoutKeys } from '../../rotation/labels.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import {
  DELETION_COST,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
  drainRecordOn,
  formerValue,
  HIGHEST_COST,
  KEEPING,
} from '../../rotation/marks.ts';
import { isDrainedFrom, memberLabels, memberOf } from '../../rotation/membership.ts';
import { checkOtherServices } from '../../rotation/other-services.ts';
import { kubectlLine, type MetadataChange, podPatch } from '../../rotation/patch.ts';
import {
  type Check,
  type Milestone,
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  type Refusal,
  refOf,
  replacementTitle,
} from '../../rotation/plan.ts';
import { sparingAnnotations, withTracking } from '../../rotation/pruners.ts';
import { labelsToRemove } from '../../rotation/release.ts';
import { DOUBTFUL_REPLACEMENT, NO_REPLACEMENT, replacementChecks } from '../../rotation/replacement.ts';
import { checkEnded, checkInStages, checkTerminating, runChecks, type View } from '../../rotation/safety.ts';
import { checkForeignSlices } from '../../rotation/slices.ts';
import {
  ifSeen,
  type Labels,
  type ObjectRef,
  type Pod,
  type Snapshot,
  type TargetPod,
} from '../../rotation/snapshot.ts';
import { planTakingBack } from '../../rotation/take-back.ts';
import { stuckLabels } from '../../rotation/trial.ts';
import {
  adoptersBesides,
  formerWorkloadOf,
  isBuiltIn,
  nameOf,
  usesDeletionCost,
  workloadOf,
} from '../../rotation/workload.ts';
import { compact, list, personOf, timestamp } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import { type DrainView, identityChecks, safetyChecks } from './checks.ts';
import type { DrainRequest } from './drain.ts';
import { effectsOf, lastingPlacement, placementOf } from './effects.ts';
import { afterDrain, afterReplacement } from './replacements.ts';

/** Plans the drain of the pod, or, once the operation's own mark is on it, only the proof. */
function planDrain(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const own = drainRecordOn(pod);
  if (own?.id === operation.id && !own.restoring) {
    const marks = { labels: { [DRAINED_FROM]: null }, annotations: { [DRAIN]: null, ...own.annotations } };
    return planTakingBack(snapshot, operation, pod, marks) ?? remaining(snapshot, operation, pod, own);
  }

  const view = viewOf(snapshot, operation, pod);
  if (own !== undefined && isStillInOthers(view, own)) return planOthers(view, own);
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const record = recordOf(view);
  const write = writeOf(view, record);
  return makePlan(
    operation,
    {
      checks,
      effects: effectsOf(view, checks, placementOf(view)),
      phases: [{ title: write.title, writes: [write], until: proofOf(operation, pod, record.owner, checks) }],
      undo: undoOf(snapshot, pod, record),
    },
    messagesOf(effectsOf(view, checks, lastingPlacement(view))),
  );
}

/** It is drained from this service, and `--all-services` finds it in others. */
function isStillInOthers({ snapshot: { service }, operation, pod, remove = [] }: DrainView, own: DrainRecord): boolean {
  return allServices(operation) && !own.restoring && isDrainedFrom(service, pod) && remove.length > 0;
}

/** Plans to take a drained pod out of the other Services too, and to add their labels to its record. */
function planOthers(view: DrainView, own: DrainRecord): Plan | Refusal {
  const { snapshot, operation, pod, after } = view;
  const checks = checkInStages(view, [checkTerminating, checkEnded], [checkForeignSlices, checkOtherServices]);
  if ('kind' in checks) return checks;
  const record = { ...own, id: operation.id, labels: { ...own.labels, ...removedLabels(view) } };
  const write = writeOf(view, record);
  return makePlan(operation, {
    checks,
    effects: effectsOnOthers(snapshot.bystanders, pod, after, undefined),
    phases: [{ title: write.title, writes: [write], until: proofOf(operation, pod, undefined, checks) }],
    undo: undoOf(snapshot, pod, record),
  });
}

function allServices({ request }: Operation): boolean {
  return (request as DrainRequest).allServices === true;
}

/** Nothing is left to write. The proof still depends on the replacement. */
function remaining(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): Plan {
  const workload = formerWorkloadOf(snapshot, record.owner);
  const view: View = { snapshot, operation, pod, workload };
  const until = proofOf(operation, pod, workload?.ref, runChecks(replacementChecks, view));
  return makePlan(operation, {
    phases: [{ title: `wait for the replacement of ${pod.name}`, until }],
    undo: undoOf(snapshot, pod, record),
  });
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod): DrainView {
  const workload = workloadOf(snapshot, pod.owner);
  const { service, bystanders } = snapshot;
  const others = allServices(operation) ? (ifSeen(bystanders)?.services ?? []).map(({ selector }) => selector) : [];
  const adopters = adoptersBesides(snapshot, pod.owner).flatMap(({ selector }) => selector ?? []);
  const removeBut = (stuck: readonly (readonly string[])[]) =>
    labelsToRemove(
      pod.labels,
      // The gate label is not enough: enable and disable change it for many pods at a time.
      [memberLabels(service, snapshot.policy) ?? {}, ...others],
      workload?.owner?.selector,
      bystanders,
      adopters,
      stuck,
    );
  const stuck = stuckLabels(snapshot, pod);
  // Without another set, the plan is the one that the cluster does not accept, and refused for that.
  const least = removeBut(stuck) ?? removeBut([]);
  const remove = least && withTracking(pod.labels, least, bystanders, adopters);
  const after = { ...withoutKeys(pod.labels, remove ?? []), [DRAINED_FROM]: service.name };
  return { snapshot, operation, pod, workload, remove, after };
}

function removedLabels({ pod, remove = [] }: DrainView): Labels {
  return onlyKeys(pod.labels, remove);
}

function recordOf(view: DrainView): DrainRecord {
  const { snapshot, operation, pod } = view;
  const { service, policy } = snapshot;
  const { request } = operation;
  const seconds = request.forSeconds ?? policy.drain.forSeconds;
  const state = memberOf(snapshot, pod)?.state;
  return {
    v: 1,
    id: operation.id,
    service: service.name,
    labels: removedLabels(view),
    was: state === 'in rotation' || state === 'disabled' ? state : 'not ready',
    annotations: Object.fromEntries(Object.keys(keepingMarks(view)).map((key) => [key, formerValue(pod, key)])),
    owner: pod.owner,
    ...personOf(operation),
    because: request.because,
    at: timestamp(snapshot.at),
    restarts: pod.restarts,
    until: timestamp(snapshot.at + seconds * 1000),
    then: policy.drain.then,
    report: operation.report,
  };
}

/**
 * Annotations that keep others from deleting the pod or its node. Without a tick, those for node autoscalers would keep the
 * node for ever.
 */
function keepingMarks({ operation, pod, after }: DrainView): Labels {
  return { ...(operation.hasTick && KEEPING), ...sparingAnnotations(after, pod.annotations) };
}

function writeOf(view: DrainView, record: DrainRecord): PatchWrite {
  const { snapshot, pod, remove = [] } = view;
  const change: MetadataChange = {
    labels: { ...Object.fromEntries(remove.map((key) => [key, null])), [DRAINED_FROM]: record.service },
    annotations: { [DRAIN]: JSON.stringify(record), ...keepingMarks(view) },
  };
  const selected = Object.keys(snapshot.service.selector ?? {});
  const reliedOn = onlyKeys(pod.labels, selected);
  const labels = remove.map((key) => `${key}=${valueIn(pod.labels, key)}`);
  const title =
    labels.length > 0
      ? `remove label${labels.length > 1 ? 's' : ''} ${list(labels)} from ${pod.name}`
      : `mark ${pod.name} as drained`;
  return podPatch('drain', title, snapshot, pod, change, reliedOn);
}

function proofOf(
  { id }: Operation,
  pod: Pod,
  owner: ObjectRef | undefined,
  checks: readonly Check[],
): readonly Milestone[] {
  const ref = refOf(pod);
  const found = (codes: readonly string[]): boolean => checks.some(({ code }) => codes.includes(code));
  const milestones: Milestone[] = [
    milestone({ kind: 'unlisted', pod: ref, id }, `${pod.name} is out of the endpoints`, 30),
  ];
  if (!owner) return milestones;
  // An unknown operator's controller may not release pods by their labels.
  const mustRelease = isBuiltIn(owner) && !found(['OwnerNotSeen', 'OwnerBeingDeleted', 'OwnerInactive']);
  milestones.push(milestone({ kind: 'released', pod: ref }, `Released by ${nameOf(owner)}`, 30, mustRelease));
  if (found(NO_REPLACEMENT)) return milestones;
  const where = owner.kind === 'DaemonSet' ? { nodeName: pod.nodeName } : {};
  const replaced = { pods: [ref], owner, ...where };
  const isSure = !found(DOUBTFUL_REPLACEMENT);
  milestones.push(
    milestone({ kind: 'replacementCreated', ...replaced }, replacementTitle('replacementCreated', 1), 60, isSure),
  );
  if (!found(['ReplacementStaysOut']))
    milestones.push(
      milestone({ kind: 'replacementReady', ...replaced }, replacementTitle('replacementReady', 1), 300, isSure),
    );
  return milestones;
}

function undoOf(snapshot: Snapshot, pod: Pod, record: DrainRecord): readonly string[] {
  const cost = pod.annotations[DELETION_COST] ?? null;
  const usesCost = usesDeletionCost(record.owner);
  const marks = { [DRAIN]: null, ...record.annotations, ...(usesCost && { [DELETION_COST]: cost }) };
  return compact(
    usesCost && kubectlLine('annotate', snapshot, pod, { [DELETION_COST]: HIGHEST_COST }),
    kubectlLine('label', snapshot, pod, { ...record.labels, [DRAINED_FROM]: null }, false),
    kubectlLine('annotate', snapshot, pod, marks),
  );
}

export const planDrains = planEach({
  plan: planDrain,
  sideBySide: 5,
  afterWrites: afterDrain,
  afterProof: afterReplacement,
});
