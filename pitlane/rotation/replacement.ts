import { list } from '../text/words.ts';
import { roomFor, saysRoom } from './room.ts';
import { forceable, isCanary, ok, type Rule, warning } from './safety.ts';
import { matches, selectorOf } from './selector.ts';
import type { Pod } from './snapshot.ts';
import { isBuiltIn, nameOf, type Workload } from './workload.ts';

/** The kinds whose controllers start another pod at once when one is released, under another name. */
export const REPLACING = ['ReplicaSet', 'ReplicationController', 'DaemonSet'];

export const somethingReplacesIt: Rule = (view) => {
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
  if (ref.kind === 'DaemonSet' && placeOf(pod, workload) === undefined)
    return warning('NothingReplacesIt', `${pod.name} is on none of the nodes of ${nameOf(ref)}: nothing replaces it.`);
  if (owner.desired === 0)
    return warning('OwnerScaledDown', `${nameOf(ref)} wants no pods and will not replace ${pod.name}.`);
  return ok('OwnerReplacesIt', `${nameOf(ref)} replaces it.`);
};

/** Another operator stands above the owner: it may scale the owner, or take the change back. */
export const rootIsKnown: Rule = ({ workload }) => {
  const above = workload?.root?.owner ?? (workload?.root && !isBuiltIn(workload.root) ? workload.root : undefined);
  if (!workload || !above || isBuiltIn(above)) return undefined;
  return warning(
    'RootUnknown',
    `${nameOf(workload.ref)} belongs to ${nameOf(above)}, whose rules pitlane does not know: it may not replace the pod.`,
  );
};

/** The one node where a replacement can go: a DaemonSet's. */
export function placeOf(pod: Pod, workload: Workload | undefined): string | undefined {
  return workload?.ref.kind === 'DaemonSet' ? (pod.nodeName ?? pod.meantForNode) : undefined;
}

/** The usual end of a gate made by hand: pods labelled, selector changed, template forgotten. */
export const replacementJoins: Rule = ({ snapshot: { service }, workload }) => {
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
export const nothingIsHeld: Rule = ({ pod, workload }) => {
  const ports = pod.detail.containers.flatMap(({ hostPorts }) => hostPorts);
  const alone = pod.detail.claims.filter(({ accessModes }) => accessModes?.includes('ReadWriteOncePod'));
  const isDaemon = workload?.ref.kind === 'DaemonSet';
  return [
    ...(isDaemon && pod.nodeName !== undefined && ports.length > 0
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

export const replacementFindsRoom: Rule = ({ snapshot, pod, workload }) => {
  const { headroom } = snapshot;
  const isReplaced =
    workload?.owner !== undefined && workload.owner.desired > 0 && REPLACING.includes(workload.ref.kind);
  if (headroom.kind === 'notSeen' || !isReplaced) return undefined;
  const onNode = placeOf(pod, workload);
  if (workload.ref.kind === 'DaemonSet' && onNode === undefined) return undefined;
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

/** All that decides whether a replacement comes, and whether it takes traffic. */
export const REPLACEMENT: readonly Rule[] = [
  somethingReplacesIt,
  replacementJoins,
  nothingIsHeld,
  replacementFindsRoom,
];

/** Findings after which no replacement comes. */
export const NO_REPLACEMENT = [
  'NothingReplacesIt',
  'NameStaysTaken',
  'OwnerNotSeen',
  'OwnerBeingDeleted',
  'OwnerScaledDown',
];
/** Findings that make it doubtful that it comes, or comes soon. */
export const DOUBTFUL_REPLACEMENT = ['HoldsHostPort', 'HoldsVolume', 'NoRoom', 'QuotaExhausted'];
