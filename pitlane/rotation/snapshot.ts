import type { Labels } from './labels.ts';
import type { NodeSelectorTerm } from './node-selector.ts';
import type { HostPort, PodNeeds } from './pod-needs.ts';
import type { Resources } from './resources.ts';
import type { KeptSchedules, Schedule } from './schedule.ts';
import type { LabelSelector } from './selector.ts';

export type { LabelSelector, Labels };

/**
 * The input of a plan: the part of one namespace that an operation needs, as observed at one time. Deeply read-only.
 * All times are milliseconds since the epoch.
 */
export interface Snapshot {
  readonly at: number;
  readonly service: Service;
  /** The configuration of the service. */
  readonly policy: Policy;
  /** Each pod once, by name: those that the service's or the owner's selector matches, or that have Pitlane's marks for it. */
  readonly pods: readonly Pod[];
  /** The pods of the operation, read whole; without those that are gone. Also in `pods`. */
  readonly targets: readonly TargetPod[];
  /** Every endpoint of every EndpointSlice of the service. A pod may be in several (families, port maps). */
  readonly endpoints: readonly Endpoint[];
  /** The targets' controllers and their root owners (`ReplicaSet`, `Deployment`), and with `adopters` every controller of the namespace that selects pods. */
  readonly controllers: readonly Controller[];
  /** With `adopters`, where they could not be listed: why, as a sentence. Then `controllers` holds only the targets' own. */
  readonly adoptersNotSeen?: string;
  /** Set with `bystanders`: everything else in the namespace that selects pods. */
  readonly bystanders: Seen<Bystanders>;
  /** Set with `headroom`: where a replacement would find room. */
  readonly headroom: Seen<Headroom>;
  /** Set with `replacement`, by the uid of a target's owner: what the API server says to the dry run of its next pod. */
  readonly replacements?: Readonly<Record<string, Replacement>>;
  /** By uid: the last warning about a controller that creates no pod, or about a pod that finds no node. */
  readonly troubles?: Readonly<Record<string, string>>;
  /** Set with `gate`: what the admission policy for gates reads and does. */
  readonly gate?: GateFacts;
  /** A tick is known to look after the service. */
  readonly hasTick?: true;
  /** Set with `schedules`: those that were added by command. */
  readonly schedules?: Seen<KeptSchedules>;
  /** Set with `spread`: the workloads that may become a DaemonSet, or have become one. */
  readonly spread?: readonly Spreadable[];
  /** Uids of pods marked by a drain that the journal does not know. Absent: there are none, or it was not read. */
  readonly unknownDrains?: readonly string[];
  /** The dry runs of writes of earlier plans. Absent: none was tried. */
  readonly trials?: readonly Trial[];
}

/** Something that is not required: either seen, or the reason why not, as a sentence. */
export type Seen<T> = { readonly kind: 'seen'; readonly value: T } | { readonly kind: 'notSeen'; readonly why: string };

export function ifSeen<T>(seen: Seen<T>): T | undefined {
  return seen.kind === 'seen' ? seen.value : undefined;
}

/** The API server's answer to the dry run of a write. */
export interface Trial {
  /** The object that is written to. */
  readonly uid: string;
  /** Identifies the change, without its values: those of marks hold times. */
  readonly touches: string;
  /** The words of the API server, or of its policies and webhooks, that rejected it. */
  readonly rejected?: string;
  /** What admission has made different from what the write asks for. */
  readonly unlike: readonly Difference[];
}

/** A label or annotation of the answer that is not as the write asks for. */
export interface Difference {
  readonly field: 'labels' | 'annotations';
  readonly key: string;
  /** Null: it should be absent. */
  readonly wanted: string | null;
  readonly found: string | null;
}

/** The parts of a snapshot that an operation needs. Everything costs requests, so each asks only for the parts that its checks read. */
export interface Needs {
  /** `summary`: members without `detail`, from the API server's Table form. `full`: whole pods. */
  readonly members: 'summary' | 'full';
  /** Follow the targets' owner references to the root, and see every pod that the direct owners' selectors match. */
  readonly owner?: boolean;
  readonly bystanders?: boolean;
  readonly adopters?: boolean;
  readonly headroom?: boolean;
  /** Asks with a dry run for the next pod of each target's owner: needs the right to create pods. */
  readonly replacement?: true;
  /** `rule`: the rule of the service's gate. `probe`: also a dry run of a new pod, which needs the right to create pods. */
  readonly gate?: 'rule' | 'probe';
  /** The workloads whose template Pitlane has labelled for the service's gate, also without pods. */
  readonly templates?: true;
  readonly schedules?: true;
  /** The Deployments and DaemonSets of the service as a whole, and what has their name of the other kind. */
  readonly spread?: true;
  /** The record on the pod says enough: it may also be that of a Service that was deleted. */
  readonly service?: 'optional';
  /** A label key: pods are observed whatever value of it they have, also if the service selects one. */
  readonly anyValueOf?: string;
}

/** A label that a service's selector asks for, so that traffic can be switched per pod. */
export interface GateLabel {
  readonly key: string;
  readonly value: string;
}

/** The answer to the dry run of a pod as its owner makes it. */
export type Replacement =
  /** `isTaken`: an earlier pod of the operation takes the place, so nothing is known of a second one. */
  | { readonly kind: 'accepted'; readonly labels: Labels; readonly isTaken?: true }
  /** `why`: the words of the API server, a policy or a webhook, without a full stop. */
  | { readonly kind: 'refused'; readonly why: string }
  /** `why`: a sentence. */
  | { readonly kind: 'notAsked'; readonly why: string };

export interface GateFacts {
  /** The rule that the admission policy reads; an undefined value: there is none. */
  readonly rule: Seen<RuleObject | undefined>;
  readonly probe: Probe;
}

/** The ConfigMap with the rule of a gate. */
export interface RuleObject extends PodRef {
  readonly version: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly data: Labels;
}

/** The answer to the dry run of a new pod of the service. */
export type Probe =
  /** `added`: the labels that admission has added. */
  | { readonly kind: 'answered'; readonly added: Labels }
  /** `why`: a sentence. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The configuration of a service. */
export interface Policy {
  /** Fewest pods in rotation: a number, or a percentage of the desired pods rounded up. Absent: desired less a quarter of it rounded up, at least 1. */
  readonly minReady?: number | `${number}%`;
  /** Most drained pods at a time. */
  readonly maxDrained: number;
  /** The gate that a bare `gate on` uses. */
  readonly gate: GateLabel;
  /** The image of debug containers. Absent: the product's. */
  readonly debugImage?: string;
  readonly drain: { readonly forSeconds: number; readonly then: 'remind' | 'restore' | 'finish' };
  /** Absent: none. */
  readonly schedules?: readonly Schedule[];
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** It was deleted: only its name is known, from the configuration. */
  readonly isGone?: true;
  /** Absent or empty: Kubernetes keeps no endpoints for it. */
  readonly selector?: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly publishNotReadyAddresses: boolean;
  /** Empty: a headless Service, whose endpoints need no port. */
  readonly ports: readonly ServicePort[];
  readonly annotations: Labels;
}

interface ServicePort {
  /** Empty: the only port may have no name. */
  readonly name: string;
  /** The port of the pods: a number, or the name of a container port. */
  readonly target: number | string;
}

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
  /** The owner reference with `controller: true`; absent: the pod has no controller, or only its Service is it. */
  readonly owner?: ObjectRef;
  /** A Service is its controller: no workload adopts it, and budgets that count controllers can't count it. */
  readonly isGuarded?: true;
  readonly createdAt: number;
  /** Set once the pod is terminating: the end of its grace period, which may be in the future. */
  readonly deletedAt?: number;
  /** They keep a deleted pod until their owners take them off. Absent: none. */
  readonly finalizers?: readonly string[];
  /** Absent: not scheduled yet. */
  readonly nodeName?: string;
  /** The one node that the affinity of an unscheduled pod names, as a DaemonSet writes it. Table rows do not have it. */
  readonly meantForNode?: string;
  /** Phase Succeeded or Failed: no container starts again. STATUS is not enough: it is also `Error` between two starts. */
  readonly hasEnded?: true;
  /** As kubectl prints it under STATUS: `Running`, `CrashLoopBackOff`, `Terminating`, … */
  readonly status: string;
  readonly containers: { readonly ready: number; readonly total: number };
  /** The sum over all containers. */
  readonly restarts: number;
  /** Only with `members: 'full'`, and always on targets. */
  readonly detail?: PodDetail;
}

/** A pod that was read whole. */
export type TargetPod = Pod & { readonly detail: PodDetail };

export interface PodDetail {
  /** metadata.resourceVersion. */
  readonly version: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** The Ready condition is True. */
  readonly isReady: boolean;
  /** When the Ready condition last changed; absent: no such condition yet. */
  readonly readyChangedAt?: number;
  readonly containers: readonly Container[];
  /** Run before the others; a sidecar keeps running beside them. */
  readonly initContainers: readonly (Container & { readonly isSidecar: boolean })[];
  /** Ephemeral containers. Absent: there are none. */
  readonly debugContainers?: readonly DebugContainer[];
  readonly claims: readonly Claim[];
  /** Names of the volumes that end with the pod: emptyDir, and claims made for it alone (ephemeral). */
  readonly ownVolumes: readonly string[];
  /** The time that its containers get to stop when it is deleted (spec.terminationGracePeriodSeconds). */
  readonly graceSeconds: number;
  readonly hostNetwork: boolean;
  readonly needs: PodNeeds;
  /** Resources that some container does not request: a quota that limits them admits no such pod. */
  readonly unrequested?: readonly string[];
  readonly message?: string;
  /** Why no container runs yet, with Kubernetes' own message: `ImagePullBackOff: Back-off pulling image …`. */
  readonly obstacle?: string;
}

/** A PersistentVolumeClaim that a pod mounts. */
export interface Claim {
  readonly name: string;
  /** Absent: not read. */
  readonly accessModes?: readonly string[];
  /** It is deleted once no pod uses it, and no new pod may. */
  readonly isLeaving?: true;
  /** Set with `headroom`. Absent: there is none yet, or it was not read. */
  readonly volume?: {
    /** The nodes that can use it: one of the terms must match. Absent: every node. */
    readonly nodes?: readonly NodeSelectorTerm[];
    /** It is attached to one node at a time, where the claim allows no more. */
    readonly isAttached: boolean;
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly hasLivenessProbe: boolean;
  readonly isReady: boolean;
  readonly restarts: number;
  /** `running`, or the reason why it waits or ended. */
  readonly state: string;
}

/** An ephemeral container, which was added to a pod that ran already. */
export interface DebugContainer {
  readonly name: string;
  readonly image: string;
  /** `running`, or the reason why it waits or ended, with Kubernetes' own message. */
  readonly state: string;
  readonly hasEnded?: true;
}

export interface Endpoint {
  /** Absent: the endpoint is not a pod. */
  readonly pod?: PodRef;
  readonly addresses: readonly string[];
  readonly nodeName?: string;
  /** An absent `ready` condition counts as true (discovery/v1 types.go, EndpointConditions). */
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  /** Names of the ports of its slice. Absent: foreseen, with every port. */
  readonly ports?: readonly string[];
  readonly slice: SliceRef;
}

export interface SliceRef {
  readonly name: string;
  /** Who keeps it; absent: Kubernetes' own controller, which follows the Service's selector. */
  readonly keeper?: string;
}

/** A workload object: it owns pods itself (ReplicaSet, DaemonSet, …) or is the root owner of one that does (Deployment). */
export interface Controller extends ObjectRef {
  readonly apiVersion: string;
  /** Absent: it selects no pods (a CronJob, or a kind that Pitlane does not know). */
  readonly selector?: LabelSelector;
  /** The controller above it, or what else owns it; absent for a root. */
  readonly owner?: ObjectRef;
  readonly deletedAt?: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** spec.replicas; for a DaemonSet the eligible nodes (status.desiredNumberScheduled). */
  readonly desired: number;
  /** A CronJob, or an operator's kind without spec.replicas: `desired` says nothing. */
  readonly isUncounted?: true;
  /** Labels of the pod template; absent where there is none. */
  readonly templateLabels?: Labels;
  /** For a kind that replaces pods: what the scheduler looks at in a pod of its template. */
  readonly needs?: PodNeeds;
  /** The rest of the pod template; absent for kinds without one, and for Jobs. */
  readonly template?: PodTemplate;
  /** The controller's status is of an older spec, or replicas of an older revision are left. */
  readonly isRollingOut: boolean;
  /** For a Deployment: its pods of the newest revision (status.updatedReplicas). */
  readonly updatedPods?: number;
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
  /** For a Deployment, DaemonSet and StatefulSet: how many pods a rollout takes at a time. */
  readonly rollout?: RolloutNumbers;
  /** For a Job. */
  readonly job?: JobState;
  /** For a DaemonSet: annotation `deprecated.daemonset.template.generation`, which also marks a pod as up to date. */
  readonly templateGeneration?: string;
}

/** A Deployment and the DaemonSet of the same name. At least one of them exists. */
export interface Spreadable {
  readonly name: string;
  readonly deployment?: WholeWorkload;
  readonly daemonSet?: WholeWorkload;
}

/** A workload as the API server has it, with what the scheduler looks at in its pods. */
export interface WholeWorkload {
  readonly controller: Controller;
  readonly needs: PodNeeds;
  /** metadata.resourceVersion. */
  readonly version: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface JobState {
  /** `winding down`: a work queue that has a success, and so starts no other pod. */
  readonly state: 'running' | 'winding down' | 'suspended' | 'complete' | 'failed';
  /** The program that looks after it instead of Kubernetes (spec.managedBy). */
  readonly managedBy?: string;
  /** What its pods are made from. */
  readonly template?: PodTemplate | undefined;
}

/** In pods: percentages are of the desired ones. */
export interface RolloutNumbers {
  /** `OnDelete`: pods stay as they are until they are deleted. */
  readonly strategy: 'RollingUpdate' | 'Recreate' | 'OnDelete';
  readonly maxUnavailable: number;
  readonly maxSurge: number;
  /** A paused Deployment starts no rollout. */
  readonly isPaused?: true;
}

/** What a workload's pods are made from, besides their labels. */
export interface PodTemplate {
  readonly annotations: Labels;
  /** As the API server has it (core/v1, PodSpec). */
  readonly spec: PodSpec;
  /** Names of the claims that a StatefulSet makes for each of its pods. */
  readonly claims: readonly string[];
}

/** The part of a pod's spec that Pitlane changes in a copy. */
export interface PodSpec extends Readonly<Record<string, unknown>> {
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
}

export interface ContainerSpec extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
  readonly ports?: readonly (Readonly<Record<string, unknown>> & { readonly hostPort?: number })[];
}

export interface Bystanders {
  /** Every other Service of the namespace that has a selector. */
  readonly services: readonly OtherService[];
  readonly budgets: readonly Budget[];
  readonly networkPolicies: readonly {
    readonly name: string;
    readonly podSelector: LabelSelector;
    readonly types: readonly string[];
  }[];
  readonly autoscalers: readonly {
    readonly name: string;
    readonly target: { readonly kind: string; readonly name: string };
    /** What wrote it, and sets its numbers back: a ScaledObject of KEDA. */
    readonly owner?: ObjectRef;
    readonly min: number;
    readonly max: number;
  }[];
}

export interface OtherService {
  readonly name: string;
  readonly selector: Labels;
  /** Set where it selects a target. */
  readonly rotation?: {
    readonly service: Service;
    /** Absent: it is not configured. */
    readonly policy?: Policy;
    /** The pods that it selects and that are not in the snapshot. */
    readonly pods: readonly Pod[];
    readonly endpoints: readonly Endpoint[];
  };
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
  readonly nodes: readonly NodeRoom[];
  /** How many disruptions each PodDisruptionBudget of any namespace allows now. Not seen: the permission is missing. */
  readonly budgets: Seen<Readonly<Record<string, number>>>;
  /** Names of the claims that pods of the namespace mount, once they have a node. */
  readonly claimsInUse: readonly string[];
  /** The rest of each ResourceQuota of the namespace: `cpu`, `memory` and `pods`; absent: not limited. `hasMore`: scopes, or limits of something else. */
  readonly quotas: readonly { readonly name: string; readonly left: Resources; readonly hasMore?: true }[];
}

export interface NodeRoom {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly isUnschedulable: boolean;
  readonly isReady: boolean;
  /** Allocatable less what the pods on it ask for; `pods` is how many more it may have. */
  readonly free: Resources;
  readonly pods: readonly PlacedPod[];
  /** Pods of the namespace with such labels are kept away by the anti-affinity of a pod that is there, or near. */
  readonly shuns?: readonly { readonly selector: LabelSelector; readonly by: string }[];
}

/** A pod that has room on a node, or for which the scheduler makes room there. */
export interface PlacedPod extends PodRef {
  readonly namespace: string;
  /** The workload that people know: `Deployment batch`. Absent: a bare pod. */
  readonly workload?: string;
  readonly priority: number;
  /** Keys in `Headroom.budgets` of those that select it. Absent: none. */
  readonly budgets?: readonly string[];
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
  /** Absent: not started. */
  readonly startedAt?: number;
}
