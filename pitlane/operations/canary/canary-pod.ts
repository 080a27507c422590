import { CANARY, type CanaryRecord } from '../../rotation/marks.ts';
import type { Operation } from '../../rotation/plan.ts';
import type { ContainerSpec, PodSpec, PodTemplate } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { hash64 } from '../../text/hash.ts';
import { personOf, timestamp } from '../../text/words.ts';
import type { CanaryRequest } from './canary.ts';
import { type CanaryView, isLowPriority } from './checks.ts';
import { variableName } from './fields.ts';
import type { Templated } from './workload.ts';

/** A label of DNS, such as a pod's host name, has at most 63 characters. */
const LONGEST_NAME = 63;
/** Without vowels and digits, so that no name is a word or looks like a StatefulSet's. */
const LETTERS = 'bcdfghjklmnpqrstvwxz';
const SUFFIX_LENGTH = 5;

/** The names of an operation's canaries: the same for every process that carries it out. */
export function canaryNames(workload: string, operation: string, count: number): readonly string[] {
  const end = '-canary-';
  const base = workload.slice(0, LONGEST_NAME - end.length - SUFFIX_LENGTH).replace(/[-.]+$/, '');
  const names = new Set<string>();
  for (let index = 0; names.size < count; index += 1) names.add(`${base}${end}${suffix(`${operation}/${index}`)}`);
  return [...names];
}

function suffix(seed: string): string {
  let rest = hash64(seed);
  let text = '';
  while (text.length < SUFFIX_LENGTH) {
    text += LETTERS[Number(rest % BigInt(LETTERS.length))] ?? '';
    rest /= BigInt(LETTERS.length);
  }
  return text;
}

/** The container that the request is about: named like the workload or the service, else the first. */
export function mainContainer({ spec: { containers } }: PodTemplate, ...names: readonly string[]): ContainerSpec {
  const named = names.flatMap((name) => containers.find((container) => container.name === name) ?? [])[0];
  const main = named ?? containers[0];
  if (main === undefined) throw new Error('the template has no container');
  return main;
}

/** How long Kubernetes lets the canary live after Pitlane should have deleted it. */
export const BACKSTOP_SECONDS = 300;

/** The whole object. Without `blockOwnerDeletion`, which needs a right on the Service's finalizers. */
export function canaryPod(view: CanaryView, name: string, record: CanaryRecord) {
  const { service } = view.snapshot;
  const { labels, workload } = view;
  const owner = { apiVersion: 'v1', kind: 'Service', name: service.name, uid: service.uid };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: service.namespace,
      labels: labels.labels,
      annotations: { ...workload.template.annotations, [CANARY]: JSON.stringify(record) },
      // Garbage collection deletes it with the Service.
      ownerReferences: [labels.guardedFrom.length > 0 ? { ...owner, controller: true } : owner],
    },
    spec: canarySpec(view),
  };
}

function canarySpec({ snapshot, request, workload, model }: CanaryView): PodSpec {
  const { spec } = workload.template;
  const main = mainContainer(workload.template, workload.name, snapshot.service.name);
  // A canary with the workload's priority could preempt other pods.
  const { priorityClassName, priority: _, preemptionPolicy: __, ...rest } = spec;
  return {
    ...rest,
    ...(isLowPriority(model) && { priorityClassName }),
    restartPolicy: 'Always',
    activeDeadlineSeconds: secondsOf(request) + BACKSTOP_SECONDS,
    containers: spec.containers.map((container) =>
      withoutHostPorts(container === main ? changed(container, request) : container, spec),
    ),
    ...(spec.initContainers && { initContainers: spec.initContainers.map((each) => withoutHostPorts(each, spec)) }),
  };
}

function changed(container: ContainerSpec, { image, env = [], args }: CanaryRequest): ContainerSpec {
  return {
    ...container,
    ...(image !== undefined && { image }),
    ...(args !== undefined && { args }),
    ...(env.length > 0 && { env: withVariables(container.env ?? [], env) }),
  };
}

/** In place where the template has the variable, so that later ones still refer to it. */
function withVariables(before: NonNullable<ContainerSpec['env']>, env: readonly string[]) {
  const given = new Map(env.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
  const replaced = before.map((variable) => {
    const value = given.get(variable.name);
    return value === undefined ? variable : { name: variable.name, value };
  });
  const known = new Set(before.map(({ name }) => name));
  return [...replaced, ...[...given].filter(([name]) => !known.has(name)).map(([name, value]) => ({ name, value }))];
}

/** Services reach a pod by its own address. Its host port would keep the workload's pods off the node. */
function withoutHostPorts(container: ContainerSpec, { hostNetwork }: PodSpec): ContainerSpec {
  if (hostNetwork === true || !hostPortsOf(container).length) return container;
  return { ...container, ports: (container.ports ?? []).map(({ hostPort: _, hostIP: __, ...port }) => port) };
}

export function hostPortsOf({ ports = [] }: ContainerSpec): readonly number[] {
  return ports.flatMap(({ hostPort }) => hostPort ?? []);
}

/** Long enough to read a few logs, and short enough for a forgotten canary. */
const DEFAULT_SECONDS = 20 * 60;

export function secondsOf({ forSeconds }: CanaryRequest): number {
  return forSeconds ?? DEFAULT_SECONDS;
}

export function recordOf(operation: Operation<CanaryRequest>, workload: Templated, now: number): CanaryRecord {
  const { id, report, request } = operation;
  const { because, image, env, args } = request;
  return {
    v: 1,
    id,
    from: nameOf(workload),
    ...personOf(operation),
    ...(because !== undefined && { because }),
    at: timestamp(now),
    until: timestamp(now + secondsOf(request) * 1000),
    ...(image !== undefined && { image }),
    ...(env !== undefined && { env: env.map(variableName) }),
    ...(args !== undefined && { args }),
    ...(report !== undefined && { report }),
  };
}
