import type { V1DeleteOptions, V1ObjectMeta, V1OwnerReference, V1Preconditions } from '@kubernetes/client-node';
import type { AsJson } from './json.ts';

export type OwnerReference = V1OwnerReference;

type Meta = AsJson<V1ObjectMeta>;

/** An object to create: the server fills in uid, resourceVersion, timestamps and a generated name. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  // biome-ignore lint/suspicious/noExplicitAny: the shape below metadata depends on the kind; controllers narrow it with client-node's model types
  [field: string]: any;
}

/** Any Kubernetes object as JSON, in the store and over HTTP. */
export interface KubeObject extends NewObject {
  metadata: Meta & Required<Pick<Meta, 'name' | 'uid' | 'resourceVersion' | 'creationTimestamp'>>;
}

/** `deployments`, `pods`, …: plural names are unique among the kinds that the embedded cluster serves. */
export type Resource = string;

export interface ApiEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: Resource;
  object: KubeObject;
  /** The object before the change; absent for ADDED. */
  previous?: KubeObject;
}

type Subresource = 'status' | 'binding' | 'finalize';

/** A precondition that is not met gets 409. */
export type DeleteOptions = V1Preconditions & Pick<V1DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy'>;

/**
 * The API server without HTTP, for the controllers. A call passes the same defaults, validation and conflict checks as
 * the HTTP request and throws the same ApiError. The objects that it returns are frozen.
 */
export interface Api {
  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined;
  list(resource: Resource, namespace?: string): readonly KubeObject[];
  create(resource: Resource, object: NewObject): KubeObject;
  /**
   * Replaces the object; throws 409 for a stale `metadata.resourceVersion`. A subresource writes only its part:
   * `status` the status, `binding` a pod's spec.nodeName and its condition PodScheduled, `finalize` a namespace's
   * spec.finalizers.
   */
  update(resource: Resource, object: KubeObject, options?: { subresource?: Subresource }): KubeObject;
  /** A JSON merge patch. */
  mergePatch(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    options?: { subresource?: 'status' },
  ): KubeObject;
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** Calls the listener after each stored change, in resourceVersion order. Returns the unsubscribe function. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** Milliseconds since the epoch; the controllers' only clock. */
  now(): number;
  /** In [0, 1), from the cluster's seed; the controllers' only source of chance. */
  random(): number;
}
