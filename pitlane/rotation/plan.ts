import type { ChangeRequest } from '../command/request.ts';
import { list } from '../text/words.ts';
import type { Effect, Facts } from './effect.ts';
import type { Before, GateSetup } from './gate-record.ts';
import type { Report } from './report.ts';
import type { GateLabel, ObjectRef, PodRef, Snapshot } from './snapshot.ts';

export type { Report };

/** The object of an operation: pods of known identity, or the service itself. */
export type Subject =
  | {
      readonly kind: 'pods';
      readonly pods: readonly PodRef[];
      /** The selection, where it was not by name: `-l app=rng`, `--node node-1`. */
      readonly by?: string;
    }
  | { readonly kind: 'service'; readonly service: ObjectRef };

/** A request in progress, with an id, a person and a known subject. JSON-serialisable. */
export interface Operation<R extends ChangeRequest = ChangeRequest> {
  /** Unique, and the same for each delivery of the same request; written into every mark. */
  readonly id: string;
  readonly request: R;
  readonly subject: Subject;
  /** The person, as recorded and shown: a Slack user id (`U…`), a runbook's claim, or a Kubernetes user. */
  readonly by: string;
  /** The person's name, where `by` is an id of Slack. Absent: unknown. */
  readonly byName?: string | undefined;
  /** When it was requested, milliseconds since the epoch. */
  readonly at: number;
  /** The place for reports and reminders; absent for doors that wait for the outcome. */
  readonly report?: Report;
  /** A tick looks after the service, so that reminders may be promised. */
  readonly hasTick?: true;
  /** An earlier process, or an earlier phase, has written something: the operation may be done already. */
  readonly isResumed?: true;
}

/** The pods of a subject; none for a service. */
export function podsIn(subject: Subject): readonly PodRef[] {
  return subject.kind === 'pods' ? subject.pods : [];
}

type OfPods = Pick<Plan, 'operation' | 'checks'>;

/** The pods that the plan leaves out. */
export function podsLeftOut(plan: OfPods | undefined): readonly PodRef[] {
  if (plan === undefined) return [];
  const names = new Set(plan.checks.flatMap(({ level, pod }) => (level === 'leftOut' ? (pod ?? []) : [])));
  return podsIn(plan.operation.subject).filter(({ name }) => names.has(name));
}

/** The pods that the plan changes: all of its operation that are not left out. */
export function podsChanged(plan: OfPods): readonly PodRef[] {
  const out = podsLeftOut(plan);
  return podsIn(plan.operation.subject).filter((pod) => !out.includes(pod));
}

/** `rng-a`, `rng-a and rng-b`, `12 pods`, `Service rng` */
export function subjectText(subject: Subject): string {
  if (subject.kind === 'service') return `Service ${subject.service.name}`;
  const names = subject.pods.map(({ name }) => name);
  return names.length > MOST_NAMED ? `${names.length} pods` : list(names);
}

const MOST_NAMED = 3;
const LONGEST_SELECTION = 200;

/** The subject without the pods that are left out: `rng-a`, `10 of 12 pods (-l app=rng)` */
export function changedText(plan: OfPods): string {
  const { subject } = plan.operation;
  const pods = podsChanged(plan);
  const total = podsIn(subject).length;
  if (subject.kind === 'service' || pods.length === 0) return subjectText(subject);
  const all = subjectText({ kind: 'pods', pods });
  const text = pods.length > MOST_NAMED && pods.length < total ? `${pods.length} of ${total} pods` : all;
  return subject.by === undefined || total === 1 ? text : `${text} (${subject.by.slice(0, LONGEST_SELECTION)})`;
}

/** Stands for the pod in the sentence of an effect, which may become one about several pods. */
export const THE_POD = '\u0000';

/** Ends the sentence about a pod that leaves the endpoints. Reports drop the effect that repeats it. */
export const TRAFFIC_LAGS = 'Load balancers catch up within seconds; open connections and background work continue.';

/** The rest of an operation, from the state of the cluster. JSON-serialisable; equal for equal input. */
export interface Plan {
  readonly kind: 'plan';
  readonly operation: Operation;
  /** All findings, in a fixed order. None has the level `refusal`. */
  readonly checks: readonly Check[];
  /** Everything else that changes, and that does not. */
  readonly effects: readonly Effect[];
  /** In order; at least one. The last phase waits for the proof. */
  readonly phases: readonly Phase[];
  /** The operation has written some of it already. */
  readonly hasBegun: boolean;
  /** kubectl lines that undo the operation by hand; empty: there are none. */
  readonly undo: readonly string[];
  /** The gate that it sets up. Once that is done, the tick looks after it. */
  readonly gate?: GateSetup;
  /** kubectl lines for a person to run once it is done. */
  readonly next?: readonly string[];
  /** Values that the opposite command needs to restore what the operation removes. */
  readonly opposite?: Readonly<Record<string, unknown>>;
  /**
   * The operation has failed for these reasons, and the phases only take back what it wrote. It ends as failed once they
   * are done.
   */
  readonly failure?: readonly Check[];
  /** The difference between the manifest that is created and the one that it comes from: lines that begin with `-` or `+`. */
  readonly diff?: readonly string[];
  /** Hash of check codes and levels, effects and writes, without times and versions. Confirmations carry it. */
  readonly fingerprint: string;
}

/** The operation can't be carried out. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly operation: Operation;
  /** All findings; at least one is a refusal. */
  readonly checks: readonly Check[];
  /** `--force` covers every refusal among the checks. */
  readonly isForceable: boolean;
}

export interface Check {
  /** Stable, PascalCase: for tests, logs and Events. */
  readonly code: string;
  /**
   * `overridden`: a refusal that the operation's `--force` overrides. `leftOut`: a refusal of one of several pods; the
   * operation continues without it.
   */
  readonly level: 'ok' | 'warning' | 'refusal' | 'overridden' | 'leftOut';
  /** The name of the pod, in an operation on several. */
  readonly pod?: string;
  /** One sentence, with the numbers. */
  readonly message: string;
  readonly facts?: Facts;
  /** A proposal to type: a command without the service's name (`restore rng-b85tm`), or a line that begins with `kubectl `. */
  readonly instead?: string;
  /** Only on refusals: an admin may override it with `--force`. */
  readonly isForceable?: boolean;
}

/** Writes that do not depend on each other, and the milestones to reach before the next phase is planned. */
export interface Phase {
  /** In the infinitive: `restore rng-b85tm`. */
  readonly title: string;
  /** Carried out side by side. Empty: everything is written, and only the wait is left. */
  readonly writes: readonly Write[];
  readonly until: readonly Milestone[];
  /**
   * `none`: its writes change neither traffic nor ownership (they remove marks), so they need no lease and no fresh
   * observation of the service, only the object that they test.
   */
  readonly lease: 'namespace' | 'none';
  /** The wait may take longer than a process lives (a rollout): the process leaves it to the tick. */
  readonly mayOutliveProcess?: true;
}

/** The milestones that end the operation. */
export function proofOf({ phases }: Pick<Plan, 'phases'>): readonly Milestone[] {
  return phases.at(-1)?.until ?? [];
}

export function writesOf({ phases }: Pick<Plan, 'phases'>): readonly Write[] {
  return phases.flatMap(({ writes }) => writes);
}

/** Everything was as asked for already, so there is nothing to undo. */
export function changesNothing(plan: Pick<Plan, 'phases' | 'hasBegun'>): boolean {
  return writesOf(plan).length === 0 && !plan.hasBegun;
}

export type Write = PatchWrite | CreateWrite | DeleteWrite;

export function refOf({ name, uid }: PodRef): PodRef {
  return { name, uid };
}

/** Of an object that is read with more. */
export function objectRefOf({ kind, name, uid, apiVersion }: ObjectRef & { readonly apiVersion: string }) {
  return { kind, name, uid, apiVersion };
}

export function podTarget({ service }: Snapshot, { name, uid }: PodRef): Write['target'] {
  return { kind: 'Pod', name, uid, namespace: service.namespace };
}

interface WriteBase {
  /** It takes back an earlier write of the operation, so that nothing is left to undo. */
  readonly takesBack?: true;
  /** Equal whenever the same change of the same object is planned: `drain 9a3f6f5e-…`. */
  readonly key: string;
  /** In the infinitive: `remove label app=rng from rng-b85tm`. */
  readonly title: string;
  readonly target: ObjectRef & { readonly namespace: string };
}

/**
 * A JSON Patch on one object. Its `test` operations hold the uid and everything that the plan relied on, so that it fails
 * (422) on a changed object.
 */
export interface PatchWrite extends WriteBase {
  readonly kind: 'patch';
  /** The part of the object that is patched. Absent: all of it. */
  readonly subresource?: 'ephemeralcontainers';
  readonly patch: readonly PatchOperation[];
  /** Undoes the write; its tests fail if the object was changed since. */
  readonly inverse: readonly PatchOperation[];
}

/** A new object. `target.uid` is empty: the API server assigns it. */
export interface CreateWrite extends WriteBase {
  readonly kind: 'create';
  /** The whole object. It carries the operation's id in an annotation or label, so that a second write is recognized. */
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * Deletes an object: a pod with its own grace period, a workload with its pods. The preconditions are sent
 * (metav1.DeleteOptions): the uid excludes another object of that name, and the version one that has changed since, such as
 * a pod that is back in the service. It can't be undone.
 */
export interface DeleteWrite extends WriteBase {
  readonly kind: 'delete';
  /** The object's resourceVersion when it was read. Absent: it may have changed since. */
  readonly version?: string;
}

export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export interface Milestone {
  /** Identifies it within a plan. */
  readonly key: string;
  readonly condition: Condition;
  /** Shown once it is met: `rng-b85tm is out of the endpoints`. */
  readonly title: string;
  /** Counted from the last write; after it the outcome names the milestone as missing. */
  readonly withinSeconds: number;
  /** Missed or lost, it makes the operation take back what it wrote (`Plan.failure`). */
  readonly takesBack?: true;
  /** False: the operation can be done without it, and reports that it is missing (a replacement that finds no room). */
  readonly isRequired: boolean;
}

/** Evaluated on a snapshot by `proof.ts`. */
export type Condition =
  /** No slice lists the pod. `id`: the operation that has removed labels of it, and whose mark is on it. */
  | { readonly kind: 'unlisted'; readonly pod: PodRef; readonly id?: string }
  /** Every data plane has seen that, or the pod is gone. */
  | { readonly kind: 'outLongEnough'; readonly pod: PodRef }
  /** The pod has no controller. */
  | { readonly kind: 'released'; readonly pod: PodRef }
  /** The owner has, without the pods, as many active pods as it wants (a DaemonSet: one on `nodeName`). */
  | {
      readonly kind: 'replacementCreated' | 'replacementReady';
      readonly pods: readonly PodRef[];
      readonly owner: ObjectRef;
      readonly nodeName?: string;
    }
  /** The pod is a ready endpoint and its labels match the service's selector. */
  | { readonly kind: 'inRotation'; readonly pod: PodRef }
  /** The service selects the pod by its labels, ready or not. */
  | { readonly kind: 'selected'; readonly pod: PodRef }
  | { readonly kind: 'adopted'; readonly pod: PodRef; readonly owner: ObjectRef }
  /** The owner has the pod, and no more active pods than it wants (for a DaemonSet: on that node). */
  | { readonly kind: 'surplusGone'; readonly pod: PodRef; readonly owner: ObjectRef; readonly nodeName?: string }
  /** Pitlane's marks are off the pod. */
  | { readonly kind: 'unmarked'; readonly pod: PodRef }
  /** The record of the drained or disabled pod has the time that the operation has added. */
  | { readonly kind: 'extended'; readonly pod: PodRef; readonly id: string }
  /** The pod no longer exists. `isHeld`: it has finalizers. */
  | { readonly kind: 'gone'; readonly pod: PodRef; readonly isHeld?: boolean }
  /** The debug container of that name runs in the pod. */
  | { readonly kind: 'debuggable'; readonly pod: PodRef; readonly container: string }
  /**
   * The canary of that name, which the operation creates, has no controller and is ready: in rotation, or outside of it.
   * Its uid is empty: the API server assigns it.
   */
  | { readonly kind: 'canaryReady'; readonly pod: PodRef; readonly id: string; readonly isOut: boolean }
  | GateCondition
  | SwitchCondition
  | SpreadCondition;

/** About the service as a whole. */
export type GateCondition =
  | {
      readonly kind: /** The Service has the record of the gate, which is not being removed. */
        | 'gateRecorded'
        /** A new pod would get the label from the admission policy. */
        | 'ruleInForce'
        /** Every ready endpoint's pod, and every other member that should, has the label. */
        | 'gateLabelled'
        /** The selector asks for the label, and every ready pod with it is in rotation. */
        | 'gateInForce'
        /** The selector does not ask for the label, and every ready member is in rotation. */
        | 'gateOpen'
        /** The rule does not exist. */
        | 'ruleGone'
        /** No pod has the label, except where its template has it. */
        | 'gateUnlabelled'
        /** The Service has no record of a gate. */
        | 'gateForgotten';
      readonly label: GateLabel;
    }
  /** The workload's template has the label, or not, and its rollout is complete. */
  | { readonly kind: 'rolledOut'; readonly owner: ObjectRef; readonly label: GateLabel; readonly hasLabel: boolean }
  /** The pods and workloads are those from before. */
  | { readonly kind: 'unchanged'; readonly before: Before };

/** About the sets of pods that a switch moves the traffic between. */
export type SwitchCondition =
  /** Every ready pod with one of the values is in rotation. `gate`: also if it has no gate label yet. */
  | {
      readonly kind: 'setsInRotation';
      readonly key: string;
      readonly values: readonly string[];
      readonly gate?: string;
    }
  /** No pod without the label is an endpoint. */
  | { readonly kind: 'othersOut'; readonly label: GateLabel }
  /** The Service has the record that the operation has written. */
  | { readonly kind: 'switchRecorded'; readonly id: string }
  /** Both sets have been in the endpoints for long enough. */
  | { readonly kind: 'bothHeld' };

/** About a Deployment and the DaemonSet of its name. */
export type SpreadCondition =
  /** On every node that the DaemonSet wants, its pod is in rotation. */
  | { readonly kind: 'daemonSetServes'; readonly name: string }
  /** The Deployment wants that many pods, has no others, and all of them are in rotation. */
  | { readonly kind: 'deploymentServes'; readonly name: string; readonly replicas: number }
  /** The workload and its pods are gone. */
  | { readonly kind: 'workloadGone'; readonly owner: ObjectRef };

export function milestone(condition: Condition, title: string, withinSeconds: number, isRequired = true): Milestone {
  return { key: keyOf(condition), condition, title, withinSeconds, isRequired };
}

/** The title of a milestone about the replacements of that many pods. */
export function replacementTitle(kind: 'replacementCreated' | 'replacementReady', number: number): string {
  const state = kind === 'replacementCreated' ? 'created' : 'in rotation';
  return number === 1 ? `Replacement ${state}` : `${number} replacements ${state}`;
}

/** Replacements and rollouts are counted by owner, and everything else by pod. */
function keyOf(condition: Condition): string {
  if ('pods' in condition) return `${condition.kind} ${condition.owner.uid} ${condition.nodeName ?? ''}`.trimEnd();
  if ('pod' in condition) return `${condition.kind} ${condition.pod.uid || condition.pod.name}`;
  return 'owner' in condition ? `${condition.kind} ${condition.owner.uid}` : condition.kind;
}

/** A milestone as one snapshot shows it. */
export interface Progress {
  readonly milestone: Milestone;
  readonly isMet: boolean;
  /** It can no longer be met: the pod is gone, or as `because` says. */
  readonly isLost: boolean;
  /** Why it is lost, where the pod still exists. */
  readonly because?: 'LabelPutBack' | 'AdoptedByAnother' | 'OwnerGone';
  /** With numbers: `ReplicaSet rng-7c has 3 pods, wants 4`. */
  readonly seen: string;
}

/** What a snapshot shows of the condition of a milestone. */
export type Look = Omit<Progress, 'milestone'>;

/** A condition that can still be met. */
export function looked(isMet: boolean, seen: string): Look {
  return { isMet, isLost: false, seen };
}
