import { effect } from '../../rotation/effect.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { milestone, objectRefOf } from '../../rotation/plan.ts';
import { type Checker, checkInStages, forceable, ok, refusal, refuse, warning } from '../../rotation/safety.ts';
import { lookAtSpread, readSpread } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { count, idAndName, time } from '../../text/words.ts';
import { DELETED_FOR_GOOD } from '../agreed.ts';
import type { Planner } from '../spec.ts';
import type { SpreadRequest } from './spread.ts';
import { chooseDeployment, type SpreadView, viewOf } from './view.ts';
import { deleteWrite } from './writes.ts';

/** Plans the deletion of the Deployment. Its version is tested, so that one that is scaled up meanwhile stays. */
export const planSpreadFinish: Planner<SpreadRequest> = (snapshot, operation) => {
  const chosen = chooseDeployment(snapshot, operation.request, ({ daemonSet }) => daemonSet !== undefined);
  if (!('deployment' in chosen)) {
    // The Deployment is gone: an earlier process has deleted it.
    const isDeleted = operation.isResumed && (snapshot.spread ?? []).some(({ daemonSet }) => daemonSet !== undefined);
    if (!isDeleted) return refuse(operation, ...chosen);
    return makePlan(operation, { phases: [{ title: 'prove the deletion', lease: 'none' }], hasBegun: true });
  }
  const { deployment } = chosen;
  const { controller } = deployment;
  const checks = checkInStages(viewOf(snapshot, operation, chosen), [checkSpread], finishChecks);
  if ('kind' in checks) return checks;
  const owner = objectRefOf(controller);
  const gone = milestone({ kind: 'workloadGone', owner }, `${nameOf(controller)} is gone`, 60);
  const isLeaving = controller.deletedAt !== undefined;
  const writes = isLeaving ? [] : [deleteWrite(snapshot, deployment, deployment.version)];
  return makePlan(operation, {
    checks,
    effects: [effect('DeploymentDeleted', `${nameOf(controller)} and its revisions are deleted. The DaemonSet stays.`)],
    phases: [{ title: `delete ${nameOf(controller)}`, writes, until: [gone] }],
  });
};

/** Only what spread has scaled down. */
const checkSpread: Checker<SpreadView> = ({ chosen: { deployment, daemonSet } }) => {
  const { controller } = deployment;
  if (daemonSet === undefined)
    return refusal('NotSpread', `There is no DaemonSet ${controller.name}, so ${nameOf(controller)} stays.`, 'spread');
  return (
    (controller.desired > 0 || readSpread(deployment.annotations) === undefined) &&
    refusal(
      'NotSpread',
      `${nameOf(controller)} was not scaled to 0 by spread: it wants ${controller.desired} pods, or has no record of it.`,
      'spread',
    )
  );
};

const checkServes: Checker<SpreadView> = ({ snapshot, chosen: { name } }) => {
  const { isMet, seen } = lookAtSpread({ kind: 'daemonSetServes', name }, snapshot);
  const text = `DaemonSet ${name}: ${seen}.`;
  return isMet ? ok('DaemonSetServes', text) : forceable('DaemonSetNotReady', `${text} Wait until it has.`, 'list');
};

const checkForGood: Checker<SpreadView> = ({ chosen: { deployment } }) => {
  const record = readSpread(deployment.annotations);
  const since = record === undefined ? '' : ` since the spread by ${idAndName(record)} at ${time(record.at)}`;
  const before = record === undefined ? '' : `, with ${count(record.replicas, 'pod')} before`;
  const text = `${nameOf(deployment.controller)} is at 0${since}${before}. It can't be restored, and spread back does not work any more.`;
  return warning(DELETED_FOR_GOOD, text);
};

const finishChecks: readonly Checker<SpreadView>[] = [checkServes, checkForGood];
