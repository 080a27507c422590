import { effect } from '../../rotation/effect.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import type { Plan } from '../../rotation/plan.ts';
import { checkInStages, refusal, refuse } from '../../rotation/safety.ts';
import type { Planner } from '../spec.ts';
import { identityStages, safetyChecks } from './checks.ts';
import { doneText, effectsOf, undoOf } from './effects.ts';
import { gatePhases, proofOf, selectorPhases } from './phases.ts';
import type { SwitchRequest } from './switch.ts';
import { isReturning, podsToTakeIn, podsToTakeOut, type SwitchView, viewOf } from './view.ts';

/**
 * Plans what is left of a switch. By the selector, that is one write; with `--widen`: (1) the selector without the key, (2)
 * the time from which both sets are in the endpoints, (3) the selector with the new value. By the gate: (1) the record, (2)
 * labels on the target, with `--widen` the time, (3) labels off the others.
 */
export const planSwitch: Planner<SwitchRequest> = (snapshot, operation) => {
  const view = viewOf(snapshot, operation);
  if (view === undefined)
    return refuse(operation, refusal('NoLabel', 'The label to switch to is missing.', 'help switch'));
  const checked = checkInStages(view, ...identityStages);
  if ('kind' in checked) return checked;
  if (isDone(view)) return proofPlan(view);
  const found = checkInStages(view, safetyChecks);
  if ('kind' in found) return { ...found, checks: [...checked, ...found.checks] };
  const phases = view.gate === undefined ? selectorPhases(view) : gatePhases(view, view.gate);
  return makePlan(
    operation,
    {
      checks: [...checked, ...found],
      effects: effectsOf(view),
      phases,
      hasBegun: view.record?.id === operation.id,
      undo: undoOf(view),
      ...oppositeIn(view),
    },
    // The pods change all the time.
    [gateText(view.label), view.from ?? '', String(view.isWide), view.gate === undefined ? 'selector' : 'gate'],
  );
};

function isDone(view: SwitchView): boolean {
  const { snapshot, label, gate } = view;
  if (gate === undefined) return valueIn(snapshot.service.selector, label.key) === label.value;
  // A switch to others that has moved no pod yet is taken back by its record alone.
  return podsToTakeIn(view).length === 0 && podsToTakeOut(view).length === 0 && !isReturning(view.record, label);
}

function proofPlan(view: SwitchView): Plan {
  const { operation, label, record } = view;
  const isOwn = record?.id === operation.id;
  return makePlan(operation, {
    effects: operation.isResumed || isOwn ? [] : [effect('NothingLeft', doneText(view))],
    phases: [{ title: `prove the switch to ${gateText(label)}`, until: proofOf(view), lease: 'none' }],
    hasBegun: isOwn || operation.isResumed === true,
    ...(isOwn && { undo: undoOf(view), ...oppositeIn(view) }),
  });
}

function oppositeIn({ from, operation }: SwitchView): Pick<Plan, 'opposite'> {
  if (from === undefined) return {};
  return { opposite: { label: from, ...(operation.request.widen === true && { widen: true }) } };
}
