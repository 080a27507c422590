import { againstMinimum } from '../../rotation/capacity.ts';
import { effect } from '../../rotation/effect.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { milestone } from '../../rotation/plan.ts';
import { type Checker, checkInStages, forceable, ok, refusal, refuse } from '../../rotation/safety.ts';
import type { WholeWorkload } from '../../rotation/snapshot.ts';
import { lookAtSpread } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, shellWord } from '../../text/words.ts';
import { wordOf } from '../canary/workload.ts';
import type { Planner } from '../spec.ts';
import { checkDrained } from './checks.ts';
import { replicasBefore } from './plan.ts';
import type { SpreadRequest } from './spread.ts';
import { chooseDeployment, type SpreadView, viewOf } from './view.ts';
import { deleteWrite, scaleWrite } from './writes.ts';

const START_SECONDS = 900;
const STOP_SECONDS = 120;

/** Plans what is left of the way back: (1) the Deployment with its pods from before, (2) no DaemonSet. */
export const planSpreadBack: Planner<SpreadRequest> = (snapshot, operation) => {
  const chosen = chooseDeployment(snapshot, operation.request, ({ daemonSet }) => daemonSet !== undefined);
  if (!('deployment' in chosen)) return refuse(operation, ...chosen);
  const { name, deployment, daemonSet } = chosen;
  const { controller } = deployment;
  if (daemonSet === undefined && controller.desired > 0 && operation.isResumed !== true)
    return refuse(
      operation,
      refusal('NotSpread', `There is no DaemonSet ${name}, so there is no spread to undo.`, 'spread'),
    );
  const replicas = replicasBefore(chosen);
  if (replicas === undefined)
    return refuse(
      operation,
      refusal(
        'ReplicasUnknown',
        `${nameOf(controller)} is at 0, and no record says how many pods it had. Scale it yourself, then run spread back again.`,
        `kubectl -n ${snapshot.service.namespace} scale deployment ${shellWord(name)} --replicas=${controller.desired + 1}`,
      ),
    );
  const serving = { kind: 'deploymentServes', name, replicas } as const;
  const pods = replicas === 1 ? 'The pod' : `All ${replicas} pods`;
  const title = `${pods} of ${nameOf(controller)} ${replicas === 1 ? 'is' : 'are'} in rotation`;
  const serves = milestone(serving, title, START_SECONDS);
  const isDone = daemonSet === undefined && lookAtSpread(serving, snapshot).isMet;
  const scale: PhaseDraft = {
    title: `scale ${nameOf(controller)} to ${replicas}`,
    writes: controller.desired === replicas ? [] : [scaleWrite(snapshot, deployment, replicas, undefined)],
    until: [serves],
    mayOutliveProcess: true,
  };
  const removalOf = (removed: WholeWorkload): PhaseDraft => {
    const gone = { kind: 'workloadGone', owner: removed.controller } as const;
    return {
      title: `delete DaemonSet ${name}`,
      writes: removed.controller.deletedAt === undefined ? [deleteWrite(snapshot, removed)] : [],
      until: [serves, milestone(gone, `DaemonSet ${name} and its pods are gone`, STOP_SECONDS)],
    };
  };
  const found = isDone ? [] : checkInStages({ ...viewOf(snapshot, operation, chosen), replicas }, backChecks);
  if ('kind' in found) return found;
  return makePlan(operation, {
    checks: found,
    effects: compact(
      controller.desired !== replicas &&
        effect('ScalesUp', `${nameOf(controller)} is scaled from ${controller.desired} to ${replicas}.`, { replicas }),
      daemonSet !== undefined &&
        effect(
          'DeletesDaemonSet',
          `Once all of its pods are in rotation, DaemonSet ${name} is deleted with its ${count(daemonSet.controller.desired, 'pod')}.`,
          { pods: daemonSet.controller.desired },
        ),
    ),
    phases: compact(scale, daemonSet && removalOf(daemonSet)),
    hasBegun: isDone || operation.isResumed === true,
    opposite: { from: wordOf(controller) },
  });
};

type BackView = SpreadView & { readonly replicas: number };

const checkMinimum: Checker<BackView> = ({ snapshot, others, replicas }) => {
  const after = others.length + replicas;
  const { text, isEnough, facts } = againstMinimum(snapshot, after, after);
  return isEnough
    ? ok('StaysAboveMinimum', `${text}.`, facts)
    : forceable('BelowMinimum', `${text}. Scale the Deployment up first.`, undefined, facts);
};

const backChecks: readonly Checker<BackView>[] = [
  ({ chosen: { daemonSet }, ...rest }) =>
    daemonSet !== undefined && checkDrained({ ...rest, of: daemonSet.controller }),
  checkMinimum,
];
