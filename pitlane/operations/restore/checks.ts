import { checkOrigin } from '../../rotation/drained-checks.ts';
import type { Facts } from '../../rotation/effect.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DRAIN, DRAINED_FROM, type DrainRecord } from '../../rotation/marks.ts';
import { memberLabels } from '../../rotation/membership.ts';
import type { Check } from '../../rotation/plan.ts';
import { trackingIn } from '../../rotation/pruners.ts';
import {
  type Checker,
  checkEnded,
  checkRollout,
  checkSelector,
  checkTerminating,
  forceable,
  ok,
  recordLine,
  refusal,
  type View,
  warning,
} from '../../rotation/safety.ts';
import { formatSelector, matches, selectorOf, selectorOfLabelSelector } from '../../rotation/selector.ts';
import { type Bystanders, type Controller, ifSeen, type JobState, type Labels } from '../../rotation/snapshot.ts';
import {
  adoptersBesides,
  isBuiltIn,
  nameOf,
  nodeOf,
  ordinalOf,
  ownedPods,
  selects,
  usesDeletionCost,
} from '../../rotation/workload.ts';
import { count, idAndName, list, pairs } from '../../text/words.ts';
import { NOT_RESTARTED } from '../agreed.ts';
import { type Surplus, surplusText } from './surplus.ts';

export interface RestoreView extends View {
  readonly record: DrainRecord;
  /** The pod's labels once it is restored. */
  readonly after: Readonly<Record<string, string>>;
  /** Labels that the service selects since the drain, and that are added. */
  readonly added: Readonly<Record<string, string>>;
  /** Labels that the service selects and for which the pod has another value. */
  readonly conflicting: Labels;
  /** The owner exists and selects the restored pod. */
  readonly isAdopted: boolean;
  /** The service lists the restored pod. */
  readonly isListed: boolean;
  readonly surplus: Surplus;
}

/** The pod can't be restored. */
function unfit({ pod }: View, code: string, text: string, facts?: Facts): Check {
  return refusal(code, text, `finish ${pod.name}`, facts);
}

const checkOwner: Checker<RestoreView> = (view) => {
  const { pod, record, workload } = view;
  const ref = workload?.ref;
  if (!ref) return ok('HadNoOwner', `${pod.name} had no controller, and none adopts it.`);
  const { owner } = workload;
  const by = nameOf(ref);
  const kept = pod.owner?.uid === ref.uid ? ok('OwnerKeptIt', `${by} owns ${pod.name}.`) : undefined;
  if (!owner && !isBuiltIn(ref)) {
    const text = `${pod.name} belonged to ${by}, a kind that Pitlane does not know. It may not be adopted again.`;
    return kept ?? warning('OwnerUnknown', text);
  }
  if (!owner) {
    const text = `${by}, the former owner of ${pod.name}, is gone. The restored pod would serve without a controller.`;
    return forceable('OwnerGone', text, `finish ${pod.name}`);
  }
  if (owner.deletedAt !== undefined)
    return unfit(view, 'OwnerBeingDeleted', `${by} is being deleted and would not adopt ${pod.name}.`);
  if (owner.job !== undefined && isInactive(owner.job)) return kept ?? inactive(view, by, owner.job);
  if (!view.isAdopted) return selectsOthers(view, owner);
  if (owner.desired === 0) {
    const { root = owner } = workload;
    const above = root === owner ? '' : ` ${nameOf(root)} has another revision or is scaled to zero.`;
    return unfit(view, 'OwnerScaledDown', `${by} wants 0 pods and would delete ${pod.name} at once.${above}`);
  }
  if (pod.owner !== undefined) return kept;
  return ref.uid === record.owner?.uid
    ? ok('OwnerTakesItBack', `${by} adopts ${pod.name} again.`)
    : madeAnew(view, owner);
};

/** Only names with a hash say what the template was: those of the ReplicaSets of a Deployment. Revisions have a check of their own. */
function madeAnew({ pod }: RestoreView, owner: Controller): Check {
  const text = `${nameOf(owner)} was made anew since the drain. It has the same name and selects ${pod.name}, so it adopts the pod`;
  return usesDeletionCost(owner) && owner.templateLabels?.['pod-template-hash'] === undefined
    ? warning('OwnerMadeAnew', `${text}, which may be of another template.`)
    : ok('OwnerMadeAnew', `${text}.`);
}

/** A Job that has ended, or that another program looks after, adopts no pod (job_controller.go, syncJob). */
export function isInactive({ state, managedBy }: JobState): boolean {
  return managedBy !== undefined || state === 'complete' || state === 'failed';
}

function inactive({ pod }: RestoreView, job: string, { state, managedBy }: JobState): Check {
  if (managedBy !== undefined)
    return warning('OwnerUnknown', `${job} is managed by ${managedBy}. It may not adopt ${pod.name} again.`);
  const ended = state === 'failed' ? 'has failed' : 'is complete';
  const text = `${job} ${ended} and does not adopt ${pod.name}. The restored pod would serve without a controller.`;
  return forceable('OwnerInactive', text, `finish ${pod.name}`);
}

/**
 * A drain takes off only labels that the service, the owner, another adopter, or (with `--all-services`) another Service
 * asks for, and those by which Argo CD and the like find the pod. Others were written into the record
 * by hand, and might let the pod into another Service or past a network policy.
 */
const checkKeys: Checker<RestoreView> = (view) => {
  const { snapshot, pod, record, workload } = view;
  const asked = askedKeys(view);
  const others = Object.fromEntries(Object.entries(record.labels).filter(([key]) => !asked.has(key)));
  if (Object.keys(others).length === 0) return undefined;
  const text = `The drain record of ${pod.name} holds ${list(pairs(others), 50)}`;
  const asking = servicesAsking(view);
  if (Object.keys(others).every((key) => asking.some(({ selector }) => Object.hasOwn(selector, key))))
    return warning('BackIntoOthers', `${text}: Service ${list(asking.map(({ name }) => name))} asks for that too.`);
  if (record.owner !== undefined && workload?.owner?.selector === undefined)
    return warning('LabelsNotAskedFor', `${text}, and the selector of ${snapshot.service.name} does not ask for that.`);
  const askers = record.owner === undefined ? [snapshot.service.name] : [snapshot.service.name, nameOf(record.owner)];
  const message = `${text}, and no selector of ${list(askers)} asks for that: it was edited by hand, or the selectors have changed since the drain. Put its labels back by hand, and remove ${DRAINED_FROM} and ${DRAIN}.`;
  return refusal('UnreadableRecord', message, recordLine(view));
};

/** The other Services that the restored pod comes back to: a drain with `--all-services` removes their labels too. */
function servicesAsking({ snapshot, after }: RestoreView): Bystanders['services'] {
  const services = ifSeen(snapshot.bystanders)?.services ?? [];
  return services.filter(({ selector }) => matches(selectorOf(selector), after));
}

function askedKeys({ snapshot, pod, record, workload }: RestoreView): ReadonlySet<string> {
  const { service, policy } = snapshot;
  const put = { ...pod.labels, ...record.labels };
  const owners = [...(workload?.owner ? [workload.owner] : []), ...adoptersBesides(snapshot, record.owner)];
  const adopting = owners.filter((owner) => owner === workload?.owner || selects(owner, put));
  return new Set([
    ...Object.keys(memberLabels(service, policy) ?? {}),
    ...Object.keys(service.selector ?? {}),
    ...adopting.flatMap(({ selector = {} }) => selectorOfLabelSelector(selector).map(({ key }) => key)),
    ...trackingIn(Object.keys(record.labels)),
  ]);
}

/** A label that the drain did not remove was edited. */
function selectsOthers({ snapshot, pod, after }: RestoreView, owner: Controller): Check {
  const missing = selectorOfLabelSelector(owner.selector ?? {}).filter((wanted) => !matches([wanted], after));
  const labels = missing.filter(({ operator, values }) => operator === 'In' && values.length === 1);
  return forceable(
    'OwnerSelectsOthers',
    `${nameOf(owner)} selects ${list(missing.map((wanted) => formatSelector([wanted])))}, which ${pod.name} lacks. The restored pod would serve without a controller.`,
    labels.length === missing.length
      ? `kubectl -n ${snapshot.service.namespace} label pod ${pod.name} --overwrite ${formatSelector(labels).replaceAll(',', ' ')}`
      : undefined,
  );
}

/** An old ReplicaSet is scaled to zero; a DaemonSet first deletes the younger pod of the node and then the outdated one (daemon/update.go, rollingUpdate). */
const checkRevision: Checker<RestoreView> = (view) => {
  const { pod, workload } = view;
  const { owner, root } = workload ?? {};
  if (!owner || owner.desired === 0 || !view.isAdopted) return undefined;
  if (owner.kind === 'ReplicaSet' && root?.kind === 'Deployment') {
    const hash = owner.templateLabels?.['pod-template-hash'];
    if (root.currentHash === undefined || hash === undefined || root.currentHash === hash) return undefined;
    const old = `${pod.name} has an old revision (${nameOf(owner)}). ${nameOf(root)}`;
    return root.rollout?.isPaused
      ? warning('OldRevision', `${old} deletes it once it is resumed.`)
      : unfit(view, 'OldRevision', `${old} would delete it.`);
  }
  const old = `${pod.name} has an old revision of ${nameOf(owner)}`;
  const isKept = owner.update?.type === 'OnDelete';
  if (owner.kind === 'StatefulSet') {
    const hash = pod.labels['controller-revision-hash'];
    const isCurrent = owner.currentHash === undefined || hash === undefined || hash === owner.currentHash;
    if (isCurrent || ordinalOf(pod) < (owner.update?.partition ?? 0)) return undefined;
    // stateful_set_control.go, updateStatefulSet
    return isKept
      ? warning('OldRevision', `${old}, and keeps it until it is deleted.`)
      : unfit(view, 'OldRevision', `${old}, which would delete and recreate it.`);
  }
  if (owner.kind !== 'DaemonSet') return undefined;
  const isCurrent =
    (owner.currentHash !== undefined && pod.labels['controller-revision-hash'] === owner.currentHash) ||
    (owner.templateGeneration !== undefined && pod.labels['pod-template-generation'] === owner.templateGeneration);
  const isUnknown = owner.currentHash === undefined && owner.templateGeneration === undefined;
  if (isCurrent || isUnknown) return undefined;
  if (isKept) return warning('OldRevision', `${old}, and replaces the newer pod until it is deleted.`);
  // With surge a node has one pod of each revision, and keeps the newer one where it is available (podsShouldBeOnNode).
  const how = owner.update?.hasSurge
    ? 'would delete it and keep the newer pod of its node'
    : 'would delete the newer pod of its node, and then this one';
  return unfit(view, 'OldRevision', `${old}, which ${how}.`);
};

/** A DaemonSet replaces pods at once where it wants one, and deletes them where it wants none (podsShouldBeOnNode). */
const checkNode: Checker<RestoreView> = ({ snapshot, pod, workload, isAdopted }) => {
  const owner = workload?.owner;
  const place = nodeOf(pod);
  if (owner?.kind !== 'DaemonSet' || owner.desired === 0 || place === undefined || !isAdopted) return undefined;
  if (ownedPods(snapshot, owner, place).length > 0) return undefined;
  const text = `${nameOf(owner)} has no pod on ${place}. It may want none there, and would then delete ${pod.name}.`;
  return warning('NodeNotWanted', text);
};

/** Another controller whose selector matches adopts the pod, and may delete it or another of its pods. */
const checkOtherAdopters: Checker<RestoreView> = ({ snapshot, pod, record, workload, after }) => {
  if (pod.owner && pod.owner.uid !== workload?.ref.uid)
    return refusal(
      'AdoptedElsewhere',
      `${nameOf(pod.owner)} has adopted ${pod.name} since the drain${record.owner ? `, so ${nameOf(record.owner)} can't` : ''}.`,
    );
  if (pod.isGuarded) return undefined;
  if (snapshot.adoptersNotSeen !== undefined)
    return warning('AdoptersNotSeen', `Another controller may adopt ${pod.name}. ${snapshot.adoptersNotSeen}`);
  const others = adoptersBesides(snapshot, workload?.ref).filter((controller) => selects(controller, after));
  if (others.length === 0) return undefined;
  const names = list(others.map(nameOf).sort());
  const alone = others.length === 1;
  return refusal(
    'AdoptedElsewhere',
    `${names} also ${alone ? 'selects' : 'select'} the restored labels, and could adopt ${pod.name} first.`,
    alone && others[0]
      ? `kubectl -n ${snapshot.service.namespace} get ${others[0].kind.toLowerCase()} ${others[0].name} -o wide`
      : undefined,
  );
};

/** Readiness comes before deletion cost (controller_utils.go, ActivePodsWithRanks.Less); a DaemonSet ignores it. */
const checkReadiness: Checker<RestoreView> = ({ pod, snapshot, workload, surplus }) => {
  if (pod.detail.isReady) return ok('IsReady', `${pod.name} is ready.`);
  const { ready, total } = pod.containers;
  const text = `${pod.name} is not ready (${ready} of ${count(total, 'container')}, ${pod.status})`;
  const owner = workload?.owner ? nameOf(workload.owner) : 'its controller';
  // There is no surplus, or only pods that are not ready either; a StatefulSet waits until this one is back.
  const isHarmless =
    workload?.owner?.kind === 'StatefulSet' ||
    surplus.pods.every(({ uid, detail }) => uid !== pod.uid && detail?.isReady === false);
  if (isHarmless) return warning('NotReady', `${text}, so it gets no traffic until it is.`);
  const isUndecided = surplus.pods.length > surplus.count;
  const goes = surplus.pods.some(({ uid }) => uid === pod.uid) ? 'it' : `${surplusText(surplus)} in its place`;
  return refusal(
    'NotReady',
    `${text}, and ${owner} ${isUndecided ? 'may' : 'would'} delete ${goes}.`,
    `kubectl -n ${snapshot.service.namespace} wait --for=condition=Ready pod/${pod.name}`,
    { isUndecided, pods: surplus.pods.map(({ name }) => name) },
  );
};

const checkSurvival: Checker<RestoreView> = (view) => {
  const { pod, surplus, record, workload } = view;
  const owner = workload?.owner;
  // Other checks cover an owner that wants no pods, and a pod that is not ready.
  const prefersReady = owner?.kind !== 'DaemonSet' && owner?.kind !== 'StatefulSet';
  if (owner?.desired === 0 || (!pod.detail.isReady && prefersReady)) return undefined;
  if (!surplus.pods.some(({ uid }) => uid === pod.uid)) return undefined;
  const isUndecided = surplus.pods.length > surplus.count;
  const text = `With ${pod.name}, ${record.owner ? nameOf(record.owner) : 'its controller'} has a surplus pod, and ${isUndecided ? 'may' : 'would'} delete ${pod.name} itself${surplus.isHeldUp ? ' once its other pods are ready' : ''}.`;
  return unfit(view, 'WouldBeDeleted', text, { isUndecided, ...(surplus.isHeldUp && { isHeldUp: true }) });
};

/** The labels go back as they were, and overwrite edits. */
const checkEditedLabels: Checker<RestoreView> = ({ pod, record }) => {
  const edited = Object.entries(record.labels).filter(([key, value]) => (valueIn(pod.labels, key) ?? value) !== value);
  if (edited.length === 0) return undefined;
  const is = edited.map(([key]) => `${key}=${valueIn(pod.labels, key)}`);
  const was = edited.map(([key, value]) => `${key}=${value}`);
  const text = `${pod.name} has ${list(is)} since the drain. Restore overwrites ${is.length === 1 ? 'it' : 'them'} with ${list(was)}.`;
  return warning('LabelsOverwritten', text);
};

/** The Service may select other pods since the drain, or the pod's label was changed: the record does not tell which. */
const checkRotation: Checker<RestoreView> = ({ snapshot: { service }, pod, after, conflicting, isListed, record }) => {
  const keys = Object.keys(conflicting);
  if (keys.length > 0) {
    const has = pairs(Object.fromEntries(keys.map((key) => [key, after[key] ?? ''])));
    const text = `${pod.name} stays out of rotation: ${service.name} selects ${list(pairs(conflicting))}, and ${pod.name} has ${list(has)}.`;
    return warning('StaysOut', text, undefined, { selects: pairs(conflicting), has });
  }
  if (record.was === 'disabled' && !isListed)
    return ok('StaysDisabled', `${pod.name} was disabled before the drain, and is disabled again.`);
  return undefined;
};

/** What was wrong may still be in its memory. A pod whose restarts were not counted may have restarted. */
const checkRestarted: Checker<RestoreView> = ({ pod, record, record: { because, restarts } }) =>
  because !== undefined &&
  restarts !== undefined &&
  pod.restarts <= restarts &&
  warning(
    NOT_RESTARTED,
    `${idAndName(record)} drained ${pod.name} because ${because}, and it has not restarted since: what was wrong may still be.`,
    `inspect ${pod.name}`,
  );

export const identityChecks: readonly Checker<RestoreView>[] = [checkSelector, checkTerminating, checkEnded, checkKeys];

export const safetyChecks: readonly Checker<RestoreView>[] = [
  checkOrigin,
  checkOwner,
  checkRevision,
  checkNode,
  checkOtherAdopters,
  checkReadiness,
  checkSurvival,
  checkRollout,
  checkEditedLabels,
  checkRotation,
  checkRestarted,
];
