import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { deletionCostAnnotation } from '../../api/pod.ts';
import type { Part } from '../part.ts';
import { forbiddenField, invalidValue, required } from './field-error.ts';
import { podSpecErrors } from './pod-spec.ts';

export function podErrors(pod: Json): Cause[] {
  return [...deletionCostErrors(pod.metadata.annotations), ...podSpecErrors(pod.spec, 'spec')];
}

/** An int32 without `+` and leading zeros (core/helper, GetDeletionCostFromPodAnnotations). */
function isDeletionCost(cost: string): boolean {
  return /^(0|-?[1-9]\d*)$/.test(cost) && Number(cost) === (Number(cost) | 0);
}

function deletionCostErrors(annotations: Record<string, string> | undefined): Cause[] {
  const cost = annotations?.[deletionCostAnnotation];
  if (cost === undefined || isDeletionCost(cost)) return [];
  return [invalidValue(`metadata.annotations[${deletionCostAnnotation}]`, cost, 'must be a 32bit integer')];
}

/** The mutable fields of a pod spec, as the message lists them (core/validation, updatablePodSpecFields). */
const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function changedPodErrors(pod: Json, old: KubeObject, part: Part): Cause[] {
  // A pod with a stored invalid cost can still be changed.
  const before = old.metadata.annotations?.[deletionCostAnnotation];
  const isOldCostValid = before === undefined || isDeletionCost(before);
  const causes = isOldCostValid ? deletionCostErrors(pod.metadata.annotations) : [];
  if (part === 'binding' || isEqual(pod.spec, old.spec)) return causes;
  if (part === 'ephemeralcontainers') return [...causes, ...ephemeralErrors(pod, old)];
  if (part === 'resize') return [...causes, ...podSpecErrors(pod.spec, 'spec')];
  return [...causes, ...changedSpecErrors(pod.spec, old.spec)];
}

function changedSpecErrors(spec: Json, old: Json): Cause[] {
  const causes: Cause[] = [];
  for (const list of ['containers', 'initContainers']) {
    const [now, then]: Json[][] = [spec[list] ?? [], old[list] ?? []];
    if (now?.length !== then?.length) {
      return [...causes, forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
    }
    now?.forEach((container, index) => {
      const path = `spec.${list}[${index}].image`;
      if (!container.image) causes.push(required(path));
      else if (container.image.trim() !== container.image) {
        causes.push(invalidValue(path, container.image, 'must not have leading or trailing whitespace'));
      }
    });
  }
  causes.push(...deadlineErrors(spec.activeDeadlineSeconds, old.activeDeadlineSeconds));
  const isKept = (toleration: Json) =>
    (spec.tolerations ?? []).some((each: Json) =>
      isEqual({ ...toleration, tolerationSeconds: each.tolerationSeconds }, each),
    );
  if (!(old.tolerations ?? []).every(isKept)) {
    causes.push(
      forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    );
  }
  const changed = withoutChangeable(spec, old);
  if (!isEqual(changed, old)) {
    const diff = differences(changed, old).join('\n');
    causes.push(forbiddenField('spec', `pod updates may not change fields other than ${changeable}\n${diff}\n`));
  }
  return causes;
}

function deadlineErrors(seconds: number | undefined, old: number | undefined): Cause[] {
  const path = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    return old === undefined ? [] : [invalidValue(path, null, 'must not update from a positive integer to nil value')];
  }
  if (seconds < 0) return [invalidValue(path, seconds, 'must be between 0 and 2147483647, inclusive')];
  if (old !== undefined && old < seconds)
    return [invalidValue(path, seconds, 'must be less than or equal to previous value')];
  return [];
}

/** The new spec with the old values in the mutable fields. */
function withoutChangeable(spec: Json, old: Json): Json {
  const images = (list: string) =>
    spec[list]?.map((container: Json, index: number) => ({ ...container, image: old[list][index].image }));
  const { activeDeadlineSeconds, tolerations } = old;
  const changed = { ...spec, activeDeadlineSeconds, tolerations, containers: images('containers') };
  if (spec.initContainers) changed.initContainers = images('initContainers');
  if (old.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1) {
    changed.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  // Scheduling gates can only be removed.
  const isGate = (gate: Json) => (old.schedulingGates ?? []).some((each: Json) => isDeepStrictEqual(each, gate));
  if ((spec.schedulingGates ?? []).every(isGate) && old.schedulingGates) changed.schedulingGates = old.schedulingGates;
  return changed;
}

function differences(spec: Json, old: Json): string[] {
  const fields = [...new Set([...Object.keys(old), ...Object.keys(spec)])].sort();
  return fields
    .filter((field) => !isEqual(spec[field], old[field]))
    .flatMap((field) => [
      `-   ${field}: ${JSON.stringify(old[field] ?? null)}`,
      `+   ${field}: ${JSON.stringify(spec[field] ?? null)}`,
    ]);
}

/** Ephemeral containers can only be added (registry/core/pod/storage). */
function ephemeralErrors(pod: Json, old: KubeObject): Cause[] {
  const path = 'spec.ephemeralContainers';
  const before: Json[] = old.spec.ephemeralContainers ?? [];
  const now: Json[] = pod.spec.ephemeralContainers ?? [];
  const causes: Cause[] = [];
  before.forEach((container, index) => {
    const same = now.find(({ name }) => name === container.name);
    if (same === undefined) {
      causes.push(
        forbiddenField(path, `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`),
      );
    } else if (!isEqual(same, container)) {
      const why = `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`;
      causes.push(forbiddenField(`${path}[${index}]`, why));
    }
  });
  return [...causes, ...podSpecErrors(pod.spec, 'spec')];
}
