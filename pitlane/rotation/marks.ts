import { listOf, mapOf, matching, optional, parseObject, type Rule, shape } from '../text/shape.ts';
import { valueIn } from './labels.ts';
import type { Report } from './report.ts';
import type { Labels, ObjectRef, Pod } from './snapshot.ts';
import {
  areLabels,
  IS_PERSON,
  isId,
  isLabelText,
  isObjectName,
  isOwner,
  isReason,
  isReport,
  isTimestamp,
} from './stored.ts';

/** Pod label: the name of the Service that the pod was drained from. */
export const DRAINED_FROM = 'pitlane.dev/drained-from';
/** Pod annotation: the DrainRecord as JSON. */
export const DRAIN = 'pitlane.dev/drain';
/** Pod annotation: the DisabledRecord as JSON, on a pod that was taken out of rotation by its gate label on purpose. */
export const DISABLED = 'pitlane.dev/disabled';
/** Pod label: the name of the Service that the canary joins. Pod annotation of that name: the CanaryRecord as JSON. */
export const CANARY = 'pitlane.dev/canary';
/** Pod annotation: the StoppingRecord as JSON, on a canary that was taken out of rotation to be deleted. */
export const STOPPING = 'pitlane.dev/stopping';
/** Service annotation: the gate that Pitlane set up. On a workload: the Service whose gate label its template got. */
export const GATE = 'pitlane.dev/gate';
/** Service annotation: the last switch of its traffic to another set of pods. */
export const SWITCH = 'pitlane.dev/switch';

/** Annotation of a Deployment and of the DaemonSet that took its place: the SpreadRecord as JSON. */
export const SPREAD = 'pitlane.dev/spread';

/** Label of Pitlane's ConfigMaps, with the value `pitlane`: one request finds those of all services of a namespace. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
/** ConfigMap label: the name of the Service. */
export const SERVICE_LABEL = 'pitlane.dev/service';
/** ConfigMap annotation: the id of the operation that created it. */
export const CREATED_BY = 'pitlane.dev/created-by';

/**
 * The ConfigMap of a service that only admins and the tick may write: operations that need an admin, and schedules. The name
 * of a Service has no dot, so that of `rng` differs from the journal of a Service `rng-admin`.
 */
export function adminConfigMapName(service: string): string {
  return `pitlane-${service}.admin`;
}

/** Keeps the cluster autoscaler from removing the node below the pod (autoscaler FAQ, "safe-to-evict"). */
export const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
/** The same for Karpenter (its docs, "Disruption", pod-level controls). */
export const DO_NOT_DISRUPT = 'karpenter.sh/do-not-disrupt';
/** The marks by which node autoscalers keep a pod's node. */
export const KEEPING: Labels = { [SAFE_TO_EVICT]: 'false', [DO_NOT_DISRUPT]: 'true' };
/** They keep Argo CD and kapp from deleting the pod. */
export const SPARING = [
  'argocd.argoproj.io/sync-options',
  'argocd.argoproj.io/compare-options',
  'kapp.k14s.io/delete-strategy',
] as const;
/** A ReplicaSet deletes pods of lower cost first, among pods that are equally ready ("Pod deletion cost", Kubernetes docs). */
export const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** The annotations that a drain or a restore overwrites, and the record keeps. */
const OVERWRITTEN = [SAFE_TO_EVICT, DO_NOT_DISRUPT, DELETION_COST, ...SPARING] as const;
const isFormerValue = matching(/^.{0,253}$/s);

/**
 * The value of an annotation that is overwritten, as the record keeps it. These are words and numbers: a longer text means
 * nothing to a controller, and is not kept.
 */
export function formerValue({ annotations }: Pick<Pod, 'annotations'>, key: string): string | null {
  const value = valueIn(annotations, key);
  return value !== undefined && isFormerValue(value) ? value : null;
}

/** The highest cost that Kubernetes accepts (int32): no pod that is equally ready outlives it. */
export const HIGHEST_COST = '2147483647';

/** The mark that Pitlane writes on a pod when it drains it, and reads to restore it. */
export interface DrainRecord {
  readonly v: 1;
  /** The id of the operation that drained it. */
  readonly id: string;
  readonly service: string;
  /** The labels that were taken off, with their values. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its state before the drain: a pod that was disabled is restored as disabled. */
  readonly was: 'in rotation' | 'not ready' | 'disabled';
  /** Annotations that Pitlane has overwritten, with their former values; null: there was none. */
  readonly annotations: Readonly<Record<string, string | null>>;
  /** The controller that owned it; absent: none did. */
  readonly owner?: ObjectRef;
  readonly by: string;
  /** The person's name, where `by` is an id of Slack. Absent: unknown. */
  readonly byName?: string;
  readonly because?: string;
  /** RFC 3339. */
  readonly at: string;
  /** Restarts of all containers at that time; absent: an earlier version of Pitlane drained it. */
  readonly restarts?: number;
  /** RFC 3339; absent: no limit. */
  readonly until?: string;
  readonly then: 'remind' | 'restore' | 'finish';
  readonly report?: Report;
  /** The last operation that gave it more time. */
  readonly extended?: {
    readonly id: string;
    readonly by: string;
    readonly byName?: string;
    readonly at: string;
    /** The extensions before it, the newest first, so that none is done twice. */
    readonly before?: readonly string[];
  };
  /** A restore that has put the labels back and waits for the surplus pod to go. */
  readonly restoring?: { readonly id: string; readonly by: string; readonly byName?: string; readonly at: string };
}

/** The mark on a pod that was disabled on purpose, which is therefore no straggler. */
export interface DisabledRecord
  extends Pick<DrainRecord, 'v' | 'id' | 'by' | 'byName' | 'because' | 'at' | 'until' | 'report' | 'extended'> {
  /** The Service whose gate label was taken off. Absent: it is not recorded. */
  readonly service?: string;
  /** `version=green`: the switch to these pods took it out. Absent: a person or a schedule did. */
  readonly switch?: string;
}

/** The ids of the operations that have postponed the end, the newest first. */
export function extensionsOf({ extended }: Pick<DrainRecord, 'extended'>): readonly string[] {
  return extended === undefined ? [] : [extended.id, ...(extended.before ?? [])];
}

export type ReadMark<R> =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: R }
  /** Not JSON, not version 1, or not of this shape: left alone and reported. */
  | { readonly kind: 'unreadable'; readonly text: string };

/** Reads the record that a drain has left on the pod. */
export function readDrain(pod: Pod): ReadMark<DrainRecord> {
  return readMark(pod, DRAIN, isDrainRecord);
}

/** Reads the record on a pod that was disabled on purpose. */
export function readDisabled(pod: Pick<Pod, 'annotations'>): ReadMark<DisabledRecord> {
  return readMark(pod, DISABLED, isDisabledRecord);
}

function readMark<R>(
  { annotations }: Pick<Pod, 'annotations'>,
  key: string,
  isRecord: (value: unknown) => value is R,
): ReadMark<R> {
  const text = valueIn(annotations, key);
  if (text === undefined) return { kind: 'none' };
  const record = parseObject(text);
  return isRecord(record) ? { kind: 'record', record } : { kind: 'unreadable', text };
}

/** The record of the drain; undefined: there is none that can be read. */
export function drainRecordOn(pod: Pod): DrainRecord | undefined {
  return recordIn(readDrain(pod));
}

/** The same for a pod that was disabled. */
export function disabledRecordOn(pod: Pod): DisabledRecord | undefined {
  return recordIn(readDisabled(pod));
}

function recordIn<R>(mark: ReadMark<R>): R | undefined {
  return mark.kind === 'record' ? mark.record : undefined;
}

/** The mark on a canary. */
export interface CanaryRecord {
  readonly v: 1;
  /** The id of the operation that created it. */
  readonly id: string;
  /** The workload whose template it was made from: `Deployment rng`. */
  readonly from: string;
  readonly by: string;
  readonly byName?: string;
  readonly because?: string;
  /** RFC 3339. */
  readonly at: string;
  /** RFC 3339: it is deleted then. */
  readonly until: string;
  /**
   * What differs from the template: the image, the names of variables and the arguments of its main container. Earlier
   * versions noted the values of variables too, which may be secret.
   */
  readonly image?: string;
  readonly env?: readonly string[];
  readonly args?: readonly string[];
  readonly report?: Report;
}

/** The record on the canary of any service; undefined: there is none that can be read. */
export function canaryRecordOn({ labels, annotations }: Pick<Pod, 'labels' | 'annotations'>): CanaryRecord | undefined {
  if (labels[CANARY] === undefined) return undefined;
  const record = parseObject(annotations[CANARY] ?? '');
  return isCanaryRecord(record) ? record : undefined;
}

/** The mark on a canary that leaves the endpoints before it is deleted. */
export interface StoppingRecord extends Pick<DrainRecord, 'v' | 'id' | 'by' | 'byName' | 'at'> {
  /** When it was first seen out of the endpoints; RFC 3339. Absent: not yet. */
  readonly outSince?: string;
}

/** Undefined: there is none that can be read. */
export function stoppingRecordOn(pod: Pick<Pod, 'annotations'>): StoppingRecord | undefined {
  return recordIn(readMark(pod, STOPPING, isStoppingRecord));
}

const isExtension = shape<NonNullable<DrainRecord['extended']>>({
  id: isId,
  ...IS_PERSON,
  at: isTimestamp,
  before: optional(listOf(isId)),
});

const isRestoring = shape<NonNullable<DrainRecord['restoring']>>({ id: isId, ...IS_PERSON, at: isTimestamp });

/** Only the annotations that a drain or a restore overwrites. */
function areOverwritten(value: unknown): boolean {
  const keys: readonly string[] = OVERWRITTEN;
  return (
    mapOf((text) => text === null || isFormerValue(text))(value) &&
    Object.keys(value as object).every((key) => keys.includes(key))
  );
}

const isVersion1: Rule = (version) => version === 1;

/**
 * Users who may edit pods may write anything here. The record goes into messages, requests and the journal, and one
 * invalid part makes the whole journal unreadable.
 */
const isDrainRecord = shape<DrainRecord>({
  v: isVersion1,
  id: isId,
  service: isObjectName,
  labels: areLabels,
  was: matching(/^(in rotation|not ready|disabled)$/),
  annotations: areOverwritten,
  owner: optional(isOwner),
  ...IS_PERSON,
  because: optional(isReason),
  at: isTimestamp,
  restarts: optional((restarts) => Number.isInteger(restarts)),
  until: optional(isTimestamp),
  then: matching(/^(remind|restore|finish)$/),
  report: optional(isReport),
  extended: optional(isExtension),
  restoring: optional(isRestoring),
});

const isCanaryRecord = shape<CanaryRecord>({
  v: isVersion1,
  id: isId,
  from: matching(/^[A-Za-z][A-Za-z0-9]{0,62} [-a-z0-9.]{1,253}$/),
  ...IS_PERSON,
  because: optional(isReason),
  at: isTimestamp,
  until: isTimestamp,
  // As `canary start` takes them (operations/canary/fields.ts).
  image: optional(matching(/^\S{1,400}$/)),
  env: optional(listOf(matching(/^.{1,1300}$/s))),
  args: optional(listOf(matching(/^.{1,1000}$/s))),
  report: optional(isReport),
});

const isStoppingRecord = shape<StoppingRecord>({
  v: isVersion1,
  id: isId,
  ...IS_PERSON,
  at: isTimestamp,
  outSince: optional(isTimestamp),
});

const isDisabledRecord = shape<DisabledRecord>({
  v: isVersion1,
  id: isId,
  service: optional(isObjectName),
  ...IS_PERSON,
  because: optional(isReason),
  at: isTimestamp,
  until: optional(isTimestamp),
  report: optional(isReport),
  extended: optional(isExtension),
  switch: optional(isLabelText),
});
