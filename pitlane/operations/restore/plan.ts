import { listing, saysOthers } from '../../rotation/bystanders.ts';
import { drainOf } from '../../rotation/drained-checks.ts';
import { fingerprintOf } from '../../rotation/fingerprint.ts';
import { DRAINED_FROM, type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { gateOf, isSelected } from '../../rotation/membership.ts';
import {
  type Milestone,
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  type Refusal,
  THE_POD,
} from '../../rotation/plan.ts';
import { check, refusalOf } from '../../rotation/safety.ts';
import type { Pod, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { nameOf, selects, workloadOf } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { RESTORE_IDENTITY, RESTORE_SAFETY, type RestoreView } from './checks.ts';
import { NO_SURPLUS, saysSurplus, surplusOf } from './surplus.ts';
import { isReturned, returnWrite, undoOf, unmarkWrite } from './writes.ts';

/**
 * What is left to do to restore the pod. Two writes: the labels go back together with a deletion cost, because a
 * ReplicaSet adopts and deletes its surplus in one sync (replica_set.go, syncReplicaSet and manageReplicas); and once
 * the surplus pod is gone, the marks go.
 */
export function planRestore(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  if (operation.isResumed && isBackAlready(pod)) return planBack(snapshot, operation, pod);
  const drain = drainOf(snapshot, operation, pod);
  if (drain.kind === 'refusal') return drain;
  const { record } = drain;
  const view = viewOf(snapshot, operation, pod, record);
  if (isReturned(view)) return planWith(view, [], [], []);

  const identity = check(RESTORE_IDENTITY, view);
  const gone = refusalOf(operation, identity);
  if (gone) return gone;
  const checks = [...identity, ...check(RESTORE_SAFETY, view)];
  return refusalOf(operation, checks) ?? planWith(view, checks, effectsOf(view), [returnWrite(view)]);
}

/** Without a record there is nothing to write: a process that died has written it all. */
function isBackAlready(pod: Pod): boolean {
  return readDrain(pod).kind === 'none' && pod.labels[DRAINED_FROM] === undefined;
}

/** What is left of a restore whose marks are gone: to see that the pod is in rotation, where the service selects it. */
function planBack(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan {
  const ref = { name: pod.name, uid: pod.uid };
  const inRotation = milestone({ kind: 'inRotation', pod: ref }, `${pod.name} is in rotation`, 60);
  return {
    kind: 'plan',
    operation,
    checks: [],
    effects: [],
    phases: [
      {
        title: inRotation.title,
        writes: [],
        until: [
          ...(isSelected(snapshot.service, pod.labels) ? [{ ...inRotation, isRequired: pod.detail.isReady }] : []),
          unmarked(pod),
        ],
        lease: 'none',
      },
    ],
    hasBegun: true,
    undo: [],
    fingerprint: fingerprintOf([], [], []),
  };
}

function unmarked(pod: Pod): Milestone {
  return milestone({ kind: 'unmarked', pod: { name: pod.name, uid: pod.uid } }, 'its marks are gone', 30);
}

/** `writes`: the first phase's; none once the labels are back. */
function planWith(
  view: RestoreView,
  checks: Plan['checks'],
  effects: readonly string[],
  writes: readonly PatchWrite[],
): Plan {
  const { operation, pod } = view;
  const milestones = milestonesOf(view);
  const unmark = unmarkWrite(view);
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases: [
      { title: `put ${pod.name} back`, writes, until: milestones, lease: 'service' },
      { title: unmark.title, writes: [unmark], until: [...milestones, unmarked(pod)], lease: 'none' },
    ],
    hasBegun: writes.length === 0,
    undo: undoOf(view),
    fingerprint: fingerprintOf(checks, effects, writes),
  };
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): RestoreView {
  const { service, policy } = snapshot;
  const workload = workloadOf(snapshot, record.owner);
  const gateKey = gateOf(service, policy)?.key;
  const back = { ...pod.labels, ...record.labels };
  const added = Object.fromEntries(
    Object.entries(service.selector ?? {}).filter(
      ([key]) => !Object.hasOwn(back, key) && !(record.was === 'disabled' && key === gateKey),
    ),
  );
  const after: Record<string, string> = { ...back, ...added };
  delete after[DRAINED_FROM];
  const conflicting = Object.entries(service.selector ?? {})
    .filter(([key, value]) => Object.hasOwn(after, key) && after[key] !== value)
    .map(([key, value]) => `${key}=${value}`);
  const owner = workload?.owner;
  // Of an operator's controller it is not known what it selects.
  const isAdopted =
    owner === undefined
      ? record.owner !== undefined && pod.owner?.uid === record.owner.uid
      : owner.selector === undefined || selects(owner, after);
  return {
    snapshot,
    operation,
    pod,
    record,
    workload,
    after,
    added,
    conflicting,
    isAdopted,
    isListed: isSelected(service, after),
    surplus: isAdopted ? surplusOf(snapshot, pod, workload) : NO_SURPLUS,
  };
}

function milestonesOf({ pod, record, workload, isAdopted, isListed, surplus }: RestoreView): readonly Milestone[] {
  const ref = { name: pod.name, uid: pod.uid };
  const inRotation = milestone({ kind: 'inRotation', pod: ref }, `${pod.name} is in rotation`, 60);
  const place = pod.nodeName ?? pod.meantForNode;
  const node = record.owner?.kind === 'DaemonSet' && place !== undefined ? { nodeName: place } : {};
  return [
    ...(isListed ? [{ ...inRotation, isRequired: pod.detail.isReady }] : []),
    ...(record.owner && isAdopted
      ? [
          milestone(
            { kind: 'adopted', pod: ref, owner: record.owner },
            `${nameOf(record.owner)} has taken it back`,
            60,
          ),
          ...(workload?.owner
            ? [
                {
                  ...milestone(
                    { kind: 'surplusGone', pod: ref, owner: record.owner, ...node },
                    'the surplus pod is gone',
                    60,
                  ),
                  isRequired: !surplus.isHeldUp,
                },
              ]
            : []),
        ]
      : []),
  ];
}

function effectsOf(view: RestoreView): readonly string[] {
  const { snapshot, pod, record, workload, after, added, surplus, isAdopted, isListed } = view;
  const { bystanders } = snapshot;
  return [
    isListed
      ? `${snapshot.service.name} lists ${THE_POD} again${pod.nodeName === undefined ? ' once it has a node' : ''}; data planes follow within moments.`
      : `${THE_POD} is not listed by ${snapshot.service.name}.`,
    ...(record.owner && isAdopted
      ? [
          pod.owner?.uid === record.owner.uid
            ? `${nameOf(record.owner)} owns it already.`
            : surplus.count > 0
              ? `${nameOf(record.owner)} takes it back and deletes ${saysSurplus(surplus)}`
              : `${nameOf(record.owner)} takes it back and has no pod too many then.`,
        ]
      : [`Nothing manages ${THE_POD} afterwards.`]),
    ...(Object.keys(added).length > 0
      ? [
          `${list(Object.entries(added).map(([key, value]) => `${key}=${value}`))} is added: ${snapshot.service.name} asks for it, and the pod lacks it.`,
        ]
      : []),
    ...(bystanders.kind === 'seen' ? saysOthers(listing(bystanders.value, pod), pod.labels, after, workload) : []),
  ];
}
