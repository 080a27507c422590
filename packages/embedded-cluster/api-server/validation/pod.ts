import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { deletionCostAnnotation } from '../../api/pod.ts';
import type { Part } from '../part.ts';
import { Field, firstOf } from './field.ts';
import { imageErrors, podSpecErrors } from './pod-spec.ts';

export function podErrors(pod: Json): Cause[] {
  return [...deletionCostErrors(pod), ...podSpecErrors(new Field(pod.spec, 'spec'))];
}

/** A deletion cost is an int32 without `+` and leading zeros (core/helper, GetDeletionCostFromPodAnnotations). */
function deletionCostErrors({ metadata }: Json): Cause[] {
  const cost = metadata.annotations?.[deletionCostAnnotation];
  const isValid = cost === undefined || (/^(0|-?[1-9]\d*)$/.test(cost) && Number(cost) === (Number(cost) | 0));
  return new Field(cost, `metadata.annotations[${deletionCostAnnotation}]`).invalidIf(
    !isValid,
    'must be a 32bit integer',
  );
}

export function changedPodErrors(pod: Json, old: KubeObject, part: Part): Cause[] {
  // A pod with a stored invalid cost can still be changed.
  const causes = deletionCostErrors(old).length === 0 ? deletionCostErrors(pod) : [];
  if (part === 'binding' || isEqual(pod.spec, old.spec)) return causes;
  const spec = new Field(pod.spec, 'spec');
  if (part === 'resize') return [...causes, ...podSpecErrors(spec)];
  if (part === 'ephemeralcontainers')
    return [...causes, ...ephemeralErrors(spec.at('ephemeralContainers'), old), ...podSpecErrors(spec)];
  return [...causes, ...changedSpecErrors(spec, old.spec)];
}

/** The mutable fields of a pod spec, as the message lists them (core/validation, updatablePodSpecFields). */
const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

function changedSpecErrors(spec: Field, old: Json): Cause[] {
  const causes: Cause[] = [];
  for (const list of ['containers', 'initContainers']) {
    const isOther = (spec.value[list]?.length ?? 0) !== (old[list]?.length ?? 0);
    causes.push(...spec.at(list).forbiddenIf(isOther, 'pod updates may not add or remove containers'));
    if (isOther) return causes;
    causes.push(...spec.at(list).each((container) => imageErrors(container.at('image'))));
  }
  const tolerations: Json[] = spec.value.tolerations ?? [];
  const isKept = (toleration: Json) =>
    tolerations.some((each) => isEqual({ ...toleration, tolerationSeconds: each.tolerationSeconds }, each));
  const isLost = !(old.tolerations ?? []).every(isKept);
  const changed = withoutChangeable(spec.value, old);
  const diff = differences(changed, old);
  return [
    ...causes,
    ...deadlineErrors(spec.at('activeDeadlineSeconds'), old.activeDeadlineSeconds),
    ...spec
      .at('tolerations')
      .forbiddenIf(isLost, 'existing toleration can not be modified except its tolerationSeconds'),
    ...spec.forbiddenIf(
      diff.length > 0,
      `pod updates may not change fields other than ${changeable}\n${diff.join('\n')}\n`,
    ),
  ];
}

function deadlineErrors(deadline: Field, old: number | undefined): Cause[] {
  const { value: seconds } = deadline;
  return firstOf(
    deadline.invalidIf(
      seconds === undefined && old !== undefined,
      'must not update from a positive integer to nil value',
    ),
    deadline.invalidIf(seconds < 0, 'must be between 0 and 2147483647, inclusive'),
    deadline.invalidIf(old !== undefined && old < seconds, 'must be less than or equal to previous value'),
  );
}

/** The new spec with the old values in the mutable fields. */
function withoutChangeable(spec: Json, old: Json): Json {
  const images = (list: string) =>
    spec[list]?.map((container: Json, index: number) => ({ ...container, image: old[list][index].image }));
  const { activeDeadlineSeconds, tolerations, terminationGracePeriodSeconds: grace, schedulingGates } = old;
  const lists = { containers: images('containers'), initContainers: images('initContainers') };
  const changed = { ...spec, ...lists, activeDeadlineSeconds, tolerations };
  if (grace < 0 && spec.terminationGracePeriodSeconds === 1) changed.terminationGracePeriodSeconds = grace;
  // Scheduling gates can only be removed.
  const isGate = (gate: Json) => schedulingGates.some((each: Json) => isDeepStrictEqual(each, gate));
  if (schedulingGates && (spec.schedulingGates ?? []).every(isGate)) changed.schedulingGates = schedulingGates;
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
function ephemeralErrors(containers: Field, old: KubeObject): Cause[] {
  const now: Json[] = containers.value ?? [];
  const before = new Field(old.spec.ephemeralContainers, containers.path);
  return before.each((container) => {
    const same = now.find(({ name }) => name === container.value.name);
    const named = `existing ephemeral containers ${JSON.stringify(container.value.name)}`;
    if (same === undefined) return containers.forbiddenIf(true, `${named} may not be removed\n`);
    return container.forbiddenIf(!isEqual(same, container.value), `${named} may not be changed\n`);
  });
}
