import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Manifest, Resource } from './case.ts';

/** The cluster that a case is played on: one namespace, and nodes that are the case's own. */
export interface World {
  readonly namespace: string;
  readonly kubeConfig: KubeConfig;
  /** The cluster's clock, milliseconds since the epoch. */
  now(): number;
  /** Where the clock can't be moved, only short times pass. */
  pass(seconds: number): Promise<void>;
  /** Unless there is one of that name. */
  create(resource: Resource, object: Manifest): Promise<void>;
  /** A merge patch, unless there is no such object or the server refuses. */
  patch(resource: Resource | 'nodes', name: string, patch: object): Promise<void>;
  delete(resource: Resource, name: string, orphans: boolean): Promise<void>;
  list(resource: Listed): Promise<readonly KubeObject[]>;
  /** Of all namespaces: what takes room on the nodes. */
  everyPod(): Promise<readonly KubeObject[]>;
  /** Calls with the names of the service's ready endpoints whenever they change; returns how to stop. */
  followReady(service: string, onChange: (uids: ReadonlySet<string>) => void): Promise<() => void>;
  /** Resolves once nothing moves any more: controllers have done what they can, and pods are as their apps are. */
  settled(): Promise<void>;
}

/** What is looked at to see what has happened. */
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
] as const;

export type Listed = (typeof LISTED)[number];
