import { parseObject, shape } from '../text/shape.ts';
import { count } from '../text/words.ts';
import { SPREAD } from './marks.ts';
import { inRotation } from './membership.ts';
import { type Condition, type Look, looked, type SpreadCondition } from './plan.ts';
import type { Controller, Labels, Pod, Snapshot, Spreadable } from './snapshot.ts';
import { IS_PERSON, isId, isTimestamp } from './stored.ts';
import { isActive, nameOf } from './workload.ts';

/** What Pitlane writes on the DaemonSet that it creates, and on the Deployment that it scales down, as JSON in an annotation. */
export interface SpreadRecord {
  readonly v: 1;
  /** The id of the operation. */
  readonly id: string;
  /** The replicas of the Deployment before. */
  readonly replicas: number;
  readonly by: string;
  readonly byName?: string;
  /** RFC 3339. */
  readonly at: string;
}

/** More replicas than a person has asked for were written by other hands. */
const MOST_REPLICAS = 10_000;

const isSpreadRecord = shape<SpreadRecord>({
  v: (version) => version === 1,
  id: isId,
  replicas: (number) => Number.isInteger(number) && Number(number) >= 0 && Number(number) <= MOST_REPLICAS,
  ...IS_PERSON,
  at: isTimestamp,
});

/** Undefined: there is none, or none of this version. Users who may edit the workload may write anything there. */
export function readSpread(annotations: Labels): SpreadRecord | undefined {
  const record = parseObject(annotations[SPREAD] ?? '');
  return isSpreadRecord(record) ? record : undefined;
}

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
