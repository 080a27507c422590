import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { isEqual } from '../../api/json.ts';
import { type Environment, isNamespaceTerminating } from '../common/controller.ts';
import { controllerReferenceTo } from '../common/owned.ts';
import { writeStatus } from '../common/status.ts';
import { templateHash, templateHashLabel } from '../common/template-hash.ts';
import {
  activeOf,
  allOf,
  countIn,
  desiredAnnotation,
  maxUnavailable,
  newSetAnnotations,
  newSetSize,
  proportionalSizes,
  type Rollout,
  replicasAnnotations,
  revisionAnnotation,
  totalOf,
  totalReplicas,
} from './rollout.ts';
import { conditionIn, writeProgress } from './status.ts';

/** Creates a Deployment's ReplicaSets and changes their sizes (sync.go, rolling.go, recreate.go). */
export function replicaSetsFor({ api, events }: Environment, component: string) {
  /** Updates annotations, revision and minReadySeconds of an existing new set (getNewReplicaSet). */
  function syncNew(rollout: Rollout): void {
    const { deployment, current } = rollout;
    if (current === undefined) return;
    const metadata = { ...current.metadata, annotations: newSetAnnotations(rollout) };
    const spec = { ...current.spec, minReadySeconds: deployment.spec.minReadySeconds };
    const set = { ...current, metadata, spec };
    if (!isEqual(set, current)) rollout.current = api.update('replicasets', set);
    setRevision(deployment, set);
    const message = `Found new replica set "${metadata.name}"`;
    if (conditionIn(deployment.status, 'Progressing') === undefined)
      writeProgress(api, deployment, { status: 'True', reason: 'FoundNewReplicaSet', message });
  }

  function create(rollout: Rollout): KubeObject {
    const { deployment } = rollout;
    const set = newReplicaSet(rollout);
    const { name } = set.metadata;
    let created: KubeObject;
    try {
      created = api.create('replicasets', set);
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') {
        // The set of another template has the name: the next sync gets another hash.
        const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
        writeStatus(api, 'deployments', deployment, { ...deployment.status, collisionCount });
      } else if (error instanceof ApiError && !isNamespaceTerminating(error)) {
        const message = `Failed to create new replica set "${name}": ${error.message}`;
        writeProgress(api, deployment, { status: 'False', reason: 'ReplicaSetCreateError', message });
        events.record(component, deployment, 'Warning', 'ReplicaSetCreateError', message);
      }
      throw error;
    }
    sayScaled(deployment, created, 0);
    setRevision(deployment, created);
    const message = `Created new replica set "${name}"`;
    writeProgress(api, deployment, { status: 'True', reason: 'NewReplicaSetCreated', message });
    return created;
  }

  /** Writes through /status, where a change of annotations does not increase the generation. */
  function setRevision(deployment: KubeObject, set: KubeObject): void {
    const { annotations } = deployment.metadata;
    const revision = set.metadata.annotations?.[revisionAnnotation] ?? '';
    if (annotations?.[revisionAnnotation] === revision) return;
    const metadata = { ...deployment.metadata, annotations: { ...annotations, [revisionAnnotation]: revision } };
    api.update('deployments', { ...deployment, metadata }, { subresource: 'status' });
  }

  /** Keeps the proportions of the sets after a change of spec.replicas and while paused (scale). */
  function scale(rollout: Rollout): void {
    const { deployment, current, old } = rollout;
    const active = activeOf(rollout);
    if (active.length <= 1) {
      const only = active[0] ?? current ?? old.at(-1);
      if (only !== undefined) resize(rollout, only, deployment.spec.replicas);
    } else if (isSaturated(rollout)) {
      shrink(rollout);
    } else if (deployment.spec.strategy.type === 'RollingUpdate') {
      for (const [set, size] of proportionalSizes(deployment, active)) {
        resize(rollout, set, size, 'annotations too');
      }
    }
  }

  /** Creates the new set, or grows it if it may; true when its size has changed (reconcileNewReplicaSet). */
  function growNew(rollout: Rollout): boolean {
    rollout.current ??= create(rollout);
    const { deployment, current } = rollout;
    return resize(rollout, current, newSetSize(deployment, allOf(rollout), current.spec.replicas));
  }

  /**
   * Shrinks the old sets: unhealthy pods first, then healthy ones as long as enough pods stay available
   * (reconcileOldReplicaSets). With 10 replicas, maxUnavailable 2, maxSurge 3, 8 old pods and 5 new ones that never
   * become ready, 8 + 0 - 8 = 0 may go.
   */
  function shrinkOld(rollout: Rollout): boolean {
    const { deployment, current, old } = rollout;
    const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
    const mayGo = totalReplicas(old) + availableOf(current) - minAvailable;
    // cleanupUnhealthyReplicas fails on a set whose status does not show yet that it was shrunk: no old pod goes before.
    const isStale = old.some((set) => set.spec.replicas > 0 && availableOf(set) > set.spec.replicas);
    if (mayGo <= 0 || isStale) return false;
    const isCleaned = shrink(rollout, mayGo, (set) => set.spec.replicas - availableOf(set));
    const spare = totalOf(allOf(rollout), 'availableReplicas') - minAvailable;
    return shrink(rollout, spare) || isCleaned;
  }

  /** Removes at most `count` pods from the old sets, oldest set first, and from each at most `removable`. */
  function shrink(rollout: Rollout, count = Number.POSITIVE_INFINITY, removable = sizeOf): boolean {
    let removed = 0;
    for (const set of [...rollout.old]) {
      const fewer = Math.max(0, Math.min(count - removed, removable(set)));
      resize(rollout, set, set.spec.replicas - fewer);
      removed += fewer;
    }
    return removed > 0;
  }

  /** scaleReplicaSet; false when the set has the size. */
  function resize(rollout: Rollout, set: KubeObject, size: number, force?: 'annotations too'): boolean {
    const { deployment, old } = rollout;
    const before: number = set.spec.replicas;
    const annotations = { ...set.metadata.annotations, ...replicasAnnotations(deployment) };
    if (before === size && (force === undefined || isEqual(annotations, set.metadata.annotations))) return false;
    const metadata = { ...set.metadata, annotations };
    const resized = api.update('replicasets', { ...set, metadata, spec: { ...set.spec, replicas: size } });
    if (rollout.current === set) rollout.current = resized;
    else old[old.indexOf(set)] = resized;
    sayScaled(deployment, resized, before);
    return true;
  }

  function sayScaled(deployment: KubeObject, { metadata: { name }, spec }: KubeObject, before: number): void {
    if (before === spec.replicas) return;
    const message = `Scaled ${before < spec.replicas ? 'up' : 'down'} replica set ${name} from ${before} to ${spec.replicas}`;
    events.record(component, deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  return { syncNew, scale, growNew, shrinkOld, shrink };
}

function sizeOf(set: KubeObject): number {
  return set.spec.replicas;
}

function availableOf(set: KubeObject | undefined): number {
  return set?.status?.availableReplicas ?? 0;
}

/** IsSaturated: the new set is complete, so all old pods can go. */
function isSaturated({ deployment, current }: Rollout): boolean {
  if (current === undefined) return false;
  const counts = [current.spec.replicas, countIn(current, desiredAnnotation), availableOf(current)];
  return counts.every((count) => count === deployment.spec.replicas);
}

/** The name of a ReplicaSet is a DNS subdomain. */
const maxNameLength = 253;

/** The selector is the Deployment's plus the hash. */
function newReplicaSet(rollout: Rollout): NewObject {
  const { deployment, old } = rollout;
  const { name, namespace } = deployment.metadata;
  const { selector, template, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name.slice(0, maxNameLength - 1 - hash.length)}-${hash}`,
      namespace,
      labels,
      annotations: { ...newSetAnnotations(rollout), ...replicasAnnotations(deployment) },
      ownerReferences: [controllerReferenceTo(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, old, 0),
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
