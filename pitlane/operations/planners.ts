import type { Operation, Plan, Refusal } from '../rotation/plan.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { asUndo } from './as-undo.ts';
import { planCanaries, planCanaryStops } from './canary/plan.ts';
import { planDebugs } from './debug/plan.ts';
import { planDisables } from './disable/plan.ts';
import { planDrains } from './drain/plan.ts';
import { planEnables } from './enable/plan.ts';
import { planExtensions } from './extend/plan.ts';
import { planFinishes } from './finish/plan.ts';
import { planGateOff } from './gate/plan-off.ts';
import { planGateOn } from './gate/plan-on.ts';
import { planRestores } from './restore/plan.ts';
import { planScheduleAdd, planScheduleRemove } from './schedule/plan.ts';
import type { Planner } from './spec.ts';
import { planSpread } from './spread/plan.ts';
import { planSpreadBack } from './spread/plan-back.ts';
import { planSpreadFinish } from './spread/plan-finish.ts';
import { planSwitch } from './switch/plan.ts';
import { type OperationName, operationNamed } from './table.ts';

const PLANNERS: Readonly<Record<OperationName, Planner<never>>> = {
  drain: planDrains,
  restore: planRestores,
  disable: planDisables,
  enable: planEnables,
  extend: planExtensions,
  finish: planFinishes,
  debug: planDebugs,
  'gate on': planGateOn,
  'gate off': planGateOff,
  'canary start': planCanaries,
  'canary stop': planCanaryStops,
  'schedule add': planScheduleAdd,
  'schedule remove': planScheduleRemove,
  switch: planSwitch,
  spread: planSpread,
  'spread back': planSpreadBack,
  'spread finish': planSpreadFinish,
};

/** Preview, dry run, confirmation, execution and the tick all call this function. */
export function planOf(snapshot: Snapshot, operation: Operation): Plan | Refusal {
  const { name } = operationNamed(operation.request.command);
  // Each planner reads the values of its own requests.
  const planned = PLANNERS[name as OperationName](snapshot, operation as Operation<never>);
  const { undoes } = operation.request;
  return planned.kind === 'plan' && undoes !== undefined ? asUndo(planned, undoes) : planned;
}
