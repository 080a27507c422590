import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { hasEnded, type LabelSelector, labelsOf, nameOf, type Scene, selects } from '../scene.ts';

/** Names of the nodes with room for one more pod like it. Ignores its own affinity to other pods. */
export function nodesWithRoom(scene: Scene, like: KubeObject): readonly string[] {
  return scene.objects.nodes.filter((node) => fits(scene, like, node)).map(nameOf);
}

function fits(scene: Scene, pod: KubeObject, node: KubeObject): boolean {
  const isDaemon = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false;
  const there = scene.everyPod.filter((other) => other.spec.nodeName === nameOf(node) && !hasEnded(other));
  const left = (resource: 'cpu' | 'memory'): number =>
    amount(node.status.allocatable[resource]) - there.reduce((sum, other) => sum + asks(other, resource), 0);
  const ports = new Set(there.flatMap(hostPorts));
  const taints: Taint[] = node.spec.taints ?? [];
  return (
    (node.spec.unschedulable !== true || isDaemon) &&
    Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labelsOf(node)[key] === value) &&
    taints.every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod, isDaemon)) &&
    there.length < Number(node.status.allocatable.pods) &&
    asks(pod, 'cpu') <= left('cpu') + 1e-9 &&
    asks(pod, 'memory') <= left('memory') &&
    !hostPorts(pod).some((port) => ports.has(port)) &&
    !scene.everyPod.some((other) => keepsAway(scene, other, pod, node))
  );
}

interface AffinityTerm {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
}

/** The anti-affinity of the other pod keeps this pod from the node. */
function keepsAway({ objects }: Scene, other: KubeObject, pod: KubeObject, node: KubeObject): boolean {
  const terms: AffinityTerm[] =
    other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const place = objects.nodes.find((each) => nameOf(each) === other.spec.nodeName);
  return (
    place !== undefined &&
    !hasEnded(other) &&
    other.metadata.namespace === pod.metadata.namespace &&
    terms.some(
      ({ topologyKey, labelSelector }) =>
        selects(labelSelector, labelsOf(pod)) && labelsOf(place)[topologyKey] === labelsOf(node)[topologyKey],
    )
  );
}

/** Names of the ResourceQuotas without room for one more pod like it. */
export function quotasWithoutRoom({ objects }: Scene, pod: KubeObject): readonly string[] {
  return objects.resourcequotas.filter((quota) => keepsOut(quota, pod)).map(nameOf);
}

function keepsOut({ spec = {}, status = {} }: KubeObject, pod: KubeObject): boolean {
  const { scopes = [], scopeSelector = {} } = spec as QuotaSpec;
  const named = (scopeSelector.matchExpressions ?? []).map(({ scopeName, operator }) => `${scopeName} ${operator}`);
  if (![...scopes, ...named].every((scope) => IS_OF[scope]?.(pod))) return false;
  const { hard = {}, used = {} }: Readonly<Record<string, Readonly<Record<string, string>>>> = status;
  return Object.keys(hard).some((name) => {
    const [, kind = 'requests', resource = name] = /^(requests|limits)\.(.*)$/.exec(name) ?? [];
    if (!['cpu', 'memory'].includes(resource)) return amount(used[name]) + 1 > amount(hard[name]);
    const list = kind === 'limits' ? 'limits' : 'requests';
    const isSilent = containersOf(pod).some(({ resources }) => askedOf(resources, list)[resource] === undefined);
    return isSilent || amount(used[name]) + asks(pod, resource, list) > amount(hard[name]) + 1e-9;
  });
}

interface QuotaSpec {
  readonly scopes?: readonly string[];
  readonly scopeSelector?: { readonly matchExpressions?: readonly { scopeName: string; operator: string }[] };
}

const isBestEffort = (pod: KubeObject): boolean =>
  !containersOf(pod).some(
    ({ resources = {} }) => Object.keys({ ...resources.requests, ...resources.limits }).length > 0,
  );

/** The scopes of generated quotas. */
const IS_OF: Readonly<Record<string, (pod: KubeObject) => boolean>> = {
  BestEffort: isBestEffort,
  NotBestEffort: (pod) => !isBestEffort(pod),
  Terminating: ({ spec }) => spec.activeDeadlineSeconds !== undefined,
  NotTerminating: ({ spec }) => spec.activeDeadlineSeconds === undefined,
  'PriorityClass Exists': ({ spec }) => spec.priorityClassName !== undefined,
  'PriorityClass DoesNotExist': ({ spec }) => spec.priorityClassName === undefined,
};

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface Toleration extends Partial<Taint> {
  readonly operator?: string;
}

function isTolerated(taint: Taint, pod: KubeObject, isDaemon: boolean): boolean {
  if (isDaemon && taint.key === 'node.kubernetes.io/unschedulable') return true;
  const tolerations: Toleration[] = pod.spec.tolerations ?? [];
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );
}

type Amounts = Readonly<Record<string, string>>;

interface ContainerPart {
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts };
  readonly ports?: readonly { readonly hostPort?: number }[];
}

function hostPorts({ spec }: KubeObject): number[] {
  const containers: ContainerPart[] = spec.containers;
  return containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
}

function containersOf({ spec }: KubeObject): readonly ContainerPart[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

/** By default a container requests what it is limited to. */
function askedOf(
  { requests = {}, limits = {} }: NonNullable<ContainerPart['resources']> = {},
  list: 'requests' | 'limits',
) {
  return list === 'limits' ? limits : { ...limits, ...requests };
}

/** What the scheduler reserves: for all containers together, or for the largest init container. */
function asks({ spec }: KubeObject, resource: string, list: 'requests' | 'limits' = 'requests'): number {
  const of = ({ resources }: ContainerPart): number => amount(askedOf(resources, list)[resource]);
  const together = (spec.containers as ContainerPart[]).reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...((spec.initContainers ?? []) as ContainerPart[]).map(of));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A Kubernetes quantity as a number of cores or bytes. */
function amount(text: string | undefined): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(\D*)$/.exec(text ?? '0') ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
