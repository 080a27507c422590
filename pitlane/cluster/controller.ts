import type { Controller, LabelSelector } from '../rotation/snapshot.ts';
import type { JsonController, JsonLabelSelector } from './json.ts';
import { annotationsOf, ownerOf, parseTime } from './metadata.ts';

/** The API version and kind, which lists omit from their items. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Converts a workload object. `currentHash` comes from other objects for Deployments and DaemonSets. */
export function controllerOf(json: JsonController, { apiVersion, kind }: TypeMeta, currentHash?: string): Controller {
  const { metadata, spec } = json;
  const owner = ownerOf(metadata);
  const selector = selectorOf(json, kind);
  const deletedAt = parseTime(metadata.deletionTimestamp);
  const templateLabels = spec?.template?.metadata?.labels;
  const generation = metadata.annotations?.['deprecated.daemonset.template.generation'];
  const hash = currentHash ?? (kind === 'StatefulSet' ? json.status?.updateRevision : undefined);
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    ...(selector === undefined ? {} : { selector }),
    ...(owner === undefined ? {} : { owner }),
    ...(deletedAt === undefined ? {} : { deletedAt }),
    createdAt: parseTime(metadata.creationTimestamp) ?? 0,
    labels: metadata.labels ?? {},
    annotations: annotationsOf(metadata),
    desired: desiredOf(json, kind),
    ...(templateLabels === undefined ? {} : { templateLabels }),
    isRollingOut: isRollingOut(json, kind),
    ...(kind === 'DaemonSet' || kind === 'StatefulSet' ? { update: updateOf(json) } : {}),
    ...(hash === undefined ? {} : { currentHash: hash }),
    ...(kind === 'DaemonSet' && generation !== undefined ? { templateGeneration: generation } : {}),
  };
}

const KINDS_WITH_SELECTOR = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'];

function selectorOf({ spec }: JsonController, kind: string): LabelSelector | undefined {
  const selector = spec?.selector ?? undefined;
  if (selector === undefined) return undefined;
  if (kind === 'ReplicationController') return { matchLabels: selector as Readonly<Record<string, string>> };
  if (!KINDS_WITH_SELECTOR.includes(kind)) return undefined;
  const { matchLabels, matchExpressions } = selector as JsonLabelSelector;
  return {
    ...(matchLabels === undefined ? {} : { matchLabels }),
    ...(matchExpressions === undefined ? {} : { matchExpressions }),
  };
}

function desiredOf({ spec, status }: JsonController, kind: string): number {
  switch (kind) {
    case 'DaemonSet':
      return status?.desiredNumberScheduled ?? 0;
    case 'Job': {
      const { parallelism = 1, completions } = spec ?? {};
      return completions === undefined
        ? parallelism
        : Math.max(0, Math.min(parallelism, completions - (status?.succeeded ?? 0)));
    }
    case 'CronJob':
      return 0;
    default:
      return spec?.replicas ?? 1;
  }
}

/** Kinds whose status has observedGeneration. */
const KINDS_WITH_GENERATION = ['Deployment', 'ReplicaSet', 'ReplicationController', 'DaemonSet', 'StatefulSet'];

function isRollingOut({ metadata, status }: JsonController, kind: string): boolean {
  if (KINDS_WITH_GENERATION.includes(kind) && (status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return true;
  switch (kind) {
    case 'Deployment':
      return (status?.updatedReplicas ?? 0) < (status?.replicas ?? 0);
    case 'DaemonSet':
      return (status?.updatedNumberScheduled ?? 0) < (status?.desiredNumberScheduled ?? 0);
    case 'StatefulSet':
      return status?.updateRevision !== undefined && status.updateRevision !== status.currentRevision;
    default:
      return false;
  }
}

function updateOf({ spec }: JsonController) {
  const { maxSurge = 0, partition } = spec?.updateStrategy?.rollingUpdate ?? {};
  return {
    type: spec?.updateStrategy?.type ?? 'RollingUpdate',
    hasSurge: Number.parseInt(String(maxSurge), 10) > 0,
    ...(partition === undefined ? {} : { partition }),
  };
}
