import type { V1DeploymentCondition, V1DeploymentStatus } from '@kubernetes/client-node';
import type { Api, KubeObject } from '../../api/api.ts';
import type { AsJson } from '../../api/json.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { maxUnavailable, totalOf, totalReplicas } from '../common/rollout-arithmetic.ts';
import { withCondition as conditionsWith, withoutCondition, writeStatus } from '../common/status.ts';
import { allOf, type Rollout } from './rollout.ts';

type DeploymentStatus = AsJson<V1DeploymentStatus>;
type DeploymentCondition = AsJson<V1DeploymentCondition>;
type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

/** False when the deadline is missing or the greatest int32. */
function hasProgressDeadline(deployment: KubeObject): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return typeof seconds === 'number' && seconds !== 2 ** 31 - 1;
}

export function conditionIn(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Keeps a condition with the same status and reason, even with another message (SetDeploymentCondition). */
function withCondition(status: DeploymentStatus, condition: NewCondition, now: number): DeploymentStatus {
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

/** Writes the condition Progressing at once, unless the Deployment has no deadline for it; returns the Deployment. */
export function writeProgress(api: Api, deployment: KubeObject, progress: Omit<NewCondition, 'type'>): KubeObject {
  if (!hasProgressDeadline(deployment)) return deployment;
  const fresh = api.get('deployments', deployment.metadata.namespace, deployment.metadata.name) ?? deployment;
  const status = withCondition(fresh.status ?? {}, { type: 'Progressing', ...progress }, api.now());
  return writeStatus(api, 'deployments', fresh, status);
}

/** The counts and the condition Available (sync.go, calculateStatus). */
export function statusOf(rollout: Rollout, now: number): DeploymentStatus {
  const { deployment, current } = rollout;
  const all = allOf(rollout);
  const available = totalOf(all, 'availableReplicas');
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation,
    replicas: totalOf(all, 'replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: totalOf(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    terminatingReplicas: totalOf(all, 'terminatingReplicas'),
    collisionCount: deployment.status?.collisionCount,
    conditions: deployment.status?.conditions,
  };
  const isEnough = available >= deployment.spec.replicas - maxUnavailable(deployment);
  const condition = {
    type: 'Available',
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${isEnough ? 'has' : 'does not have'} minimum availability.`,
  };
  return withCondition(status, condition, now);
}

/** With the conditions Progressing and ReplicaFailure (progress.go, syncRolloutStatus). */
export function statusWithProgress(rollout: Rollout, now: number): DeploymentStatus {
  const { deployment, current } = rollout;
  const counted = statusOf(rollout, now);
  const hasDeadline = hasProgressDeadline(deployment);
  let status = hasDeadline ? counted : without(counted, 'Progressing');
  const isOver =
    status.replicas === status.updatedReplicas &&
    conditionIn(deployment.status, 'Progressing')?.reason === 'NewReplicaSetAvailable';
  const { kind, metadata } = current ?? deployment;
  const progress = (is: 'True' | 'False', reason: string, what: string): NewCondition => {
    return { type: 'Progressing', status: is, reason, message: `${kind} "${metadata.name}" ${what}.` };
  };
  if (hasDeadline && !isOver) {
    if (isComplete(deployment, status)) {
      status = withCondition(status, progress('True', 'NewReplicaSetAvailable', 'has successfully progressed'), now);
    } else if (isFurther(deployment.status ?? {}, status)) {
      // Written even for the same reason: the deadline runs from lastUpdateTime.
      status = replaceCondition(status, progress('True', 'ReplicaSetUpdated', 'is progressing'), now);
    } else if (isTimedOut(status) || deadlineOf(deployment, status) < now) {
      status = withCondition(status, progress('False', 'ProgressDeadlineExceeded', 'has timed out progressing'), now);
    }
  }
  const sets = current === undefined ? rollout.old : [current, ...rollout.old];
  const conditions: NewCondition[] = sets.flatMap((set) => set.status?.conditions ?? []);
  const failure = conditions.find(({ type }) => type === 'ReplicaFailure');
  return failure === undefined ? without(status, 'ReplicaFailure') : withCondition(status, failure, now);
}

export function isComplete({ spec, metadata }: KubeObject, status: DeploymentStatus = {}): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const areAll = [updatedReplicas, replicas, availableReplicas].every((count) => count === spec.replicas);
  return areAll && observedGeneration >= (metadata.generation ?? 0);
}

function isFurther(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const progressOf = (status: DeploymentStatus) => {
    const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
    return [updatedReplicas, updatedReplicas - replicas, readyReplicas, availableReplicas];
  };
  const earlier = progressOf(before);
  return progressOf(after).some((count, index) => count > (earlier[index] ?? 0));
}

function isTimedOut(status: DeploymentStatus): boolean {
  return conditionIn(status, 'Progressing')?.reason === 'ProgressDeadlineExceeded';
}

/** When a rollout without progress times out, in ms; Infinity: never. */
function deadlineOf(deployment: KubeObject, status: DeploymentStatus): number {
  const progressing = conditionIn(status, 'Progressing');
  const isRunning = progressing !== undefined && progressing.reason !== 'NewReplicaSetAvailable';
  if (!isRunning || !hasProgressDeadline(deployment)) return Number.POSITIVE_INFINITY;
  return timeOf(progressing.lastUpdateTime) + deployment.spec.progressDeadlineSeconds * 1000;
}

/** Milliseconds until the deadline of a rollout without progress (requeueStuckDeployment). */
export function nextCheckInMs(deployment: KubeObject, status: DeploymentStatus, now: number): number | undefined {
  const deadline = deadlineOf(deployment, status);
  if (isComplete(deployment, status) || isTimedOut(status) || deadline === Number.POSITIVE_INFINITY) return undefined;
  return Math.max(0, deadline - now) + 1000;
}
