import { listing, saysOthers, saysStillListed } from '../../rotation/bystanders.ts';
import { saysExpiry } from '../../rotation/expiry.ts';
import { fingerprintOf } from '../../rotation/fingerprint.ts';
import { changed, type MetadataChange, metadataPatch } from '../../rotation/json-patch.ts';
import {
  DELETION_COST,
  DO_NOT_DISRUPT,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
  readDrain,
  SAFE_TO_EVICT,
} from '../../rotation/marks.ts';
import { memberLabels, memberOf } from '../../rotation/membership.ts';
import {
  type Check,
  type Milestone,
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  type Refusal,
  THE_POD,
} from '../../rotation/plan.ts';
import { labelsToRemove, without } from '../../rotation/release.ts';
import { DOUBTFUL_REPLACEMENT, NO_REPLACEMENT, placeOf, REPLACEMENT } from '../../rotation/replacement.ts';
import { roomFor, saysRoom } from '../../rotation/room.ts';
import { check, refusalOf, type View } from '../../rotation/safety.ts';
import type { ObjectRef, Pod, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { adoptersBesides, isBuiltIn, nameOf, type Workload, workloadOf } from '../../rotation/workload.ts';
import { duration, list, shellWord, timestamp } from '../../text/words.ts';
import { type DrainView, IDENTITY, SAFETY } from './checks.ts';

/** What is left to do to drain the pod: everything, or, once the operation's own mark is on it, only the proof. */
export function planDrain(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const drain = readDrain(pod);
  if (drain.kind === 'record' && drain.record.id === operation.id && !drain.record.restoring)
    return remaining(snapshot, operation, pod, drain.record);

  const view = viewOf(snapshot, operation, pod);
  const identity = check(IDENTITY, view);
  const refused = refusalOf(operation, identity);
  if (refused) return refused;
  const checks = [...identity, ...check(SAFETY, view)];
  const refusal = refusalOf(operation, checks);
  if (refusal) return refusal;

  const record = recordOf(view);
  const change = changeOf(pod, record);
  const write = writeOf(view, change, record);
  const effects = effectsOf(view, checks, saysWhereItFits(view));
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases: [{ title: write.title, writes: [write], until: proofOf(pod, record.owner, checks), lease: 'service' }],
    hasBegun: false,
    undo: undoOf(snapshot, pod, record),
    // How many nodes have room changes all the time; that none has is a check.
    fingerprint: fingerprintOf(checks, effectsOf(view, checks, ''), [write]),
  };
}

/** Nothing is left to write; what the proof may ask for still depends on whether a replacement can come. */
function remaining(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): Plan {
  const view: View = { snapshot, operation, pod, workload: workloadOf(snapshot, record.owner) };
  return {
    kind: 'plan',
    operation,
    checks: [],
    effects: [],
    phases: [
      {
        title: `wait for the replacement of ${pod.name}`,
        writes: [],
        until: proofOf(pod, record.owner, check(REPLACEMENT, view)),
        lease: 'service',
      },
    ],
    hasBegun: true,
    undo: undoOf(snapshot, pod, record),
    fingerprint: fingerprintOf([], [], []),
  };
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod): DrainView {
  const workload = workloadOf(snapshot, pod.owner);
  const { service, bystanders } = snapshot;
  const remove = labelsToRemove(
    pod.labels,
    // Out of the service whatever becomes of the gate: others put that label on and off, for many pods at a time.
    memberLabels(service, snapshot.policy) ?? {},
    workload?.owner?.selector,
    bystanders.kind === 'seen' ? bystanders.value : undefined,
    adoptersBesides(snapshot, pod.owner).flatMap(({ selector }) => selector ?? []),
  );
  const after = { ...without(pod.labels, remove ?? []), [DRAINED_FROM]: service.name };
  return { snapshot, operation, pod, workload, remove, after };
}

function recordOf({ snapshot, operation, pod, remove }: DrainView): DrainRecord {
  const { service, policy } = snapshot;
  const { request } = operation;
  const seconds = request.forSeconds ?? policy.drain.forSeconds;
  const state = memberOf(snapshot, pod)?.state;
  const overwritten = [SAFE_TO_EVICT, DO_NOT_DISRUPT];
  return {
    v: 1,
    id: operation.id,
    service: service.name,
    labels: Object.fromEntries((remove ?? []).map((key) => [key, pod.labels[key] ?? ''])),
    was: state === 'in rotation' || state === 'disabled' ? state : 'not ready',
    annotations: Object.fromEntries(overwritten.map((key) => [key, pod.annotations[key] ?? null])),
    ...(pod.owner ? { owner: pod.owner } : {}),
    by: operation.by,
    ...(request.because === undefined ? {} : { because: request.because }),
    at: timestamp(snapshot.at),
    restarts: pod.restarts,
    until: timestamp(snapshot.at + seconds * 1000),
    then: policy.drain.then,
    ...(operation.report ? { report: operation.report } : {}),
  };
}

function changeOf(pod: Pod, record: DrainRecord): MetadataChange {
  return {
    labels: {
      ...Object.fromEntries(Object.keys(record.labels).map((key) => [key, null])),
      [DRAINED_FROM]: record.service,
    },
    annotations: {
      [DRAIN]: JSON.stringify(record),
      // A pod without a controller would keep the autoscalers from its node for ever, or be lost with it: hold the node while it is drained.
      ...(pod.annotations[SAFE_TO_EVICT] === 'false' ? {} : { [SAFE_TO_EVICT]: 'false' }),
      ...(pod.annotations[DO_NOT_DISRUPT] === 'true' ? {} : { [DO_NOT_DISRUPT]: 'true' }),
    },
  };
}

function writeOf({ snapshot, pod, remove }: DrainView, change: MetadataChange, record: DrainRecord): PatchWrite {
  const { service } = snapshot;
  const relied = Object.fromEntries(
    Object.keys(service.selector ?? {})
      .filter((key) => Object.hasOwn(pod.labels, key))
      .map((key) => [key, pod.labels[key] ?? '']),
  );
  const afterwards = {
    uid: pod.uid,
    labels: changed(pod.labels, change.labels),
    annotations: changed(pod.annotations, change.annotations),
  };
  const inverse: MetadataChange = {
    labels: { ...record.labels, [DRAINED_FROM]: null },
    annotations: Object.fromEntries(
      Object.keys(change.annotations ?? {}).map((key) => [key, pod.annotations[key] ?? null]),
    ),
  };
  const labels = (remove ?? []).map((key) => `${key}=${pod.labels[key]}`);
  return {
    kind: 'patch',
    key: `drain ${pod.uid}`,
    title:
      labels.length > 0
        ? `take the label${labels.length > 1 ? 's' : ''} ${list(labels)} off ${pod.name}`
        : `mark ${pod.name} as drained`,
    target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: service.namespace },
    patch: metadataPatch(pod, change, { labels: relied }),
    inverse: metadataPatch(afterwards, inverse),
  };
}

/** `2 of 3 nodes have room for it`, or why that is not known. */
function saysWhereItFits({ snapshot: { headroom }, pod, workload }: DrainView): string {
  const onNode = placeOf(pod, workload);
  const room = headroom.kind === 'seen' ? saysRoom(roomFor(pod, headroom.value, onNode), onNode) : headroom.why;
  // Anti-affinity against its own kind counts the drained pod too, as long as it is there (interpodaffinity/filtering.go).
  // A DaemonSet's pod has a node affinity always: it names the node.
  const isUnweighed = pod.detail.hasPlacementRules && onNode === undefined;
  return `${room.replace(/\.$/, '')}${isUnweighed ? ', its affinity and spread rules not weighed' : ''}`;
}

function saysReplacement(
  { snapshot: { headroom }, pod, workload: ours }: DrainView,
  { ref }: Workload,
  room: string,
): string {
  const quotas = headroom.kind === 'seen' ? roomFor(pod, headroom.value, placeOf(pod, ours)).quotas : [];
  return quotas.length > 0
    ? `${nameOf(ref)} can't start another pod in its place: ResourceQuota ${list(quotas)} leaves too little for it.`
    : `${nameOf(ref)} starts another pod in its place: ${room}.`;
}

function saysWhatStays({ pod, workload }: DrainView): string {
  if (pod.nodeName === undefined)
    return `${THE_POD} stays and waits for a node, where it then takes its CPU, memory, ports and volumes.`;
  // Whether an operator's controller lets go of it is not known.
  const alone =
    workload && !isBuiltIn(workload.ref)
      ? ''
      : '; without a controller it holds up the autoscaler and node drains there';
  return `${THE_POD} stays alive on ${pod.nodeName} and keeps its CPU, memory, ports and volumes${alone}.`;
}

function effectsOf(view: DrainView, checks: readonly Check[], room: string): readonly string[] {
  const { snapshot, operation, pod, workload, after } = view;
  const { bystanders, policy } = snapshot;
  const has = (code: string): boolean => checks.some((finding) => finding.code === code);
  const probed = pod.detail.containers.filter(({ hasLivenessProbe }) => hasLivenessProbe).map(({ name }) => name);
  const { request } = operation;
  const replaced = has('OwnerReplacesIt');
  const s = probed.length === 1 ? '' : 's';
  return [
    snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid)
      ? `${snapshot.service.name} stops listing ${THE_POD}; data planes follow within moments; open connections and background work go on.`
      : `${snapshot.service.name} does not list ${THE_POD} now, and does not while it is drained.`,
    ...(replaced && workload ? [saysReplacement(view, workload, room)] : []),
    ...(bystanders.kind === 'seen'
      ? [
          ...saysStillListed(listing(bystanders.value, pod), pod.labels, after),
          ...saysOthers(listing(bystanders.value, pod), pod.labels, after, workload),
        ]
      : []),
    ...(probed.length > 0
      ? [`Its liveness probe${s} still ${s === '' ? 'restarts' : 'restart'} container${s} ${list(probed)}.`]
      : []),
    saysWhatStays(view),
    `In ${duration(request.forSeconds ?? policy.drain.forSeconds)} ${saysExpiry(policy.drain.then)}.`,
  ];
}

function proofOf(pod: Pod, owner: ObjectRef | undefined, checks: readonly Check[]): readonly Milestone[] {
  const ref = { name: pod.name, uid: pod.uid };
  const found = (codes: readonly string[]): boolean => checks.some(({ code }) => codes.includes(code));
  const milestones: Milestone[] = [milestone({ kind: 'unlisted', pod: ref }, `${pod.name} is no longer listed`, 30)];
  if (!owner) return milestones;
  // Whether an operator's controller releases a pod by its labels is unknown.
  const mustRelease = isBuiltIn(owner) && !found(['OwnerNotSeen', 'OwnerBeingDeleted']);
  milestones.push(milestone({ kind: 'released', pod: ref }, `${nameOf(owner)} has let go of it`, 30, mustRelease));
  if (found(NO_REPLACEMENT)) return milestones;
  const where = owner.kind === 'DaemonSet' && pod.nodeName !== undefined ? { nodeName: pod.nodeName } : {};
  const replaced = { pods: [ref], owner, ...where };
  const isSure = !found(DOUBTFUL_REPLACEMENT);
  milestones.push(milestone({ kind: 'replacementCreated', ...replaced }, 'its replacement is created', 60, isSure));
  if (!found(['ReplacementStaysOut']))
    milestones.push(
      milestone({ kind: 'replacementReady', ...replaced }, 'its replacement is in rotation', 300, isSure),
    );
  return milestones;
}

function undoOf(snapshot: Snapshot, pod: Pod, record: DrainRecord): readonly string[] {
  const kubectl = `kubectl -n ${snapshot.service.namespace}`;
  const labels = Object.entries(record.labels).map(([key, value]) => shellWord(`${key}=${value}`));
  const cost = pod.annotations[DELETION_COST];
  const keepIt = record.owner?.kind === 'ReplicaSet' || record.owner?.kind === 'ReplicationController';
  const marks = [
    `${DRAIN}-`,
    ...Object.entries(record.annotations).map(([key, value]) =>
      value === null ? `${key}-` : shellWord(`${key}=${value}`),
    ),
  ];
  return [
    ...(keepIt ? [`${kubectl} annotate pod ${pod.name} --overwrite ${DELETION_COST}=2147483647`] : []),
    `${kubectl} label pod ${pod.name} ${[...labels, `${DRAINED_FROM}-`].join(' ')}`,
    `${kubectl} annotate pod ${pod.name} --overwrite ${marks.join(' ')}${keepIt ? ` ${cost === undefined ? `${DELETION_COST}-` : shellWord(`${DELETION_COST}=${cost}`)}` : ''}`,
  ];
}
