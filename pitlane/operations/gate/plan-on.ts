import type { ChangeRequest } from '../../command/request.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import {
  gatedMembers,
  getsGateLabel,
  hasDisabledMark,
  isGatedBy,
  isRule,
  labelsWithout,
  labelWrite,
  podsText,
  ruleIn,
  stateNow,
  unlabelled,
  wantedRule,
  workloadsOf,
} from '../../rotation/gate.ts';
import {
  beforeIn,
  type GateRecord,
  type GateWay,
  gateText,
  hasGateLabel,
  readGate,
} from '../../rotation/gate-record.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { inRotation } from '../../rotation/membership.ts';
import { servicePatch } from '../../rotation/patch.ts';
import { type Milestone, milestone, objectRefOf, type Write } from '../../rotation/plan.ts';
import { checkInStages } from '../../rotation/safety.ts';
import { parseLabel } from '../../rotation/selector.ts';
import type { Controller, GateLabel, Snapshot } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, idAndName, personOf, time, timestamp } from '../../text/words.ts';
import type { Planner } from '../spec.ts';
import {
  identityChecks,
  isPolicyInstalled,
  type SetupView,
  selectsEffect,
  setupChecks,
  templatesWithout,
} from './checks.ts';
import { recorded, removalByHand, ruleWrite, templateWrite } from './writes.ts';

export interface GateOnRequest extends ChangeRequest {
  /** `enabled=yes`. Absent: the configured one. */
  readonly label?: string;
  readonly via?: GateWay;
  readonly newPods?: 'in' | 'out';
}

/**
 * Plans what is left of a setup, in phases: (1) record and rule, (2) labels, (3) templates, (4) selector. A pod without
 * the label is found again each time, so pods that come meanwhile are labelled by a later plan.
 */
export const planGateOn: Planner<GateOnRequest> = (seen, operation) => {
  const label = parseLabel(operation.request.label ?? '') ?? seen.policy.gate;
  const identity = checkInStages({ snapshot: seen, operation, label }, identityChecks);
  if ('kind' in identity) return identity;
  // A gate that was made by hand is no part of the labels that members have.
  const snapshot: Snapshot = { ...seen, policy: { ...seen.policy, gate: label } };
  const view = viewOf(snapshot, operation, label);
  const found = checkInStages(view, setupChecks);
  if ('kind' in found) return { ...found, checks: [...identity, ...found.checks] };
  const phases = phasesOf(view);
  const members = labelsWithout(snapshot, label);
  const { templates } = view;
  return makePlan(
    operation,
    {
      checks: [...identity, ...found],
      effects: effectsOf(view, phases),
      phases,
      hasBegun: view.record?.id === operation.id,
      undo: removalByHand(snapshot, label, members, templates),
      gate: { label: gateText(label), via: view.via, newPods: view.newPods },
    },
    // The pods change all the time.
    [view.via, view.newPods, ...templates.map(({ uid }) => uid)],
  );
};

function viewOf(snapshot: Snapshot, operation: SetupView['operation'], label: GateLabel): SetupView {
  const request = operation.request as GateOnRequest;
  const read = readGate(snapshot.service);
  const record = read.kind === 'record' && read.record.removing === undefined ? read.record : undefined;
  const newPods = request.newPods ?? record?.newPods ?? 'in';
  const chosen = newPods === 'in' && isPolicyInstalled(snapshot) ? 'admission' : 'template';
  const via = record?.via ?? request.via ?? chosen;
  const templates = via === 'template' && newPods === 'in' ? templatesWithout(snapshot, label) : [];
  return { snapshot, operation, label, record, via, newPods, templates };
}

/** The record of the gate, as this operation writes it. */
function recordOf({ snapshot, operation, label, via, newPods }: SetupView): GateRecord {
  const person = personOf(operation);
  return { v: 1, label: gateText(label), via, newPods, ...person, at: timestamp(snapshot.at), id: operation.id };
}

function phasesOf(view: SetupView): readonly PhaseDraft[] {
  const { snapshot, label, newPods, templates } = view;
  const { service } = snapshot;
  const isOn = hasGateLabel(service.selector ?? {}, label);
  const text = gateText(label);
  const serving = new Set(inRotation(snapshot).map(({ uid }) => uid));
  const late = unlabelled(snapshot, label).filter(({ uid }) => newPods === 'in' || serving.has(uid));
  const members = labelsWithout(snapshot, label);
  const { recorded, ruleInForce, labelled, rolledOut, inForce, unchanged } = milestonesOf(view);
  const select = `add ${text} to the selector of ${service.name}`;
  const roll: PhaseDraft = {
    title: `put label ${text} into ${count(templates.length, 'template')}`,
    writes: templates.map((root) => templateWrite(snapshot, root, label, true)),
    until: rolledOut,
    mayOutliveProcess: true,
  };
  return [
    { title: `record the gate ${text}`, writes: preparations(view), until: [recorded, ...ruleInForce] },
    // Without the selector the label has no effect, and with it a pod can only get traffic.
    {
      title: `label ${count(late.length, 'pod')} ${text}`,
      writes: late.map((pod) => labelWrite(snapshot, pod, label, members)),
      until: [labelled],
      lease: 'none',
    },
    ...(rolledOut.length > 0 ? [roll] : []),
    {
      title: select,
      writes: isOn ? [] : [servicePatch(snapshot, 'gate selector', select, { selector: { [label.key]: label.value } })],
      until: [inForce],
    },
    {
      title: `prove the gate ${text}`,
      until: [recorded, ...ruleInForce, labelled, ...rolledOut, inForce, ...unchanged],
      lease: 'none',
    },
  ];
}

/** The record, and the rule of the admission policy: written before the first label, so that both can be taken back. */
function preparations(view: SetupView): readonly Write[] {
  const { snapshot, operation, label, record, via, newPods } = view;
  const isRecorded = record?.newPods === newPods;
  const title = `record the gate ${gateText(label)} on Service ${snapshot.service.name}`;
  const rule = ruleIn(snapshot);
  const needsRule = via === 'admission' && newPods === 'in';
  const isRuleRight = !needsRule || (rule !== undefined && isRule(rule, wantedRule(snapshot, label)));
  const id = isRecorded ? record.id : operation.id;
  return compact(
    !isRecorded && servicePatch(snapshot, 'gate record', title, { annotation: recorded(recordOf(view)) }),
    !isRuleRight && ruleWrite(snapshot, rule, label, id, stateNow(snapshot)),
  );
}

/** A rollout of that many steps; the longest that Pitlane waits for. */
const SECONDS_A_STEP = 120;
const LONGEST_ROLLOUT_SECONDS = 3_600;

function rolloutSeconds({ desired, rollout }: Controller): number {
  const atATime = Math.max(1, (rollout?.maxUnavailable ?? 1) + (rollout?.maxSurge ?? 0));
  return Math.min(LONGEST_ROLLOUT_SECONDS, SECONDS_A_STEP * Math.max(1, Math.ceil(desired / atATime)));
}

export function rolledOut(root: Controller, label: GateLabel, hasLabel: boolean): Milestone {
  const condition = { kind: 'rolledOut', owner: objectRefOf(root), label, hasLabel } as const;
  return milestone(condition, `${nameOf(root)} is rolled out`, rolloutSeconds(root));
}

function milestonesOf(view: SetupView) {
  const { snapshot, operation, label, record, via, newPods, templates } = view;
  const { name, selector = {} } = snapshot.service;
  const text = gateText(label);
  const simple = (kind: SimpleKind, title: string, seconds: number) => milestone({ kind, label }, title, seconds);
  const workloads = workloadsOf(snapshot);
  const isProven = via === 'admission' && newPods === 'in' && workloads.some(({ ref }) => getsGateLabel(ref));
  const roots = compact(...workloads.map(({ root }) => root)).filter(({ owner }) => owner === undefined);
  // Their templates get the label from Pitlane, or have got it.
  const rolled = roots.filter(
    (root) =>
      via === 'template' &&
      newPods === 'in' &&
      (isGatedBy(root, snapshot) || templates.some(({ uid }) => uid === root.uid)),
  );
  // A later repair compares with its own beginning.
  const isFirst = record !== undefined && (!hasGateLabel(selector, label) || record.id === operation.id);
  const before = (isFirst ? beforeIn(ruleIn(snapshot), record.id) : undefined) ?? stateNow(snapshot);
  return {
    recorded: simple('gateRecorded', `The gate ${text} is recorded on Service ${name}`, 10),
    ruleInForce: isProven ? [simple('ruleInForce', `New pods get ${text} from the admission policy`, 30)] : [],
    labelled: simple('gateLabelled', `All pods in rotation have ${text}`, 10),
    rolledOut: rolled.map((root) => rolledOut(root, label, true)),
    inForce: simple('gateInForce', `${name} selects ${text}, and all ready pods with it are in rotation`, 30),
    unchanged: via === 'admission' ? [milestone({ kind: 'unchanged', before }, 'Nothing restarted', 10, false)] : [],
  };
}

type SimpleKind = 'gateRecorded' | 'ruleInForce' | 'gateLabelled' | 'gateInForce';

function effectsOf(view: SetupView, phases: readonly PhaseDraft[]): readonly Effect[] {
  const { snapshot, label, record, via, newPods, templates } = view;
  const { service } = snapshot;
  const text = gateText(label);
  const isOn = hasGateLabel(service.selector ?? {}, label);
  const pods = gatedMembers(snapshot);
  const late = phases[1]?.writes?.length ?? 0;
  const disabled = pods
    .filter(({ pod, state }) => state !== 'in rotation' && hasDisabledMark(pod))
    .map(({ pod }) => pod);
  const writes = phases.reduce((sum, each) => sum + (each.writes?.length ?? 0), 0);
  const gets = `${late} of ${count(pods.length, 'pod')} ${late === 1 ? 'gets' : 'get'} the label ${text}.`;
  const stay = `${podsText(disabled)} stay${disabled.length === 1 ? 's' : ''} disabled.`;
  const byPolicy = 'New pods get the label from the admission policy. Nothing restarts, and no template changes.';
  const out = 'New pods come without the label unless their template has it, and wait until they are enabled.';
  const isLabelling = newPods === 'in' && writes > 0;
  return compact(
    isOn &&
      (record === undefined
        ? effect('TakesOver', `${service.name} selects ${text} already, by hand: Pitlane takes that gate over.`)
        : effect('IsOn', `The gate ${text} is on since ${time(record.at)}, set up by ${idAndName(record)}.`)),
    writes === 0 && effect('NothingLeft', 'Nothing is left to do.'),
    late > 0 && effect('PodsGetLabel', gets, { pods: late, members: pods.length }),
    !isOn && selectsEffect(service, { ...service.selector, [label.key]: label.value }, templates),
    newPods === 'out' && effect('NewPodsStayOut', out),
    isLabelling && via === 'admission' && effect('PolicyLabelsNewPods', byPolicy),
    isLabelling &&
      via === 'template' &&
      templates.length > 0 &&
      effect('TemplateLabelsNewPods', 'New pods get the label from their template.'),
    disabled.length > 0 && effect('StayDisabled', stay, { names: disabled.map(({ name }) => name) }),
  );
}
