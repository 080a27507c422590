import { type Effect, effect } from '../../rotation/effect.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { type Milestone, milestone } from '../../rotation/plan.ts';
import { checkInStages, checkSelector, refuse } from '../../rotation/safety.ts';
import { lookAtSpread, readSpread } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { compact, count, list, shellWord } from '../../text/words.ts';
import { wordOf } from '../canary/workload.ts';
import type { Planner } from '../spec.ts';
import { identityChecks, safetyChecks } from './checks.ts';
import { differenceOf, manifestOf } from './manifest.ts';
import type { SpreadRequest } from './spread.ts';
import { chooseDeployment, countedNodes, type SpreadView, viewOf, wantedNodes } from './view.ts';
import { createWrite, recordOf, scaleWrite } from './writes.ts';

/** Images are pulled on every node. */
const START_SECONDS = 900;
/** The grace period of most pods, and the kubelet's own time. */
const STOP_SECONDS = 120;

/** Plans what is left of a spread: (1) the DaemonSet, until it serves on every node, (2) the Deployment at 0. */
export const planSpread: Planner<SpreadRequest> = (snapshot, operation) => {
  const unselected = checkInStages({ snapshot, operation }, [checkSelector]);
  if ('kind' in unselected) return unselected;
  const chosen = chooseDeployment(snapshot, operation.request);
  if (!('deployment' in chosen)) return refuse(operation, ...chosen);
  const view = viewOf(snapshot, operation, chosen);
  const identity = checkInStages(view, identityChecks);
  if ('kind' in identity) return identity;
  const phases = phasesOf(view);
  const isDone = phases.every(({ writes, until }) => !writes?.length && until?.every((each) => isMet(view, each)));
  const found = isDone ? [] : checkInStages(view, safetyChecks);
  if ('kind' in found) return { ...found, checks: [...identity, ...found.checks] };
  const { deployment, daemonSet } = chosen;
  const isOwn = [deployment, daemonSet].some((each) => each && readSpread(each.annotations)?.id === operation.id);
  return makePlan(operation, {
    checks: [...identity, ...found],
    effects: isDone && !isOwn ? [effect('NothingLeft', doneText(view))] : effectsOf(view),
    phases,
    hasBegun: isOwn || isDone,
    undo: undoOf(view),
    opposite: { from: wordOf(deployment.controller) },
    ...(daemonSet === undefined && { diff: differenceOf(manifestOf(snapshot, deployment), view.manifest) }),
  });
};

function isMet({ snapshot }: SpreadView, { condition }: Milestone): boolean {
  return (
    (condition.kind === 'daemonSetServes' || condition.kind === 'deploymentServes') &&
    lookAtSpread(condition, snapshot).isMet
  );
}

function phasesOf(view: SpreadView): readonly PhaseDraft[] {
  const { snapshot, operation, chosen, manifest } = view;
  const { name, deployment, daemonSet } = chosen;
  const { controller } = deployment;
  const record = recordOf(snapshot, operation, controller.desired);
  const serves = milestone(
    { kind: 'daemonSetServes', name },
    `DaemonSet ${name} has a pod in rotation on ${nodesText(view)}`,
    START_SECONDS,
  );
  const create: PhaseDraft = {
    title: `run DaemonSet ${name}`,
    writes: daemonSet === undefined ? [createWrite(manifest, record)] : [],
    until: [serves],
    mayOutliveProcess: true,
  };
  if (operation.request.keep) return [create];
  const empty = milestone(
    { kind: 'deploymentServes', name, replicas: 0 },
    `${nameOf(controller)} has no pods`,
    STOP_SECONDS,
  );
  const scale: PhaseDraft = {
    title: `scale ${nameOf(controller)} to 0`,
    writes: controller.desired > 0 ? [scaleWrite(snapshot, deployment, 0, record)] : [],
    until: [serves, empty],
  };
  return [create, scale];
}

/** The DaemonSet's controller has the last word on its nodes, so a number that was not expected is said. */
function nodesText(view: SpreadView): string {
  const expected = wantedNodes(view)?.length;
  const counted = countedNodes(view.chosen);
  return counted === undefined || expected === undefined || counted === expected
    ? 'each of its nodes'
    : `each of its ${count(counted, 'node')}, where ${expected} ${expected === 1 ? 'was' : 'were'} expected`;
}

function effectsOf(view: SpreadView): readonly Effect[] {
  const { snapshot, operation, chosen, nodes = [], pods } = view;
  const { desired } = chosen.deployment.controller;
  const deployment = nameOf(chosen.deployment.controller);
  const wanted = (wantedNodes(view) ?? []).map(({ name }) => name);
  const skipped = nodes.filter((node) => node.skipped !== undefined);
  const where = wanted.length > MOST_NAMED ? `each of ${wanted.length} nodes` : list(wanted);
  const runs = `DaemonSet ${chosen.name} runs one pod on ${where}, and on each node that joins later.`;
  const shares = `Its pods have the labels of ${deployment}, so ${snapshot.service.name} sends them traffic as soon as they are ready.`;
  const keeps = `${deployment} keeps its ${count(desired, 'pod')}, and both serve.`;
  const scales = `Then ${deployment} is scaled from ${desired} to 0. It stays, for spread back, until spread finish.`;
  return compact(
    wanted.length > 0 && effect('OnePodPerNode', runs, { nodes: wanted }),
    skipped.length > 0 &&
      effect('SkipsNodes', `It skips ${skippedText(skipped)}.`, { nodes: skipped.map((node) => node.name) }),
    snapshot.headroom.kind === 'notSeen' &&
      effect('NodesNotSeen', `It is unknown which nodes get a pod. ${snapshot.headroom.why}`),
    effect('SharesLabels', shares),
    operation.request.keep && effect('KeepsDeployment', keeps, { pods: pods.length }),
    !operation.request.keep && desired > 0 && effect('ScalesToZero', scales, { replicas: desired }),
  );
}

const MOST_NAMED = 3;

function skippedText(skipped: NonNullable<SpreadView['nodes']>): string {
  const byReason = Map.groupBy(skipped, (node) => node.skipped ?? '');
  return list(
    [...byReason].map(([reason, nodes]) => {
      const names = nodes.length > MOST_NAMED ? count(nodes.length, 'node') : list(nodes.map(({ name }) => name));
      return `${names} (${reason})`;
    }),
  );
}

function doneText({ snapshot, chosen, operation }: SpreadView): string {
  const { name, daemonSet } = chosen;
  const nodes = daemonSet?.controller.desired ?? 0;
  const rest = operation.request.keep ? '' : ` Deployment ${name} is at 0.`;
  return `DaemonSet ${name} serves ${snapshot.service.name} on ${count(nodes, 'node')} already.${rest} Nothing is left to do.`;
}

function undoOf({ snapshot, chosen, operation }: SpreadView): readonly string[] {
  const kubectl = `kubectl -n ${snapshot.service.namespace}`;
  const deployment = `deployment ${shellWord(chosen.deployment.controller.name)}`;
  const replicas = replicasBefore(chosen);
  const isBack = !operation.request.keep && replicas !== undefined;
  return compact(
    isBack && `${kubectl} scale ${deployment} --replicas=${replicas}`,
    isBack && `${kubectl} rollout status ${deployment}`,
    `${kubectl} delete daemonset ${shellWord(chosen.name)}`,
  );
}

/** The replicas of the Deployment before the spread. Undefined: unknown. */
export function replicasBefore({ deployment, daemonSet }: SpreadView['chosen']): number | undefined {
  const { desired } = deployment.controller;
  const scaledDown = readSpread(deployment.annotations);
  // Scaled up by hand since the spread, perhaps to fewer than before.
  if (desired > 0) return Math.max(desired, scaledDown?.replicas ?? 0);
  const record = scaledDown ?? (daemonSet && readSpread(daemonSet.annotations));
  return record === undefined || record.replicas === 0 ? undefined : record.replicas;
}
