import type { DrainRecord } from '../../rotation/marks.ts';
import type { Check } from '../../rotation/plan.ts';
import {
  forceable,
  isNotFinished,
  isNotTerminating,
  noRollout,
  ok,
  type Rule,
  refusal,
  serviceSelects,
  type View,
  warning,
} from '../../rotation/safety.ts';
import { formatSelector, matches, selectorOfLabelSelector } from '../../rotation/selector.ts';
import type { Controller } from '../../rotation/snapshot.ts';
import { adoptersBesides, isBuiltIn, nameOf, ordinalOf, ownedPods, selects } from '../../rotation/workload.ts';
import { count, list } from '../../text/words.ts';
import type { Surplus } from './surplus.ts';

/** What the rules of restore look at. */
export interface RestoreView extends View {
  readonly record: DrainRecord;
  /** The pod's labels once it is restored. */
  readonly after: Readonly<Record<string, string>>;
  /** Labels that the service asks for since the drain, and that are added. */
  readonly added: Readonly<Record<string, string>>;
  /** `key=value` of what the service asks for and the pod has another value for: it would not be listed. */
  readonly conflicting: readonly string[];
  /** Whether its owner is there and selects it then. */
  readonly isAdopted: boolean;
  /** Whether the service lists it then. */
  readonly isListed: boolean;
  readonly surplus: Surplus;
}

const finishIt = ({ pod }: View): string => `finish ${pod.name}`;

const ownerTakesItBack: Rule<RestoreView> = (view) => {
  const { pod, record, workload } = view;
  const ref = record.owner;
  if (!ref) return ok('HadNoOwner', `${pod.name} had no controller, and none adopts it.`);
  const owner = workload?.owner;
  if (!owner && !isBuiltIn(ref))
    return pod.owner?.uid === ref.uid
      ? ok('OwnerKeptIt', `${nameOf(ref)} owns it already.`)
      : warning(
          'OwnerUnknown',
          `${pod.name} belonged to ${nameOf(ref)}, whose rules pitlane does not know: it may not take it back.`,
        );
  if (!owner)
    return forceable(
      'OwnerGone',
      `${nameOf(ref)}, which owned ${pod.name}, is gone: restored, it would stay in the service with nothing to manage it.`,
      finishIt(view),
    );
  if (owner.deletedAt !== undefined)
    return refusal(
      'OwnerBeingDeleted',
      `${nameOf(ref)} is being deleted and would not take ${pod.name} back.`,
      finishIt(view),
    );
  if (!view.isAdopted) return selectsOthers(view, owner);
  if (owner.desired === 0)
    return refusal(
      'OwnerScaledDown',
      `${nameOf(ref)} wants no pods: it would delete ${pod.name} at once${workload?.root && workload.root !== owner ? `, because ${nameOf(workload.root)} has moved on to another revision or to zero` : ''}.`,
      finishIt(view),
    );
  return ok('OwnerTakesItBack', `${nameOf(ref)} takes it back.`);
};

/** Somebody has changed a label that the drain had left where it was. */
function selectsOthers({ snapshot, pod, after }: RestoreView, owner: Controller): Check {
  const missing = selectorOfLabelSelector(owner.selector ?? {}).filter((wanted) => !matches([wanted], after));
  const labels = missing.filter(({ operator, values }) => operator === 'In' && values.length === 1);
  return forceable(
    'OwnerSelectsOthers',
    `${nameOf(owner)} selects ${list(missing.map((wanted) => formatSelector([wanted])))}, which ${pod.name} lacks: restored, it would stay in the service with nothing to manage it.`,
    labels.length === missing.length
      ? `kubectl -n ${snapshot.service.namespace} label pod ${pod.name} --overwrite ${formatSelector(labels).replaceAll(',', ' ')}`
      : undefined,
  );
}

/** An old ReplicaSet is scaled away; a DaemonSet first deletes the younger pod of the node and then the outdated one (daemon/update.go, rollingUpdate). */
const isOfCurrentRevision: Rule<RestoreView> = (view) => {
  const { pod, workload } = view;
  const { owner, root } = workload ?? {};
  if (!owner || owner.desired === 0 || !view.isAdopted) return undefined;
  if (owner.kind === 'ReplicaSet' && root?.kind === 'Deployment') {
    const hash = owner.templateLabels?.['pod-template-hash'];
    if (root.currentHash === undefined || hash === undefined || root.currentHash === hash) return undefined;
    return refusal(
      'OldRevision',
      `${pod.name} is of an old revision (${nameOf(owner)}): ${nameOf(root)} would delete it with its ReplicaSet.`,
      finishIt(view),
    );
  }
  if (owner.kind === 'StatefulSet') return isOfCurrentRevisionOf(owner, view);
  if (owner.kind !== 'DaemonSet') return undefined;
  const isCurrent =
    (owner.currentHash !== undefined && pod.labels['controller-revision-hash'] === owner.currentHash) ||
    (owner.templateGeneration !== undefined && pod.labels['pod-template-generation'] === owner.templateGeneration);
  const isUnknown = owner.currentHash === undefined && owner.templateGeneration === undefined;
  if (isCurrent || isUnknown) return undefined;
  if (owner.update?.type === 'OnDelete')
    return warning(
      'OldRevision',
      `${pod.name} is of an old revision of ${nameOf(owner)} and stays in place of the newer pod until it is deleted.`,
    );
  // With surge a node keeps one pod of each revision, and of the two the newer where it is available (podsShouldBeOnNode).
  const how = owner.update?.hasSurge
    ? 'would delete it in favour of the newer pod of its node'
    : 'would delete first the newer pod of its node and then this one';
  return refusal('OldRevision', `${pod.name} is of an old revision of ${nameOf(owner)}, which ${how}.`, finishIt(view));
};

/** A StatefulSet deletes a pod of an old revision and makes it anew under its name (stateful_set_control.go, updateStatefulSet). */
function isOfCurrentRevisionOf(owner: Controller, view: RestoreView): Check | undefined {
  const { pod } = view;
  const hash = pod.labels['controller-revision-hash'];
  const isCurrent = owner.currentHash === undefined || hash === undefined || hash === owner.currentHash;
  if (isCurrent || ordinalOf(pod) < (owner.update?.partition ?? 0)) return undefined;
  if (owner.update?.type === 'OnDelete')
    return warning(
      'OldRevision',
      `${pod.name} is of an old revision of ${nameOf(owner)} and stays so until it is deleted.`,
    );
  return refusal(
    'OldRevision',
    `${pod.name} is of an old revision of ${nameOf(owner)}, which would delete it and make it anew.`,
    finishIt(view),
  );
}

/** A DaemonSet replaces at once where it wants a pod, and deletes what runs where it wants none (podsShouldBeOnNode). */
const nodeIsWanted: Rule<RestoreView> = ({ snapshot, pod, workload, isAdopted }) => {
  const owner = workload?.owner;
  const place = pod.nodeName ?? pod.meantForNode;
  if (owner?.kind !== 'DaemonSet' || owner.desired === 0 || place === undefined || !isAdopted) return undefined;
  if (ownedPods(snapshot, owner, place).length > 0) return undefined;
  return warning(
    'NodeNotWanted',
    `${nameOf(owner)} has no pod on ${place}: it may want none there, and would then delete ${pod.name}.`,
  );
};

/** Another controller whose selector matches takes the pod as its own, and may delete it or one of its own for it. */
const nobodyElseAdopts: Rule<RestoreView> = ({ snapshot, pod, record, after }) => {
  if (pod.owner && pod.owner.uid !== record.owner?.uid)
    return refusal(
      'AdoptedElsewhere',
      `${nameOf(pod.owner)} has taken ${pod.name} since the drain${record.owner ? `: ${nameOf(record.owner)} can't take it back` : ''}.`,
    );
  if (snapshot.adoptersNotSeen !== undefined)
    return warning(
      'AdoptersNotSeen',
      `Whether another controller would adopt ${pod.name} is not known: ${snapshot.adoptersNotSeen}`,
    );
  const others = adoptersBesides(snapshot, record.owner).filter((controller) => selects(controller, after));
  if (others.length === 0) return undefined;
  const names = list(others.map(nameOf).sort());
  const alone = others.length === 1;
  return refusal(
    'AdoptedElsewhere',
    `${names} ${alone ? 'selects' : 'select'} the restored labels too and could adopt ${pod.name} first.`,
    alone && others[0]
      ? `kubectl -n ${snapshot.service.namespace} get ${others[0].kind.toLowerCase()} ${others[0].name} -o wide`
      : undefined,
  );
};

/** Readiness weighs more than deletion cost (controller_utils.go, ActivePodsWithRanks.Less), and a DaemonSet does not look at it at all. */
const isReadyFirst: Rule<RestoreView> = ({ pod, snapshot, workload, surplus }) => {
  if (pod.detail.isReady) return ok('IsReady', `${pod.name} is ready.`);
  const { ready, total } = pod.containers;
  const said = `${pod.name} is not ready (${ready} of ${count(total, 'container')}, ${pod.status})`;
  // Nobody has a pod too many then, or only ones that are not ready either; a StatefulSet stands still until it has this one back.
  const isHarmless =
    workload?.owner?.kind === 'StatefulSet' ||
    surplus.pods.every(({ uid, detail }) => uid !== pod.uid && detail?.isReady === false);
  if (isHarmless) return warning('NotReady', `${said}: it takes no traffic until it is.`);
  return refusal(
    'NotReady',
    `${said}: it ${surplus.pods.length > surplus.count ? 'may' : 'would'} be deleted, or would push a ready pod out.`,
    `kubectl -n ${snapshot.service.namespace} wait --for=condition=Ready pod/${pod.name}`,
  );
};

const survives: Rule<RestoreView> = (view) => {
  const { pod, surplus, record, workload } = view;
  const owner = workload?.owner;
  // Said already: it wants no pods at all, or of pods that are not ready it would take this one first.
  const looksAtReadiness = owner?.kind !== 'DaemonSet' && owner?.kind !== 'StatefulSet';
  if (owner?.desired === 0 || (!pod.detail.isReady && looksAtReadiness)) return undefined;
  if (!surplus.pods.some(({ uid }) => uid === pod.uid)) return undefined;
  return refusal(
    'WouldBeDeleted',
    `${record.owner ? nameOf(record.owner) : 'Its controller'} has a pod too many with ${pod.name}, and ${surplus.pods.length > surplus.count ? 'may' : 'would'} delete ${pod.name} itself.`,
    finishIt(view),
  );
};

/** The labels go back as they were, over what somebody has put there meanwhile. */
const keepsEdits: Rule<RestoreView> = ({ pod, record }) => {
  const edited = Object.entries(record.labels).filter(
    ([key, value]) => pod.labels[key] !== undefined && pod.labels[key] !== value,
  );
  if (edited.length === 0) return undefined;
  const [is, was] = [
    edited.map(([key]) => `${key}=${pod.labels[key]}`),
    edited.map(([key, value]) => `${key}=${value}`),
  ];
  return warning(
    'LabelsOverwritten',
    `${pod.name} has ${list(is)} since the drain: ${is.length === 1 ? 'it is' : 'they are'} overwritten with ${list(was)}.`,
  );
};

const wouldBeListed: Rule<RestoreView> = ({ snapshot: { service }, pod, conflicting, isListed, record }) => {
  if (conflicting.length > 0)
    return warning(
      'StaysOut',
      `${pod.name} stays out of rotation: ${service.name} now selects ${list(conflicting)}, and the pod has another value.`,
    );
  if (record.was === 'disabled' && !isListed)
    return ok('StaysDisabled', `${pod.name} was disabled when it was drained, and is disabled again.`);
  return undefined;
};

export const RESTORE_IDENTITY: readonly Rule<RestoreView>[] = [serviceSelects, isNotTerminating, isNotFinished];

/** The order is the order in which they are shown. */
export const RESTORE_SAFETY: readonly Rule<RestoreView>[] = [
  ownerTakesItBack,
  isOfCurrentRevision,
  nodeIsWanted,
  nobodyElseAdopts,
  isReadyFirst,
  survives,
  noRollout,
  keepsEdits,
  wouldBeListed,
];
