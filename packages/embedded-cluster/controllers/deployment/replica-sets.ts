import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { isEqual } from '../../api/json.ts';
import { type Environment, isNamespaceTerminating } from '../common/controller.ts';
import { controllerOf, keyOf } from '../common/informers.ts';
import { controllerReferenceTo } from '../common/owned.ts';
import { maxUnavailable, newSetSize, proportionalSizes, totalOf, totalReplicas } from '../common/rollout-arithmetic.ts';
import { writeStatus } from '../common/status.ts';
import { isSameTemplate, templateHash, templateHashLabel } from '../common/template-hash.ts';
import {
  type Annotations,
  activeOf,
  allOf,
  countIn,
  desiredAnnotation,
  maxAnnotation,
  newSetAnnotations,
  type Rollout,
  replicasAnnotations,
  revisionAnnotation,
} from './rollout.ts';
import { conditionIn, writeProgress } from './status.ts';

/** Creates a Deployment's ReplicaSets and changes their sizes (sync.go, rolling.go, recreate.go). */
export function replicaSetsFor({ api, events, informers }: Environment, component: string) {
  /** Updates annotations, revision and minReadySeconds of an existing new set (getNewReplicaSet). */
  function syncNew(rollout: Rollout): void {
    const { deployment, current } = rollout;
    if (current === undefined) return;
    const annotations = newSetAnnotations(rollout);
    const { minReadySeconds = 0 } = deployment.spec;
    const isSame = minReadySeconds === (current.spec.minReadySeconds ?? 0);
    if (!isSame || !isEqual(annotations, current.metadata.annotations ?? {})) {
      const metadata = { ...current.metadata, annotations };
      rollout.current = api.update('replicasets', { ...current, metadata, spec: { ...current.spec, minReadySeconds } });
    }
    setRevision(deployment, annotations);
    if (conditionIn(deployment.status, 'Progressing') === undefined) {
      const message = `Found new replica set "${current.metadata.name}"`;
      writeProgress(api, deployment, { status: 'True', reason: 'FoundNewReplicaSet', message });
    }
  }

  /** Creates the new set if it is missing. */
  function ensureNew(rollout: Rollout): KubeObject {
    rollout.current ??= create(rollout);
    return rollout.current;
  }

  function create(rollout: Rollout): KubeObject {
    const { deployment } = rollout;
    const set = newReplicaSet(rollout);
    let created: KubeObject;
    try {
      created = api.create('replicasets', set);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === 'AlreadyExists') return resolveCollision(deployment, set, error);
      if (!isNamespaceTerminating(error)) {
        const message = `Failed to create new replica set "${set.metadata.name}": ${error.message}`;
        writeProgress(api, deployment, { status: 'False', reason: 'ReplicaSetCreateError', message });
        events.record(component, deployment, 'Warning', 'ReplicaSetCreateError', message);
      }
      throw error;
    }
    sayScaled(deployment, created, 0);
    setRevision(deployment, created.metadata.annotations);
    const message = `Created new replica set "${created.metadata.name}"`;
    writeProgress(api, deployment, { status: 'True', reason: 'NewReplicaSetCreated', message });
    return created;
  }

  /**
   * The name is taken. Unless this Deployment's own set of the same template has it, two templates have the same hash:
   * increases collisionCount, so that the next sync gets another hash.
   */
  function resolveCollision(deployment: KubeObject, { metadata }: NewObject, error: ApiError): KubeObject {
    const existing = informers.get('replicasets', metadata.namespace, metadata.name ?? '');
    const isOurs = existing !== undefined && controllerOf(existing)?.uid === deployment.metadata.uid;
    if (isOurs && isSameTemplate(existing.spec.template, deployment.spec.template)) return existing;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    writeStatus(api, 'deployments', deployment, { ...deployment.status, collisionCount });
    throw error;
  }

  /** Writes through /status, where a change of annotations does not increase the generation. */
  function setRevision(deployment: KubeObject, { [revisionAnnotation]: revision = '' }: Annotations = {}): void {
    const fresh = informers.getByKey('deployments', keyOf(deployment));
    if (fresh === undefined || fresh.metadata.annotations?.[revisionAnnotation] === revision) return;
    const annotations = { ...fresh.metadata.annotations, [revisionAnnotation]: revision };
    api.update('deployments', { ...fresh, metadata: { ...fresh.metadata, annotations } }, { subresource: 'status' });
  }

  /** Keeps the proportions of the sets after a change of spec.replicas and while paused (scale). */
  function scale(rollout: Rollout): void {
    const { deployment, current, old } = rollout;
    const active = activeOf(rollout);
    if (active.length <= 1) {
      const only = active[0] ?? current ?? old.at(-1);
      if (only !== undefined) resize(rollout, only, deployment.spec.replicas);
    } else if (isSaturated(rollout)) {
      emptyOld(rollout);
    } else if (deployment.spec.strategy.type === 'RollingUpdate') {
      for (const [set, size] of proportionalSizes(deployment, active, (set) => countIn(set, maxAnnotation))) {
        resize(rollout, set, size, 'annotations too');
      }
    }
  }

  /** Creates the new set, or grows it if it may; true when its size has changed (reconcileNewReplicaSet). */
  function growNew(rollout: Rollout): boolean {
    const current = ensureNew(rollout);
    return resize(rollout, current, newSetSize(rollout.deployment, allOf(rollout), current.spec.replicas));
  }

  /** Creates the new set with all its pods. */
  function fillNew(rollout: Rollout): void {
    resize(rollout, ensureNew(rollout), rollout.deployment.spec.replicas);
  }

  /**
   * Shrinks the old sets: unhealthy pods first, then healthy ones as long as enough pods stay available
   * (reconcileOldReplicaSets). With 10 replicas, maxUnavailable 2, maxSurge 3, 8 old pods and 5 new ones that never
   * become ready, 13 - 8 - 5 = 0 may go.
   */
  function shrinkOld(rollout: Rollout): boolean {
    const { deployment, current, old } = rollout;
    const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
    const newUnavailable = current === undefined ? 0 : current.spec.replicas - availableOf(current);
    const mayGo = totalReplicas(allOf(rollout)) - minAvailable - newUnavailable;
    // cleanupUnhealthyReplicas fails on a set whose status does not show yet that it was shrunk: no old pod goes before.
    const isStale = old.some((set) => set.spec.replicas > 0 && availableOf(set) > set.spec.replicas);
    if (totalReplicas(old) === 0 || mayGo <= 0 || isStale) return false;
    const isCleaned = shrink(rollout, mayGo, (set) => set.spec.replicas - availableOf(set));
    const spare = totalOf(allOf(rollout), 'availableReplicas') - minAvailable;
    return shrink(rollout, spare, (set) => set.spec.replicas) || isCleaned;
  }

  function emptyOld(rollout: Rollout): boolean {
    return shrink(rollout, Number.POSITIVE_INFINITY, (set) => set.spec.replicas);
  }

  /** Removes at most `count` pods from the old sets, oldest set first, and from each at most `removable`. */
  function shrink(rollout: Rollout, count: number, removable: (set: KubeObject) => number): boolean {
    let removed = 0;
    for (const set of [...rollout.old]) {
      const fewer = Math.max(0, Math.min(count - removed, removable(set)));
      if (fewer > 0) resize(rollout, set, set.spec.replicas - fewer);
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

  return { syncNew, scale, growNew, fillNew, shrinkOld, emptyOld };
}

function availableOf(set: KubeObject): number {
  return set.status?.availableReplicas ?? 0;
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
