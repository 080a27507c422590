import type { ChangeRequest } from '../command/request.ts';
import { list } from '../text/words.ts';
import type { ObjectRef, PodRef } from './snapshot.ts';

/** Where an operation is reported. */
export interface Report {
  readonly channel: string;
  /** The message; absent: there is none that could be found again. */
  readonly ts?: string;
  /** The thread that it stands in, by its first message; absent: in none. Nothing is posted below a reply. */
  readonly thread?: string;
}

/** What an operation is about: pods whose identity is settled, or the service itself. */
export type Subject =
  | {
      readonly kind: 'pods';
      readonly pods: readonly PodRef[];
      /** How they were named, where it was not by name: `-l app=rng`, `--node node-1`. */
      readonly by?: string;
    }
  | { readonly kind: 'service'; readonly service: ObjectRef };

/** A request under way: it has an id, a person, and a settled subject. JSON-serialisable. */
export interface Operation<R extends ChangeRequest = ChangeRequest> {
  /** Unique and stable across deliveries of the same request; written into every mark. */
  readonly id: string;
  readonly request: R;
  readonly subject: Subject;
  /** Who asked, as recorded and shown: a Slack user id (`U…`), a runbook's claim, or a local user name. */
  readonly by: string;
  /** When it was asked, milliseconds since the epoch. */
  readonly at: number;
  /** Where reports and reminders go; absent for doors that wait for the answer themselves. */
  readonly report?: Report;
  /** An earlier process, or an earlier phase, has written something: what the operation wants may be so already. */
  readonly isResumed?: true;
}

/** The pods of a subject; none for a service. */
export function podsIn(subject: Subject): readonly PodRef[] {
  return subject.kind === 'pods' ? subject.pods : [];
}

/** `rng-a`, `rng-a and rng-b`, `12 pods`, `Service rng` */
export function subjectText(subject: Subject): string {
  if (subject.kind === 'service') return `Service ${subject.service.name}`;
  const names = subject.pods.map(({ name }) => name);
  return names.length > MOST_NAMED ? `${names.length} pods` : list(names);
}

const MOST_NAMED = 3;

/** The pod's name in an effect, as long as it may become a sentence about several pods. */
export const THE_POD = '\u0000';

/** What is left to do for an operation. JSON-serialisable; equal for equal input. */
export interface Plan {
  readonly kind: 'plan';
  readonly operation: Operation;
  /** All findings, in a fixed order. None is a refusal that still stands. */
  readonly checks: readonly Check[];
  /** What else changes and what does not: a sentence each, with names and numbers. */
  readonly effects: readonly string[];
  /** What is left to do, in order; at least one. What the last phase waits for is the proof. */
  readonly phases: readonly Phase[];
  /** Some of it stands already: this operation wrote it before. */
  readonly hasBegun: boolean;
  /** kubectl command lines that undo by hand what the operation does; empty: nothing does. */
  readonly undo: readonly string[];
  /** Hash of check codes and levels, effects and writes, without times and versions: what a confirmation confirms. */
  readonly fingerprint: string;
}

/** The operation can't be carried out as asked. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly operation: Operation;
  /** All findings; at least one is a refusal. */
  readonly checks: readonly Check[];
  /** Whether `--force` covers every refusal among the checks. */
  readonly isForceable: boolean;
}

export interface Check {
  /** Stable, PascalCase: for tests, logs and Events. */
  readonly code: string;
  /**
   * `overridden`: a refusal that `--force` has set aside; who did is the operation's `by`. `leftOut`: a refusal of one pod
   * of several; the operation is about the others.
   */
  readonly level: 'ok' | 'warning' | 'refusal' | 'overridden' | 'leftOut';
  /** The name of the pod that it is about, where the operation is about several. */
  readonly pod?: string;
  /** One sentence, with the numbers. */
  readonly message: string;
  /** What to type instead: a command without the service's name (`restore rng-b85tm`), or a line that begins with `kubectl `. */
  readonly instead?: string;
  /** Only on refusals: an admin may override it with `--force`. */
  readonly isForceable?: boolean;
}

/** Writes that do not depend on each other, and what has to be so before the next phase is planned. */
export interface Phase {
  /** What it does, as a sentence in the infinitive; for people. */
  readonly title: string;
  /** Carried out side by side. Empty: everything is written; only the wait is left. */
  readonly writes: readonly Write[];
  readonly until: readonly Milestone[];
  /**
   * `none`: its writes change neither traffic nor ownership (they take marks off), so they need no lease and no fresh
   * look at the service, only the object as their tests say.
   */
  readonly lease: 'service' | 'none';
  /** The wait may take longer than a process lives (a rollout): the process leaves it, and the tick looks each minute. */
  readonly mayOutliveProcess?: true;
}

/** What must have become true for the operation to be done. */
export function proofOf({ phases }: Pick<Plan, 'phases'>): readonly Milestone[] {
  return phases.at(-1)?.until ?? [];
}

export function writesOf({ phases }: Pick<Plan, 'phases'>): readonly Write[] {
  return phases.flatMap(({ writes }) => writes);
}

/** A change of one object. */
export type Write = PatchWrite | CreateWrite | DeleteWrite;

interface WriteBase {
  /** The same whenever the same change of the same object is planned: `drain 9a3f6f5e-…`. */
  readonly key: string;
  /** What it does, as a sentence in the infinitive: `remove label app=rng from rng-b85tm`. */
  readonly title: string;
  readonly target: ObjectRef & { readonly namespace: string };
}

/**
 * A JSON Patch on one object. Its `test` operations name the uid and whatever the plan relied on, so that against a
 * changed object it fails (422) instead of doing harm.
 */
export interface PatchWrite extends WriteBase {
  readonly kind: 'patch';
  readonly patch: readonly PatchOperation[];
  /** Takes the write back; its tests hold only if nobody changed the object since. */
  readonly inverse: readonly PatchOperation[];
}

/** A new object. `target.uid` is empty: the API server gives it. */
export interface CreateWrite extends WriteBase {
  readonly kind: 'create';
  /** The whole object, as it is sent; it carries the operation's id in an annotation or label, so that a second write is recognised. */
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * A pod is deleted, with its own grace period. Both preconditions are sent (metav1.DeleteOptions): the uid tells another
 * pod of that name, and the version tells a pod that has changed since it was looked at, and may be back in the service.
 * It cannot be undone.
 */
export interface DeleteWrite extends WriteBase {
  readonly kind: 'delete';
  /** The object's resourceVersion as it was seen. */
  readonly version: string;
}

export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** One thing that must become true. */
export interface Milestone {
  /** Identifies it within a plan. */
  readonly key: string;
  readonly condition: Condition;
  /** Said when it has become true: `rng-b85tm is no longer listed`. */
  readonly title: string;
  /** Counted from the last write; past it the outcome says what is missing. */
  readonly withinSeconds: number;
  /** False: the operation counts as done without it, but its absence is reported (a replacement that finds no room). */
  readonly isRequired: boolean;
}

/** Evaluated on a snapshot by `proof.ts`. */
export type Condition =
  /** No slice lists the pod. */
  | { readonly kind: 'unlisted'; readonly pod: PodRef }
  /** The pod has no controller any more. */
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
  | { readonly kind: 'adopted'; readonly pod: PodRef; readonly owner: ObjectRef }
  /** The owner has the pod, and no more active pods than it wants (for a DaemonSet: on that node). */
  | { readonly kind: 'surplusGone'; readonly pod: PodRef; readonly owner: ObjectRef; readonly nodeName?: string }
  /** Neither pitlane's marks nor its deletion cost are on the pod. */
  | { readonly kind: 'unmarked'; readonly pod: PodRef }
  /** The drain record on the pod says that the operation has extended it. */
  | { readonly kind: 'extended'; readonly pod: PodRef; readonly id: string }
  /** The pod no longer exists. */
  | { readonly kind: 'gone'; readonly pod: PodRef };

export function milestone(condition: Condition, title: string, withinSeconds: number, isRequired = true): Milestone {
  return { key: keyOf(condition), condition, title, withinSeconds, isRequired };
}

/** Replacements are counted by owner, and everything else by pod. */
function keyOf(condition: Condition): string {
  return 'pods' in condition
    ? `${condition.kind} ${condition.owner.uid} ${condition.nodeName ?? ''}`.trimEnd()
    : `${condition.kind} ${condition.pod.uid}`;
}

/** A condition, looked at once. */
export interface Progress {
  readonly milestone: Milestone;
  readonly isMet: boolean;
  /** It can never be met any more: the pod that it is about is gone. */
  readonly isLost: boolean;
  /** With numbers: `replacement 1 of 1 created, 0 ready`. */
  readonly seen: string;
}
