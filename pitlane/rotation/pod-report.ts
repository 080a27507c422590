export interface ContainerReport {
  readonly name: string;
  readonly image: string;
  readonly state: string;
  readonly restarts: number;
  /** As written in the pod: `cpu 100m, memory 64Mi`; empty where nothing is. */
  readonly requests: string;
  readonly limits: string;
  readonly lastTermination?: {
    readonly reason: string;
    readonly exitCode: number;
    readonly at?: number;
    readonly message?: string;
  };
}

/** A condition of the pod's status. */
export interface ConditionReport {
  readonly type: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly message?: string;
}

/** A Kubernetes Event about the pod. */
export interface EventReport {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}
