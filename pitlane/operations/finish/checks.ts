import { desiredPods, minimumInRotation } from '../../rotation/capacity.ts';
import { isDrained, isNotBeingRestored } from '../../rotation/drained-checks.ts';
import { type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { inRotation, isPodReady, isSelected, memberOf, readyUids } from '../../rotation/membership.ts';
import { nothingIsHeld, REPLACING } from '../../rotation/replacement.ts';
import { check, isCanary, ok, type Rule, refusal, type View, warning } from '../../rotation/safety.ts';
import { isBuiltIn, isFinished, nameOf, ownedPods } from '../../rotation/workload.ts';
import { count } from '../../text/words.ts';
import { staysAboveMinimum } from '../drain/checks.ts';

/** What the rules of finish look at. */
export interface FinishView extends View {
  /** Absent: a canary that was never drained. */
  readonly record: DrainRecord | undefined;
}

/** Looked at before there is a view. Only what pitlane has drained from this service, or has made for it, may go. */
export const isDrainedOrCanary: Rule = (view) => {
  const { pod, snapshot } = view;
  if (readDrain(pod).kind !== 'none') return isDrained(view);
  if (isCanary(view)) return undefined;
  const { service } = snapshot;
  return memberOf(snapshot, pod)?.state === 'drained'
    ? refusal(
        'RecordGone',
        `${pod.name} is marked as drained from ${service.name}, but the record of it is gone, so pitlane does not know whether it may go: look at it, and delete it by hand.`,
        `kubectl -n ${service.namespace} delete pod ${pod.name}`,
      )
    : isDrained(view);
};

/** A canary is in the service by right; of a drained pod somebody has put the labels back. */
const takesNoTraffic: Rule<FinishView> = (view) => {
  const { snapshot, pod, record } = view;
  const { service } = snapshot;
  if (!record) return isSelected(service, pod.labels) ? staysAboveMinimum(view) : undefined;
  if (isSelected(service, pod.labels))
    return refusal(
      'TakesTraffic',
      `${pod.name} has the labels again that ${service.name} asks for, so it gets traffic: somebody has put them back by hand.`,
      `restore ${pod.name}`,
    );
  return readyUids(snapshot.endpoints).has(pod.uid)
    ? warning(
        'StillListed',
        `${pod.name} still stands in an EndpointSlice as ready: requests may be on their way to it.`,
      )
    : undefined;
};

/** What a controller owns it counts, and starts anew. */
const hasNoController: Rule<FinishView> = ({ pod }) =>
  pod.owner &&
  refusal(
    'HasController',
    `${nameOf(pod.owner)} owns ${pod.name}, so whether it goes, and what comes in its place, is that controller's business.`,
    'list',
  );

/** The pod may be wanted back where the service is short of pods. */
const serviceHasEnough: Rule<FinishView> = ({ snapshot, pod, workload, record }) => {
  const { service, policy } = snapshot;
  const desired = desiredPods(snapshot, workload);
  const selectsNothing = Object.keys(service.selector ?? {}).length === 0;
  if (!record || desired === 0 || selectsNothing) return undefined;
  const now = inRotation(snapshot).length;
  const minimum = minimumInRotation(policy.minReady, desired);
  if (now >= minimum) return ok('ServiceHasEnough', `${service.name} has ${now} in rotation and must keep ${minimum}.`);
  return warning(
    'ServiceBelowMinimum',
    `${service.name} has ${count(now, 'pod')} in rotation and must keep ${minimum} of ${desired}: ${pod.name} may still be wanted.`,
    isFinished(pod) ? undefined : `restore ${pod.name}`,
  );
};

const replacementIsReady: Rule<FinishView> = (view) => {
  const { snapshot, pod, workload } = view;
  const owner = workload?.owner;
  if (!owner || owner.deletedAt !== undefined || owner.desired === 0) return undefined;
  if (!isBuiltIn(owner) || !REPLACING.includes(owner.kind) || isWaitedFor(view)) return undefined;
  const node = owner.kind === 'DaemonSet' ? pod.nodeName : undefined;
  const wanted = node === undefined ? owner.desired : 1;
  const ready = readyUids(snapshot.endpoints);
  const there = ownedPods(snapshot, owner, node).filter((other) => isPodReady(other, ready)).length;
  const where = node === undefined ? '' : ` on ${node}`;
  const said = `${nameOf(owner)} has ${there} of ${count(wanted, 'pod')} ready${where}`;
  return there >= wanted
    ? ok('ReplacementReady', `${said} without it.`)
    : warning('ReplacementNotReady', `${said}: what stands in for ${pod.name} may not be there yet.`);
};

/** Whether its replacement waits for what the pod alone can hold: then only its end lets it start. */
export function isWaitedFor(view: View): boolean {
  return view.workload !== undefined && check([nothingIsHeld], view).length > 0;
}

export const FINISH_IDENTITY: readonly Rule<FinishView>[] = [isNotBeingRestored, takesNoTraffic, hasNoController];

/** The order is the order in which they are shown. */
export const FINISH_SAFETY: readonly Rule<FinishView>[] = [serviceHasEnough, replacementIsReady];
