import { valueIn } from '../rotation/labels.ts';
import type { PodNeeds } from '../rotation/pod-needs.ts';
import type { Controller, JobState, LabelSelector, PodTemplate, RolloutNumbers } from '../rotation/snapshot.ts';
import type { JsonController } from './json.ts';
import { annotationsOf, managerOf, parseTime } from './metadata.ts';
import { needsOf } from './pod-needs.ts';
import { apiVersionOf, knownResource, type Resource } from './resource.ts';

/** Converts a workload object. `currentHash` comes from other objects for Deployments and DaemonSets. */
export function controllerOf(json: JsonController, resource: Resource, currentHash?: string): Controller {
  const { metadata, spec } = json;
  const { kind } = resource;
  const generation = valueIn(metadata.annotations, 'deprecated.daemonset.template.generation');
  return {
    // Lists omit the API version and kind of their items.
    apiVersion: apiVersionOf(resource),
    kind,
    name: metadata.name,
    uid: metadata.uid,
    selector: selectorOf(json, kind),
    owner: managerOf(metadata),
    deletedAt: parseTime(metadata.deletionTimestamp),
    labels: metadata.labels ?? {},
    annotations: annotationsOf(metadata),
    desired: desiredOf(json, kind),
    ...(isCounted(json, resource) ? {} : { isUncounted: true as const }),
    templateLabels: spec?.template?.metadata?.labels,
    needs: needsOfTemplate(json, kind),
    template: TEMPLATE_KINDS.includes(kind) ? templateOf(json) : undefined,
    isRollingOut: isRollingOut(json, kind),
    updatedPods: kind === 'Deployment' ? (json.status?.updatedReplicas ?? 0) : undefined,
    update: kind === 'DaemonSet' || kind === 'StatefulSet' ? updateOf(json) : undefined,
    rollout: rolloutOf(json, kind),
    currentHash: currentHash ?? (kind === 'StatefulSet' ? json.status?.updateRevision : undefined),
    job: kind === 'Job' ? { ...jobStateOf(json), template: templateOf(json) } : undefined,
    templateGeneration: kind === 'DaemonSet' ? generation : undefined,
  };
}

function isCounted({ spec }: JsonController, resource: Resource): boolean {
  if (resource.kind === 'CronJob') return false;
  return (
    knownResource({ ...resource, apiVersion: apiVersionOf(resource) }) !== undefined || spec?.replicas !== undefined
  );
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
      const { parallelism = 1, completions, suspend } = spec ?? {};
      if (suspend === true) return 0;
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

/** Of several conditions, the one that will hold at the end comes first (job_controller.go, syncJob). */
const JOB_ENDS = {
  Failed: 'failed',
  FailureTarget: 'failed',
  Complete: 'complete',
  SuccessCriteriaMet: 'complete',
} as const;

function jobStateOf({ spec, status }: JsonController): Omit<JobState, 'template'> {
  const { managedBy = JOB_CONTROLLER, suspend, completions } = spec ?? {};
  const holds = (wanted: string) =>
    status?.conditions?.some(({ type, status: is }) => type === wanted && is === 'True');
  const ended = Object.entries(JOB_ENDS).find(([type]) => holds(type))?.[1];
  const isQueue = completions === undefined && (status?.succeeded ?? 0) > 0;
  const state = ended ?? (suspend === true ? 'suspended' : isQueue ? 'winding down' : 'running');
  return managedBy === JOB_CONTROLLER ? { state } : { state, managedBy };
}

const JOB_CONTROLLER = 'kubernetes.io/job-controller';

/** Kinds that replace a pod under another name. */
const REPLACING = ['ReplicaSet', 'ReplicationController', 'DaemonSet'];

function needsOfTemplate({ spec }: JsonController, kind: string): PodNeeds | undefined {
  const pod = spec?.template?.spec;
  return pod && REPLACING.includes(kind) ? needsOf(pod) : undefined;
}

const TEMPLATE_KINDS = ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

function templateOf({ spec }: JsonController): PodTemplate | undefined {
  const { metadata, spec: pod } = spec?.template ?? {};
  const claims = (spec?.volumeClaimTemplates ?? []).flatMap((claim) => claim.metadata?.name ?? []);
  return pod && { annotations: metadata?.annotations ?? {}, spec: pod, claims };
}

/** Kinds whose status has observedGeneration. */
const KINDS_WITH_GENERATION = ['Deployment', 'ReplicaSet', 'ReplicationController', 'DaemonSet', 'StatefulSet'];

function isRollingOut(json: JsonController, kind: string): boolean {
  const { metadata, spec, status } = json;
  // A paused Deployment has another generation also after scaling, which is no rollout.
  if (
    spec?.paused !== true &&
    KINDS_WITH_GENERATION.includes(kind) &&
    (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)
  )
    return true;
  switch (kind) {
    case 'Deployment':
      return (status?.updatedReplicas ?? 0) < (status?.replicas ?? 0);
    case 'DaemonSet':
      return (status?.updatedNumberScheduled ?? 0) < (status?.desiredNumberScheduled ?? 0);
    case 'StatefulSet':
      return (
        status?.updateRevision !== undefined && status.updateRevision !== status.currentRevision && !isPartDone(json)
      );
    default:
      return false;
  }
}

/** All pods from the partition on are updated, and the others stay as they are (kubectl, rollout_status.go). */
function isPartDone({ spec, status }: JsonController): boolean {
  const { partition = 0 } = spec?.updateStrategy?.rollingUpdate ?? {};
  return partition > 0 && (status?.updatedReplicas ?? 0) >= (spec?.replicas ?? 1) - partition;
}

function updateOf({ spec }: JsonController) {
  const { maxSurge = 0, partition } = spec?.updateStrategy?.rollingUpdate ?? {};
  return {
    type: spec?.updateStrategy?.type ?? 'RollingUpdate',
    hasSurge: Number.parseInt(String(maxSurge), 10) > 0,
    partition,
  };
}

/**
 * The pods that a rollout takes at a time: 25% of 4 may be unavailable, so 1, and 25% of 4 may be extra, so 1 (deployment
 * util, ResolveFenceposts; daemon util, UnavailableCount; stateful_set_utils.go, getStatefulSetMaxUnavailable).
 */
function rolloutOf(json: JsonController, kind: string): RolloutNumbers | undefined {
  const { spec } = json;
  const desired = desiredOf(json, kind);
  if (kind === 'Deployment') {
    const { type, rollingUpdate: { maxSurge = '25%', maxUnavailable = '25%' } = {} } = spec?.strategy ?? {};
    const isPaused = spec?.paused === true ? ({ isPaused: true } as const) : {};
    if (type === 'Recreate') return { strategy: 'Recreate', maxUnavailable: desired, maxSurge: 0, ...isPaused };
    const extra = share(maxSurge, desired, Math.ceil);
    const fewer = share(maxUnavailable, desired, Math.floor);
    // Kubernetes takes one, so that the rollout can proceed.
    const least = extra === 0 && fewer === 0 ? 1 : fewer;
    return { strategy: 'RollingUpdate', maxUnavailable: least, maxSurge: extra, ...isPaused };
  }
  if (kind !== 'DaemonSet' && kind !== 'StatefulSet') return undefined;
  const { type, rollingUpdate: { maxSurge = 0, maxUnavailable } = {} } = spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return { strategy: 'OnDelete', maxUnavailable: 0, maxSurge: 0 };
  const isDaemonSet = kind === 'DaemonSet';
  const extra = isDaemonSet ? share(maxSurge, desired, Math.ceil) : 0;
  const fewer = share(maxUnavailable ?? (extra > 0 ? 0 : 1), desired, isDaemonSet ? Math.ceil : Math.floor);
  return { strategy: 'RollingUpdate', maxUnavailable: extra > 0 ? fewer : Math.max(1, fewer), maxSurge: extra };
}

/** A number, or a percentage of the desired pods. */
function share(value: number | string, desired: number, round: (number: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * desired) / 100) || 0;
}
