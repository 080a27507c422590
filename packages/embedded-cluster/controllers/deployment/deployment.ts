import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { asPod, isTerminal } from '../../api/pod.ts';
import { type Controller, type Environment, remove, type WakeAfter } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { ownedBy } from '../common/owned.ts';
import { byAge } from '../common/rollout-arithmetic.ts';
import { writeStatus } from '../common/status.ts';
import { replicaSetsFor } from './replica-sets.ts';
import { isScaling, type Rollout, revisionOf, rolloutOf, totalOf } from './rollout.ts';
import { conditionIn, isComplete, nextCheckInMs, statusOf, statusWithProgress, writeProgress } from './status.ts';

const component = 'deployment-controller';

/**
 * Rolls a Deployment's pods over from old ReplicaSets to the one of its template (deployment_controller.go,
 * syncDeployment). It claims ReplicaSets, never pods: it does not see a pod that its ReplicaSet has released.
 */
export function deploymentController(environment: Environment): Controller {
  const { api, informers } = environment;
  const owned = ownedBy(environment, { kind: 'Deployment', resource: 'deployments', owned: 'replicasets' });
  const replicaSets = replicaSetsFor(environment, component);

  function sync(deployment: KubeObject, wakeAfter: WakeAfter): void {
    const claimed = owned.claim(deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      writeCounts(rolloutOf(deployment, claimed));
      return;
    }
    const begun = rolloutOf(recordPause(deployment), claimed);
    replicaSets.syncNew(begun);
    const rollout = { ...begun, deployment: latest(deployment) };
    const { paused, strategy } = rollout.deployment.spec;
    if (paused || isScaling(rollout)) {
      replicaSets.scale(rollout);
      if (paused) cleanUp(rollout);
      writeCounts(rollout);
      return;
    }
    // A rolling update grows the new set if it may, else it shrinks the old ones (rolling.go).
    const isBusy =
      strategy.type === 'Recreate' ? recreate(rollout) : replicaSets.growNew(rollout) || replicaSets.shrinkOld(rollout);
    if (!isBusy && isComplete(rollout.deployment, rollout.deployment.status)) cleanUp(rollout);
    const rolled = { ...rollout, deployment: latest(deployment) };
    const now = api.now();
    const status = statusWithProgress(rolled, now);
    writeStatus(api, 'deployments', rolled.deployment, status);
    wakeAfter(nextCheckInMs(rolled.deployment, status, now));
  }

  function latest(deployment: KubeObject): KubeObject {
    return informers.getByKey('deployments', keyOf(deployment)) ?? deployment;
  }

  /** Records a pause, so that a Deployment does not time out because of it (checkPausedConditions). */
  function recordPause(deployment: KubeObject): KubeObject {
    const { paused = false } = deployment.spec;
    const { reason } = conditionIn(deployment.status, 'Progressing') ?? {};
    if (reason === 'ProgressDeadlineExceeded' || paused === (reason === 'DeploymentPaused')) return deployment;
    const change = paused ? 'Paused' : 'Resumed';
    const message = `Deployment is ${change.toLowerCase()}`;
    return writeProgress(api, deployment, { status: 'Unknown', reason: `Deployment${change}`, message });
  }

  /** Waits for the end of all old pods before it creates new ones (recreate.go); true while it does. */
  function recreate(rollout: Rollout): boolean {
    const { old } = rollout;
    const pods = old.flatMap((set) => Array.from(informers.controlledBy('pods', set.metadata.uid), asPod));
    const isBusy = replicaSets.shrink(rollout) || totalOf(old, 'replicas') > 0 || !pods.every(isTerminal);
    if (!isBusy) replicaSets.growNew(rollout);
    return isBusy;
  }

  /** Deletes the oldest ReplicaSets without pods beyond revisionHistoryLimit (sync.go, cleanupDeployment). */
  function cleanUp({ deployment, old }: Rollout): void {
    const cleanable = old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const oldestFirst = cleanable.sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b));
    for (const set of oldestFirst.slice(0, Math.max(0, cleanable.length - deployment.spec.revisionHistoryLimit))) {
      const { replicas = 0, observedGeneration = 0 } = set.status ?? {};
      const isObserved = (set.metadata.generation ?? 0) <= observedGeneration;
      if (set.spec.replicas === 0 && replicas === 0 && isObserved) remove(api, 'replicasets', set);
    }
  }

  function writeCounts(rollout: Rollout): void {
    writeStatus(api, 'deployments', rollout.deployment, statusOf(rollout, api.now()));
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous } = event;
    yield* owned.keysOf(event);
    if (resource !== 'pods') return;
    // A pod matters only to a Recreate that waits for the last old one to go (deployment_controller.go, deletePod).
    for (const pod of previous === undefined ? [object] : [previous, object]) {
      const set = informers.ownerOf(pod);
      const deployment = set && informers.ownerOf(set);
      if (deployment?.kind === 'Deployment' && deployment.spec.strategy.type === 'Recreate') yield keyOf(deployment);
    }
  }

  return { name: component, keysOf, reconcile: informers.each('deployments', sync) };
}
