import { makePlan } from '../../rotation/make-plan.ts';
import {
  DELETION_COST,
  DO_NOT_DISRUPT,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
  drainRecordOn,
  formerValue,
  HIGHEST_COST,
  SAFE_TO_EVICT,
} from '../../rotation/marks.ts';
import { memberLabels, memberOf } from '../../rotation/membership.ts';
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
import { kubectlLine, type MetadataChange, podPatch } from '../../rotation/pod-patch.ts';
import { labelsToRemove, withoutKeys } from '../../rotation/release.ts';
import { DOUBTFUL_REPLACEMENT, NO_REPLACEMENT, replacementChecks } from '../../rotation/replacement.ts';
import { checkInStages, runChecks, type View } from '../../rotation/safety.ts';
import { ifSeen, type ObjectRef, type Pod, type Snapshot, type TargetPod } from '../../rotation/snapshot.ts';
import { adoptersBesides, isBuiltIn, nameOf, usesDeletionCost, workloadOf } from '../../rotation/workload.ts';
import { compact, list, timestamp } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import { type DrainView, identityChecks, safetyChecks } from './checks.ts';
import { effectsOf, placementText } from './effects.ts';
import { afterDrain, afterReplacement } from './replacements.ts';

/** Plans the drain of the pod, or, once the operation's own mark is on it, only the proof. */
function planDrain(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const own = drainRecordOn(pod);
  if (own?.id === operation.id && !own.restoring) return remaining(snapshot, operation, pod, own);

  const view = viewOf(snapshot, operation, pod);
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const record = recordOf(view);
  const write = writeOf(view, record);
  return makePlan(
    operation,
    {
      checks,
      effects: effectsOf(view, checks, placementText(view)),
      phases: [{ title: write.title, writes: [write], until: proofOf(pod, record.owner, checks), lease: 'service' }],
      undo: undoOf(snapshot, pod, record),
    },
    // The number of nodes with room changes all the time; that none has room is a check.
    effectsOf(view, checks, ''),
  );
}

/** Nothing is left to write. The proof still depends on the replacement. */
function remaining(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): Plan {
  const view: View = { snapshot, operation, pod, workload: workloadOf(snapshot, record.owner) };
  const until = proofOf(pod, record.owner, runChecks(replacementChecks, view));
  return makePlan(operation, {
    phases: [{ title: `wait for the replacement of ${pod.name}`, writes: [], until, lease: 'service' }],
    undo: undoOf(snapshot, pod, record),
  });
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod): DrainView {
  const workload = workloadOf(snapshot, pod.owner);
  const { service, bystanders } = snapshot;
  const remove = labelsToRemove(
    pod.labels,
    // The gate label is not enough: enable and disable change it for many pods at a time.
    memberLabels(service, snapshot.policy) ?? {},
    workload?.owner?.selector,
    ifSeen(bystanders),
    adoptersBesides(snapshot, pod.owner).flatMap(({ selector }) => selector ?? []),
  );
  const after = { ...withoutKeys(pod.labels, remove ?? []), [DRAINED_FROM]: service.name };
  return { snapshot, operation, pod, workload, remove, after };
}

function recordOf({ snapshot, operation, pod, remove }: DrainView): DrainRecord {
  const { service, policy } = snapshot;
  const { request } = operation;
  const seconds = request.forSeconds ?? policy.drain.forSeconds;
  const state = memberOf(snapshot, pod)?.state;
  const overwritten = [SAFE_TO_EVICT, DO_NOT_DISRUPT] as const;
  return {
    v: 1,
    id: operation.id,
    service: service.name,
    labels: Object.fromEntries((remove ?? []).map((key) => [key, pod.labels[key] ?? ''])),
    was: state === 'in rotation' || state === 'disabled' ? state : 'not ready',
    annotations: Object.fromEntries(overwritten.map((key) => [key, formerValue(pod, key)])),
    owner: pod.owner,
    by: operation.by,
    because: request.because,
    at: timestamp(snapshot.at),
    restarts: pod.restarts,
    until: timestamp(snapshot.at + seconds * 1000),
    then: policy.drain.then,
    report: operation.report,
  };
}

function writeOf({ snapshot, pod, remove = [] }: DrainView, record: DrainRecord): PatchWrite {
  const change: MetadataChange = {
    labels: { ...Object.fromEntries(remove.map((key) => [key, null])), [DRAINED_FROM]: record.service },
    // Autoscalers must not remove the node while the pod is drained.
    annotations: { [DRAIN]: JSON.stringify(record), [SAFE_TO_EVICT]: 'false', [DO_NOT_DISRUPT]: 'true' },
  };
  const selected = Object.keys(snapshot.service.selector ?? {});
  const reliedOn = Object.fromEntries(Object.entries(pod.labels).filter(([key]) => selected.includes(key)));
  const labels = remove.map((key) => `${key}=${pod.labels[key]}`);
  const title =
    labels.length > 0
      ? `remove label${labels.length > 1 ? 's' : ''} ${list(labels)} from ${pod.name}`
      : `mark ${pod.name} as drained`;
  return podPatch('drain', title, snapshot, pod, change, reliedOn);
}

function proofOf(pod: Pod, owner: ObjectRef | undefined, checks: readonly Check[]): readonly Milestone[] {
  const ref = refOf(pod);
  const found = (codes: readonly string[]): boolean => checks.some(({ code }) => codes.includes(code));
  const milestones: Milestone[] = [
    milestone({ kind: 'unlisted', pod: ref }, `${pod.name} is out of the endpoints`, 30),
  ];
  if (!owner) return milestones;
  // An unknown operator's controller may not release pods by their labels.
  const mustRelease = isBuiltIn(owner) && !found(['OwnerNotSeen', 'OwnerBeingDeleted']);
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
