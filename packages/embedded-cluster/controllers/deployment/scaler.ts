import type { KubeObject } from '../../api/api.ts';
import type { Environment } from '../common/controller.ts';
import { maxUnavailable, newSetSize, proportionalSizes, totalOf, totalReplicas } from '../common/rollout-arithmetic.ts';
import { desiredReplicasOf, hasReplicasAnnotations, maxReplicasOf, replicasAnnotations } from './revisions.ts';
import { allOf, type Sets } from './sets.ts';

type SetsWithNew = Sets & { current: KubeObject };

interface Step<T> {
  changed: boolean;
  sets: T;
}

/** Changes the sizes of a Deployment's ReplicaSets (sync.go, rolling.go, recreate.go). */
export function deploymentScaler({ api, events }: Environment, component: string) {
  /** Keeps the proportions of the sets after a change of spec.replicas and while paused (scale). */
  function scale(deployment: KubeObject, sets: Sets): Sets {
    const { replicas } = deployment.spec;
    const all = allOf(sets);
    const active = all.filter((set) => set.spec.replicas > 0);
    if (active.length <= 1) {
      const only = active[0] ?? sets.current ?? sets.old.at(-1);
      return only === undefined ? sets : replaced(sets, only, resize(deployment, only, replicas));
    }
    if (isSaturated(deployment, sets.current)) return emptyOld(deployment, sets).sets;
    if (deployment.spec.strategy.type !== 'RollingUpdate') return sets;
    let scaled = sets;
    for (const [set, size] of proportionalSizes(deployment, active, maxReplicasOf)) {
      scaled = replaced(scaled, set, resize(deployment, set, size, 'annotations too'));
    }
    return scaled;
  }

  /** reconcileNewReplicaSet */
  function growNew(deployment: KubeObject, sets: SetsWithNew): Step<SetsWithNew> {
    const { current } = sets;
    const { replicas } = deployment.spec;
    const size =
      current.spec.replicas > replicas ? replicas : newSetSize(deployment, allOf(sets), current.spec.replicas);
    const resized = resize(deployment, current, size);
    return { changed: resized !== current, sets: { ...sets, current: resized } };
  }

  /**
   * Shrinks the old sets: unhealthy pods first, then healthy ones as long as enough pods stay available
   * (reconcileOldReplicaSets). With 10 replicas, maxUnavailable 2, maxSurge 3, 8 old pods and 5 new ones that never
   * become ready, 13 - 8 - 5 = 0 may go.
   */
  function shrinkOld(deployment: KubeObject, sets: SetsWithNew): Step<Sets> {
    const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
    const newUnavailable = sets.current.spec.replicas - totalOf([sets.current], 'availableReplicas');
    const mayGo = totalReplicas(allOf(sets)) - minAvailable - newUnavailable;
    // cleanupUnhealthyReplicas fails on a set whose status does not show yet that it was shrunk: no old pod goes before.
    const isStale = sets.old.some((set) => set.spec.replicas > 0 && availableOf(set) > set.spec.replicas);
    if (totalReplicas(sets.old) === 0 || mayGo <= 0 || isStale) return { changed: false, sets };
    const cleaned = shrink(deployment, sets, mayGo, (set) => set.spec.replicas - availableOf(set));
    const spare = totalOf(allOf(cleaned.sets), 'availableReplicas') - minAvailable;
    const shrunk = shrink(deployment, cleaned.sets, spare, (set) => set.spec.replicas);
    return { changed: cleaned.changed || shrunk.changed, sets: shrunk.sets };
  }

  function emptyOld(deployment: KubeObject, sets: Sets): Step<Sets> {
    return shrink(deployment, sets, Number.POSITIVE_INFINITY, (set) => set.spec.replicas);
  }

  function fillNew(deployment: KubeObject, sets: SetsWithNew): Sets {
    return { ...sets, current: resize(deployment, sets.current, deployment.spec.replicas) };
  }

  /** Removes at most `count` pods from the old sets, oldest set first, and from each at most `removable`. */
  function shrink(
    deployment: KubeObject,
    sets: Sets,
    count: number,
    removable: (set: KubeObject) => number,
  ): Step<Sets> {
    let left = count;
    let changed = false;
    const old = sets.old.map((set) => {
      const fewer = Math.max(0, Math.min(left, removable(set)));
      if (fewer === 0) return set;
      left -= fewer;
      changed = true;
      return resize(deployment, set, set.spec.replicas - fewer);
    });
    return { changed, sets: { ...sets, old } };
  }

  /** scaleReplicaSet; returns the unchanged set when it has the size. */
  function resize(deployment: KubeObject, set: KubeObject, size: number, force?: 'annotations too'): KubeObject {
    const before: number = set.spec.replicas;
    if (before === size && (force === undefined || hasReplicasAnnotations(set, deployment))) return set;
    const annotations = { ...set.metadata.annotations, ...replicasAnnotations(deployment) };
    const resized = api.update('replicasets', {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas: size },
    });
    if (before !== size) {
      const message = `Scaled ${before < size ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${size}`;
      events.record(component, deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return resized;
  }

  return { scale, growNew, shrinkOld, emptyOld, fillNew };
}

function availableOf(set: KubeObject): number {
  return set.status?.availableReplicas ?? 0;
}

/** IsSaturated: the new set is complete, so all old pods can go. */
function isSaturated(deployment: KubeObject, set: KubeObject | undefined): boolean {
  const { replicas } = deployment.spec;
  return (
    set !== undefined &&
    set.spec.replicas === replicas &&
    desiredReplicasOf(set) === replicas &&
    availableOf(set) === replicas
  );
}

function replaced(sets: Sets, set: KubeObject, by: KubeObject): Sets {
  if (sets.current === set) return { ...sets, current: by };
  return { ...sets, old: sets.old.map((each) => (each === set ? by : each)) };
}
