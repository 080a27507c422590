import { coverage, disruptionsLeft, uncountableReason } from '../../rotation/budgets.ts';
import { againstMinimum, desiredPods, scaleUpAdvice } from '../../rotation/capacity.ts';
import { restoringRefusal } from '../../rotation/drained-checks.ts';
import { type DrainRecord, drainRecordOn } from '../../rotation/marks.ts';
import { inRotation, isDrainedFrom, isSelected, memberLabels, members } from '../../rotation/membership.ts';
import { checkOtherServices } from '../../rotation/other-services.ts';
import type { Check } from '../../rotation/plan.ts';
import { labelsToRemove } from '../../rotation/release.ts';
import {
  checkAdmission,
  checkReplacing,
  checkRootOwner,
  checkTemplate,
  placementChecks,
} from '../../rotation/replacement.ts';
import {
  type Checker,
  checkEnded,
  checkGate,
  checkMember,
  checkRecord,
  checkSelector,
  checkTerminating,
  forceable,
  ok,
  refusal,
  rolloutFinding,
  type View,
  warning,
} from '../../rotation/safety.ts';
import { matches, type Selector, selectorOfLabelSelector } from '../../rotation/selector.ts';
import { checkForeignSlices, portNotes } from '../../rotation/slices.ts';
import type { Budget, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { adoptersBesides, isActive, nameOf } from '../../rotation/workload.ts';
import { compact, count, duration, idAndName, list, time } from '../../text/words.ts';

/** A pod whose labels change. */
export interface RelabelView extends View {
  /** The pod's labels after that. */
  readonly after: Readonly<Record<string, string>>;
}

export interface DrainView extends RelabelView {
  /** Labels to remove; undefined: no set is enough. */
  readonly remove: readonly string[] | undefined;
}

/** `at 2026-11-24 03:12:07 UTC, until … (20 min left), because 5xx`. `now`: absent, without the time that is left. */
export function detailsOf({ at, until, because }: Pick<DrainRecord, 'at' | 'until' | 'because'>, now?: number): string {
  const left = now === undefined || until === undefined ? '' : ` (${leftText(Date.parse(until) - now)})`;
  return compact(
    `at ${time(at)}`,
    until !== undefined && `until ${time(until)}${left}`,
    because !== undefined && `because ${because}`,
  ).join(', ');
}

function leftText(ms: number): string {
  const seconds = ms / 1000;
  // With minutes left, seconds are noise.
  return ms <= 0 ? 'its time is up' : `${duration(seconds < 120 ? seconds : Math.round(seconds / 60) * 60)} left`;
}

export const checkAlreadyDrained: Checker = ({ pod, snapshot }) => {
  const record = drainRecordOn(pod);
  if (record === undefined) return undefined;
  const { service, restoring } = record;
  if (restoring) return restoringRefusal(pod, restoring);
  const isOurs = service === snapshot.service.name;
  const isBack = isOurs && isSelected(snapshot.service, pod.labels);
  const more = isBack
    ? ' Its labels were put back by hand, but it still has the marks of the drain.'
    : isOurs
      ? ''
      : ` Take it out of both with ${service} drain ${pod.name} --all-services, or restore it there first.`;
  const text = `${idAndName(record)} already drained ${pod.name} from ${service} ${detailsOf(record)}.${more}`;
  return refusal('AlreadyDrained', text, isOurs ? `restore ${pod.name}` : undefined);
};

const checkReleasable: Checker<DrainView> = ({ snapshot, pod, workload, remove }) => {
  if (remove !== undefined || !workload) return undefined;
  const service = memberLabels(snapshot.service, snapshot.policy) ?? {};
  const isForOthers =
    labelsToRemove(pod.labels, [service], workload.owner?.selector, snapshot.bystanders) !== undefined;
  const why = isForOthers
    ? `keep ${list(adoptersBesides(snapshot, workload.ref).map(nameOf))} from adopting it, and perhaps deleting it as surplus`
    : `release it: the selector of ${nameOf(workload.ref)} only asks for absent labels`;
  return refusal('CannotBeReleased', `No label of ${pod.name} can be removed to ${why}.`);
};

/** A controller that adopts the released pod may delete it as surplus. */
export const checkAdopters: Checker = ({ snapshot: { adoptersNotSeen }, pod }) =>
  adoptersNotSeen === undefined
    ? undefined
    : warning('AdoptersNotSeen', `Another controller may adopt ${pod.name}. ${adoptersNotSeen}`);

export const checkMinimum: Checker = ({ snapshot, operation: { request }, pod, workload }) => {
  const { service } = snapshot;
  const now = inRotation(snapshot);
  if (!now.some(({ uid }) => uid === pod.uid)) {
    const text = `${pod.name} gets no traffic now; ${service.name} has ${count(now.length, 'pod')} in rotation.`;
    return ok('TakesNoTraffic', text, { ready: now.length });
  }
  const desired = desiredPods(snapshot, workload);
  const after = now.length - 1;
  const { minimum, isEnough, facts, ...found } = againstMinimum(snapshot, after, desired);
  const text = `${found.text}.`;
  if (isEnough) return ok('StaysAboveMinimum', text, facts);
  const coming = podsOnTheirWay(snapshot).map(({ name }) => name);
  if (after + coming.length >= minimum) {
    const message = `${text} ${list(coming)} ${coming.length === 1 ? 'is starting: wait for it' : 'are starting: wait for them'}.`;
    return forceable('BelowMinimum', message, 'list', { ...facts, coming });
  }
  const portless = members(snapshot).filter(({ state }) => state === 'no port').length;
  // More pods of the same kind would not help.
  if (after + portless >= minimum) return forceable('BelowMinimum', `${text} ${portNotes(snapshot).join(' ')}`, 'list');
  const scale = request.force
    ? undefined
    : scaleUpAdvice(snapshot, workload?.root, { inRotation: now.length, desired });
  return forceable('BelowMinimum', scale === undefined ? text : `${text} ${scale.text}`, scale?.line, facts);
};

/** A replacement gets this time to become ready. */
const STARTING_MS = 300_000;
const STARTING = /^(Pending|ContainerCreating|PodInitializing|Init:\d.*|Running)$/;

/** Young members on a node that are not ready yet and have not failed. */
function podsOnTheirWay(snapshot: Snapshot): readonly Pod[] {
  return members(snapshot)
    .filter(({ state, pod }) => state === 'not ready' && pod.restarts === 0 && STARTING.test(pod.status))
    .map(({ pod }) => pod)
    .filter(({ createdAt, nodeName }) => nodeName !== undefined && snapshot.at - createdAt < STARTING_MS);
}

const checkBudgets: Checker<DrainView> = (view) => {
  const { pod, after } = view;
  return budgetsOf(view, (budget, selector) => {
    const name = `PodDisruptionBudget ${budget.name}`;
    const facts = { budget: budget.name };
    if (!pod.detail.isReady) return ok('BudgetAllowsIt', `${name} does not count ${pod.name}: it is not ready.`, facts);
    if (!matches(selector, after)) return disruption(view, budget, selector);
    const text = `${name} still counts ${pod.name} as healthy while it is drained, so it allows one disruption too many.`;
    return warning('BudgetStillCountsIt', text, undefined, facts);
  });
};

/** A finding about each budget that counts the pod. */
function budgetsOf(
  { snapshot: { bystanders }, pod }: View,
  find: (budget: Budget, selector: Selector) => Check | undefined,
): readonly (Check | undefined)[] {
  if (bystanders.kind === 'notSeen')
    return [warning('BudgetsNotSeen', `A PodDisruptionBudget may not allow it. ${bystanders.why}`)];
  return bystanders.value.budgets.flatMap((budget) => {
    const selector = budget.selector && selectorOfLabelSelector(budget.selector);
    return selector !== undefined && matches(selector, pod.labels) ? find(budget, selector) : [];
  });
}

/** Only the budgets that no longer count the pod. */
export const checkLosingBudgets: Checker<RelabelView> = (view) =>
  budgetsOf(view, (budget, selector) =>
    view.pod.detail.isReady && !matches(selector, view.after) ? disruption(view, budget, selector) : undefined,
  );

/** A ready pod leaves the budget. */
function disruption({ snapshot, pod, workload }: View, budget: Budget, selector: Selector): Check {
  const covered = coverage(snapshot, selector, workload);
  const unknown = uncountableReason(budget, covered, pod);
  const name = `PodDisruptionBudget ${budget.name}`;
  if (unknown !== undefined) {
    const text = `${name} can't be checked: ${unknown}, so it allows no evictions.`;
    return warning('BudgetUnknown', text, undefined, { budget: budget.name });
  }
  const { left, healthy, mustStay } = disruptionsLeft(snapshot, budget, covered, workload);
  const numbers = `${healthy} healthy, minimum ${mustStay}`;
  const facts = { budget: budget.name, healthy, minimum: mustStay };
  return left > 0
    ? ok('BudgetAllowsIt', `${name} allows it: ${numbers}.`, facts)
    : forceable('BudgetExhausted', `${name} allows no disruption: ${numbers}.`, undefined, facts);
}

/** With a traffic policy of `Local`, a node without an endpoint of its own drops its traffic. */
export const checkLastOnNode: Checker = ({ snapshot, pod }) => {
  const { service } = snapshot;
  const isLocal = service.internalTrafficPolicy === 'Local' || service.externalTrafficPolicy === 'Local';
  const now = inRotation(snapshot);
  if (!isLocal || !now.some(({ uid }) => uid === pod.uid)) return undefined;
  const here = now.filter(({ nodeName }) => nodeName === pod.nodeName).length;
  if (here > 1) return ok('NotLastOnItsNode', `${pod.nodeName} has ${count(here - 1, 'other pod')} in rotation.`);
  const field = service.internalTrafficPolicy === 'Local' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
  const text = `${pod.name} is the last pod in rotation on ${pod.nodeName}, and ${field} is Local: traffic to that node would be dropped.`;
  return forceable('LastOnItsNode', text, undefined, { node: pod.nodeName ?? '' });
};

const checkDrainedLimit: Checker = ({ snapshot, operation }) => {
  const { service, policy } = snapshot;
  const all = snapshot.pods.filter((pod) => isActive(pod) && isDrainedFrom(service, pod));
  if (all.length < policy.maxDrained) return undefined;
  const unknown = all.filter(
    (pod) => snapshot.unknownDrains?.includes(pod.uid) && drainRecordOn(pod)?.id !== operation.id,
  );
  // A mark that anyone may write must not keep people from draining. A lost journal makes each drain ask.
  if (all.length - unknown.length < policy.maxDrained) {
    const text = `${service.name} has ${count(all.length, 'drained pod')}, maximum ${policy.maxDrained}, but the journal has no drain of ${list(unknown.map(({ name }) => name).sort())}.`;
    return warning('DrainedUnknown', text, 'drained');
  }
  // An earlier pod of the same operation counts too, but is not drained yet.
  const before = all.filter((pod) => drainRecordOn(pod)?.id !== operation.id).map(({ name }) => name);
  const drained = before.sort();
  const own = all.length - drained.length;
  const text = compact(
    drained.length > 0
      ? `${service.name} has ${count(drained.length, 'drained pod')}, maximum ${policy.maxDrained}: ${list(drained)}.`
      : `${service.name} may have ${count(policy.maxDrained, 'drained pod')} at a time.`,
    own > 0 && `This drain adds ${own}.`,
    drained.length > 0 && 'Restore or finish one first.',
  ).join(' ');
  return forceable('TooManyDrained', text, drained[0] && `restore ${drained[0]}`, { drained, own });
};

const checkRolloutOfDrain: Checker = ({ workload }) =>
  rolloutFinding(workload, "a pod drained now is of the old revision then and can't be restored");

/** Can the pod be drained at all? If not, the other checks would only confuse. */
export const identityChecks: readonly Checker<DrainView>[] = [
  checkSelector,
  checkRecord,
  checkAlreadyDrained,
  checkMember,
  checkTerminating,
  checkEnded,
];

/** The effects on others. They are shown in this order. */
export const safetyChecks: readonly Checker<DrainView>[] = [
  checkReplacing,
  checkRootOwner,
  checkReleasable,
  checkAdopters,
  checkMinimum,
  checkBudgets,
  checkLastOnNode,
  checkForeignSlices,
  checkOtherServices,
  checkDrainedLimit,
  checkRolloutOfDrain,
  checkGate,
  checkTemplate,
  checkAdmission,
  ...placementChecks,
];
