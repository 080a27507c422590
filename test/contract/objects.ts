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

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: AsJson<V1ObjectMeta> & { name: string; namespace: string; uid: string; resourceVersion: string };
}

type Named<T> = Omit<AsJson<T>, 'metadata'> & KubeObject;

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
export interface KubeEvent extends KubeObject {
  involvedObject: { kind: string; name: string };
  reason: string;
  message: string;
  type: string;
}

/** The path under which the server serves each resource. */
export const groupVersions = {
  pods: 'api/v1',
  services: 'api/v1',
  configmaps: 'api/v1',
  endpoints: 'api/v1',
  events: 'api/v1',
  replicationcontrollers: 'api/v1',
  persistentvolumeclaims: 'api/v1',
  limitranges: 'api/v1',
  secrets: 'api/v1',
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

export const nameOf = (object: KubeObject | Pod | undefined): string => object?.metadata.name ?? 'no name';

export const namesOf = (objects: readonly (KubeObject | Pod)[]): string[] => objects.map(nameOf).sort();

/** The names of the objects that `others` does not have. */
export function namesOnlyIn(objects: readonly (KubeObject | Pod)[], others: readonly (KubeObject | Pod)[]): string[] {
  const known = namesOf(others);
  return namesOf(objects).filter((name) => !known.includes(name));
}

export const uidOf = (object: KubeObject | Pod | undefined): string => object?.metadata.uid ?? 'no uid';

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isTerminating({ metadata }: KubeObject | Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Its controller, such as `ReplicaSet/web-5d8f`; undefined if it has none. */
export function ownerOf({ metadata }: KubeObject | Pod): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner && `${owner.kind}/${owner.name}`;
}

/** A reference to the owner, which is not the controller unless `controller` is true. */
export function ownerReference(
  { apiVersion, kind, metadata: { name, uid } }: KubeObject,
  controller?: boolean,
): object {
  return { apiVersion, kind, name, uid, ...(controller !== undefined && { controller }) };
}
