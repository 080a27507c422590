import type { Operation, Plan, Refusal } from '../rotation/plan.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { planDrains } from './drain/plan.ts';
import { planExtensions } from './extend/plan.ts';
import { planFinishes } from './finish/plan.ts';
import { planRestores } from './restore/plan.ts';
import type { Planner } from './spec.ts';
import { type OperationName, operationNamed } from './table.ts';

const PLANNERS: Readonly<Record<OperationName, Planner>> = {
  drain: planDrains,
  restore: planRestores,
  extend: planExtensions,
  finish: planFinishes,
};

/** Preview, dry run, confirmation, carrying out and the tick all call this one function. */
export function planOf(snapshot: Snapshot, operation: Operation): Plan | Refusal {
  return PLANNERS[operationNamed(operation.request.command).name as OperationName](snapshot, operation);
}
