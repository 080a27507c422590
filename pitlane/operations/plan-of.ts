import type { Request } from '../command/request.ts';
import type { Operation, Plan, Refusal } from '../rotation/plan.ts';
import { refusal } from '../rotation/safety.ts';
import type { Needs, Snapshot } from '../rotation/snapshot.ts';
import { DRAIN_NEEDS, planDrain } from './drain/plan.ts';
import { EXTEND_NEEDS, planExtend } from './extend/plan.ts';
import { FINISH_NEEDS, planFinish, planFinished } from './finish/plan.ts';
import { planRestore, RESTORE_NEEDS } from './restore/plan.ts';

/** What the request's operation, or its answer, needs to see. */
export function needsOf(request: Request): Needs {
  switch (request.command) {
    case 'drain':
      return DRAIN_NEEDS;
    case 'restore':
      return RESTORE_NEEDS;
    case 'extend':
      return EXTEND_NEEDS;
    case 'finish':
      return FINISH_NEEDS;
    case 'list':
    case 'drained':
    case 'inspect':
    case 'logs':
    case 'evidence':
    case 'operations':
    case 'cancel':
    case 'help':
      return { members: 'summary', owner: false, bystanders: false, adopters: false, headroom: false };
  }
}

/**
 * What is left to do for the operation on the cluster as observed; pure, and equal for equal input. Preview, dry run,
 * confirmation and carrying out all call this one function.
 */
export function planOf(snapshot: Snapshot, operation: Operation): Plan | Refusal {
  const { request } = operation;
  const pod = snapshot.target;
  if (!pod || pod.uid !== operation.pod.uid || !pod.detail) {
    if (request.command === 'finish') return planFinished(operation);
    const { name } = operation.pod;
    const message = pod ? `${name} was deleted; another pod has its name now.` : `${name} is gone.`;
    return { kind: 'refusal', operation, checks: [refusal('PodGone', message, 'list')], isForceable: false };
  }
  const target = { ...pod, detail: pod.detail };
  switch (request.command) {
    case 'drain':
      return planDrain(snapshot, { ...operation, request }, target);
    case 'restore':
      return planRestore(snapshot, operation, target);
    case 'extend':
      return planExtend(snapshot, { ...operation, request }, target);
    case 'finish':
      return planFinish(snapshot, operation, target);
  }
}
