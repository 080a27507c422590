import type { NodeSelectorTerm } from '../rotation/node-selector.ts';
import type { LabelSelector, Labels, NodeRoom, ObjectRef, PodSpec } from '../rotation/snapshot.ts';

/** Kubernetes objects in JSON, with the fields that Pitlane reads. Times are RFC 3339 strings. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly (ObjectRef & { readonly controller?: boolean })[];
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface KubeList<T> {
  readonly metadata: ListMeta;
  /** Null for a nil slice in Go. */
  readonly items: readonly T[] | null;
}

/** meta.k8s.io/v1 Table, with `includeObject=Metadata`. */
export interface Table {
  readonly kind: 'Table';
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows:
    | readonly {
        readonly cells: readonly unknown[];
        readonly conditions?: readonly JsonCondition[];
        readonly object: KubeObject;
      }[]
    | null;
}

/** core/v1 PodAffinityTerm. */
interface JsonAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
}

export interface JsonPod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly nodeSelector?: Labels;
    readonly affinity?: {
      readonly nodeAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: JsonNodeSelector };
      readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: unknown };
      readonly podAntiAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly JsonAffinityTerm[];
      };
    };
    readonly topologySpreadConstraints?: readonly { readonly whenUnsatisfiable: string }[];
    readonly schedulerName?: string;
    readonly schedulingGates?: readonly unknown[];
    readonly resourceClaims?: readonly unknown[];
    readonly priority?: number;
    readonly priorityClassName?: string;
    readonly preemptionPolicy?: string;
    readonly tolerations?: readonly JsonToleration[];
    readonly volumes?: readonly JsonVolume[];
    readonly terminationGracePeriodSeconds?: number;
    readonly initContainers?: readonly JsonContainer[];
    readonly containers: readonly JsonContainer[];
    readonly ephemeralContainers?: readonly JsonContainer[];
    readonly overhead?: Labels;
    /** For the pod as a whole. */
    readonly resources?: JsonResources;
  };
  readonly status?: {
    readonly phase?: string;
    /** The node where the scheduler makes room for it. */
    readonly nominatedNodeName?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly startTime?: string;
    readonly conditions?: readonly JsonCondition[];
    readonly initContainerStatuses?: readonly JsonContainerStatus[];
    readonly containerStatuses?: readonly JsonContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly JsonContainerStatus[];
    readonly podIP?: string;
  };
}

interface JsonVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly emptyDir?: unknown;
  readonly ephemeral?: unknown;
}

interface JsonNodeSelector {
  readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
}

export type JsonToleration = Partial<Readonly<Record<'key' | 'operator' | 'value' | 'effect', string>>>;

export interface JsonCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

export interface JsonContainer {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly ports?: readonly {
    readonly hostPort?: number;
    readonly containerPort?: number;
    readonly hostIP?: string;
    readonly protocol?: string;
  }[];
  readonly startupProbe?: JsonProbe;
  readonly readinessProbe?: JsonProbe;
  readonly livenessProbe?: JsonProbe;
  readonly resources?: JsonResources;
}

/** core/v1 Probe: one of the first four. */
export interface JsonProbe {
  readonly httpGet?: {
    readonly path?: string;
    readonly port: number | string;
    readonly host?: string;
    readonly scheme?: string;
  };
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

interface JsonResources {
  readonly requests?: Labels;
  readonly limits?: Labels;
}

export interface JsonContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  /** What the container has now, and what the node has granted; they differ from the spec during a resize. */
  readonly resources?: JsonResources | null;
  readonly allocatedResources?: Labels;
  /** The image digest that the container runtime resolved. */
  readonly imageID?: string;
  readonly state?: JsonContainerState;
  readonly lastState?: JsonContainerState;
}

interface JsonContainerState {
  readonly running?: { readonly startedAt?: string | null };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: JsonTermination;
}

export interface JsonTermination {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly finishedAt?: string | null;
}

export interface JsonService extends KubeObject {
  readonly spec: {
    readonly selector?: Labels;
    readonly type?: string;
    readonly internalTrafficPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
    }[];
  };
}

export interface JsonEndpointSlice extends KubeObject {
  readonly ports?: readonly { readonly name?: string }[] | null;
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly nodeName?: string;
        readonly conditions?: {
          readonly ready?: boolean | null;
          readonly serving?: boolean | null;
          readonly terminating?: boolean | null;
        };
        readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
      }[]
    | null;
}

export interface JsonNode extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: NodeRoom['taints'] };
  readonly status?: { readonly allocatable?: Labels; readonly conditions?: readonly JsonCondition[] };
}

/** A controller of any kind: each kind has some of these fields. */
export interface JsonController extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    /** Jobs only, as are the next three. */
    readonly parallelism?: number;
    readonly completions?: number;
    readonly suspend?: boolean;
    readonly managedBy?: string;
    /** A map of labels for a ReplicationController. */
    readonly selector?: LabelSelector | Labels | null;
    readonly template?: {
      readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
      readonly spec?: PodSpec & JsonPod['spec'];
    };
    readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[];
    /** Deployments only. */
    readonly paused?: boolean;
    readonly strategy?: JsonUpdateStrategy;
    readonly updateStrategy?: JsonUpdateStrategy;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    /** Jobs only. */
    readonly succeeded?: number;
    readonly conditions?: readonly JsonCondition[];
    readonly updatedReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

interface JsonUpdateStrategy {
  readonly type?: string;
  readonly rollingUpdate?: {
    readonly maxUnavailable?: number | string;
    readonly maxSurge?: number | string;
    readonly partition?: number;
  };
}

/** True for an object or array: something with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
