import type { Controller, LabelSelector, PodTemplate } from '../rotation/snapshot.ts';
import type { JsonController } from './json.ts';
import { annotationsOf, ownerOf, parseTime } from './metadata.ts';
import { apiVersionOf, type Resource } from './resource.ts';

/** Converts a workload object. `currentHash` comes from other objects for Deployments and DaemonSets. */
export function controllerOf(json: JsonController, resource: Resource, currentHash?: string): Controller {
  const { metadata, spec } = json;
  const { kind } = resource;
  const generation = metadata.annotations?.['deprecated.daemonset.template.generation'];
  return {
    // Lists omit the API version and kind of their items.
    apiVersion: apiVersionOf(resource),
    kind,
    name: metadata.name,
    uid: metadata.uid,
    selector: selectorOf(json, kind),
    owner: ownerOf(metadata),
    deletedAt: parseTime(metadata.deletionTimestamp),
    createdAt: parseTime(metadata.creationTimestamp) ?? 0,
    labels: metadata.labels ?? {},
    annotations: annotationsOf(metadata),
    desired: desiredOf(json, kind),
    templateLabels: spec?.template?.metadata?.labels,
    template: TEMPLATE_KINDS.includes(kind) ? templateOf(json) : undefined,
    isRollingOut: isRollingOut(json, kind),
    update: kind === 'DaemonSet' || kind === 'StatefulSet' ? updateOf(json) : undefined,
    currentHash: currentHash ?? (kind === 'StatefulSet' ? json.status?.updateRevision : undefined),
    templateGeneration: kind === 'DaemonSet' ? generation : undefined,
  };
}

const KINDS_WITH_SELECTOR = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'];

function selectorOf({ spec }: JsonController, kind: string): LabelSelector | undefined {
  const selector = spec?.selector ?? undefined;
  if (selector === undefined) return undefined;
  if (kind === 'ReplicationController') return { matchLabels: selector as Readonly<Record<string, string>> };
  if (!KINDS_WITH_SELECTOR.includes(kind)) return undefined;
  return selector as LabelSelector;
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

/** Kinds that people deploy. The template of a ReplicaSet is a copy, and there are many. */
const TEMPLATE_KINDS = ['Deployment', 'DaemonSet', 'StatefulSet'];

function templateOf({ spec }: JsonController): PodTemplate | undefined {
  const { metadata, spec: pod } = spec?.template ?? {};
  const claims = (spec?.volumeClaimTemplates ?? []).flatMap((claim) => claim.metadata?.name ?? []);
  return pod && { annotations: metadata?.annotations ?? {}, spec: pod, claims };
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
    partition,
  };
}
