/** A command as data, from a person or a program. It travels between Lambdas as JSON. */
export type Request = ReadRequest | ChangeRequest;

/** A request that changes nothing in the cluster. `cancel` only stops an operation. */
export type ReadRequest =
  | ListRequest
  | DrainedRequest
  | Reading<'canary list'>
  /** The schedules of the service, and their next times. */
  | Reading<'schedule list'>
  | InspectRequest
  | LogsRequest
  /** Everything about a pod that is lost with it, in one bundle. */
  | (ReadingOfPod<'evidence'> & Recent)
  /** Operations in progress, and those that ended within the last 24 hours. */
  | Reading<'operations'>
  | HistoryRequest
  /** The gate of the service, and everything about it that is not as it was set up. */
  | Reading<'gate'>
  | CancelRequest
  | SpreadManifestRequest
  | HelpRequest;

/** A request that changes the cluster. Only these become operations. The spec of each operation lists its fields. */
export interface ChangeRequest {
  /** A name in the table of operations. */
  command: string;
  service: string;
  /** Full pod names, or unique prefixes or suffixes of at least 3 characters. Without pods, selector and node, a picker is shown. */
  pods?: readonly string[];
  /** Instead of names: every member that it matches; the full Kubernetes label selector grammar, already checked. */
  selector?: string;
  /** Instead of names: every member on that node. */
  node?: string;
  /** Absent: the configured default. */
  forSeconds?: number;
  /** The reason, in the person's words; at most 500 characters. */
  because?: string;
  dryRun: boolean;
  /** Overrides the refusals that may be overridden. */
  force: boolean;
  /** The operation that this one undoes. */
  undoes?: Undone;
  /** The id of the schedule by which the tick asks for it. */
  bySchedule?: string;
  /**
   * Only until `undo` has become the request for the opposite operation: the id of an operation, or the name of one of its
   * pods or a part of it. Absent: the last change.
   */
  operation?: string;
}

/** An operation that another one undoes. */
export interface Undone {
  readonly id: string;
  /** `drain of rng-a and rng-b` */
  readonly what: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The part that stays, and why, without a full stop. Absent: all of it is undone. */
  readonly except?: string;
}

export function isChange(request: Request): request is ChangeRequest {
  return 'dryRun' in request;
}

/** The request about one pod, by its full name. */
export function aboutPod<R extends Request>(request: R, name: string): R {
  if (!isChange(request)) return { ...request, pod: name };
  const { selector: _, node: __, ...rest } = request;
  return { ...rest, pods: [name] } as unknown as R;
}

export function isHelp(request: Request): request is HelpRequest {
  return request.command === 'help';
}

interface Reading<C extends string> {
  command: C;
  service: string;
}

interface ReadingOfPod<C extends string> extends Reading<C> {
  /** A full pod name, or a unique prefix or suffix of at least 3 characters. Absent: a picker is shown. */
  pod?: string;
}

export interface ListRequest extends Reading<'list'> {
  /** Narrows the members shown; the full Kubernetes label selector grammar, already checked. */
  selector?: string;
  /** Show every member; otherwise all that are not in rotation, and the first 20 others. */
  all: boolean;
}

/** Every drained pod and canary of all services. `service`: the one in front of the command, or ''. */
export type DrainedRequest = Reading<'drained'>;

/** Only what happened within so many seconds. Absent: all that is known. */
interface Recent {
  sinceSeconds?: number;
}

export type InspectRequest = ReadingOfPod<'inspect'> & Recent;

export interface LogsRequest extends ReadingOfPod<'logs'>, Recent {
  /** Instead of a pod: every member that it matches. */
  selector?: string;
  container?: string;
  /** The log of the container's previous run. */
  previous: boolean;
  /** Lines from the end, per container; 1 to 10,000. */
  tail: number;
  follow: boolean;
}

export interface HistoryRequest extends Reading<'history'> {
  /** The number of changes, the newest first. */
  last: number;
}

/** The DaemonSet that a spread would create. */
export interface SpreadManifestRequest extends Reading<'spread manifest'> {
  /** The Deployment. Absent: the only one. */
  from?: string;
}

export interface CancelRequest extends Reading<'cancel'> {
  /** The id of an operation, or the name of one of its pods or a part of it. Absent: the only one in progress. */
  operation?: string;
}

export interface HelpRequest extends Partial<Reading<'help'>> {
  command: 'help';
  /** The name of a command. */
  topic?: string;
}
