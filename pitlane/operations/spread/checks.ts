import { againstMinimum } from '../../rotation/capacity.ts';
import { gateIn, isRule, podsText, ruleIn, wantedRule } from '../../rotation/gate.ts';
import { gateText, hasGateLabel } from '../../rotation/gate-record.ts';
import { readDrain } from '../../rotation/marks.ts';
import { inRotation, members } from '../../rotation/membership.ts';
import { onePod } from '../../rotation/node-fit.ts';
import { type Checker, forceable, ok, refusal, rolloutFinding, warning } from '../../rotation/safety.ts';
import { matches, selectorOfLabelSelector } from '../../rotation/selector.ts';
import { type Controller, ifSeen } from '../../rotation/snapshot.ts';
import { servingOf } from '../../rotation/spread.ts';
import { isActive, isBuiltIn, nameOf, selects } from '../../rotation/workload.ts';
import { count, list } from '../../text/words.ts';
import { wordOf } from '../canary/workload.ts';
import { format } from '../commands.ts';
import { drainedFrom, managerOf } from '../gate/checks.ts';
import { isSpreadOf } from './manifest.ts';
import type { SpreadRequest } from './spread.ts';
import { countedNodes, type SpreadView, wantedNodes } from './view.ts';

/** The Deployment may be scaled, and its DaemonSet created. */
const checkOwner: Checker<SpreadView> = ({ chosen: { deployment } }) => {
  const { owner, deletedAt } = deployment.controller;
  if (deletedAt !== undefined)
    return refusal('WorkloadBeingDeleted', `${nameOf(deployment.controller)} is being deleted.`, 'list');
  if (owner === undefined || isBuiltIn(owner)) return undefined;
  const text = `${nameOf(owner)} manages ${nameOf(deployment.controller)} and would scale it back. Change it there.`;
  return refusal('UnknownOwner', text);
};

const checkDaemonSet: Checker<SpreadView> = ({ snapshot, chosen: { deployment, daemonSet } }) => {
  if (daemonSet === undefined) return undefined;
  const { controller } = daemonSet;
  if (controller.deletedAt !== undefined)
    return refusal('WorkloadBeingDeleted', `${nameOf(controller)} is being deleted.`, 'list');
  return (
    !isSpreadOf(snapshot, daemonSet, deployment) &&
    refusal(
      'DaemonSetDiffers',
      `${nameOf(controller)} exists already and runs other pods than ${nameOf(deployment.controller)}: its selector or its pod template is another one.`,
      `kubectl -n ${snapshot.service.namespace} get daemonset ${controller.name} -o yaml`,
    )
  );
};

export const identityChecks: readonly Checker<SpreadView>[] = [checkOwner, checkDaemonSet];

/** Once the Deployment is at 0, nothing takes its drained pods back: the DaemonSet would adopt them, of no revision of its own. */
export const checkDrained: Checker<Pick<SpreadView, 'snapshot' | 'operation'> & { readonly of: Controller }> = ({
  snapshot,
  of,
}) => {
  const drained = drainedFrom(snapshot, [of]);
  const [first] = drained;
  if (first === undefined) return undefined;
  const [are, them] = drained.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const text = `${podsText(drained)} ${are} drained from ${nameOf(of)}, and could not be restored afterwards. Restore or finish ${them} first.`;
  return refusal('DrainedFirst', text, `restore ${first.name}`, { names: drained.map(({ name }) => name) });
};

/**
 * A DaemonSet adopts what its selector matches and nothing controls (controller_ref_manager.go, ClaimObject). Canaries have
 * the labels of the Deployment without the hash that its ReplicaSets ask for, so they are adopted too.
 */
const checkOrphans: Checker<SpreadView> = ({ snapshot, chosen: { deployment, daemonSet } }) => {
  const orphans = snapshot.pods.filter(
    (pod) =>
      isActive(pod) &&
      pod.owner === undefined &&
      pod.isGuarded !== true &&
      readDrain(pod).kind === 'none' &&
      selects(deployment.controller, pod.labels),
  );
  if (daemonSet !== undefined || orphans.length === 0) return undefined;
  const text = `DaemonSet ${deployment.controller.name} adopts ${podsText(orphans)}, which ${orphans.length === 1 ? 'has' : 'have'} no controller, and then deletes ${orphans.length === 1 ? 'it' : 'them'}: ${orphans.length === 1 ? 'it is' : 'they are'} of no revision of its own.`;
  return warning('AdoptsPods', text, undefined, { names: orphans.map(({ name }) => name) });
};

const checkNodes: Checker<SpreadView> = (view) => {
  const { chosen } = view;
  const wanted = wantedNodes(view);
  if (wanted === undefined) return undefined;
  if (wanted.length === 0)
    return refusal('NoNodes', 'No node takes the pods: all are skipped, for their taints or labels.', 'list');
  const blocked = chosen.daemonSet === undefined ? wanted.filter(({ obstacle }) => obstacle !== undefined) : [];
  if (blocked.length === 0) return undefined;
  const text = `The DaemonSet's pod can't start on ${count(blocked.length, 'node')} while ${nameOf(chosen.deployment.controller)} runs: ${list(blocked.map(({ name, obstacle }) => `${name} (${obstacle})`))}.`;
  return forceable('NoRoom', text, undefined, { nodes: blocked.map(({ name }) => name) });
};

/** Both serve for a while, so every quota must hold the pods of both. */
const checkQuotas: Checker<SpreadView> = (view) => {
  const { snapshot, chosen } = view;
  const wanted = wantedNodes(view) ?? [];
  if (chosen.daemonSet !== undefined) return undefined;
  const pod = onePod(chosen.deployment);
  const small = (ifSeen(snapshot.headroom)?.quotas ?? []).filter(({ left }) =>
    Object.entries(left).some(([name, rest]) => rest < (pod[name] ?? 0) * wanted.length),
  );
  const [first] = small.map(({ name }) => name);
  if (first === undefined) return undefined;
  const text = `ResourceQuota ${list(small.map(({ name }) => name))} admits fewer than ${count(wanted.length, 'more pod')}, while ${nameOf(chosen.deployment.controller)} runs.`;
  return forceable('QuotaExhausted', text, `kubectl -n ${snapshot.service.namespace} describe quota ${first}`);
};

/** Pods that a person has disabled are still of the Deployment. */
const checkDisabled: Checker<SpreadView> = ({ snapshot, operation, chosen: { deployment }, pods }) => {
  if (operation.request.keep) return undefined;
  const own = new Set(pods.map(({ uid }) => uid));
  const disabled = members(snapshot).filter(({ disabled: record, pod }) => record !== undefined && own.has(pod.uid));
  if (disabled.length === 0) return undefined;
  const text = `${podsText(disabled.map(({ pod }) => pod))} ${disabled.length === 1 ? 'is' : 'are'} disabled, and will be deleted with the other pods of ${nameOf(deployment.controller)}.`;
  return warning('EndsDisabled', text, undefined, { names: disabled.map(({ pod }) => pod.name) });
};

/** What serves once the Deployment is at 0. */
const checkMinimum: Checker<SpreadView> = (view) => {
  const { snapshot, operation, chosen, others } = view;
  const { deployment, daemonSet } = chosen;
  if (operation.request.keep || deployment.controller.desired === 0) return undefined;
  const wanted =
    countedNodes(chosen) ??
    wantedNodes(view)?.length ??
    (daemonSet ? servingOf(snapshot, daemonSet.controller).length : undefined);
  if (wanted === undefined || wanted === 0) return undefined;
  const desired = others.length + deployment.controller.desired;
  const { text, isEnough, facts } = againstMinimum(snapshot, others.length + wanted, desired);
  const where = `${text}, one on each of ${count(wanted, 'node')}.`;
  if (isEnough) return ok('StaysAboveMinimum', where, facts);
  const keeping = { ...operation.request, from: wordOf(deployment.controller), keep: true, force: false };
  const message = `${where} It has ${inRotation(snapshot).length} now. Add nodes, or keep the Deployment too.`;
  return forceable('BelowMinimum', message, format(keeping as SpreadRequest), facts);
};

/** Without the label of the gate, the pods would wait outside of the rotation, and the spread for them. */
const checkGate: Checker<SpreadView> = ({ snapshot, chosen: { deployment } }) => {
  const gate = gateIn(snapshot);
  if (gate === undefined || hasGateLabel(deployment.controller.templateLabels ?? {}, gate.label)) return undefined;
  const rule = ruleIn(snapshot);
  if (rule !== undefined && isRule(rule, wantedRule(snapshot, gate.label))) return undefined;
  const text = `New pods come without ${gateText(gate.label)}, which ${snapshot.service.name} asks for, so those of the DaemonSet would get no traffic.`;
  return refusal('NewPodsStayOut', text, `gate on ${gateText(gate.label)} --new-pods in`);
};

const checkRollout: Checker<SpreadView> = ({ snapshot, chosen: { deployment, daemonSet } }) => {
  const { controller } = deployment;
  if (daemonSet !== undefined) return undefined;
  if (!controller.isRollingOut || controller.rollout?.isPaused)
    return rolloutFinding({ ref: controller, owner: controller, root: controller });
  const text = `A rollout of ${nameOf(controller)} is in progress. Wait until it is complete.`;
  const status = `kubectl -n ${snapshot.service.namespace} rollout status deployment/${controller.name}`;
  return forceable('RolloutUnderWay', text, status);
};

const checkVolumes: Checker<SpreadView> = ({ chosen: { deployment } }) =>
  deployment.needs.claims.length > 0 &&
  warning(
    'SharesVolume',
    `The pods of all nodes mount volume claim ${list(deployment.needs.claims)}: a volume that only one node can attach keeps the others from starting.`,
  );

const checkAutoscalers: Checker<SpreadView> = ({ snapshot, operation, chosen: { deployment } }) => {
  if (operation.request.keep) return undefined;
  return (ifSeen(snapshot.bystanders)?.autoscalers ?? [])
    .filter(({ target }) => target.kind === 'Deployment' && target.name === deployment.controller.name)
    .map(({ name, owner }) => {
      const stops = `HorizontalPodAutoscaler ${name} stops at 0 pods, and does not scale a DaemonSet. Delete it once the spread is done.`;
      if (owner === undefined) return warning('AutoscalerStops', stops, undefined, { names: [name] });
      const text = `${nameOf(owner)} scales ${nameOf(deployment.controller)} and may scale it back. Pause it first.`;
      return warning('ScaledBack', text, undefined, { names: [name] });
    });
};

/** disruption.go, getExpectedScale: it asks the scale subresource of the pods' controllers, which a DaemonSet does not have. */
const checkBudgets: Checker<SpreadView> = ({ snapshot, chosen: { deployment } }) =>
  (ifSeen(snapshot.bystanders)?.budgets ?? [])
    .filter(
      ({ selector, minAvailable, maxUnavailable }) =>
        selector !== undefined &&
        (maxUnavailable !== undefined || typeof minAvailable === 'string') &&
        matches(selectorOfLabelSelector(selector), deployment.controller.templateLabels ?? {}),
    )
    .map(({ name }) => {
      const text = `PodDisruptionBudget ${name} can't count the pods of a DaemonSet, and then allows no eviction. Give it a number as minAvailable.`;
      return warning('BudgetCannotCount', text, undefined, { names: [name] });
    });

const checkManager: Checker<SpreadView> = ({ chosen: { deployment } }) => {
  const manager = managerOf(deployment.controller);
  if (manager === undefined) return undefined;
  const text = `${nameOf(deployment.controller)} is managed by ${manager}, which may scale it back and delete the DaemonSet. Change it there too.`;
  return warning('MayBeReverted', text);
};

const checkOthersSeen: Checker<SpreadView> = ({ snapshot: { bystanders } }) =>
  bystanders.kind === 'notSeen' &&
  warning('OthersNotSeen', `Autoscalers and budgets of the Deployment are unknown. ${bystanders.why}`);

export const safetyChecks: readonly Checker<SpreadView>[] = [
  ({ chosen: { deployment }, operation, ...rest }) =>
    !operation.request.keep && checkDrained({ ...rest, operation, of: deployment.controller }),
  checkOrphans,
  checkDisabled,
  checkNodes,
  checkQuotas,
  checkMinimum,
  checkGate,
  checkRollout,
  checkVolumes,
  checkAutoscalers,
  checkBudgets,
  checkManager,
  checkOthersSeen,
];
