import { effectsOnOthers } from '../../rotation/bystanders.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { valueIn } from '../../rotation/labels.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { DISABLED, disabledRecordOn, readDisabled } from '../../rotation/marks.ts';
import { memberOf } from '../../rotation/membership.ts';
import { kubectlLine, podPatch } from '../../rotation/patch.ts';
import { milestone, type Plan, type Refusal, refOf, THE_POD } from '../../rotation/plan.ts';
import {
  type Checker,
  checkEnded,
  checkInStages,
  checkMember,
  checkRecord,
  checkTerminating,
  refusal,
  warning,
} from '../../rotation/safety.ts';
import { compact, count, idAndName, pairs } from '../../text/words.ts';
import { checkAlreadyDrained, detailsOf } from '../drain/checks.ts';
import { checkOwnership, checkRejoins, type GatedView, planGated, selectedLabels } from '../gated.ts';

/** Plans one write that puts the gate label on and removes the mark, or, once an earlier process has done so, only the proof. */
function planEnable(view: GatedView): Plan | Refusal {
  const { snapshot, operation, pod, gate, isOn } = view;
  const ref = refOf(pod);
  // A pod that is not ready comes into rotation whenever it is.
  const until = isListedAtOnce(view)
    ? milestone({ kind: 'inRotation', pod: ref }, `${pod.name} is in rotation`, 60)
    : milestone({ kind: 'selected', pod: ref }, `${snapshot.service.name} selects ${pod.name}`, 30);
  const phase = { title: `enable ${pod.name}`, until: [until] };
  const isMarked = readDisabled(pod).kind !== 'none';
  if (operation.isResumed && isOn && !isMarked) return makePlan(operation, { phases: [phase] });
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const label = { [gate.key]: gate.value };
  const title = isOn ? `remove the mark of ${pod.name}` : `add label ${pairs(label)} to ${pod.name}`;
  const change = { labels: label, annotations: { [DISABLED]: null } };
  return makePlan(operation, {
    checks,
    effects: effectsOf(view),
    phases: [{ ...phase, writes: [podPatch('enable', title, snapshot, pod, change, selectedLabels(view))] }],
    undo: undoOf(view),
  });
}

/** Not for a marked pod: the mark is too long to type, and without it the pod would be a straggler. */
function undoOf({ snapshot, pod, gate, isOn }: GatedView): readonly string[] {
  if (isOn || readDisabled(pod).kind !== 'none') return [];
  const former = valueIn(pod.labels, gate.key) ?? null;
  return [kubectlLine('label', snapshot, pod, { [gate.key]: former }, former !== null)];
}

/** A pod without a node has no address. */
function isListedAtOnce({ snapshot: { service }, pod }: GatedView): boolean {
  return pod.detail.isReady || (service.publishNotReadyAddresses && pod.nodeName !== undefined);
}

const checkDisabled: Checker<GatedView> = ({ snapshot, pod, isOn }) => {
  const record = disabledRecordOn(pod);
  const { name } = snapshot.service;
  if (record?.service !== undefined && record.service !== name)
    return refusal(
      'DisabledInAnother',
      `${idAndName(record)} disabled ${pod.name} in ${record.service}, not ${name}, ${detailsOf(record)}. Run enable there.`,
    );
  if (!isOn || readDisabled(pod).kind !== 'none') return undefined;
  const state = memberOf(snapshot, pod)?.state;
  return refusal('NotDisabled', `${pod.name} is not disabled${state ? `: it is ${state}` : ''}.`, 'list');
};

/** Without readiness, its gate label is all that keeps traffic away from the pod. */
const checkReadiness: Checker<GatedView> = ({ snapshot: { service }, pod }) =>
  !pod.detail.isReady &&
  service.publishNotReadyAddresses &&
  warning('NotReady', `${pod.name} is not ready, and ${service.name} sends traffic to pods that are not ready.`);

const identityChecks: readonly Checker<GatedView>[] = [
  checkRecord,
  checkAlreadyDrained,
  checkMember,
  checkTerminating,
  checkEnded,
];

const safetyChecks: readonly Checker<GatedView>[] = [checkDisabled, checkRejoins, checkOwnership, checkReadiness];

function effectsOf(view: GatedView): readonly Effect[] {
  const { snapshot, pod, after } = view;
  const { bystanders, service } = snapshot;
  const { ready, total } = pod.containers;
  return compact(
    isListedAtOnce(view)
      ? effect(
          'ReturnsToEndpoints',
          `${THE_POD} returns to the endpoints of ${service.name}. Load balancers catch up within seconds.`,
        )
      : effect(
          'ReturnsOnceReady',
          `${THE_POD} is not ready (${ready} of ${count(total, 'container')}, ${pod.status}): it returns to the endpoints of ${service.name} once it is.`,
        ),
    ...effectsOnOthers(bystanders, pod, after, undefined),
  );
}

export const planEnables = planGated({
  plan: planEnable,
  change: ({ gate }) => ({ [gate.key]: gate.value }),
  noGate: ({ service }) =>
    refusal(
      'NoGate',
      `${service.name} has no gate: its selector (${pairs(service.selector ?? {}).join(',')}) has no label that only switches traffic, so no pod is disabled.`,
      'list',
    ),
});
