import type { ChangeRequest } from '../command/request.ts';
import type { ObjectRef, PodRef } from './snapshot.ts';

/** Where an operation is reported. */
export interface Report {
  readonly channel: string;
  /** The message; absent: there is none that could be found again. */
  readonly ts?: string;
  /** The thread that it stands in, by its first message; absent: in none. Nothing is posted below a reply. */
  readonly thread?: string;
}

/** A request under way: it has an id, a person, and a pod whose identity is settled. JSON-serialisable. */
export interface Operation {
  /** Unique and stable across deliveries of the same request; written into every mark. */
  readonly id: string;
  readonly request: ChangeRequest;
  readonly pod: PodRef;
  /** Who asked, as recorded and shown: a Slack user id (`U…`), a runbook's claim, or a local user name. */
  readonly by: string;
  /** When it was asked, milliseconds since the epoch. */
  readonly at: number;
  /** Where reports and reminders go; absent for doors that wait for the answer themselves. */
  readonly report?: Report;
  /** It was begun by a process that did not end it: what it wants may be so already. */
  readonly isResumed?: true;
}

/** What is left to do for an operation. JSON-serialisable; equal for equal input. */
export interface Plan {
  readonly kind: 'plan';
  readonly operation: Operation;
  /** All findings, in a fixed order. None is a refusal that still stands. */
  readonly checks: readonly Check[];
  /** What else changes and what does not: a sentence each, with names and numbers. */
  readonly effects: readonly string[];
  /** What is left to do, in order. Empty: everything is written; what remains is the proof. */
  readonly steps: readonly Step[];
  /** What must have become true for the operation to be done. */
  readonly proof: readonly Milestone[];
  /** kubectl command lines that undo by hand what the operation does; empty: nothing does. */
  readonly undo: readonly string[];
  /** Hash of check codes and levels, effects and steps, without times and versions: what a confirmation confirms. */
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
  /** `overridden`: a refusal that `--force` has set aside; who did is the operation's `by`. */
  readonly level: 'ok' | 'warning' | 'refusal' | 'overridden';
  /** One sentence, with the numbers. */
  readonly message: string;
  /** What to type instead: a command without the service's name (`restore rng-b85tm`), or a line that begins with `kubectl `. */
  readonly instead?: string;
  /** Only on refusals: an admin may override it with `--force`. */
  readonly isForceable?: boolean;
}

export type Step = WriteStep | AwaitStep;

/** A step that changes one object. */
export type WriteStep = PatchStep | DeleteStep;

export function isWrite(step: Step | undefined): step is WriteStep {
  return step !== undefined && step.kind !== 'await';
}

/**
 * A JSON Patch on one object. Its `test` operations name the uid and whatever the plan relied on, so that against a
 * changed object it fails (422) instead of doing harm.
 */
export interface PatchStep {
  readonly kind: 'patch';
  /** What it does, as a sentence in the infinitive: `take the label app off rng-b85tm`. */
  readonly title: string;
  readonly target: ObjectRef & { readonly namespace: string };
  readonly patch: readonly PatchOperation[];
  /**
   * It only takes pitlane's marks off, which changes neither traffic nor ownership: it needs no lease and no fresh look
   * at the service, only the pod as its tests say.
   */
  readonly isTidying?: true;
  /** Takes the step back; its tests hold only if nobody changed the object since. */
  readonly inverse: readonly PatchOperation[];
}

/**
 * A pod is deleted, with its own grace period. Both preconditions are sent (metav1.DeleteOptions): the uid tells another
 * pod of that name, and the version a pod that somebody has changed since it was looked at, and perhaps put back into the
 * service. Nothing takes it back.
 */
export interface DeleteStep {
  readonly kind: 'delete';
  /** `delete rng-b85tm` */
  readonly title: string;
  readonly target: ObjectRef & { readonly namespace: string };
  /** The pod's resourceVersion as it was seen. */
  readonly version: string;
}

/** Wait until the conditions hold before the next step is planned. */
interface AwaitStep {
  readonly kind: 'await';
  readonly milestones: readonly Milestone[];
}

export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** One thing that must become true. */
export interface Milestone {
  readonly condition: Condition;
  /** Said when it has become true: `rng-b85tm is no longer listed`. */
  readonly title: string;
  /** Counted from the last step's write; past it the outcome says what is missing. */
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
  /** The owner has, without the pod, as many active pods as it wants (a DaemonSet: one on `nodeName`). */
  | { readonly kind: 'replacementCreated'; readonly pod: PodRef; readonly owner: ObjectRef; readonly nodeName?: string }
  /** … and the youngest of them is a ready endpoint of the service. */
  | { readonly kind: 'replacementReady'; readonly pod: PodRef; readonly owner: ObjectRef; readonly nodeName?: string }
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

/** A condition, looked at once. */
export interface Progress {
  readonly milestone: Milestone;
  readonly isMet: boolean;
  /** It can never be met any more: the pod that it is about is gone. */
  readonly isLost: boolean;
  /** With numbers: `replacement 1 of 1 created, 0 ready`. */
  readonly seen: string;
}
