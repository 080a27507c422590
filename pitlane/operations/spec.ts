import type { ChangeRequest, ReadRequest, Request } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { CommandSyntax } from '../command/syntax.ts';
import type { Member } from '../rotation/membership.ts';
import type { Operation, Plan, Refusal } from '../rotation/plan.ts';
import type { Needs, Snapshot } from '../rotation/snapshot.ts';
import type { Rights } from './rights.ts';

/** Everything that Pitlane must know about a command. */
export interface CommandSpec extends CommandSyntax {
  /** The least role that may run it; a function where that depends on the request. */
  readonly role: Role | ((request: Request) => Role);
  /** Its RBAC by the least role that needs it, on top of what every observation of a service needs. */
  readonly rights: Rights;
  /** A terminal can show its answer again after each change. */
  readonly isWatchable?: true;
  /** Absent: the command takes no pods. */
  readonly pods?: PodChoice;
}

/** The pods that a command accepts, for pickers and selectors. */
export interface PodChoice {
  includes(member: Member): boolean;
  /** The message where no pod of the service is accepted. */
  none(service: string): string;
  /** The verb for a picker: `Pod to collect evidence of`. Absent: the command's name. */
  readonly verb?: string;
}

/** A command that only reads. Its answer is in operate/reads. */
export interface ReadSpec<C extends ReadRequest['command'] = ReadRequest['command']> extends CommandSpec {
  readonly name: C;
  /** What is observed; absent: the members. */
  readonly needs?: Needs;
  /** Programs can't send it. */
  readonly isForPeople?: true;
  /** Values that programs get without asking. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** A program has to send exactly one of these. */
  readonly oneOf?: readonly string[];
}

/**
 * Everything that Pitlane must know about an operation. Grammar, format, help, runbook form and the check of records come
 * from its fields.
 */
export interface OperationSpec extends CommandSpec {
  readonly words: Words;
  readonly subject: 'pods' | 'service';
  /** A list in Slack has a menu for it. */
  readonly isOfferedInList?: true;
  /** The parts of the cluster that are observed and followed; a function where that depends on the request. */
  readonly needs: Needs | ((request: ChangeRequest) => Needs);
  /**
   * The effect on another operation in progress on the same pods when this one begins. `supersedes`: the other one ends.
   * `independent`: both continue.
   */
  readonly meets: 'supersedes' | 'independent';
  /** When the evidence of each pod is collected. `beforeWrite`: nothing is deleted without it. Absent: never. */
  readonly evidence?: 'afterWrite' | 'beforeWrite';
  /** Its report says for how long the log of each pod has been silent: proof that no traffic arrives. */
  readonly reportsSilence?: true;
  /** The effect on what the tick looks after, the expiry of the pods or the gate: it begins, is postponed, or ends. Absent: none. */
  readonly lookAfter?: 'begins' | 'prolongs' | 'ends';
  /** What begins or ends with it: absent for a drain. A pod may be both. */
  readonly lookedAfter?: 'disabled' | 'canary';
  /** The command that undoes it, with the values that its plan gives; without those that it requires, no command does. Absent: `cannotBeUndone`, or only the plan's kubectl lines. */
  readonly opposite?: string;
  /** Why no command undoes it, and what to do instead; shown where a plan has no kubectl lines either. */
  readonly cannotBeUndone?: string;
}

/** The words of an operation: `Draining rng-a`, `Drained rng-a`. */
interface Words {
  /** `Drain`, as the heading of a question. */
  readonly ask: string;
  readonly doing: string;
  readonly done: string;
  /** The reason of its Kubernetes Events, PascalCase. */
  readonly event: string;
  /** `was drained`, after the name of a pod. */
  readonly was: string;
}

/**
 * Plans the rest of an operation on the observed cluster. Pure, and equal for equal input. Not in the spec, because doors
 * that only read commands do not need it.
 */
export type Planner<R extends ChangeRequest = ChangeRequest> = (
  snapshot: Snapshot,
  operation: Operation<R>,
) => Plan | Refusal;
