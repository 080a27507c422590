/** What somebody asked for, as data. It travels between Lambdas as JSON. */
export type Request = ListRequest | InspectRequest | LogsRequest | HelpRequest | ChangeRequest;

/** A request that changes the cluster. Only these become operations. */
export type ChangeRequest = DrainRequest | RestoreRequest;

export interface ListRequest {
  command: 'list';
  service: string;
  /** Narrows the members shown; the full Kubernetes label selector grammar, already checked. */
  selector?: string;
  /** Show every member; otherwise every one that is not plainly in rotation and the first 20 others. */
  all: boolean;
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
