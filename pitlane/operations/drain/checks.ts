import { coverage, disruptionsLeft, whyNotCounted } from '../../rotation/budgets.ts';
import { desiredPods, minimumInRotation, saysHowToScale } from '../../rotation/capacity.ts';
import { beingRestored } from '../../rotation/drained-checks.ts';
import { readDrain } from '../../rotation/marks.ts';
import { inRotation, isDrainedFrom, isSelected, memberLabels } from '../../rotation/membership.ts';
import { labelsToRemove } from '../../rotation/release.ts';
import {
  nothingIsHeld,
  replacementFindsRoom,
  replacementJoins,
  rootIsKnown,
  somethingReplacesIt,
} from '../../rotation/replacement.ts';
import {
  forceable,
  gateIsWhole,
  isMember,
  isNotFinished,
  isNotTerminating,
  noRollout,
  ok,
  type Rule,
  recordIsReadable,
  refusal,
  serviceSelects,
  type View,
  warning,
} from '../../rotation/safety.ts';
import { matches, selectorOfLabelSelector } from '../../rotation/selector.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { adoptersBesides, isActive, nameOf } from '../../rotation/workload.ts';
import { count, list, time } from '../../text/words.ts';

/** What the rules of drain look at. */
export interface DrainView extends View {
  /** Labels to take off; undefined: no removal would do. */
  readonly remove: readonly string[] | undefined;
  /** The pod's labels after that. */
  readonly after: Readonly<Record<string, string>>;
}

const notDrainedYet: Rule = ({ pod, snapshot }) => {
  const drain = readDrain(pod);
  if (drain.kind !== 'record') return undefined;
  const { by, at, because, until, service } = drain.record;
  if (drain.record.restoring) return beingRestored(pod, drain.record.restoring);
  const why = because === undefined ? '' : `, because ${because}`;
  const ends = until === undefined ? '' : `, until ${time(until)}`;
  const isOurs = service === snapshot.service.name;
  const said =
    isOurs && isSelected(snapshot.service, pod.labels)
      ? `was drained from ${service} by ${by} at ${time(at)}${ends}${why}; its labels were put back by hand, and pitlane's marks are still on it.`
      : `is already drained from ${service}: by ${by} at ${time(at)}${ends}${why}.${isOurs ? '' : ` Restore it there first.`}`;
  return refusal('AlreadyDrained', `${pod.name} ${said}`, isOurs ? `restore ${pod.name}` : undefined);
};

const canBeReleased: Rule<DrainView> = ({ snapshot, pod, workload, remove }) => {
  if (remove !== undefined || !workload) return undefined;
  const service = memberLabels(snapshot.service, snapshot.policy) ?? {};
  const isForOthers = labelsToRemove(pod.labels, service, workload.owner?.selector, undefined) !== undefined;
  return refusal(
    'CannotBeReleased',
    isForOthers
      ? `No label can be taken off ${pod.name} that would keep ${list(adoptersBesides(snapshot, workload.ref).map(nameOf))} from adopting it, and perhaps deleting it as a pod too many.`
      : `No label can be taken off ${pod.name} that would make ${nameOf(workload.ref)} let go of it: its selector only asks for labels that are absent.`,
  );
};

/** Whoever adopts a pod that has been let go of may delete it as a pod too many. */
const adoptersAreKnown: Rule = ({ snapshot: { adoptersNotSeen }, pod }) =>
  adoptersNotSeen === undefined
    ? undefined
    : warning('AdoptersNotSeen', `Whether another controller would adopt ${pod.name} is not known: ${adoptersNotSeen}`);

export const staysAboveMinimum: Rule = ({ snapshot, pod, workload }) => {
  const { service, policy } = snapshot;
  const now = inRotation(snapshot);
  if (!now.some(({ uid }) => uid === pod.uid))
    return ok('TakesNoTraffic', `${pod.name} takes no traffic now; ${count(now.length, 'pod')} in rotation.`);
  const desired = desiredPods(snapshot, workload);
  const minimum = minimumInRotation(policy.minReady, desired);
  const after = now.length - 1;
  if (after >= minimum)
    return ok(
      'StaysAboveMinimum',
      `${service.name} has ${now.length} in rotation, ${after} after, and must keep ${minimum}.`,
    );
  const scale = saysHowToScale(snapshot, workload?.root, { inRotation: now.length, desired });
  return forceable(
    'BelowMinimum',
    `${service.name} has ${count(now.length, 'pod')} in rotation and must keep ${minimum} of ${desired}${scale ? ': scale it up first' : ''}.`,
    scale,
  );
};

const budgetsAllowIt: Rule<DrainView> = ({ snapshot, pod, workload, after }) => {
  const { bystanders } = snapshot;
  if (bystanders.kind === 'notSeen')
    return warning('BudgetsNotSeen', `Whether a PodDisruptionBudget allows it is not known: ${bystanders.why}`);
  const counted = bystanders.value.budgets
    .filter(({ selector }) => selector !== undefined)
    .map((budget) => ({ budget, selector: selectorOfLabelSelector(budget.selector ?? {}) }))
    .filter(({ selector }) => matches(selector, pod.labels));
  return counted.map(({ budget, selector }) => {
    const stillCounts = matches(selector, after);
    if (!pod.detail.isReady)
      return ok('BudgetAllowsIt', `PodDisruptionBudget ${budget.name} does not count it: it is not ready.`);
    if (stillCounts)
      return warning(
        'BudgetStillCountsIt',
        `PodDisruptionBudget ${budget.name} goes on counting ${pod.name} as healthy, so it allows one disruption too many while it is drained.`,
      );
    const covered = coverage(snapshot, selector, workload);
    const unknown = whyNotCounted(budget, covered, pod);
    if (unknown !== undefined)
      return warning(
        'BudgetUnknown',
        `PodDisruptionBudget ${budget.name} allows no eviction at all, because ${unknown}: whether it would bear this is not known.`,
      );
    const { left, healthy, mustStay } = disruptionsLeft(snapshot, budget, covered, workload);
    if (left > 0)
      return ok(
        'BudgetAllowsIt',
        `PodDisruptionBudget ${budget.name} allows it: ${healthy} healthy, ${mustStay} must stay.`,
      );
    return forceable(
      'BudgetExhausted',
      `PodDisruptionBudget ${budget.name} allows no disruption: ${healthy} healthy and ${mustStay} must stay.`,
    );
  });
};

/** With a traffic policy of `Local` a node without an endpoint of its own drops what arrives there. */
const notLastOnItsNode: Rule<DrainView> = ({ snapshot, pod }) => {
  const { service } = snapshot;
  const isLocal = service.internalTrafficPolicy === 'Local' || service.externalTrafficPolicy === 'Local';
  const now = inRotation(snapshot);
  if (!isLocal || !now.some(({ uid }) => uid === pod.uid)) return undefined;
  const here = now.filter(({ nodeName }) => nodeName === pod.nodeName).length;
  if (here > 1) return ok('NotLastOnItsNode', `${count(here - 1, 'other pod')} in rotation on ${pod.nodeName}.`);
  const field = service.internalTrafficPolicy === 'Local' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
  return forceable(
    'LastOnItsNode',
    `${pod.name} is the last in rotation on ${pod.nodeName}, and ${field} is Local: what arrives at that node would be dropped.`,
  );
};

const notTooManyDrained: Rule = ({ snapshot }) => {
  const drained = drainedFrom(snapshot);
  if (drained.length < snapshot.policy.maxDrained) return undefined;
  return forceable(
    'TooManyDrained',
    `${count(drained.length, 'pod')} ${drained.length === 1 ? 'is' : 'are'} drained from ${snapshot.service.name} already (${list(drained)}) and at most ${snapshot.policy.maxDrained} may be: restore or finish one first.`,
    drained[0] === undefined ? undefined : `restore ${drained[0]}`,
  );
};

/** Those that are alive and out of the service; one that has ended, or was put back by hand, holds no place. */
function drainedFrom(snapshot: Snapshot): readonly string[] {
  return snapshot.pods
    .filter((pod) => isActive(pod) && isDrainedFrom(snapshot.service, pod))
    .map(({ name }) => name)
    .sort();
}

/** Whether the pod is one that can be drained at all. If it is not, the numbers below would only confuse. */
export const IDENTITY: readonly Rule<DrainView>[] = [
  serviceSelects,
  recordIsReadable,
  notDrainedYet,
  isMember,
  isNotTerminating,
  isNotFinished,
];

/** What draining it would do to others. The order is the order in which they are shown. */
export const SAFETY: readonly Rule<DrainView>[] = [
  somethingReplacesIt,
  rootIsKnown,
  canBeReleased,
  adoptersAreKnown,
  staysAboveMinimum,
  budgetsAllowIt,
  notLastOnItsNode,
  notTooManyDrained,
  noRollout,
  gateIsWhole,
  replacementJoins,
  nothingIsHeld,
  replacementFindsRoom,
];
