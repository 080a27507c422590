import { minimumInRotation, rotationText } from '../../rotation/capacity.ts';
import { effect } from '../../rotation/effect.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { milestone } from '../../rotation/plan.ts';
import { type Checker, checkInStages, forceable, ok, refusal, refuse } from '../../rotation/safety.ts';
import { lookAtSpread } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, shellWord } from '../../text/words.ts';
import { wordOf } from '../canary/workload.ts';
import type { Planner } from '../spec.ts';
import { checkDrained } from './checks.ts';
import { replicasBefore } from './plan.ts';
import type { SpreadRequest } from './spread.ts';
import { type Chosen, chooseDeployment, type SpreadView, viewOf } from './view.ts';
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
  const view = viewOf(snapshot, operation, chosen);
  const serves = milestone(
    { kind: 'deploymentServes', name, replicas },
    replicas === 1
      ? `The pod of ${nameOf(controller)} is in rotation`
      : `All ${replicas} pods of ${nameOf(controller)} are in rotation`,
    START_SECONDS,
  );
  const isServing = lookAtSpread({ kind: 'deploymentServes', name, replicas }, snapshot).isMet;
  const isDone = daemonSet === undefined && isServing;
  const scale: PhaseDraft = {
    title: `scale ${nameOf(controller)} to ${replicas}`,
    writes: controller.desired === replicas ? [] : [scaleWrite(snapshot, deployment, replicas, undefined)],
    until: [serves],
    mayOutliveProcess: true,
  };
  const remove: PhaseDraft[] =
    daemonSet === undefined
      ? []
      : [
          {
            title: `delete DaemonSet ${name}`,
            writes: daemonSet.controller.deletedAt === undefined ? [deleteWrite(snapshot, daemonSet)] : [],
            until: [
              serves,
              milestone(
                { kind: 'workloadGone', owner: daemonSet.controller },
                `DaemonSet ${name} and its pods are gone`,
                STOP_SECONDS,
              ),
            ],
          },
        ];
  const found = isDone ? [] : checkInStages({ ...view, replicas }, backChecks);
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
    phases: [scale, ...remove],
    hasBegun: isDone || operation.isResumed === true,
    opposite: { from: wordOf(controller) },
  });
};

type BackView = SpreadView & { readonly replicas: number; readonly chosen: Chosen };

const checkMinimum: Checker<BackView> = ({ snapshot: { service, policy }, others, replicas }) => {
  const minimum = minimumInRotation(policy.minReady, others.length + replicas);
  const after = others.length + replicas;
  const text = `${rotationText(service.name, 'would have', after, minimum)}.`;
  const facts = { ready: after, minimum };
  return after >= minimum
    ? ok('StaysAboveMinimum', text, facts)
    : forceable('BelowMinimum', `${text} Scale the Deployment up first.`, undefined, facts);
};

const backChecks: readonly Checker<BackView>[] = [
  ({ chosen: { daemonSet }, ...rest }) =>
    daemonSet !== undefined && checkDrained({ ...rest, of: daemonSet.controller }),
  checkMinimum,
];
