import { count } from '../text/words.ts';
import { inRotation } from './membership.ts';
import type { Condition, Progress, SpreadCondition } from './plan.ts';
import type { Controller, Pod, Snapshot, Spreadable } from './snapshot.ts';
import { isActive, nameOf } from './workload.ts';

type Look = Omit<Progress, 'milestone'>;

const KINDS: readonly Condition['kind'][] = ['daemonSetServes', 'deploymentServes', 'workloadGone'];

export function isAboutSpread(condition: Condition): condition is SpreadCondition {
  return KINDS.includes(condition.kind);
}

export function lookAtSpread(condition: SpreadCondition, snapshot: Snapshot): Look {
  switch (condition.kind) {
    case 'daemonSetServes': {
      const daemonSet = spreadableNamed(snapshot, condition.name)?.daemonSet?.controller;
      if (daemonSet === undefined) return looked(false, `DaemonSet ${condition.name} does not exist`);
      const { desired, isRollingOut } = daemonSet;
      const serving = servingOf(snapshot, daemonSet).length;
      const text = `${serving} of ${count(desired, 'node')} ${desired === 1 ? 'has' : 'have'} a pod in rotation`;
      return looked(!isRollingOut && desired > 0 && serving >= desired, text);
    }
    case 'deploymentServes': {
      const deployment = spreadableNamed(snapshot, condition.name)?.deployment?.controller;
      if (deployment === undefined) return looked(false, `Deployment ${condition.name} does not exist`);
      const pods = podsOf(snapshot, deployment).length;
      const serving = servingOf(snapshot, deployment).length;
      const { replicas } = condition;
      const isRight = deployment.desired === replicas && pods === replicas && serving === replicas;
      return looked(isRight, `${nameOf(deployment)} has ${count(pods, 'pod')}, ${serving} in rotation`);
    }
    case 'workloadGone': {
      const { owner } = condition;
      const all = (snapshot.spread ?? []).flatMap(({ deployment, daemonSet }) => [deployment, daemonSet]);
      const isThere = all.some((each) => each?.controller.uid === owner.uid);
      const pods = podsOf(snapshot, owner).length;
      return looked(
        !isThere && pods === 0,
        `${nameOf(owner)} ${isThere ? 'exists' : 'is gone'}, ${count(pods, 'pod')} left`,
      );
    }
  }
}

function spreadableNamed({ spread = [] }: Snapshot, name: string): Spreadable | undefined {
  return spread.find((each) => each.name === name);
}

/**
 * The active pods of a Deployment or DaemonSet. A ReplicaSet is named after its Deployment and the hash of its template
 * (deployment/sync.go, getNewReplicaSet), so its pods are known before it is.
 */
export function podsOf(
  { pods }: Snapshot,
  { kind, name, uid }: Pick<Controller, 'kind' | 'name' | 'uid'>,
): readonly Pod[] {
  return pods.filter(
    (pod) =>
      isActive(pod) &&
      (kind === 'Deployment'
        ? pod.owner?.kind === 'ReplicaSet' && pod.owner.name === `${name}-${pod.labels['pod-template-hash']}`
        : pod.owner?.uid === uid),
  );
}

export function servingOf(snapshot: Snapshot, workload: Controller): readonly Pod[] {
  const serving = new Set(inRotation(snapshot).map(({ uid }) => uid));
  return podsOf(snapshot, workload).filter(({ uid }) => serving.has(uid));
}

function looked(isMet: boolean, seen: string): Look {
  return { isMet, isLost: false, seen };
}
