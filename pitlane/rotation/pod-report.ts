import type { Pod, PodRef, Seen } from './snapshot.ts';

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
  readonly traits: PodTraits;
  readonly probes: readonly Probe[];
}

/** What a pod is compared by with its siblings. */
export interface PodTraits extends PodRef {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly isReady: boolean;
  readonly restarts: number;
  /** When a container last ended. Absent: none has. */
  readonly lastRestartAt?: number;
  /** Absent: not scheduled yet. */
  readonly node?: string;
  /** The hash of the template that it was made from. Absent: it has none. */
  readonly revision?: string;
  readonly images: readonly PodImage[];
}

export interface PodImage {
  readonly container: string;
  readonly image: string;
  /** `sha256:…` of the image that runs. Absent: unknown. */
  readonly digest?: string;
}

/** A probe of a container that serves. */
export interface Probe {
  readonly kind: 'startup' | 'readiness' | 'liveness';
  readonly container: string;
  /** `GET /healthz on port 8080 every 10 s (timeout 1 s, fails after 3 in a row)` */
  readonly asks: string;
  /** The container runs and waits for it. */
  readonly isAwaited: boolean;
}

/** What is around a pod. Each part is read on its own, and may be missing; an undefined value: there is none. */
export interface Surroundings {
  readonly siblings: Seen<Siblings | undefined>;
  readonly rollout: Seen<Rollout | undefined>;
  readonly usage: Seen<Usage | undefined>;
  /** Absent: it was not asked for. */
  readonly node?: Seen<NodeReport | undefined>;
}

/** The other pods of the Service, without those that end. */
export interface Siblings {
  readonly service: string;
  readonly pods: readonly PodTraits[];
  /** False: there are more. */
  readonly isComplete: boolean;
}

/** The revisions of a pod's workload. */
export interface Rollout {
  /** `Deployment rng` */
  readonly workload: string;
  /** The newest. */
  readonly revision: number;
  /** When it began, milliseconds since the epoch. Absent: it returns to an earlier template, so this is not known. */
  readonly startedAt?: number;
  /** By the hash in `PodTraits.revision`. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** The node of a pod. */
export interface NodeReport {
  readonly name: string;
  readonly isCordoned: boolean;
  readonly conditions: readonly ConditionReport[];
  /** `key=value:effect`, those that the pod does not tolerate and that are no sign of a condition. */
  readonly taints: readonly string[];
}

/** What the containers of a pod use, with what they may use. */
export interface Usage {
  readonly containers: readonly {
    readonly name: string;
    /** In thousandths of a core. */
    readonly cpu: Amount;
    /** In bytes. */
    readonly memory: Amount;
  }[];
}

export interface Amount {
  readonly used: number;
  /** Absent: none. */
  readonly request?: number;
  readonly limit?: number;
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
  /** The container that it is about. Absent: none. */
  readonly container?: string;
}
