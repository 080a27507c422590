import { budgetsStillCounting, effectsOfStaying, effectsOnOthers } from '../../rotation/bystanders.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { DISABLED, type DisabledRecord, disabledRecordOn, readDisabled } from '../../rotation/marks.ts';
import { checkOtherServices } from '../../rotation/other-services.ts';
import { kubectlLine, podPatch } from '../../rotation/patch.ts';
import {
  type Milestone,
  milestone,
  type PatchWrite,
  type Plan,
  type Refusal,
  refOf,
  THE_POD,
} from '../../rotation/plan.ts';
import {
  type Checker,
  checkEnded,
  checkInStages,
  checkMember,
  checkRecord,
  checkRollout,
  checkTerminating,
  refusal,
} from '../../rotation/safety.ts';
import { checkForeignSlices } from '../../rotation/slices.ts';
import { planTakingBack } from '../../rotation/take-back.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, duration, idAndName, pairs, personOf, timestamp } from '../../text/words.ts';
import { checkAlreadyDrained, checkLastOnNode, checkLosingBudgets, checkMinimum, detailsOf } from '../drain/checks.ts';
import { lastInRotation, leavesEndpoints, livenessEffect } from '../drain/effects.ts';
import { checkOwnership, type GatedView, planGated, selectedLabels } from '../gated.ts';

/** Plans one write that takes the gate label off and marks the pod, or, once the operation's own mark is on it, only the proof. */
function planDisable(view: GatedView): Plan | Refusal {
  const { operation, pod } = view;
  const takingBack = planTakingBack(view.snapshot, operation, pod, { annotations: { [DISABLED]: null } });
  if (takingBack !== undefined) return takingBack;
  const isWritten = !view.isOn && disabledRecordOn(pod)?.id === operation.id;
  const until = proofOf(view, isWritten || view.isOn);
  const phase = { title: `disable ${pod.name}`, until };
  if (isWritten) return makePlan(operation, { phases: [phase], undo: undoOf(view, true) });
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  return makePlan(operation, {
    checks,
    effects: effectsOf(view),
    phases: [{ ...phase, writes: [writeOf(view)] }],
    undo: undoOf(view, view.isOn || recordBefore(view) === undefined),
  });
}

/** A pod that is disabled already may only get another end. */
const checkAlreadyDisabled: Checker<GatedView> = ({ snapshot, operation, pod, isOn }) => {
  const mark = readDisabled(pod);
  if (mark.kind === 'none') return undefined;
  const enableIt = `enable ${pod.name}`;
  if (mark.kind === 'unreadable' && isOn) return undefined;
  if (mark.kind === 'unreadable') {
    const text = `${pod.name} is already disabled. Its annotation ${DISABLED} can't be read.`;
    return refusal('AlreadyDisabled', text, enableIt);
  }
  const { service = snapshot.service.name } = mark.record;
  const text = `${idAndName(mark.record)} already disabled ${pod.name} in ${service} ${detailsOf(mark.record)}.`;
  if (service !== snapshot.service.name)
    return refusal('DisabledInAnother', `${text} A pod has room for one such mark. Enable it there first.`);
  return !isOn && operation.request.forSeconds === undefined && refusal('AlreadyDisabled', text, enableIt);
};

const identityChecks: readonly Checker<GatedView>[] = [
  checkRecord,
  checkAlreadyDrained,
  checkMember,
  checkTerminating,
  checkEnded,
  checkAlreadyDisabled,
];

const safetyChecks: readonly Checker<GatedView>[] = [
  checkOwnership,
  checkMinimum,
  checkLosingBudgets,
  checkLastOnNode,
  checkForeignSlices,
  checkOtherServices,
  checkRollout,
];

/** The record of a pod that is disabled already; undefined: it is disabled now. */
function recordBefore({ pod, isOn }: GatedView): DisabledRecord | undefined {
  return isOn ? undefined : disabledRecordOn(pod);
}

function recordOf(view: GatedView): DisabledRecord {
  const { snapshot, operation } = view;
  const { forSeconds, because } = operation.request;
  const before = recordBefore(view) ?? { ...personOf(operation), at: timestamp(snapshot.at) };
  return {
    ...before,
    v: 1,
    id: operation.id,
    service: snapshot.service.name,
    ...(because !== undefined && { because }),
    ...(forSeconds !== undefined && { until: timestamp(snapshot.at + forSeconds * 1000) }),
    ...(operation.report !== undefined && { report: operation.report }),
  };
}

function writeOf(view: GatedView): PatchWrite {
  const { snapshot, pod, gate, isOn } = view;
  const title = isOn
    ? `remove label ${pairs({ [gate.key]: gate.value })} from ${pod.name}`
    : recordBefore(view) === undefined
      ? `mark ${pod.name} as disabled`
      : `change until when ${pod.name} is disabled`;
  const change = {
    labels: isOn ? { [gate.key]: null } : {},
    annotations: { [DISABLED]: JSON.stringify(recordOf(view)) },
  };
  return podPatch('disable', title, snapshot, pod, change, selectedLabels(view));
}

/** `isLeaving`: a report must not say since when a pod is out that was out before. */
function proofOf({ pod, operation }: GatedView, isLeaving: boolean): readonly Milestone[] {
  const { owner } = pod;
  return compact(
    (isLeaving || owner === undefined) &&
      milestone({ kind: 'unlisted', pod: refOf(pod), id: operation.id }, `${pod.name} is out of the endpoints`, 30),
    owner && milestone({ kind: 'adopted', pod: refOf(pod), owner }, `${nameOf(owner)} still owns ${pod.name}`, 30),
  );
}

function effectsOf(view: GatedView): readonly Effect[] {
  const { snapshot, pod, workload, after } = view;
  const { bystanders } = snapshot;
  return compact(
    lastInRotation(view, false),
    leavesEndpoints(view, 'disabled'),
    ...ownerEffects(workload),
    ...effectsOfStaying(bystanders, pod, after),
    ...effectsOnOthers(bystanders, pod, after, undefined),
    ...(pod.detail.isReady ? budgetsStillCounting(bystanders, pod, after) : []),
    livenessEffect(pod),
    endEffect(view),
  );
}

function ownerEffects(workload: GatedView['workload']): readonly Effect[] {
  if (workload === undefined)
    return [effect('NothingReplacesIt', `${THE_POD} has no controller, so nothing replaces it.`)];
  const owner = nameOf(workload.ref);
  const rollout = `A rollout of ${nameOf(workload.root ?? workload.ref)} replaces ${THE_POD} by a pod that is not disabled.`;
  return [
    effect('OwnerKeepsIt', `${owner} keeps ${THE_POD} and starts no replacement.`, { owner }),
    effect('RolloutReplacesIt', rollout),
  ];
}

function endEffect({ operation }: GatedView): Effect {
  const { forSeconds: seconds, bySchedule } = operation.request;
  if (seconds === undefined) {
    const who = bySchedule === undefined ? 'it is enabled by hand' : `schedule ${bySchedule} or a person enables it`;
    return effect('StaysDisabled', `${THE_POD} stays disabled until ${who}.`);
  }
  const time = duration(seconds);
  return operation.hasTick
    ? effect('TimeEnds', `In ${time}, Pitlane enables ${THE_POD} again.`, { seconds, then: 'enable' })
    : effect('NothingAtEnd', `${THE_POD} is disabled for ${time}; nothing enables it by itself.`, { seconds });
}

/** `isMarkedByIt`: the operation has put the mark on, or puts it on. A former mark is too long to type. */
function undoOf({ snapshot, pod, gate }: GatedView, isMarkedByIt: boolean): readonly string[] {
  if (!isMarkedByIt) return [];
  return [
    kubectlLine('label', snapshot, pod, { [gate.key]: gate.value }, false),
    kubectlLine('annotate', snapshot, pod, { [DISABLED]: null }),
  ];
}

export const planDisables = planGated({
  plan: planDisable,
  change: ({ gate, isOn }) => (isOn ? { [gate.key]: null } : {}),
  noGate: ({ service }, { subject }) => {
    const pods = subject.kind === 'pods' ? (subject.by ?? subject.pods.map(({ name }) => name).join(' ')) : '';
    const text = `${service.name} has no gate: its selector (${pairs(service.selector ?? {}).join(',')}) has no label that only switches traffic. Set one up with gate on, or have the pods replaced: drain ${pods}`;
    return refusal('NoGate', text, 'gate on');
  },
});
