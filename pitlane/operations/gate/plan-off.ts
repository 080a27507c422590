import type { ChangeRequest } from '../../command/request.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import {
  type Gate,
  gateIn,
  hasDisabledMark,
  labelsWithout,
  podsText,
  podsToClear,
  ruleIn,
} from '../../rotation/gate.ts';
import { type GateRecord, gateText, hasGateLabel } from '../../rotation/gate-record.ts';
import { valueIn, withoutKeys } from '../../rotation/labels.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { GATE } from '../../rotation/marks.ts';
import { members } from '../../rotation/membership.ts';
import { servicePatch } from '../../rotation/patch.ts';
import { milestone, type Operation, type Plan } from '../../rotation/plan.ts';
import { type Checker, checkInStages, warning } from '../../rotation/safety.ts';
import { parseLabel } from '../../rotation/selector.ts';
import type { Controller, GateLabel, Snapshot } from '../../rotation/snapshot.ts';
import { compact, count, list, personOf, timestamp } from '../../text/words.ts';
import { schedulesIn } from '../schedule/view.ts';
import type { Planner } from '../spec.ts';
import {
  checkDrained,
  checkMinimum,
  checkRollouts,
  type GateView,
  identityChecks,
  selectsEffect,
  templatesWith,
} from './checks.ts';
import { rolledOut } from './plan-on.ts';
import { clearWrite, recorded, ruleDeletion, setupByHand, templateWrite } from './writes.ts';

interface RemovalView extends GateView {
  readonly record: GateRecord | undefined;
  /** The templates that lose the label. */
  readonly templates: readonly Controller[];
}

/**
 * Plans what is left of a removal, in phases: (1) selector, (2) rule, (3) templates, (4) labels and marks of the pods,
 * (5) the record, which says until then what is to be removed.
 */
export const planGateOff: Planner<ChangeRequest> = (snapshot, operation) => {
  const gate = gateIn(snapshot) ?? leftBehind(snapshot);
  const label = gate?.label ?? snapshot.policy.gate;
  const checked = checkInStages({ snapshot, operation, label }, identityChecks);
  if ('kind' in checked) return checked;
  if (gate === undefined) return nothingLeft(snapshot, operation, label);
  const { record } = gate;
  const templates = templatesWith(snapshot);
  const view: RemovalView = { snapshot, operation, label, record, templates };
  const found = checkInStages(view, [checkReturning, checkSchedules, ...(templates.length > 0 ? rolloutChecks : [])]);
  if ('kind' in found) return found;
  const phases = phasesOf(view);
  const before = record && { label: record.label, via: record.via, newPods: record.newPods };
  return makePlan(
    operation,
    {
      checks: [...checked, ...found],
      effects: effectsOf(view, phases),
      phases,
      hasBegun: record?.removing?.id === operation.id,
      undo: setupByHand(snapshot, label, labelsWithout(snapshot, label)),
      opposite: before ?? { label: gateText(label) },
    },
    [gateText(label), ...templates.map(({ uid }) => uid)],
  );
};

/** A setup that failed may leave only its rule: new pods get the label from it, and no record says so. */
function leftBehind(snapshot: Snapshot): Gate | undefined {
  const label = parseLabel(valueIn(ruleIn(snapshot)?.data, 'gate') ?? '');
  return label && { label, isInSelector: false };
}

function nothingLeft({ service }: Snapshot, operation: Operation, label: GateLabel): Plan {
  const until = [milestone({ kind: 'gateForgotten', label }, `${service.name} has no gate`, 10)];
  const phase: PhaseDraft = { title: 'prove that there is no gate', until, lease: 'none' };
  const effects = operation.isResumed
    ? []
    : [effect('NothingLeft', `${service.name} has no gate. Nothing is left to do.`)];
  return makePlan(operation, { effects, phases: [phase], hasBegun: operation.isResumed === true });
}

/** Disabled pods that the selector takes in again. */
const checkReturning: Checker<RemovalView> = ({ snapshot, label }) => {
  if (!hasGateLabel(snapshot.service.selector ?? {}, label)) return undefined;
  const returning = members(snapshot).filter(({ state, isReady }) => state === 'disabled' && isReady);
  const one = returning.length === 1;
  if (returning.length === 0) return undefined;
  const text = `${podsText(returning.map(({ pod }) => pod))} ${one ? 'is' : 'are'} disabled and ${one ? 'gets' : 'get'} traffic again.`;
  return warning('DisabledPodsReturn', text);
};

/** They switch pods by the gate, and find none at their next time. */
const checkSchedules: Checker<RemovalView> = ({ snapshot }) => {
  const ids = schedulesIn(snapshot).map(({ id }) => id);
  const one = ids.length === 1;
  if (ids.length === 0) return undefined;
  const text = `${one ? 'Schedule' : 'Schedules'} ${list(ids)} ${one ? 'switches' : 'switch'} pods by the gate, and ${one ? 'fails' : 'fail'} without it.`;
  return warning('SchedulesNeedGate', text, 'schedule list');
};

const rolloutChecks: readonly Checker<RemovalView>[] = [checkRollouts, checkMinimum, checkDrained];

type SimpleKind = 'gateOpen' | 'ruleGone' | 'gateUnlabelled' | 'gateForgotten';

function phasesOf({ snapshot, operation, label, record, templates }: RemovalView): readonly PhaseDraft[] {
  const { service } = snapshot;
  const act = { ...personOf(operation), at: timestamp(snapshot.at), id: operation.id };
  const text = gateText(label);
  const isOn = hasGateLabel(service.selector ?? {}, label);
  const rule = ruleIn(snapshot);
  const clear = podsToClear(snapshot, label);
  const simple = (kind: SimpleKind, title: string, seconds: number) => milestone({ kind, label }, title, seconds);
  const open = simple('gateOpen', `${service.name} does not select ${text}, and all ready pods are in rotation`, 30);
  const ruleGone = simple('ruleGone', 'The rule of the admission policy is gone', 30);
  const unlabelled = simple('gateUnlabelled', `The label ${text} is off all pods`, 30);
  const forgotten = simple('gateForgotten', `Service ${service.name} has no record of the gate`, 10);
  const former: GateRecord = record ?? { v: 1, label: text, via: 'template', newPods: 'in', ...act };
  const title = `${isOn ? `remove ${text} from the selector of` : `record the removal of the gate ${text} on Service`} ${service.name}`;
  const openWrite = servicePatch(snapshot, 'gate open', title, {
    annotation: recorded({ ...former, removing: act }),
    ...(isOn && { selector: { [label.key]: null } }),
  });
  const rolledBack = templates.map((root) => rolledOut(root, label, false));
  const roll: PhaseDraft = {
    title: `take label ${text} out of ${count(templates.length, 'template')}`,
    writes: templates.map((root) => templateWrite(snapshot, root, label, false)),
    until: rolledBack,
    mayOutliveProcess: true,
  };
  const forget = `remove the record of the gate from Service ${service.name}`;
  return [
    { title, writes: isOn || record?.removing === undefined ? [openWrite] : [], until: [open] },
    {
      title: 'delete the rule of the admission policy',
      writes: rule === undefined ? [] : [ruleDeletion(snapshot, rule)],
      until: [ruleGone],
      lease: 'none',
    },
    ...(templates.length > 0 ? [roll] : []),
    {
      title: `remove the gate from ${count(clear.length, 'pod')}`,
      writes: clear.map((pod) => clearWrite(snapshot, pod, label)),
      until: [unlabelled],
      lease: 'none',
    },
    {
      title: forget,
      writes: [servicePatch(snapshot, 'gate forget', forget, { annotation: { [GATE]: null } })],
      until: [open, ruleGone, ...rolledBack, unlabelled, forgotten],
      lease: 'none',
    },
  ];
}

function effectsOf(
  { snapshot, label, record, templates }: RemovalView,
  phases: readonly PhaseDraft[],
): readonly Effect[] {
  const { service } = snapshot;
  const rest = withoutKeys(service.selector, [label.key]);
  const isOn = hasGateLabel(service.selector ?? {}, label);
  const pods = phases.at(-2)?.writes?.length ?? 0;
  const marked = members(snapshot).filter(({ pod }) => hasDisabledMark(pod)).length;
  return compact(
    isOn && selectsEffect(service, rest, templates),
    !isOn && record !== undefined && effect('DoesNotSelect', `${service.name} does not select ${gateText(label)} now.`),
    pods > 0 &&
      effect(
        'PodsLoseLabel',
        `${count(pods, 'pod')} ${pods === 1 ? 'loses' : 'lose'} the label ${gateText(label)}${marked > 0 ? ' and the mark of a disabled pod' : ''}.`,
        { pods },
      ),
    templates.length === 0 && effect('NothingRestarts', 'Nothing restarts, and no template changes.'),
  );
}
