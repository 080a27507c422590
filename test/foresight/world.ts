import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Manifest, PutsBack, Resource } from './case.ts';

/** The cluster of a case: one namespace, and the nodes of the case. */
export interface World {
  readonly namespace: string;
  readonly kubeConfig: KubeConfig;
  /** The policy that is installed. */
  readonly putsBack?: PutsBack;
  /** The cluster's clock, milliseconds since the epoch. */
  now(): number;
  /** On a real cluster only short times pass. */
  pass(seconds: number): Promise<void>;
  /** Does nothing if the name is taken. */
  create(resource: Resource, object: Manifest): Promise<void>;
  /** A merge patch. Does nothing if the object is missing or the server refuses. */
  patch(resource: Resource | 'nodes', name: string, patch: object): Promise<void>;
  delete(resource: Resource, name: string, orphans: boolean): Promise<void>;
  list(resource: Listed): Promise<readonly KubeObject[]>;
  /** In all namespaces: they take room on the nodes. */
  everyPod(): Promise<readonly KubeObject[]>;
  /** Calls with the service's ready endpoints whenever they change; returns how to stop. */
  followReady(service: string, onChange: (uids: ReadonlySet<string>) => void): Promise<() => void>;
  /** Waits until controllers have nothing to do and pods are as their apps are. */
  settled(): Promise<void>;
}

/** The resources of a scene. */
export const LISTED = [
  'pods',
  'services',
  'endpointslices',
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'deployments',
  'replicasets',
  'daemonsets',
  'statefulsets',
  'jobs',
  'poddisruptionbudgets',
  'networkpolicies',
  'horizontalpodautoscalers',
  'nodes',
  'priorityclasses',
  'persistentvolumes',
  'persistentvolumeclaims',
] as const;

/** Of no namespace. */
export const CLUSTER_WIDE: readonly string[] = ['nodes', 'priorityclasses', 'persistentvolumes'];

export type Listed = (typeof LISTED)[number];
