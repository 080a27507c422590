import { againstMinimum, desiredPods } from '../../rotation/capacity.ts';
import { checkDrained, checkOrigin, checkRestoring } from '../../rotation/drained-checks.ts';
import { canaryRecordOn, type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { inRotation, isReadyItself, isSelected, memberOf, readyUids } from '../../rotation/membership.ts';
import { checkOtherServices } from '../../rotation/other-services.ts';
import { checkHeldResources } from '../../rotation/replacement.ts';
import { type Checker, isCanary, ok, refusal, runChecks, type View, warning } from '../../rotation/safety.ts';
import { matches, selectorOf } from '../../rotation/selector.ts';
import { isBuiltIn, isFinished, nameOf, nodeOf, ownedPods, REPLACING } from '../../rotation/workload.ts';
import { count, idAndName, list } from '../../text/words.ts';
import { DELETED_FOR_GOOD } from '../agreed.ts';
import { checkMinimum, detailsOf } from '../drain/checks.ts';

export interface FinishView extends View {
  /** Absent: a canary that was never drained. */
  readonly record: DrainRecord | undefined;
}

/** Runs before there is a view. Only pods that Pitlane drained from this service, or created for it, may be deleted. */
export const checkDrainedOrCanary: Checker = (view) => {
  const { pod, snapshot } = view;
  if (readDrain(pod).kind !== 'none') return checkDrained(view);
  if (isCanary(view)) return undefined;
  const { service } = snapshot;
  return memberOf(snapshot, pod)?.state === 'drained'
    ? refusal(
        'RecordGone',
        `${pod.name} is marked as drained from ${service.name}, but its drain record is gone, so Pitlane does not delete it. Check it and delete it by hand.`,
        `kubectl -n ${service.namespace} delete pod ${pod.name}`,
      )
    : checkDrained(view);
};

/** A canary may be in the service; a drained pod is only there if its labels were put back by hand. */
const checkTraffic: Checker<FinishView> = (view) => {
  const { snapshot, pod, record } = view;
  const { service } = snapshot;
  if (!record) return isSelected(service, pod.labels) ? checkMinimum(view) : undefined;
  if (isSelected(service, pod.labels)) {
    const text = `${pod.name} gets traffic again: its labels were put back by hand.`;
    return refusal('TakesTraffic', text, `restore ${pod.name}`);
  }
  return readyUids(snapshot.endpoints).has(pod.uid)
    ? warning('StillListed', `${pod.name} is still a ready endpoint: requests may be on their way to it.`)
    : undefined;
};

/** The marks may be on a pod that was never drained, and one without a controller is not replaced. */
const checkServesOthers: Checker<FinishView> = ({ snapshot: { bystanders }, pod, record }) => {
  if (record === undefined || pod.owner !== undefined || isFinished(pod)) return undefined;
  if (bystanders.kind === 'notSeen')
    return warning('OthersNotSeen', `Other Services may send traffic to ${pod.name}. ${bystanders.why}`);
  const serving = bystanders.value.services
    .filter(({ selector }) => matches(selectorOf(selector), pod.labels))
    .map(({ name }) => `Service ${name}`);
  if (serving.length === 0) return undefined;
  return warning('ServesOthers', `${pod.name} is in the endpoints of ${list(serving)}, and has no controller.`);
};

/** A controller would count the pod, and replace it. */
const checkController: Checker<FinishView> = ({ pod }) =>
  pod.owner &&
  refusal('HasController', `${nameOf(pod.owner)} owns ${pod.name}, so Pitlane does not delete it.`, 'list');

/** The pod may be needed where the service is short of pods. */
const checkServiceMinimum: Checker<FinishView> = ({ snapshot, pod, workload, record }) => {
  const desired = desiredPods(snapshot, workload);
  const selectsNothing = Object.keys(snapshot.service.selector ?? {}).length === 0;
  if (!record || desired === 0 || selectsNothing) return undefined;
  const { text, isEnough, facts } = againstMinimum(snapshot, inRotation(snapshot).length, desired, 'has');
  if (isEnough) return ok('ServiceHasEnough', `${text}.`, facts);
  const message = `${text}: ${pod.name} may still be needed.`;
  return warning('ServiceBelowMinimum', message, isFinished(pod) ? undefined : `restore ${pod.name}`, facts);
};

const checkReplacementReady: Checker<FinishView> = (view) => {
  const { snapshot, pod, workload } = view;
  const owner = workload?.owner;
  if (!owner || owner.deletedAt !== undefined || owner.desired === 0) return undefined;
  if (!isBuiltIn(owner) || !REPLACING.includes(owner.kind) || holdsUpReplacement(view)) return undefined;
  const node = owner.kind === 'DaemonSet' ? nodeOf(pod) : undefined;
  const wanted = node === undefined ? owner.desired : 1;
  const there = ownedPods(snapshot, owner, node).filter((other) => isReadyItself(snapshot, other)).length;
  const where = node === undefined ? '' : ` on ${node}`;
  const text = `${nameOf(owner)} has ${there} of ${count(wanted, 'pod')} ready${where}`;
  const facts = { owner: nameOf(owner), ready: there, wanted };
  return there >= wanted
    ? ok('ReplacementReady', `${text} without ${pod.name}.`, facts)
    : warning('ReplacementNotReady', `${text}: ${pod.name} may not be replaced yet.`, undefined, facts);
};

/** The replacement waits for a port or volume that the pod holds, and can only start once the pod is deleted. */
export function holdsUpReplacement(view: View): boolean {
  return view.workload !== undefined && runChecks([checkHeldResources], view).length > 0;
}

/** Names who drained or started the pod, why, and how much time is left. */
const checkForGood: Checker<FinishView> = ({ snapshot, pod, record }) => {
  const origin = record ?? canaryRecordOn(pod);
  const did = record === undefined ? 'started' : 'drained';
  const who = origin === undefined ? '' : `${idAndName(origin)} ${did} ${pod.name} ${detailsOf(origin, snapshot.at)}. `;
  return warning(DELETED_FOR_GOOD, `${who}Deleting ${pod.name} cannot be undone.`);
};

const checkService: Checker<FinishView> = ({ snapshot: { service }, pod }) =>
  service.isGone && ok('ServiceGone', `Service ${service.name} was deleted, so ${pod.name} can't be restored.`);

export const identityChecks: readonly Checker<FinishView>[] = [
  checkService,
  checkRestoring,
  checkTraffic,
  checkController,
];

export const safetyChecks: readonly Checker<FinishView>[] = [
  checkForGood,
  checkOrigin,
  checkServesOthers,
  checkOtherServices,
  checkServiceMinimum,
  checkReplacementReady,
];
