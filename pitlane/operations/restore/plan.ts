import { effectsOnOthers } from '../../rotation/bystanders.ts';
import { recordOrRefusal } from '../../rotation/drained-checks.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { withoutPods, withPod } from '../../rotation/foresee.ts';
import { gateOf } from '../../rotation/gate-record.ts';
import { valueIn, withoutKeys } from '../../rotation/labels.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { DRAINED_FROM, type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { isSelected } from '../../rotation/membership.ts';
import {
  type Milestone,
  milestone,
  type Operation,
  type Plan,
  proofOf,
  type Refusal,
  refOf,
  THE_POD,
} from '../../rotation/plan.ts';
import { checkInStages } from '../../rotation/safety.ts';
import type { Labels, Pod, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { formerWorkloadOf, nameOf, nodeOf, selects, workloadOf } from '../../rotation/workload.ts';
import { compact, list, pairs } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import type { Planned } from '../merge-plans.ts';
import { identityChecks, isInactive, type RestoreView, safetyChecks } from './checks.ts';
import { NO_SURPLUS, surplusOf, surplusText } from './surplus.ts';
import { isReturned, returnWrite, undoOf, unmarkWrite } from './writes.ts';

/**
 * Plans the restore of the pod, in two writes. The first puts the labels back together with a deletion cost,
 * because a ReplicaSet adopts pods and deletes its surplus in one sync (replica_set.go, syncReplicaSet and
 * manageReplicas). The second removes the marks once the surplus pod is gone.
 */
function planRestore(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  if (operation.isResumed && isBackAlready(pod)) return planBack(snapshot, operation, pod);
  const record = recordOrRefusal(snapshot, operation, pod);
  if ('kind' in record) return record;
  const view = viewOf(snapshot, operation, pod, record);
  const milestones = milestonesOf(view);
  const unmark = unmarkWrite(view);
  const back = { title: `restore ${pod.name}`, until: milestones };
  const last: PhaseDraft = {
    title: unmark.title,
    writes: [unmark],
    until: [...milestones, unmarked(pod)],
    lease: 'none',
  };
  const undo = undoOf(view);
  if (isReturned(view)) return makePlan(operation, { phases: [back, last], undo });
  const checks = checkInStages(view, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const phases = [{ ...back, writes: [returnWrite(view)] }, last];
  return makePlan(operation, { checks, effects: effectsOf(view), phases, undo });
}

/** Without a record there is nothing to write: an earlier process or phase has written everything. */
function isBackAlready(pod: Pod): boolean {
  return readDrain(pod).kind === 'none' && pod.labels[DRAINED_FROM] === undefined;
}

/** The rest of a restore whose marks are gone: the pod has to be in rotation, if the service selects it. */
function planBack(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan {
  const until = [...(isSelected(snapshot.service, pod.labels) ? [backInRotation(pod)] : []), unmarked(pod)];
  return makePlan(operation, { phases: [{ title: `restore ${pod.name}`, until, lease: 'none' }] });
}

/** Not required of a pod that is not ready. */
function backInRotation(pod: TargetPod): Milestone {
  return milestone({ kind: 'inRotation', pod: refOf(pod) }, `${pod.name} is in rotation`, 60, pod.detail.isReady);
}

function unmarked(pod: Pod): Milestone {
  return milestone({ kind: 'unmarked', pod: refOf(pod) }, 'Marks removed', 30);
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): RestoreView {
  const { service, policy } = snapshot;
  const workload = formerWorkloadOf(snapshot, record.owner);
  const gateKey = gateOf(service, policy)?.key;
  const back: Labels = { ...pod.labels, ...record.labels };
  const selected = Object.entries(service.selector ?? {});
  const added = Object.fromEntries(
    selected.filter(([key]) => valueIn(back, key) === undefined && !(record.was === 'disabled' && key === gateKey)),
  );
  const after = withoutKeys({ ...back, ...added }, [DRAINED_FROM]);
  const conflicting = selected.filter(([key, value]) => (valueIn(after, key) ?? value) !== value);
  const owner = workload?.owner;
  // An unknown operator's selector is unknown.
  const isInactiveJob = owner?.job !== undefined && isInactive(owner.job);
  const isAdopted =
    owner === undefined || isInactiveJob
      ? workload !== undefined && pod.owner?.uid === workload.ref.uid
      : owner.selector === undefined || selects(owner, after);
  return {
    snapshot,
    operation,
    pod,
    record,
    workload,
    after,
    added,
    conflicting: Object.fromEntries(conflicting),
    isAdopted,
    isListed: isSelected(service, after),
    surplus: isAdopted ? surplusOf(snapshot, pod, workload) : NO_SURPLUS,
  };
}

function milestonesOf({ pod, workload, isAdopted, isListed, surplus }: RestoreView): readonly Milestone[] {
  const ref = refOf(pod);
  const owner = workload?.ref;
  const until = isListed ? [backInRotation(pod)] : [];
  if (!owner || !isAdopted) return until;
  until.push(milestone({ kind: 'adopted', pod: ref, owner }, `Adopted by ${nameOf(owner)}`, 60));
  if (!workload?.owner) return until;
  const node = owner.kind === 'DaemonSet' ? { nodeName: nodeOf(pod) } : {};
  until.push(
    milestone(
      { kind: 'surplusGone', pod: ref, owner, ...node },
      `${nameOf(owner)} has no surplus pod`,
      60,
      !surplus.isHeldUp,
    ),
  );
  return until;
}

function effectsOf(view: RestoreView): readonly Effect[] {
  const { snapshot, pod, workload, after, added } = view;
  const { bystanders, service } = snapshot;
  const labels = pairs(added);
  return compact(
    listingEffect(view),
    ownerEffect(view),
    labels.length > 0 &&
      effect(
        'AddsLabels',
        `Restore adds ${list(labels)} to ${THE_POD}, because the selector of ${service.name} asks for it.`,
        { labels },
      ),
    ...effectsOnOthers(bystanders, pod, after, workload),
  );
}

function listingEffect({ snapshot: { service, endpoints }, pod, isListed }: RestoreView): Effect {
  const { name } = service;
  if (!isListed) return effect('StaysOutOfEndpoints', `${THE_POD} stays out of the endpoints of ${name}.`);
  if (endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid))
    return effect('StaysInEndpoints', `${THE_POD} is in the endpoints of ${name} already, and stays there.`);
  const isPlaced = pod.nodeName !== undefined;
  const text = `${THE_POD} returns to the endpoints of ${name}${isPlaced ? '' : ' once it is scheduled'}. Load balancers catch up within seconds.`;
  return effect('ReturnsToEndpoints', text, { isPlaced });
}

function ownerEffect({ pod, workload, surplus, isAdopted }: RestoreView): Effect {
  const ref = workload?.ref;
  if (!ref || !isAdopted) return effect('HasNoController', `${THE_POD} then has no controller.`);
  const owner = nameOf(ref);
  if (pod.owner?.uid === ref.uid) return effect('OwnerOwnsIt', `${owner} owns ${THE_POD}.`, { owner });
  const { count, pods, isHeldUp } = surplus;
  const deletes = count > 0 ? surplusText(surplus) : 'no pod';
  return effect('OwnerAdoptsIt', `${owner} adopts ${THE_POD} again and deletes ${deletes}.`, {
    owner,
    count,
    isHeldUp: isHeldUp === true,
    pods: Object.fromEntries(pods.map(({ name, nodeName }) => [name, compact(nodeName)])),
  });
}

/** The snapshot once the pod is adopted and the surplus is gone. */
function afterAdoption(seen: Snapshot, { pod, plan }: Planned): Snapshot {
  const adoption = proofOf(plan).find(({ condition }) => condition.kind === 'adopted')?.condition;
  const restored = seen.pods.find(({ uid }) => uid === pod.uid);
  if (adoption?.kind !== 'adopted' || restored === undefined) return seen;
  const { owner } = adoption;
  const { count, pods } = surplusOf(seen, restored, workloadOf(seen, owner));
  const gone = pods.slice(0, count).map(({ uid }) => uid);
  return withoutPods(
    withPod(seen, pod.uid, (released) => ({ ...released, owner })),
    gone.filter((uid) => uid !== pod.uid),
  );
}

export const planRestores = planEach({
  plan: planRestore,
  // The surplus pod is only known for one restored pod at a time.
  sideBySide: 1,
  afterProof: (seen, turn) => turn.reduce(afterAdoption, seen),
});
