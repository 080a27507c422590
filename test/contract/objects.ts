import type {
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1ObjectMeta,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { AsJson, Pod } from '@pitlane/embedded-cluster/kubelet/pod';

export type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';

export interface Thing {
  apiVersion?: string;
  kind?: string;
  metadata: AsJson<V1ObjectMeta> & { name: string; namespace: string; uid: string; resourceVersion: string };
}

type Named<T> = Omit<AsJson<T>, 'metadata'> & Thing;

export type Deployment = Named<V1Deployment>;
export type ReplicaSet = Named<V1ReplicaSet>;
export type DaemonSet = Named<V1DaemonSet>;
export type StatefulSet = Named<V1StatefulSet>;
export type Job = Named<V1Job>;
export type Service = Named<V1Service>;
export type EndpointSlice = Named<V1EndpointSlice>;
export type Budget = Named<V1PodDisruptionBudget>;
export type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** A core/v1 Event. */
export interface KubeEvent extends Thing {
  involvedObject: { kind: string; name: string };
  reason: string;
  message: string;
  type: string;
}

/** Where each kind is served. */
export const groupVersions = {
  pods: 'api/v1',
  services: 'api/v1',
  configmaps: 'api/v1',
  endpoints: 'api/v1',
  events: 'api/v1',
  replicationcontrollers: 'api/v1',
  persistentvolumeclaims: 'api/v1',
  resourcequotas: 'api/v1',
  serviceaccounts: 'api/v1',
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  daemonsets: 'apis/apps/v1',
  statefulsets: 'apis/apps/v1',
  controllerrevisions: 'apis/apps/v1',
  jobs: 'apis/batch/v1',
  cronjobs: 'apis/batch/v1',
  poddisruptionbudgets: 'apis/policy/v1',
  endpointslices: 'apis/discovery.k8s.io/v1',
  leases: 'apis/coordination.k8s.io/v1',
} as const;

export type Resource = keyof typeof groupVersions;

export const nameOf = (thing: Thing | Pod | undefined): string => thing?.metadata.name ?? 'nobody';

export const namesOf = (things: readonly (Thing | Pod)[]): string[] => things.map(nameOf).sort();

export const uidOf = (thing: Thing | Pod | undefined): string => thing?.metadata.uid ?? 'no uid';

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** The controller that owns it, such as `ReplicaSet/web-5d8f`; undefined when none does. */
export function ownerOf(thing: Thing | Pod): string | undefined {
  const owner = thing.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner && `${owner.kind}/${owner.name}`;
}
