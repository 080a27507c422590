import type { ChangeRequest, ReadRequest } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { CommandSyntax } from '../command/syntax.ts';
import type { Member } from '../rotation/membership.ts';
import type { Operation, Plan, Refusal } from '../rotation/plan.ts';
import type { Needs, Snapshot } from '../rotation/snapshot.ts';
import type { Rule } from './rights.ts';

/** What the house must know of any command. */
interface CommandSpec extends CommandSyntax {
  /** The least role that may ask for it. */
  readonly role: Role;
  /** Its RBAC, beside what every look at a service takes. */
  readonly rights: readonly Rule[];
  /** Absent: it is not about pods, or about all of them. */
  readonly pods?: PodChoice;
}

/** Which pods a command may be about, for pickers and selectors. */
export interface PodChoice {
  includes(member: Member): boolean;
  /** Said where no pod of the service qualifies. */
  none(service: string): string;
  /** What is done with the pod, as a verb: `Pod to take evidence of`. Absent: the command's name. */
  readonly verb?: string;
}

/** A command that changes nothing. Its answer is in operate/reads. */
export interface ReadSpec<C extends ReadRequest['command'] = ReadRequest['command']> extends CommandSpec {
  readonly name: C;
  /** Programs can't send it. */
  readonly isForPeople?: true;
  /** Values that programs get without asking. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Exactly one of these has to be sent by a program. */
  readonly oneOf?: readonly string[];
}

/**
 * Everything that the house must know of an operation. Grammar, format, help, runbook form and the check of records come
 * from its fields.
 */
export interface OperationSpec extends CommandSpec {
  readonly words: Words;
  readonly subject: 'pods' | 'service';
  /** What is read and followed. */
  readonly needs: Needs;
  /**
   * What happens to another operation in progress on the same pods when this one begins. `supersedes`: it ends where it
   * stands. `independent`: both continue.
   */
  readonly meets: 'supersedes' | 'independent';
  /** When the evidence of each pod is taken. `before`: without it nothing is deleted. Absent: never. */
  readonly evidence?: 'afterWrite' | 'beforeWrite';
  /** What its end means for the pods: they are looked after from now on, for longer, or no more. Absent: nothing. */
  readonly lookAfter?: 'begins' | 'prolongs' | 'ends';
  /** The command that takes it back. Absent: `cannotBeUndone`, or only by the plan's kubectl lines. */
  readonly opposite?: string;
  /** Said instead of an undo line. */
  readonly cannotBeUndone?: string;
}

/** The words of an operation; `Draining rng-a`, `Drained rng-a`. */
interface Words {
  /** `Drain`, as the heading of a question. */
  readonly ask: string;
  readonly doing: string;
  readonly done: string;
  /** The reason of its Kubernetes Events, PascalCase. */
  readonly event: string;
  /** `was drained`, of a pod, after its name. */
  readonly was: string;
}

/**
 * What is left to do for an operation on the cluster as observed. Pure, and equal for equal input. Apart from the spec,
 * because a door that only reads what was typed has no use for it.
 */
export type Planner<R extends ChangeRequest = ChangeRequest> = (
  snapshot: Snapshot,
  operation: Operation<R>,
) => Plan | Refusal;
