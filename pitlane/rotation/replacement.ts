import { list, pairs } from '../text/words.ts';
import { getsGateLabel } from './gate.ts';
import { readGate } from './gate-record.ts';
import { roomFor, roomText } from './room.ts';
import { type Checker, forceable, isCanary, ok, warning } from './safety.ts';
import { matches, selectorOf } from './selector.ts';
import type { Labels, ObjectRef, Pod, Service, Snapshot } from './snapshot.ts';
import { isBuiltIn, nameOf, nodeOf, REPLACING, type Workload } from './workload.ts';

export const checkReplacing: Checker = (view) => {
  const { pod, workload } = view;
  const { owner, ref } = workload ?? {};
  if (!ref)
    return warning(
      'NothingReplacesIt',
      isCanary(view)
        ? `${pod.name} is a canary, so nothing replaces it.`
        : `${pod.name} has no controller, so nothing replaces it.`,
    );
  if (!isBuiltIn(ref))
    return warning(
      'NothingReplacesIt',
      `${pod.name} belongs to ${nameOf(ref)}, a kind that Pitlane does not know. It may not be replaced.`,
    );
  if (ref.kind === 'StatefulSet')
    return forceable(
      'NameStaysTaken',
      `${nameOf(ref)} can't replace ${pod.name} while a pod of that name exists. It would stop scaling and updating until ${pod.name} is restored or deleted.`,
    );
  if (!REPLACING.includes(ref.kind))
    return warning('NothingReplacesIt', `${pod.name} belongs to ${nameOf(ref)}, which may not replace it.`);
  if (!owner)
    return warning(
      'OwnerNotSeen',
      `${nameOf(ref)}, the owner of ${pod.name}, was not found, so nothing replaces the pod.`,
    );
  if (owner.deletedAt !== undefined)
    return warning('OwnerBeingDeleted', `${nameOf(ref)} is being deleted and will not replace ${pod.name}.`);
  if (ref.kind === 'DaemonSet' && replacementNode(pod, workload) === undefined)
    return warning('NothingReplacesIt', `${pod.name} is not on a node of ${nameOf(ref)}, so nothing replaces it.`);
  if (owner.desired === 0)
    return warning('OwnerScaledDown', `${nameOf(ref)} wants 0 pods and will not replace ${pod.name}.`);
  const isRefused = view.snapshot.replacements?.[ref.uid]?.kind === 'refused';
  const when = isRefused ? ' once the API server accepts its new pod' : '';
  return ok('OwnerReplacesIt', `${nameOf(ref)} replaces ${pod.name}${when}.`);
};

/** An operator above the owner may scale the owner, or undo the change. */
export const checkRootOwner: Checker = ({ pod, workload }) => {
  const above = workload?.root?.owner ?? (workload?.root && !isBuiltIn(workload.root) ? workload.root : undefined);
  if (!workload || !above || isBuiltIn(above)) return undefined;
  return warning(
    'RootUnknown',
    `${nameOf(workload.ref)} belongs to ${nameOf(above)}, a kind that Pitlane does not know. ${pod.name} may not be replaced.`,
  );
};

/** The one node where a DaemonSet's replacement can go. */
export function replacementNode(pod: Pod, workload: Workload | undefined): string | undefined {
  return workload?.ref.kind === 'DaemonSet' ? nodeOf(pod) : undefined;
}

/** The usual mistake of a gate set up by hand: pods labelled, selector changed, template forgotten. */
export const checkTemplate: Checker = ({ snapshot: { service, replacements }, workload }) => {
  const labels = workload?.owner?.templateLabels;
  if (!labels) return undefined;
  const answer = replacements?.[workload.ref.uid];
  const made = { ...labels, ...labelsOfPolicy(service, workload.ref) };
  const admitted = answer?.kind === 'accepted' ? answer.labels : made;
  const selector = selectorOf(service.selector ?? {});
  if (matches(selector, admitted)) return undefined;
  const wanted = Object.entries(service.selector ?? {});
  const missing = list(pairs(Object.fromEntries(wanted.filter(([key, value]) => admitted[key] !== value))));
  const cause = matches(selector, made)
    ? `a policy or webhook of the cluster takes ${missing} off it`
    : `the pod template of ${nameOf(workload.root ?? workload.ref)} lacks ${missing}`;
  return warning('ReplacementStaysOut', `The replacement stays out of rotation: ${cause}.`);
};

/** The label that the admission policy gives to new pods of that owner. */
function labelsOfPolicy(service: Service, owner: ObjectRef): Labels {
  const gate = readGate(service);
  if (gate.kind !== 'record' || gate.record.via !== 'admission' || gate.record.newPods === 'out') return {};
  return gate.record.removing === undefined && getsGateLabel(owner) ? { [gate.label.key]: gate.label.value } : {};
}

/** The drained pod keeps its host ports and volumes, and a DaemonSet's replacement needs them on the same node. */
export const checkHeldResources: Checker = ({ pod, workload }) => {
  const ports = pod.detail.containers.flatMap(({ hostPorts }) => hostPorts);
  const alone = pod.detail.claims.filter(({ accessModes }) => accessModes?.includes('ReadWriteOncePod'));
  const isDaemon = workload?.ref.kind === 'DaemonSet';
  return [
    isDaemon &&
      pod.nodeName !== undefined &&
      ports.length > 0 &&
      warning(
        'HoldsHostPort',
        `${pod.name} keeps host port ${list(ports.map(String))} of ${pod.nodeName}, so its replacement waits until it is deleted.`,
      ),
    alone.length > 0 &&
      warning(
        'HoldsVolume',
        `${pod.name} keeps volume claim ${list(alone.map(({ name }) => name))} (ReadWriteOncePod), so its replacement waits until it is deleted.`,
      ),
  ];
};

export const checkRoom: Checker = ({ snapshot, pod, workload }) => {
  const { headroom } = snapshot;
  const isReplaced =
    workload?.owner !== undefined && workload.owner.desired > 0 && REPLACING.includes(workload.ref.kind);
  if (headroom.kind === 'notSeen' || !isReplaced) return undefined;
  const onNode = replacementNode(pod, workload);
  if (workload.ref.kind === 'DaemonSet' && onNode === undefined) return undefined;
  const room = roomFor(pod, headroom.value, onNode);
  return [
    room.fits.length === 0 &&
      warning(
        'NoRoom',
        `The replacement may not start: ${roomText(room, onNode)}, and ${pod.name} keeps its own room.`,
      ),
    ...(isAdmitted(snapshot, workload) ? [] : room.quotas).map((name) =>
      warning('QuotaExhausted', `The replacement may not start: ResourceQuota ${name} leaves too little.`),
    ),
  ];
};

/** The API server has answered, with more than what Pitlane reads of quotas. */
export function isAdmitted({ replacements }: Snapshot, workload: Workload | undefined): boolean {
  const answer = replacements?.[workload?.ref.uid ?? ''];
  return answer?.kind === 'refused' || (answer?.kind === 'accepted' && answer.isTaken !== true);
}

/** Quotas, Pod Security, limits, service accounts, policies and webhooks: the API server was asked with a dry run. */
export const checkAdmission: Checker = ({ snapshot: { replacements }, workload }) => {
  const answer = replacements?.[workload?.ref.uid ?? ''];
  return (
    answer?.kind === 'refused' &&
    warning('ReplacementRefused', `The replacement can't be created now. The API server says: ${answer.why}.`)
  );
};

/** Everything that decides if a replacement starts and gets traffic. */
export const replacementChecks: readonly Checker[] = [
  checkReplacing,
  checkTemplate,
  checkAdmission,
  checkHeldResources,
  checkRoom,
];

/** Findings after which no replacement starts. */
export const NO_REPLACEMENT = [
  'NothingReplacesIt',
  'NameStaysTaken',
  'OwnerNotSeen',
  'OwnerBeingDeleted',
  'OwnerScaledDown',
];
/** Findings after which it may not start, or not soon. */
export const DOUBTFUL_REPLACEMENT = ['HoldsHostPort', 'HoldsVolume', 'NoRoom', 'QuotaExhausted', 'ReplacementRefused'];
