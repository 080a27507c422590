/** What somebody asked for, as data. It travels between Lambdas as JSON. */
export type Request =
  | ListRequest
  | DrainedRequest
  | InspectRequest
  | LogsRequest
  | EvidenceRequest
  | OperationsRequest
  | CancelRequest
  | HelpRequest
  | ChangeRequest;

/** A request that changes the cluster. Only these become operations. */
export type ChangeRequest = DrainRequest | RestoreRequest | ExtendRequest | FinishRequest;

export interface ListRequest {
  command: 'list';
  service: string;
  /** Narrows the members shown; the full Kubernetes label selector grammar, already checked. */
  selector?: string;
  /** Show every member; otherwise every one that is not plainly in rotation and the first 20 others. */
  all: boolean;
}

/** Every drained pod and canary of all services. */
export interface DrainedRequest {
  command: 'drained';
  /** The one that it was asked of, or none (''): the answer is about all services. */
  service: string;
}

export interface InspectRequest {
  command: 'inspect';
  service: string;
  /** A full pod name, or a unique prefix or suffix of at least 3 characters. Absent: ask which one. */
  pod?: string;
}

export interface LogsRequest {
  command: 'logs';
  service: string;
  pod?: string;
  /** Instead of a pod: every member that it matches. */
  selector?: string;
  container?: string;
  /** The log of the container's previous run. */
  previous: boolean;
  /** Lines from the end, per container; 1 to 10,000. */
  tail: number;
  follow: boolean;
}

/** One bundle for the incident: what is lost when the pod is. */
export interface EvidenceRequest {
  command: 'evidence';
  service: string;
  pod?: string;
}

/** What is under way, and what has ended within the last 24 hours. */
interface OperationsRequest {
  command: 'operations';
  service: string;
}

/** Ends an operation that is under way where it stands. */
export interface CancelRequest {
  command: 'cancel';
  service: string;
  /** The id of an operation, or the name of its pod or a part of it. Absent: the only one that is under way. */
  operation?: string;
}

export interface HelpRequest {
  command: 'help';
  service?: string;
  /** The name of a command. */
  topic?: string;
}

export interface DrainRequest {
  command: 'drain';
  service: string;
  pod?: string;
  /** How long the pod stays drained before it is brought up again; absent: the config's default. */
  forSeconds?: number;
  /** Why, in the asker's words; at most 500 characters. */
  because?: string;
  dryRun: boolean;
  /** Override the refusals that may be overridden. */
  force: boolean;
}

export interface RestoreRequest {
  command: 'restore';
  service: string;
  pod?: string;
  dryRun: boolean;
  force: boolean;
}

/** More time for a drained pod. */
export interface ExtendRequest {
  command: 'extend';
  service: string;
  pod?: string;
  /** Added to the time that is left; absent: as long as a drain lasts by default. */
  forSeconds?: number;
  dryRun: boolean;
  /** Always false: nothing about more time needs it. */
  force: false;
}

/** The end of a drained pod: evidence, then it is deleted. */
export interface FinishRequest {
  command: 'finish';
  service: string;
  pod?: string;
  dryRun: boolean;
  /** Override the refusals that may be overridden. */
  force: boolean;
}
