import type { Pod } from './snapshot.ts';

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

/** A container with the facts that only evidence shows. */
export interface ContainerEvidence extends ContainerReport {
  readonly kind: 'container' | 'sidecar' | 'init container' | 'debug container';
  /** The image digest that the container runtime resolved. */
  readonly imageId?: string;
  /** Milliseconds since the epoch. Absent: it is not running. */
  readonly startedAt?: number;
  readonly waitingMessage?: string;
}

/** A pod as evidence describes it. */
export interface PodReport {
  readonly pod: Pod;
  /** The whole object, as the API server returned it. */
  readonly json: object;
  /** Absent: it has no IP address yet. */
  readonly address?: string;
  readonly containers: readonly ContainerEvidence[];
  readonly conditions: readonly ConditionReport[];
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
