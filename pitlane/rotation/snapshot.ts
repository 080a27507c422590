/**
 * What a plan is made from: the part of one namespace that an operation declared it needs to see, as observed at one
 * time. Deeply read-only. All times are milliseconds since the epoch.
 */
export interface Snapshot {
  readonly at: number;
  readonly service: Service;
  /** What the configuration says of the service. */
  readonly policy: Policy;
  /** Each pod once, by name: those that the service's selector or the owner's selector matches, or that carry pitlane's marks for it. */
  readonly pods: readonly Pod[];
  /** The pods that the operation is about, whole; without those that are gone. Also in `pods`. */
  readonly targets: readonly TargetPod[];
  /** Every endpoint of every EndpointSlice of the service. The same pod may stand in several (families, port maps). */
  readonly endpoints: readonly Endpoint[];
  /** The targets' controllers and their root owners (`ReplicaSet`, `Deployment`), and with `adopters` every controller of the namespace that selects pods. */
  readonly controllers: readonly Controller[];
  /** With `adopters`, where they could not be listed: why, as a sentence. Then `controllers` holds only the targets' own. */
  readonly adoptersNotSeen?: string;
  /** Set with `bystanders`: whatever else in the namespace selects pods. */
  readonly bystanders: Seen<Bystanders>;
  /** Set with `headroom`: where a replacement would find room. */
  readonly headroom: Seen<Headroom>;
}

/** Something that the operation may do without: either seen, or the reason why not, as a sentence. */
export type Seen<T> = { readonly kind: 'seen'; readonly value: T } | { readonly kind: 'notSeen'; readonly why: string };

/** What an operation needs to see. Everything costs requests, so each asks only for what its rules read. */
export interface Needs {
  /** `summary`: members without `detail`, from the API server's Table form. `full`: whole pods. */
  readonly members: 'summary' | 'full';
  /** Follow the targets' owner references to the root, and see every pod that the direct owners' selectors match. */
  readonly owner: boolean;
  readonly bystanders: boolean;
  readonly adopters: boolean;
  readonly headroom: boolean;
}

/** The rules that the configuration sets for a service. */
export interface Policy {
  /** Fewest pods in rotation: a count, or a per cent of the desired pods rounded up. Absent: desired less a quarter of it rounded up, at least 1. */
  readonly minReady?: number | `${number}%`;
  /** Most drained pods at a time. */
  readonly maxDrained: number;
  /** The gate that a bare `gate on` uses. */
  readonly gate: { readonly key: string; readonly value: string };
  readonly drain: { readonly forSeconds: number; readonly then: 'remind' | 'restore' | 'finish' };
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Absent or empty: Kubernetes keeps no endpoints for it. */
  readonly selector?: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly publishNotReadyAddresses: boolean;
  readonly annotations: Labels;
}

export type Labels = Readonly<Record<string, string>>;

export interface PodRef {
  readonly name: string;
  readonly uid: string;
}

export interface ObjectRef extends PodRef {
  readonly kind: string;
  /** Group and version: other operators have a StatefulSet or Job of their own. Absent where only the kind was recorded. */
  readonly apiVersion?: string;
}

export interface Pod extends PodRef {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The owner reference with `controller: true`; absent: nobody manages the pod. */
  readonly owner?: ObjectRef;
  readonly createdAt: number;
  /** Set once the pod is being deleted: when its grace period ends, so this may lie ahead. */
  readonly deletedAt?: number;
  /** Absent: not scheduled yet. */
  readonly nodeName?: string;
  /** Of a pod that is not scheduled yet: the one node that its affinity names, as a DaemonSet writes it. Table rows do not tell. */
  readonly meantForNode?: string;
  /** Phase Succeeded or Failed: no container starts again. STATUS does not tell: `Error` also stands between two starts. */
  readonly hasEnded?: true;
  /** The word that kubectl prints under STATUS: `Running`, `CrashLoopBackOff`, `Terminating`, … */
  readonly status: string;
  readonly containers: { readonly ready: number; readonly total: number };
  /** Of all containers together. */
  readonly restarts: number;
  /** Only with `members: 'full'`, and always on targets. */
  readonly detail?: PodDetail;
}

/** A pod that was read whole. */
export type TargetPod = Pod & { readonly detail: PodDetail };

export interface PodDetail {
  /** metadata.resourceVersion: another one after each change of the pod. */
  readonly version: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** The Ready condition is True. */
  readonly isReady: boolean;
  /** When the Ready condition last changed; absent: no such condition yet. */
  readonly readyChangedAt?: number;
  readonly containers: readonly Container[];
  /** Run before the others; a sidecar goes on beside them. */
  readonly initContainers: readonly { readonly name: string; readonly isSidecar: boolean }[];
  /** Names of PersistentVolumeClaims that it mounts, with their access modes where they were seen. */
  readonly claims: readonly { readonly name: string; readonly accessModes?: readonly string[] }[];
  /** Names of the volumes that end with the pod: emptyDir, and claims made for it alone (ephemeral). */
  readonly ownVolumes: readonly string[];
  /** What its containers get to end in when it is deleted (spec.terminationGracePeriodSeconds). */
  readonly graceSeconds: number;
  readonly hostNetwork: boolean;
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
  /** Required node affinity, pod affinity or topology spread constraints stand in the way of a simple answer on where it fits. */
  readonly hasPlacementRules: boolean;
  /** Sum of the containers' requests. */
  readonly requests: Resources;
  /** Of what some container does not say how much it asks for: a quota that limits it lets no such pod in. */
  readonly unrequested?: readonly (keyof Resources)[];
  readonly startedAt?: number;
  readonly message?: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly hostPorts: readonly number[];
  readonly hasLivenessProbe: boolean;
  readonly isReady: boolean;
  readonly restarts: number;
  /** `running`, or the reason why it waits or ended. */
  readonly state: string;
}

export interface Toleration {
  /** Absent: every key. */
  readonly key?: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
  /** Absent: every effect. */
  readonly effect?: string;
}

export interface Resources {
  /** In thousandths of a core. */
  readonly cpuMillis: number;
  /** In bytes. */
  readonly memory: number;
}

export interface Endpoint {
  /** The pod that the endpoint stands for; absent for endpoints that are no pods. */
  readonly pod?: PodRef;
  readonly addresses: readonly string[];
  readonly nodeName?: string;
  /** An absent `ready` condition counts as true (discovery/v1 types.go, EndpointConditions). */
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
}

/** A workload object: it owns pods itself (ReplicaSet, DaemonSet, …) or is the root owner of one that does (Deployment). */
export interface Controller extends ObjectRef {
  readonly apiVersion: string;
  /** Absent: nothing selects pods here (a kind that pitlane does not know, or a CronJob). */
  readonly selector?: LabelSelector;
  /** The controller above it; absent for a root. */
  readonly owner?: ObjectRef;
  readonly deletedAt?: number;
  readonly createdAt: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** spec.replicas; for a DaemonSet the eligible nodes (status.desiredNumberScheduled). */
  readonly desired: number;
  /** Labels of the pod template; absent where there is none. */
  readonly templateLabels?: Labels;
  /** True when the controller's status speaks of an older spec, or replicas of an older revision are left. */
  readonly isRollingOut: boolean;
  /**
   * For a DaemonSet and a StatefulSet: RollingUpdate or OnDelete, whether a node may hold extra pods meanwhile, and the
   * number below which a StatefulSet leaves its pods as they are.
   */
  readonly update?: { readonly type: string; readonly hasSurge: boolean; readonly partition?: number };
  /**
   * For a DaemonSet and a StatefulSet the `controller-revision-hash` of the newest revision, for a Deployment the
   * `pod-template-hash` of its current ReplicaSet. Absent: not known.
   */
  readonly currentHash?: string;
  /** For a DaemonSet: annotation `deprecated.daemonset.template.generation`, which also marks a pod as up to date. */
  readonly templateGeneration?: string;
}

/** metav1.LabelSelector. Both parts must hold; empty selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface Bystanders {
  /** Every other Service of the namespace that has a selector. */
  readonly services: readonly { readonly name: string; readonly selector: Labels }[];
  readonly budgets: readonly Budget[];
  readonly networkPolicies: readonly {
    readonly name: string;
    readonly podSelector: LabelSelector;
    readonly types: readonly string[];
  }[];
  readonly autoscalers: readonly {
    readonly name: string;
    readonly target: { readonly kind: string; readonly name: string };
    readonly min: number;
    readonly max: number;
  }[];
}

/** A PodDisruptionBudget. */
export interface Budget {
  readonly name: string;
  /** Absent selects no pod (policy/v1: null), empty selects all. */
  readonly selector?: LabelSelector;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  /** The controller's view, which lags: shown to people, not counted on. */
  readonly status: {
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
  };
}

export interface Headroom {
  readonly nodes: readonly {
    readonly name: string;
    readonly labels: Labels;
    readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    readonly isUnschedulable: boolean;
    readonly isReady: boolean;
    /** Allocatable less what the pods on it ask for. */
    readonly free: Resources & { readonly pods: number };
    /** Host ports in use there. */
    readonly hostPorts: readonly number[];
    /** Pods of the namespace with such labels are kept away by the anti-affinity of a pod that is there, or near. */
    readonly shuns?: readonly LabelSelector[];
  }[];
  /** What each ResourceQuota of the namespace has left, in the units of `Resources`; absent: not limited. */
  readonly quotas: readonly { readonly name: string; readonly left: Partial<Resources> & { readonly pods?: number } }[];
}
