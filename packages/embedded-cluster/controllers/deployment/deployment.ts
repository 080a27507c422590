import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEmptySelector } from '../../api/label-selector.ts';
import { asPod, isTerminal } from '../../api/pod.ts';
import type { Controller, Environment, Requeue } from '../common/controller.ts';
import { controllerOf, keyOf } from '../common/informers.ts';
import { ownedBy } from '../common/owned.ts';
import { byAge, totalOf } from '../common/rollout-arithmetic.ts';
import { writeStatus } from '../common/status.ts';
import { newReplicaSets } from './new-set.ts';
import { revisionOf } from './revisions.ts';
import { deploymentScaler } from './scaler.ts';
import { allOf, isScaling, type Sets, setsOf } from './sets.ts';
import {
  conditionIn,
  hasProgressDeadline,
  isComplete,
  nextProgressCheckInMs,
  statusFromSets,
  withCondition,
  withProgress,
} from './status.ts';

const component = 'deployment-controller';

/**
 * Rolls a Deployment's pods over from old ReplicaSets to the one of its template (deployment_controller.go,
 * syncDeployment). It claims ReplicaSets, never pods: it does not see a pod that its ReplicaSet has released.
 */
export function deploymentController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const owned = ownedBy(environment, { kind: 'Deployment', resource: 'deployments', owned: 'replicasets' });
  const newSets = newReplicaSets(environment, component);
  const scaler = deploymentScaler(environment, component);

  function reconcile(key: string, queue: Requeue): void {
    const deployment = informers.getByKey('deployments', key);
    if (deployment === undefined) return;
    if (isEmptySelector(deployment.spec.selector)) {
      const message = 'This deployment is selecting all pods. A non-empty selector is required.';
      events.record(component, deployment, 'Warning', 'SelectingAll', message);
      return;
    }
    const claimed = owned.claim(deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      writeCounts(deployment, setsOf(deployment, claimed));
      return;
    }
    const noted = recordPause(deployment);
    const sets = newSets.sync(noted, setsOf(noted, claimed));
    const fresh = informers.getByKey('deployments', key);
    if (fresh === undefined) return;
    if (fresh.spec.paused || isScaling(fresh, sets)) {
      const scaled = scaler.scale(fresh, sets);
      if (fresh.spec.paused) cleanUp(fresh, scaled.old);
      writeCounts(fresh, scaled);
      return;
    }
    const rolled = fresh.spec.strategy.type === 'Recreate' ? recreate(fresh, sets) : rollingUpdate(fresh, sets);
    writeProgress(key, rolled, queue);
  }

  /** Records a pause, so that a Deployment does not time out because of it (checkPausedConditions). */
  function recordPause(deployment: KubeObject): KubeObject {
    const progressing = conditionIn(deployment.status, 'Progressing');
    if (!hasProgressDeadline(deployment) || progressing?.reason === 'ProgressDeadlineExceeded') return deployment;
    const isNoted = progressing?.reason === 'DeploymentPaused';
    if (Boolean(deployment.spec.paused) === isNoted) return deployment;
    const [reason, message] = deployment.spec.paused
      ? ['DeploymentPaused', 'Deployment is paused']
      : ['DeploymentResumed', 'Deployment is resumed'];
    const condition = { type: 'Progressing', status: 'Unknown', reason, message } as const;
    return writeStatus(api, 'deployments', deployment, withCondition(deployment.status ?? {}, condition, api.now()));
  }

  /** One step of a rolling update: grows the new set if it may, else shrinks the old ones (rolling.go). */
  function rollingUpdate(deployment: KubeObject, sets: Sets): Sets {
    const created = newSets.ensure(deployment, sets);
    const grown = scaler.growNew(deployment, created);
    if (grown.changed) return grown.sets;
    const shrunk = scaler.shrinkOld(deployment, grown.sets);
    if (!shrunk.changed && isComplete(deployment, deployment.status ?? {})) cleanUp(deployment, shrunk.sets.old);
    return shrunk.sets;
  }

  /** Waits for the end of all old pods before it creates new ones (recreate.go). */
  function recreate(deployment: KubeObject, sets: Sets): Sets {
    const emptied = scaler.emptyOld(deployment, sets);
    if (emptied.changed || hasOldPods(emptied.sets)) return emptied.sets;
    const created = newSets.ensure(deployment, emptied.sets);
    const full = scaler.fillNew(deployment, created);
    if (isComplete(deployment, deployment.status ?? {})) cleanUp(deployment, full.old);
    return full;
  }

  function hasOldPods({ old }: Sets): boolean {
    if (totalOf(old, 'replicas') > 0) return true;
    return old.some((set) =>
      Array.from(informers.controlledBy('pods', set.metadata.uid), asPod).some((pod) => !isTerminal(pod)),
    );
  }

  /** Deletes the oldest ReplicaSets without pods beyond revisionHistoryLimit (sync.go, cleanupDeployment). */
  function cleanUp(deployment: KubeObject, old: readonly KubeObject[]): void {
    const limit = deployment.spec.revisionHistoryLimit;
    if (typeof limit !== 'number') return;
    const cleanable = old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const oldestFirst = cleanable.sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b));
    for (const set of oldestFirst.slice(0, Math.max(0, cleanable.length - limit))) {
      const isObserved = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
      if (set.spec.replicas !== 0 || (set.status?.replicas ?? 0) !== 0 || !isObserved) continue;
      const { namespace, name, uid } = set.metadata;
      api.delete('replicasets', namespace, name, { uid });
    }
  }

  function writeCounts(deployment: KubeObject, sets: Sets): void {
    writeStatus(api, 'deployments', deployment, statusFromSets(deployment, allOf(sets), sets.current, api.now()));
  }

  function writeProgress(key: string, sets: Sets, queue: Requeue): void {
    const deployment = informers.getByKey('deployments', key);
    if (deployment === undefined) return;
    const now = api.now();
    const all = allOf(sets);
    const counted = statusFromSets(deployment, all, sets.current, now);
    const status = withProgress(deployment, counted, all, sets.current, now);
    writeStatus(api, 'deployments', deployment, status);
    const wait = nextProgressCheckInMs(deployment, status, now);
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous } = event;
    yield* owned.keysOf(event);
    if (resource !== 'pods') return;
    // A pod matters only to a Recreate that waits for the last old one to go (deployment_controller.go, deletePod).
    for (const pod of previous === undefined ? [object] : [previous, object]) {
      const { kind, name = '' } = controllerOf(pod) ?? {};
      const set = kind === 'ReplicaSet' ? informers.get('replicasets', pod.metadata.namespace, name) : undefined;
      const owner = set && controllerOf(set);
      const deployment = owner && informers.get('deployments', pod.metadata.namespace, owner.name);
      if (deployment?.spec.strategy.type === 'Recreate') yield keyOf(deployment);
    }
  }

  return { name: component, keysOf, reconcile };
}
