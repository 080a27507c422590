import type { KubeObject, OwnerReference } from '@pitlane/embedded-cluster/api';
import type { Labels } from './case.ts';
import { LISTED, type Listed, type World } from './world.ts';

/** All objects at one moment. */
export interface Scene {
  readonly at: number;
  readonly everyPod: readonly KubeObject[];
  readonly objects: Readonly<Record<Listed, readonly KubeObject[]>>;
}

export async function look(world: World): Promise<Scene> {
  const lists = await Promise.all(LISTED.map(async (resource) => [resource, await world.list(resource)] as const));
  const objects = Object.fromEntries(lists) as Scene['objects'];
  return { at: world.now(), everyPod: await world.everyPod(), objects };
}

export const nameOf = (object: KubeObject): string => object.metadata.name;
export const uidOf = (object: KubeObject): string => object.metadata.uid;
export const labelsOf = (object: KubeObject): Labels => object.metadata.labels ?? {};
export const annotationsOf = (object: KubeObject): Labels => object.metadata.annotations ?? {};

export function ownerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

export function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function isLeaving(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function hasEnded(pod: KubeObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isActive(pod: KubeObject): boolean {
  return !isLeaving(pod) && !hasEnded(pod);
}

/** The object with this uid. */
export function find(scene: Scene, resource: Listed, uid: string | undefined): KubeObject | undefined {
  return scene.objects[resource].find((object) => uidOf(object) === uid);
}

const OWNING = ['replicasets', 'deployments', 'daemonsets', 'statefulsets', 'replicationcontrollers', 'jobs'] as const;

/** The controller that a reference names; undefined: gone, or of an operator. */
export function controllerOf(scene: Scene, ref: { uid: string } | undefined): KubeObject | undefined {
  return ref && OWNING.map((resource) => find(scene, resource, ref.uid)).find((found) => found !== undefined);
}

/** The top of the owner chain in the scene. */
export function rootOf(scene: Scene, ref: { uid: string } | undefined): KubeObject | undefined {
  const owner = controllerOf(scene, ref);
  const above = owner && ownerOf(owner);
  return above ? (rootOf(scene, above) ?? owner) : owner;
}

export function specSelector(controller: KubeObject): LabelSelector | undefined {
  const { selector } = controller.spec ?? {};
  return controller.kind === 'ReplicationController' ? { matchLabels: selector } : selector;
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** metav1.LabelSelector as Kubernetes reads it: absent selects nothing, empty everything. */
export function selects(selector: LabelSelector | undefined | null, labels: Labels): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    has(labels, matchLabels) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}

/** A Service's selector: an empty or absent one selects nothing. */
export function serviceSelects(service: KubeObject, labels: Labels): boolean {
  const selector: Labels = service.spec?.selector ?? {};
  return Object.keys(selector).length > 0 && has(labels, selector);
}

function has(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

interface Endpoint {
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly uid?: string; readonly name?: string };
}

/** The endpoints that the EndpointSlices of a service list. */
export function endpointsOf(scene: Scene, service: string): readonly Endpoint[] {
  return scene.objects.endpointslices
    .filter((slice) => labelsOf(slice)['kubernetes.io/service-name'] === service)
    .flatMap((slice): Endpoint[] => slice.endpoints ?? []);
}

export function isListed(scene: Scene, service: string, uid: string): boolean {
  return endpointsOf(scene, service).some(({ targetRef }) => targetRef?.uid === uid);
}

/** Uids of ready endpoints. */
export function readyUids(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(
    endpoints.flatMap(({ conditions, targetRef }) => (conditions?.ready !== false && targetRef?.uid) || []),
  );
}

/** Pods that are ready endpoints and whose labels the service's selector matches. */
export function inRotation(scene: Scene, serviceName: string): readonly KubeObject[] {
  const service = scene.objects.services.find((object) => nameOf(object) === serviceName);
  const ready = readyUids(endpointsOf(scene, serviceName));
  return scene.objects.pods.filter(
    (pod) =>
      service !== undefined && ready.has(uidOf(pod)) && serviceSelects(service, labelsOf(pod)) && !isLeaving(pod),
  );
}
