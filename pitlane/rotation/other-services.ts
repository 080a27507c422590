import { count } from '../text/words.ts';
import { againstMinimum, desiredPods } from './capacity.ts';
import { inRotation } from './membership.ts';
import { type Checker, forceable, ok, type View, warning } from './safety.ts';
import { matches, selectorOf } from './selector.ts';
import { ifSeen, type Labels, type OtherService, type Snapshot } from './snapshot.ts';

/** A pod that leaves Services. */
interface LeavingView extends View {
  /** The pod's labels after that; absent: it is deleted. */
  readonly after?: Labels;
}

/**
 * The other Services that lose the pod, with the pods that stay in their rotation. One that is configured has its own
 * minimum; of any other, the last pod is worth a question.
 */
export const checkOtherServices: Checker<LeavingView> = ({ snapshot, pod, workload, after }) =>
  (ifSeen(snapshot.bystanders)?.services ?? []).flatMap((other) => {
    const selector = selectorOf(other.selector);
    if (after !== undefined && matches(selector, after)) return [];
    const through = snapshotOf(snapshot, other);
    const now = through === undefined ? [] : inRotation(through);
    if (through === undefined || !now.some(({ uid }) => uid === pod.uid)) return [];
    const left = now.length - 1;
    const facts = { service: other.name, ready: left };
    if (other.rotation?.policy === undefined)
      return left > 0
        ? ok('OtherKeepsPods', `${other.name} would have ${count(left, 'pod')} in rotation.`, facts)
        : warning('LastOfAnother', `${other.name} would have NO pods in rotation.`, undefined, facts);
    const { text, isEnough, minimum } = againstMinimum(through, left, desiredPods(through, workload));
    return isEnough
      ? ok('OtherStaysAboveMinimum', `${text}.`, { ...facts, minimum })
      : forceable('OtherBelowMinimum', `${text}.`, undefined, { ...facts, minimum });
  });

/** The snapshot of the other Service; undefined: it selects no target. */
function snapshotOf(snapshot: Snapshot, { rotation }: OtherService): Snapshot | undefined {
  if (rotation === undefined) return undefined;
  const { service, policy = snapshot.policy, endpoints, pods } = rotation;
  // Owners may select some of them too.
  const known = new Set(snapshot.pods.map(({ uid }) => uid));
  return {
    ...snapshot,
    service,
    policy,
    endpoints,
    pods: [...snapshot.pods, ...pods.filter(({ uid }) => !known.has(uid))],
  };
}
