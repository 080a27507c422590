import type { OwnerReference } from '@pitlane/embedded-cluster/api';
import type { NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';

export type Labels = Readonly<Record<string, string>>;

/** A cluster and its commands, as data. */
export interface Case {
  readonly seed: number;
  readonly index: number;
  readonly nodes: readonly NodeOptions[];
  /** In the order of their creation, without namespaces. */
  readonly objects: readonly Made[];
  readonly policy: { readonly minReady?: number | `${number}%`; readonly maxDrained: number };
  /** Before the drain. */
  readonly before: readonly Act[];
  readonly drain: { readonly pod: number; readonly force: boolean; readonly allServices?: true };
  /** Between the drain and the restore. */
  readonly between: readonly Act[];
  readonly restore: { readonly force: boolean };
  /** Commands after those of `before`, instead of the drain and the restore. */
  readonly tour?: readonly Stop[];
  /** The admission policy for gates is installed, where the world can do that. */
  readonly hasGatePolicy?: boolean;
  /** An admission policy puts this label back on pods that lose it, where the world can do that. */
  readonly putsBack?: PutsBack;
}

export interface PutsBack {
  readonly key: string;
  readonly value: string;
}

/** A command with its values. Pods are numbers, as in `Act`, of the members at the beginning of the tour. */
export interface Stop {
  readonly command:
    | 'gate on'
    | 'gate off'
    | 'disable'
    | 'enable'
    | 'canary start'
    | 'canary stop'
    | 'switch'
    | 'finish'
    | 'spread'
    | 'spread back';
  readonly force: boolean;
  readonly pods?: readonly number[];
  readonly selector?: string;
  readonly label?: string;
  readonly widen?: true;
  readonly newPods?: 'out';
  readonly count?: number;
  readonly out?: boolean;
}

/** An object to create. */
export interface Made {
  readonly resource: Resource;
  readonly object: Manifest;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape below metadata depends on the kind
export type Manifest = { readonly metadata: Metadata } & Record<string, any>;

interface Metadata {
  readonly name: string;
  readonly labels?: Labels;
  /** An empty uid stands for the uid of the ConfigMap of this name. */
  readonly ownerReferences?: readonly OwnerReference[];
}

export type Resource =
  | 'pods'
  | 'services'
  | 'configmaps'
  | 'resourcequotas'
  | 'replicationcontrollers'
  | 'deployments'
  | 'replicasets'
  | 'daemonsets'
  | 'statefulsets'
  | 'jobs'
  | 'poddisruptionbudgets'
  | 'networkpolicies'
  | 'horizontalpodautoscalers'
  | 'priorityclasses'
  | 'persistentvolumes'
  | 'persistentvolumeclaims';

/** A pod is a number: an index into the pods of that moment by name, modulo their count. */
export type Act =
  | { readonly act: 'time passes'; readonly seconds: number }
  | {
      readonly act: 'annotate pod';
      readonly pod: number;
      readonly annotations: Readonly<Record<string, string | null>>;
    }
  | { readonly act: 'label pod'; readonly pod: number; readonly labels: Readonly<Record<string, string | null>> }
  /** `isHeld`: with a finalizer, so that the pod stays terminating. */
  | { readonly act: 'delete pod'; readonly pod: number; readonly isHeld: boolean }
  /** A finalizer, which keeps the pod once it is deleted. */
  | { readonly act: 'hold pod'; readonly pod: number }
  | { readonly act: 'drain pod'; readonly pod: number }
  /** Deletes the workload with its pods, and creates it again as it was at first. */
  | { readonly act: 'make anew'; readonly resource: Resource; readonly name: string }
  | { readonly act: 'create'; readonly made: Made }
  /** A merge patch. */
  | { readonly act: 'patch'; readonly resource: Resource | 'nodes'; readonly name: string; readonly patch: object }
  | { readonly act: 'delete'; readonly resource: Resource; readonly name: string; readonly orphans: boolean }
  /** The pod that was drained. */
  | { readonly act: 'annotate drained'; readonly annotations: Readonly<Record<string, string | null>> }
  | { readonly act: 'label drained'; readonly labels: Readonly<Record<string, string | null>> }
  /** A person puts the labels of the record back, and leaves the marks. */
  | { readonly act: 'put drained back' }
  /** A person removes the marks. */
  | { readonly act: 'unmark drained' };

/** The Service of Pitlane's configuration in every case. */
export const SERVICE = 'web';

/** Annotation: makes the kubelet's app misbehave. */
export const FAULT = 'kubelet.pitlane.dev/fault';
