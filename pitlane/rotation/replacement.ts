import { list, pairs } from '../text/words.ts';
import { getsGateLabel } from './gate.ts';
import { readGate } from './gate-record.ts';
import { lacking } from './labels.ts';
import { unwantedBecause } from './node-fit.ts';
import type { Check } from './plan.ts';
import { conflict, hostPortsOf } from './pod-needs.ts';
import { heldClaims, replacementOf, roomFor, roomText } from './room.ts';
import { type Checker, forceable, isCanary, ok, type View, warning } from './safety.ts';
import { matches, selectorOf } from './selector.ts';
import { ifSeen, type JobState, type Labels, type ObjectRef, type Service, type Snapshot } from './snapshot.ts';
import { isBuiltIn, nameOf, nodeOf, REPLACING, type Workload } from './workload.ts';

export const checkReplacing: Checker = (view) => {
  const { pod, workload } = view;
  const { owner, ref } = workload ?? {};
  if (!ref)
    return nothing(`${pod.name} ${isCanary(view) ? 'is a canary' : 'has no controller'}, so nothing replaces it.`);
  const by = nameOf(ref);
  if (!isBuiltIn(ref))
    return nothing(`${pod.name} belongs to ${by}, a kind that Pitlane does not know. It may not be replaced.`);
  if (ref.kind === 'StatefulSet') {
    const text = `${by} can't replace ${pod.name} while a pod of that name exists. It would stop scaling and updating until ${pod.name} is restored or deleted.`;
    return forceable('NameStaysTaken', text);
  }
  if (ref.kind !== 'Job' && !REPLACING.includes(ref.kind))
    return nothing(`${pod.name} belongs to ${by}, which may not replace it.`);
  if (!owner)
    return warning('OwnerNotSeen', `${by}, the owner of ${pod.name}, was not found, so nothing replaces the pod.`);
  if (owner.deletedAt !== undefined)
    return warning('OwnerBeingDeleted', `${by} is being deleted and will not replace ${pod.name}.`);
  if (owner.job !== undefined) return jobFinding(view, by, owner.job, owner.desired);
  if (ref.kind === 'DaemonSet' && nodeOf(pod) === undefined)
    return nothing(`${pod.name} is not on a node of ${by}, so nothing replaces it.`);
  const unwanted = ref.kind === 'DaemonSet' ? nodeUnwanted(view) : undefined;
  if (unwanted !== undefined)
    return nothing(`${by} wants no pod on ${nodeOf(pod)} (${unwanted}), so nothing replaces ${pod.name}.`);
  if (owner.desired === 0) return warning('OwnerScaledDown', `${by} wants 0 pods and will not replace ${pod.name}.`);
  return ok('OwnerReplacesIt', `${by} replaces ${pod.name}${creationObstacle(view)?.once ?? ''}.`);
};

function nothing(text: string): Check {
  return warning('NothingReplacesIt', text);
}

/** Why a DaemonSet creates no pod on the node of this one, which it keeps there. */
function nodeUnwanted({ snapshot: { headroom }, pod, workload }: View): string | undefined {
  const { needs, template } = workload?.owner ?? {};
  const node = ifSeen(headroom)?.nodes.find(({ name }) => name === nodeOf(pod));
  if (node === undefined || needs === undefined) return undefined;
  return unwantedBecause(node, { needs, hostNetwork: template?.spec.hostNetwork === true });
}

/**
 * The owner can't create its next pod now. `quotas`: names of the ResourceQuotas that leave too little; empty: the API server
 * has refused it. `why`: `: ResourceQuota team leaves too little`. `once`: ` once ResourceQuota team has room for the new pod`.
 */
export function creationObstacle({ snapshot, pod, workload }: Omit<View, 'operation'>) {
  const { headroom, replacements } = snapshot;
  if (replacements?.[workload?.ref.uid ?? '']?.kind === 'refused')
    return { quotas: [], why: '', once: ' once the API server accepts its new pod' };
  if (headroom.kind === 'notSeen' || isAdmitted(snapshot, workload)) return undefined;
  const { quotas } = roomFor(replacementOf(pod, workload), headroom.value);
  if (quotas.length === 0) return undefined;
  const named = `ResourceQuota ${list(quotas)}`;
  const [leave, have] = quotas.length === 1 ? ['leaves', 'has'] : ['leave', 'have'];
  return { quotas, why: `: ${named} ${leave} too little`, once: ` once ${named} ${have} room for its new pod` };
}

/** What a Job does once it has released a pod, which it no longer counts (job_controller.go, manageJob). */
function jobFinding(view: View, job: string, { state, managedBy }: JobState, desired: number): Check {
  const { name } = view.pod;
  const lost = `if ${name} succeeds, that no longer counts`;
  if (managedBy !== undefined) {
    const text = `${job} is managed by ${managedBy}, which Pitlane does not know. ${name} may not be replaced.`;
    return warning('OwnerInactive', text);
  }
  if (state === 'running' && desired > 0) {
    const text = `${job} starts another in its place${creationObstacle(view)?.once ?? ''}, and both do the work; ${lost}.`;
    return warning('JobStartsAnother', text);
  }
  switch (state) {
    case 'complete':
      return warning('OwnerInactive', `${job} is complete and starts no other pod.`);
    case 'failed':
      return warning('OwnerInactive', `${job} has failed and starts no other pod.`);
    case 'suspended':
      return nothing(`${job} is suspended and starts no other pod; ${lost}.`);
    case 'winding down':
      return nothing(`${job} has a success already and starts no other pod; ${lost}.`);
    case 'running':
      return nothing(`${job} wants no more pods; ${lost}.`);
  }
}

/** An operator above the owner may scale the owner, or undo the change. */
export const checkRootOwner: Checker = ({ pod, workload }) => {
  const above = workload?.root?.owner;
  // An owner of an operator's kind has a warning of its own.
  if (!workload || !above || isBuiltIn(above) || !isBuiltIn(workload.ref)) return undefined;
  const text = `${nameOf(workload.ref)} belongs to ${nameOf(above)}. Its operator may scale it meanwhile, so ${pod.name} may not be replaced.`;
  return warning('RootUnknown', text);
};

/** The usual mistake of a gate set up by hand: pods labelled, selector changed, template forgotten. */
export const checkTemplate: Checker = ({ snapshot: { service, replacements }, workload }) => {
  const labels = workload?.owner?.templateLabels;
  if (!labels) return undefined;
  const answer = replacements?.[workload.ref.uid];
  const made = { ...labels, ...labelsOfPolicy(service, workload.ref) };
  const admitted = answer?.kind === 'accepted' ? answer.labels : made;
  const selector = selectorOf(service.selector ?? {});
  if (matches(selector, admitted)) return undefined;
  const missing = list(pairs(lacking(admitted, service.selector ?? {})));
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
export const checkHeldResources: Checker = ({ snapshot: { headroom }, pod, workload }) => {
  const { needs, claims, onNode } = replacementOf(pod, workload);
  const wanted = hostPortsOf(needs);
  const ports = hostPortsOf(pod.detail.needs).filter((held) => wanted.some((port) => conflict(held, port)));
  const inUse = headroom.kind === 'seen' ? headroom.value.claimsInUse : [];
  const isPlaced = pod.nodeName !== undefined;
  const alone = claims.filter(
    ({ name, accessModes }) => accessModes?.includes('ReadWriteOncePod') && (isPlaced || inUse.includes(name)),
  );
  const numbers = list([...new Set(ports.map(({ port }) => String(port)))]);
  const volumes = list(alone.map(({ name }) => name));
  const port = `${pod.name} keeps host port ${numbers} of ${pod.nodeName}, so its replacement waits until it is deleted.`;
  const volume = `${isPlaced ? pod.name : 'Another pod'} keeps volume claim ${volumes} (ReadWriteOncePod), so the replacement waits until it is deleted.`;
  return [
    onNode !== undefined && isPlaced && ports.length > 0 && warning('HoldsHostPort', port),
    alone.length > 0 && warning('HoldsVolume', volume),
  ];
};

/**
 * A ReadWriteOnce volume is attached to one node at a time (attachdetach/reconciler, Multi-Attach error). The scheduler does
 * not look at that, so the replacement may come to a node where it can't start.
 */
const checkAttachedVolumes: Checker = ({ snapshot: { headroom }, pod, workload }) => {
  const wanted = replacementOf(pod, workload);
  const attached = wanted.claims.filter(
    ({ accessModes, volume }) => accessModes?.every((mode) => mode === 'ReadWriteOnce') && volume?.isAttached !== false,
  );
  if (wanted.onNode !== undefined || pod.nodeName === undefined || attached.length === 0) return undefined;
  const places = headroom.kind === 'seen' ? roomFor(wanted, headroom.value).fits : undefined;
  if (places?.every((node) => node === pod.nodeName)) return undefined;
  const text = `${pod.name} keeps volume claim ${list(attached.map(({ name }) => name))} (ReadWriteOnce) attached to ${pod.nodeName}. A replacement on another node waits until it is deleted.`;
  return warning('HoldsVolume', text);
};

const checkRoom: Checker = (view) => {
  const { snapshot, pod, workload } = view;
  const { headroom } = snapshot;
  const isReplaced =
    workload?.owner !== undefined &&
    workload.owner.desired > 0 &&
    (REPLACING.includes(workload.ref.kind) || workload.owner.job?.state === 'running');
  if (headroom.kind === 'notSeen' || !isReplaced) return undefined;
  const wanted = replacementOf(pod, workload);
  if (workload.ref.kind === 'DaemonSet' && (wanted.onNode === undefined || nodeUnwanted(view) !== undefined))
    return undefined;
  const room = roomFor(wanted, headroom.value);
  const text = `${roomText(room, wanted.onNode)}, and ${pod.name} keeps its own room.`;
  return [
    // What holds a claim is named already.
    room.fits.length === 0 &&
      heldClaims(wanted, headroom.value).length === 0 &&
      (room.preemptions.length === 0
        ? warning('NoRoom', `The replacement may not start: ${text}`)
        : warning('MayPreempt', `The replacement may end other pods: ${text}`)),
    ...(isAdmitted(snapshot, workload) ? [] : room.quotas).map((quota) => {
      const short = `The replacement can't start now: ResourceQuota ${quota} leaves too little.`;
      return warning('QuotaExhausted', short, undefined, { quota });
    }),
  ];
};

/** The API server has answered, with more than what Pitlane reads of quotas. */
function isAdmitted({ replacements }: Snapshot, workload: Workload | undefined): boolean {
  const answer = replacements?.[workload?.ref.uid ?? ''];
  return answer?.kind === 'refused' || (answer?.kind === 'accepted' && answer.isTaken !== true);
}

/** Quotas, Pod Security, limits, service accounts, policies and webhooks: the API server was asked with a dry run. */
export const checkAdmission: Checker = ({ snapshot: { replacements }, workload }) => {
  const answer = replacements?.[workload?.ref.uid ?? ''];
  if (answer?.kind !== 'refused') return undefined;
  return warning('ReplacementRefused', `The replacement can't be created now. The API server says: ${answer.why}.`);
};

/** Everything that decides if and where the replacement finds a place. */
export const placementChecks: readonly Checker[] = [checkHeldResources, checkAttachedVolumes, checkRoom];

/** Everything that decides if a replacement starts and gets traffic. */
export const replacementChecks: readonly Checker[] = [
  checkReplacing,
  checkTemplate,
  checkAdmission,
  ...placementChecks,
];

/** Findings after which a replacement starts. */
export const REPLACED = ['OwnerReplacesIt', 'JobStartsAnother'];
/** Findings after which no replacement starts. */
export const NO_REPLACEMENT = [
  'NothingReplacesIt',
  'NameStaysTaken',
  'OwnerNotSeen',
  'OwnerBeingDeleted',
  'OwnerScaledDown',
  'OwnerInactive',
];
/** Findings after which it may not start or not soon, or (of a Job) may end at any time. */
export const DOUBTFUL_REPLACEMENT = [
  'JobStartsAnother',
  'HoldsHostPort',
  'HoldsVolume',
  'NoRoom',
  'QuotaExhausted',
  'ReplacementRefused',
];
