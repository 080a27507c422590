import type { KubeObject } from '../../api/api.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { maxUnavailable, totalOf, totalReplicas } from '../common/rollout-arithmetic.ts';
import { withCondition as conditionsWith, omitEmpty, withoutCondition } from '../common/status.ts';

export interface DeploymentCondition {
  type: 'Available' | 'Progressing' | 'ReplicaFailure';
  status: 'True' | 'False' | 'Unknown';
  lastUpdateTime: string;
  lastTransitionTime?: string;
  reason: string;
  message: string;
}

type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  collisionCount?: number;
  conditions?: DeploymentCondition[];
}

/** False when the deadline is missing or the greatest int32. */
export function hasProgressDeadline(deployment: KubeObject): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return typeof seconds === 'number' && seconds !== 2 ** 31 - 1;
}

export function conditionIn(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Keeps a condition with the same status and reason, even with another message (SetDeploymentCondition). */
export function withCondition(status: DeploymentStatus, condition: NewCondition, now: number): DeploymentStatus {
  const current = conditionIn(status, condition.type);
  const isSame = current?.status === condition.status && current.reason === condition.reason;
  return isSame ? status : replaceCondition(status, condition, now);
}

function replaceCondition(status: DeploymentStatus, condition: NewCondition, now: number): DeploymentStatus {
  const { type, status: is, reason, message } = condition;
  const changed = { type, status: is, lastUpdateTime: timestamp(now), reason, message };
  return { ...status, conditions: conditionsWith(status.conditions, changed, now) };
}

function without(status: DeploymentStatus, type: string): DeploymentStatus {
  return { ...status, conditions: withoutCondition(status.conditions, type) };
}

/** The counts and the condition Available (sync.go, calculateStatus). */
export function statusFromSets(
  deployment: KubeObject,
  all: readonly KubeObject[],
  newSet: KubeObject | undefined,
  now: number,
): DeploymentStatus {
  const available = totalOf(all, 'availableReplicas');
  const current: DeploymentStatus = deployment.status ?? {};
  const status: DeploymentStatus = {
    ...omitEmpty({
      observedGeneration: deployment.metadata.generation,
      replicas: totalOf(all, 'replicas'),
      updatedReplicas: newSet === undefined ? 0 : totalOf([newSet], 'replicas'),
      readyReplicas: totalOf(all, 'readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    }),
    terminatingReplicas: totalOf(all, 'terminatingReplicas'),
    ...(current.collisionCount !== undefined && { collisionCount: current.collisionCount }),
    ...(current.conditions && { conditions: current.conditions }),
  };
  const enough = available >= deployment.spec.replicas - maxUnavailable(deployment);
  const [is, reason, has] = enough
    ? (['True', 'MinimumReplicasAvailable', 'has'] as const)
    : (['False', 'MinimumReplicasUnavailable', 'does not have'] as const);
  const message = `Deployment ${has} minimum availability.`;
  return withCondition(status, { type: 'Available', status: is, reason, message }, now);
}

/** Adds the condition Progressing (progress.go, syncRolloutStatus). */
export function withProgress(
  deployment: KubeObject,
  calculated: DeploymentStatus,
  all: readonly KubeObject[],
  newSet: KubeObject | undefined,
  now: number,
): DeploymentStatus {
  let status = hasProgressDeadline(deployment) ? calculated : without(calculated, 'Progressing');
  const progressing = conditionIn(deployment.status, 'Progressing');
  const wasComplete =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && progressing?.reason === 'NewReplicaSetAvailable';
  const subject =
    newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  const progress = (is: NewCondition['status'], reason: string, what: string): NewCondition => ({
    type: 'Progressing',
    status: is,
    reason,
    message: `${subject} ${what}.`,
  });
  if (hasProgressDeadline(deployment) && !wasComplete) {
    if (isComplete(deployment, status)) {
      status = withCondition(status, progress('True', 'NewReplicaSetAvailable', 'has successfully progressed'), now);
    } else if (isFurther(deployment.status ?? {}, status)) {
      const further = progress('True', 'ReplicaSetUpdated', 'is progressing');
      // Written even for the same reason: the deadline runs from lastUpdateTime.
      status = replaceCondition(status, further, now);
    } else if (isTimedOut(deployment, status, now)) {
      status = withCondition(status, progress('False', 'ProgressDeadlineExceeded', 'has timed out progressing'), now);
    }
  }
  const failure = failureOf(newSet === undefined ? all : [newSet, ...all]);
  return failure === undefined ? without(status, 'ReplicaFailure') : withCondition(status, failure, now);
}

function failureOf(sets: readonly KubeObject[]): NewCondition | undefined {
  for (const set of sets) {
    for (const condition of set.status?.conditions ?? []) if (condition.type === 'ReplicaFailure') return condition;
  }
  return undefined;
}

export function isComplete(deployment: KubeObject, status: DeploymentStatus): boolean {
  const { replicas } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isFurther(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas;
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function isTimedOut(deployment: KubeObject, status: DeploymentStatus, now: number): boolean {
  const progressing = conditionIn(status, 'Progressing');
  if (progressing === undefined || progressing.reason === 'NewReplicaSetAvailable') return false;
  return progressing.reason === 'ProgressDeadlineExceeded' || deadlineOf(deployment, progressing) < now;
}

function deadlineOf(deployment: KubeObject, progressing: DeploymentCondition): number {
  return timeOf(progressing.lastUpdateTime) + deployment.spec.progressDeadlineSeconds * 1000;
}

/** Milliseconds until the deadline of a rollout without progress (requeueStuckDeployment). */
export function nextProgressCheckInMs(
  deployment: KubeObject,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const progressing = conditionIn(status, 'Progressing');
  if (!hasProgressDeadline(deployment) || progressing === undefined) return undefined;
  if (isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  return Math.max(0, deadlineOf(deployment, progressing) - now) + 1000;
}
