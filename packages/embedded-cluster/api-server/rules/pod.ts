import type { KubeObject } from '../../api/api.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { deletionCostAnnotation } from '../../api/pod.ts';
import { isPodLevelResource, requestsOf } from '../../api/pod-requests.ts';
import { admitPod, bindPod, preparePod, readmitPod } from '../admission/pod.ts';
import type { Field } from '../validation/field.ts';
import { keep, type Rules, withSpec } from './kind-rules.ts';
import { checkImage, checkPodSpec, defaultPodSpec } from './pod-spec.ts';

export const pods: Rules = {
  defaults: withSpec(defaultPod),
  admitNew: admitPod,
  prepareNew: preparePod,
  prepareChange(pod, old, cluster, part) {
    if (part === 'main') readmitPod(pod, old);
    if (part === 'binding') bindPod(pod, old, cluster);
    if (part === 'ephemeralcontainers') pod.spec = { ...old.spec, ephemeralContainers: pod.spec.ephemeralContainers };
  },
  prepareStatus(pod, old) {
    // The kubelet must not undo concurrent changes by controllers (pod/strategy.go).
    keep(pod.metadata, old.metadata, 'ownerReferences');
    pod.status = { ...pod.status };
    pod.status.qosClass ??= old.status?.qosClass;
  },
  checkNew(pod) {
    checkDeletionCost(pod);
    checkPodSpec(pod.at('spec'));
  },
  checkChange(pod, old, part) {
    // A pod with a stored invalid cost can still be changed.
    if (isDeletionCost(costOf(old))) checkDeletionCost(pod);
    const spec = pod.at('spec');
    if (part === 'binding' || isEqual(spec.value, old.spec)) return;
    if (part === 'ephemeralcontainers') checkEphemeralContainers(spec.at('ephemeralContainers', []), old);
    if (part === 'ephemeralcontainers' || part === 'resize') checkPodSpec(spec);
    else checkChangedSpec(spec, old.spec);
  },
};

/** The defaults of a pod, some of which templates do not get. */
function defaultPod({ spec }: Json): void {
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests };
  const { resources: { limits, requests } = {} as Json, overhead: _, ...containers } = spec;
  if (limits === undefined) return;
  // What containers request, or else the limit, is the request of the pod as a whole (defaultPodRequests).
  const together = Object.keys(requestsOf({ spec: containers }));
  const missing = Object.entries(limits).filter(([name]) => isPodLevelResource(name) && !together.includes(name));
  spec.resources.requests = { ...Object.fromEntries(missing), ...requests };
}

function checkDeletionCost(pod: Field): void {
  const cost = costOf(pod.value);
  const path = `metadata.annotations[${deletionCostAnnotation}]`;
  if (!isDeletionCost(cost)) pod.as(cost, path).invalid('must be a 32bit integer');
}

function costOf({ metadata }: Json): string | undefined {
  return metadata.annotations?.[deletionCostAnnotation];
}

/** An int32 without `+` and leading zeros (core/helper, GetDeletionCostFromPodAnnotations). */
function isDeletionCost(cost = '0'): boolean {
  return /^(0|-?[1-9]\d*)$/.test(cost) && Number(cost) === (Number(cost) | 0);
}

/** The mutable fields of a pod spec, as the message lists them (core/validation, updatablePodSpecFields). */
const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

function checkChangedSpec(spec: Field, old: Json): void {
  for (const list of ['containers', 'initContainers']) {
    const containers = spec.at(list, []);
    if (containers.value.length !== (old[list] ?? []).length) {
      containers.forbidden('pod updates may not add or remove containers');
      return;
    }
    for (const container of containers.items()) checkImage(container.at('image'));
  }
  checkDeadline(spec.at('activeDeadlineSeconds'), old.activeDeadlineSeconds);
  const tolerations = spec.at('tolerations', []);
  const isKept = (toleration: Json) =>
    tolerations.value.some((each: Json) => isEqual({ ...toleration, tolerationSeconds: each.tolerationSeconds }, each));
  if (!(old.tolerations ?? []).every(isKept))
    tolerations.forbidden('existing toleration can not be modified except its tolerationSeconds');
  const diff = differences(withoutChangeable(spec.value, old), old);
  if (diff.length > 0)
    spec.forbidden(`pod updates may not change fields other than ${changeable}\n${diff.join('\n')}\n`);
}

function checkDeadline(deadline: Field, old: number | undefined): void {
  const { value: seconds } = deadline;
  if (seconds === undefined) {
    if (old !== undefined) deadline.invalid('must not update from a positive integer to nil value');
  } else if (seconds < 0) deadline.invalid('must be between 0 and 2147483647, inclusive');
  else if (old !== undefined && old < seconds) deadline.invalid('must be less than or equal to previous value');
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
  const isGate = (gate: Json) => schedulingGates.some((each: Json) => isEqual(each, gate));
  if (schedulingGates && (spec.schedulingGates ?? []).every(isGate)) changed.schedulingGates = schedulingGates;
  return changed;
}

function differences(spec: Json, old: Json): string[] {
  const fields = [...new Set([...Object.keys(old), ...Object.keys(spec)])].sort();
  const shown = (sign: string, field: string, of: Json) => `${sign}   ${field}: ${JSON.stringify(of[field] ?? null)}`;
  return fields
    .filter((field) => !isEqual(spec[field], old[field]))
    .flatMap((field) => [shown('-', field, old), shown('+', field, spec)]);
}

/** Ephemeral containers can only be added (registry/core/pod/storage). */
function checkEphemeralContainers(containers: Field, old: KubeObject): void {
  for (const before of containers.as(old.spec.ephemeralContainers).items()) {
    const same = containers.value.find(({ name }: Json) => name === before.value.name);
    const named = `existing ephemeral containers ${JSON.stringify(before.value.name)}`;
    if (same === undefined) containers.forbidden(`${named} may not be removed\n`);
    else if (!isEqual(same, before.value)) before.forbidden(`${named} may not be changed\n`);
  }
}
