import type { V1PodFailurePolicyOnExitCodesRequirement as ExitCodes, V1JobSpec } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { conditionOf, isTerminating, type Pod } from '../../api/pod.ts';
import { parseIndexes } from './indexes.ts';

/** True when pods are replaced only once they have failed, not as soon as they terminate. */
export function replacesOnlyFailed({ spec }: KubeObject): boolean {
  return spec.podReplacementPolicy === 'Failed';
}

/** A terminating pod counts as failed, unless only failed pods are replaced (isPodFailed). */
export function hasFailed(pod: Pod, job: KubeObject): boolean {
  if (pod.status.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && pod.status.phase !== 'Succeeded';
}

/**
 * Judges a failed pod by the first matching rule of the Job's policy (pod_failure_policy.go): the rule's action, if the
 * failure counts towards the limits, and a message when the whole Job fails.
 */
export function verdictOnPod(job: KubeObject, pod: Pod) {
  const { rules = [] } = (job.spec as V1JobSpec).podFailurePolicy ?? {};
  const place = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of rules.entries()) {
    const ended = onExitCodes && matchingExit(pod, onExitCodes);
    const condition = onPodConditions.find(({ type, status = 'True' }) => conditionOf(pod, type)?.status === status);
    if (ended === undefined && condition === undefined) continue;
    const what = ended
      ? `Container ${ended.name} for pod ${place} failed with exit code ${ended.exitCode}`
      : `Pod ${place} has condition ${condition?.type}`;
    const message = action === 'FailJob' ? `${what} matching ${action} rule at index ${index}` : undefined;
    return { isCounted: action !== 'Ignore', action, message };
  }
  return { isCounted: true };
}

function matchingExit({ status }: Pod, { containerName, operator, values }: ExitCodes) {
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  const ends = statuses.map(({ name, state }) => ({ name, exitCode: state?.terminated?.exitCode ?? 0 }));
  const isListed = (exitCode: number) => values.includes(exitCode) === (operator === 'In');
  return ends.find(({ name, exitCode }) => exitCode !== 0 && (containerName ?? name) === name && isListed(exitCode));
}

/** The rule of the success policy that the indexes fulfil (success_policy.go). */
export function fulfilledRule(job: KubeObject, succeeded: ReadonlySet<number>): string | undefined {
  const { rules = [] } = (job.spec as V1JobSpec).successPolicy ?? {};
  const index = rules.findIndex(({ succeededIndexes, succeededCount = Number.POSITIVE_INFINITY }) => {
    if (succeededIndexes === undefined) return succeeded.size >= succeededCount;
    const required = parseIndexes(succeededIndexes).filter((each) => each < job.spec.completions);
    const met = required.filter((each) => succeeded.has(each)).length;
    return required.length > 0 && (met === required.length || met >= succeededCount);
  });
  return succeeded.size === 0 || index === -1 ? undefined : `Matched rules at index ${index}`;
}
