import type { V1DeploymentCondition, V1DeploymentStatus } from '@kubernetes/client-node';
import type { Api, KubeObject } from '../../api/api.ts';
import type { AsJson } from '../../api/json.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { withCondition as conditionsWith, withoutCondition, writeStatus } from '../common/status.ts';
import { allOf, maxUnavailable, type Rollout, totalOf, totalReplicas } from './rollout.ts';

type DeploymentStatus = AsJson<V1DeploymentStatus>;
type DeploymentCondition = AsJson<V1DeploymentCondition>;
type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

/** False when the deadline is the greatest int32. */
function hasProgressDeadline({ spec }: KubeObject): boolean {
  return spec.progressDeadlineSeconds !== 2 ** 31 - 1;
}

export function conditionIn(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Keeps a condition with the same status and reason, even with another message (SetDeploymentCondition). */
function withCondition(status: DeploymentStatus, condition: NewCondition, now: number): DeploymentStatus {
  const current = conditionIn(status, condition.type);
  const isSame = current?.status === condition.status && current.reason === condition.reason;
  return isSame ? status : withNewCondition(status, condition, now);
}

function withNewCondition(status: DeploymentStatus, condition: NewCondition, now: number): DeploymentStatus {
  const changed = { ...condition, lastUpdateTime: timestamp(now) };
  return { ...status, conditions: conditionsWith(status.conditions, changed, now) };
}

function without(status: DeploymentStatus, type: string): DeploymentStatus {
  return { ...status, conditions: withoutCondition(status.conditions, type) };
}

/** Writes the condition Progressing at once, unless the Deployment has no deadline for it; returns the Deployment. */
export function writeProgress(api: Api, deployment: KubeObject, progress: Omit<NewCondition, 'type'>): KubeObject {
  if (!hasProgressDeadline(deployment)) return deployment;
  const status = withCondition(deployment.status ?? {}, { type: 'Progressing', ...progress }, api.now());
  return writeStatus(api, 'deployments', deployment, status);
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
  const { deployment, current, old } = rollout;
  const counted = statusOf(rollout, now);
  const hasDeadline = hasProgressDeadline(deployment);
  const status = hasDeadline ? withProgress(counted, rollout, now) : without(counted, 'Progressing');
  const sets = current === undefined ? old : [current, ...old];
  const conditions: DeploymentCondition[] = sets.flatMap((set) => set.status?.conditions ?? []);
  const failure = conditions.find(({ type }) => type === 'ReplicaFailure');
  return failure === undefined ? without(status, 'ReplicaFailure') : withCondition(status, failure, now);
}

function withProgress(status: DeploymentStatus, { deployment, current }: Rollout, now: number): DeploymentStatus {
  const { kind, metadata } = current ?? deployment;
  const progress = (is: 'True' | 'False', reason: string, what: string): NewCondition => {
    return { type: 'Progressing', status: is, reason, message: `${kind} "${metadata.name}" ${what}.` };
  };
  const isOver = conditionIn(status, 'Progressing')?.reason === 'NewReplicaSetAvailable';
  if (isOver && status.replicas === status.updatedReplicas) return status;
  if (isComplete(deployment, status))
    return withCondition(status, progress('True', 'NewReplicaSetAvailable', 'has successfully progressed'), now);
  const before = progressOf(deployment.status);
  // Written even for the same reason: the deadline runs from lastUpdateTime.
  if (progressOf(status).some((count, index) => count > (before[index] ?? 0)))
    return withNewCondition(status, progress('True', 'ReplicaSetUpdated', 'is progressing'), now);
  if (deadlineOf(deployment, status) >= now) return status;
  return withCondition(status, progress('False', 'ProgressDeadlineExceeded', 'has timed out progressing'), now);
}

export function isComplete({ spec, metadata }: KubeObject, status: DeploymentStatus = {}): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const areAll = [updatedReplicas, replicas, availableReplicas].every((count) => count === spec.replicas);
  return areAll && observedGeneration >= (metadata.generation ?? 0);
}

/** The counts of which at least one grows when the rollout progresses (DeploymentProgressing). */
function progressOf(status: DeploymentStatus = {}): number[] {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [updatedReplicas, updatedReplicas - replicas, readyReplicas, availableReplicas];
}

/** When a rollout without progress times out, in ms; Infinity: it has ended, has timed out or has no deadline. */
function deadlineOf({ spec }: KubeObject, status: DeploymentStatus): number {
  const { reason, lastUpdateTime } = conditionIn(status, 'Progressing') ?? {};
  const isRunning =
    reason !== undefined && reason !== 'NewReplicaSetAvailable' && reason !== 'ProgressDeadlineExceeded';
  return isRunning ? timeOf(lastUpdateTime) + spec.progressDeadlineSeconds * 1000 : Number.POSITIVE_INFINITY;
}

/** Milliseconds until the deadline of a rollout without progress (requeueStuckDeployment). */
export function nextCheckInMs(deployment: KubeObject, status: DeploymentStatus, now: number): number | undefined {
  const left = deadlineOf(deployment, status) - now;
  return Number.isFinite(left) ? Math.max(0, left) + 1000 : undefined;
}
