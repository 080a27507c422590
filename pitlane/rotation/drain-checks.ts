import { coverage, disruptionsLeft } from './budgets.ts';
import { desiredPods, minimumInRotation } from './capacity.ts';
import { DRAINED_FROM, readDrain } from './marks.ts';
import { inRotation } from './membership.ts';
import { roomFor, saysRoom } from './room.ts';
import {
  forceable,
  gateIsWhole,
  isCanary,
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
} from './safety.ts';
import { matches, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Snapshot } from './snapshot.ts';
import { count, list, time } from './words.ts';
import { isBuiltIn, nameOf } from './workload.ts';

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
  const { by, at, because, until, service, restoring } = drain.record;
  if (restoring)
    return refusal(
      'BeingRestored',
      `${pod.name} is being restored by ${restoring.by} since ${time(restoring.at)}.`,
      `restore ${pod.name}`,
    );
  const why = because === undefined ? '' : `, because ${because}`;
  const ends = until === undefined ? '' : `, until ${time(until)}`;
  return refusal(
    'AlreadyDrained',
    `${pod.name} is already drained from ${service}: by ${by} at ${time(at)}${ends}${why}.`,
    service === snapshot.service.name ? `restore ${pod.name}` : undefined,
  );
};

/** The kinds whose controllers start another pod at once when one is released, under another name. */
const REPLACING = ['ReplicaSet', 'ReplicationController', 'DaemonSet'];

const somethingReplacesIt: Rule<DrainView> = (view) => {
  const { pod, workload } = view;
  const { owner, ref } = workload ?? {};
  if (!ref)
    return warning(
      'NothingReplacesIt',
      isCanary(view)
        ? `${pod.name} is a canary: nothing replaces it.`
        : `${pod.name} has no controller: nothing replaces it.`,
    );
  if (!isBuiltIn(ref))
    return warning(
      'NothingReplacesIt',
      `${pod.name} belongs to ${nameOf(ref)}, whose rules pitlane does not know: nothing may replace it.`,
    );
  if (ref.kind === 'StatefulSet')
    return forceable(
      'NameStaysTaken',
      `${nameOf(ref)} can't replace ${pod.name} while a pod of that name exists, and would stop scaling and updating until it is restored or deleted.`,
    );
  if (!REPLACING.includes(ref.kind))
    return warning('NothingReplacesIt', `${pod.name} belongs to ${nameOf(ref)}, which may not replace it.`);
  if (!owner)
    return warning('OwnerNotSeen', `${nameOf(ref)}, which owns ${pod.name}, was not found: nothing replaces it.`);
  if (owner.deletedAt !== undefined)
    return warning('OwnerBeingDeleted', `${nameOf(ref)} is being deleted and will not replace ${pod.name}.`);
  if (owner.desired === 0)
    return warning('OwnerScaledDown', `${nameOf(ref)} wants no pods and will not replace ${pod.name}.`);
  return ok('OwnerReplacesIt', `${nameOf(ref)} replaces it.`);
};

/** Another operator stands above the owner: it may scale the owner, or take the change back. */
const rootIsKnown: Rule<DrainView> = ({ workload }) => {
  const above = workload?.root?.owner ?? (workload?.root && !isBuiltIn(workload.root) ? workload.root : undefined);
  if (!workload || !above || isBuiltIn(above)) return undefined;
  return warning(
    'RootUnknown',
    `${nameOf(workload.ref)} belongs to ${nameOf(above)}, whose rules pitlane does not know: it may not replace the pod.`,
  );
};

const canBeReleased: Rule<DrainView> = ({ pod, workload, remove }) =>
  remove === undefined && workload
    ? refusal(
        'CannotBeReleased',
        `No label can be taken off ${pod.name} that would make ${nameOf(workload.ref)} let go of it: its selector only asks for labels that are absent.`,
      )
    : undefined;

const staysAboveMinimum: Rule<DrainView> = ({ snapshot, pod, workload }) => {
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
  const root = workload?.root;
  const scale =
    root && ['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'].includes(root.kind)
      ? `kubectl -n ${service.namespace} scale ${root.kind.toLowerCase()} ${root.name} --replicas=${root.desired + minimum - after}`
      : undefined;
  return forceable(
    'BelowMinimum',
    `${service.name} has ${count(now.length, 'pod')} in rotation and must keep ${minimum} of ${desired}${scale ? ': scale it up first' : ''}.`,
    scale,
  );
};

const budgetsAllowIt: Rule<DrainView> = ({ snapshot, pod, workload, after }) => {
  const { bystanders } = snapshot;
  if (bystanders.kind === 'notSeen') return warning('BudgetsNotSeen', bystanders.why);
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
    const { left, healthy, mustStay } = disruptionsLeft(budget, coverage(snapshot, selector, workload), workload);
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
  if (here > 1) return ok('NotLastOnItsNode', `${here - 1} other in rotation on ${pod.nodeName}.`);
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
    `${drained.length} of at most ${snapshot.policy.maxDrained} pods are drained from ${snapshot.service.name} already: ${list(drained)}; restore or delete one first.`,
    `restore ${drained[0]}`,
  );
};

function drainedFrom({ pods, service }: Snapshot): readonly string[] {
  return pods
    .filter(({ labels, deletedAt }) => labels[DRAINED_FROM] === service.name && deletedAt === undefined)
    .map(({ name }) => name)
    .sort();
}

/** The usual end of a gate made by hand: pods labelled, selector changed, template forgotten. */
const replacementJoins: Rule<DrainView> = ({ snapshot: { service }, workload }) => {
  const template = workload?.owner?.templateLabels;
  if (!template || matches(selectorOf(service.selector ?? {}), template)) return undefined;
  const missing = Object.entries(service.selector ?? {})
    .filter(([key, value]) => template[key] !== value)
    .map(([key, value]) => `${key}=${value}`);
  return warning(
    'ReplacementStaysOut',
    `The replacement will not be in rotation: the pod template of ${nameOf(workload.root ?? workload.ref)} lacks ${list(missing)}.`,
  );
};

/** The drained pod keeps its host ports and volumes, and a DaemonSet's replacement wants them on the same node. */
const nothingIsHeld: Rule<DrainView> = ({ pod, workload }) => {
  const ports = pod.detail.containers.flatMap(({ hostPorts }) => hostPorts);
  const alone = pod.detail.claims.filter(({ accessModes }) => accessModes?.includes('ReadWriteOncePod'));
  const isDaemon = workload?.ref.kind === 'DaemonSet';
  return [
    ...(isDaemon && ports.length > 0
      ? [
          warning(
            'HoldsHostPort',
            `${pod.name} keeps host port ${list(ports.map(String))} of ${pod.nodeName}: its replacement waits until it is gone.`,
          ),
        ]
      : []),
    ...(alone.length > 0
      ? [
          warning(
            'HoldsVolume',
            `${pod.name} keeps volume claim ${list(alone.map(({ name }) => name))}, which one pod at a time may use: its replacement waits until it is gone.`,
          ),
        ]
      : []),
  ];
};

const replacementFindsRoom: Rule<DrainView> = ({ snapshot, pod, workload }) => {
  const { headroom } = snapshot;
  const isReplaced =
    workload?.owner !== undefined && workload.owner.desired > 0 && REPLACING.includes(workload.ref.kind);
  if (headroom.kind === 'notSeen' || !isReplaced) return undefined;
  const onNode = workload.ref.kind === 'DaemonSet' ? pod.nodeName : undefined;
  const room = roomFor(pod, headroom.value, onNode);
  return [
    ...(room.fits.length === 0
      ? [warning('NoRoom', `The replacement may not come: ${saysRoom(room, onNode)}, and ${pod.name} keeps its own.`)]
      : []),
    ...room.quotas.map((name) =>
      warning('QuotaExhausted', `The replacement may not come: ResourceQuota ${name} leaves too little for it.`),
    ),
  ];
};

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

/** Findings that make it doubtful that a replacement comes, or that it takes traffic. */
export const NO_REPLACEMENT = [
  'NothingReplacesIt',
  'NameStaysTaken',
  'OwnerNotSeen',
  'OwnerBeingDeleted',
  'OwnerScaledDown',
];
export const DOUBTFUL_REPLACEMENT = ['HoldsHostPort', 'HoldsVolume', 'NoRoom', 'QuotaExhausted'];
