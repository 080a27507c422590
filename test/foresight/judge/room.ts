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

function keepsOut({ status = {} }: KubeObject, pod: KubeObject): boolean {
  const { hard = {}, used = {} }: Readonly<Record<string, Readonly<Record<string, string>>>> = status;
  return Object.keys(hard).some((name) => {
    const resource = name.replace('requests.', '');
    if (!['cpu', 'memory'].includes(resource)) return amount(used[name]) + 1 > amount(hard[name]);
    const containers: ContainerPart[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const isSilent = containers.some(({ resources }) => resources?.requests?.[resource] === undefined);
    return isSilent || amount(used[name]) + asks(pod, resource) > amount(hard[name]) + 1e-9;
  });
}

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

interface ContainerPart {
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  readonly ports?: readonly { readonly hostPort?: number }[];
}

function hostPorts({ spec }: KubeObject): number[] {
  const containers: ContainerPart[] = spec.containers;
  return containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
}

/** What the scheduler reserves: for all containers together, or for the largest init container. */
function asks({ spec }: KubeObject, resource: string): number {
  const of = ({ resources }: ContainerPart): number => amount(resources?.requests?.[resource]);
  const together = (spec.containers as ContainerPart[]).reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...((spec.initContainers ?? []) as ContainerPart[]).map(of));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A Kubernetes quantity as a number of cores or bytes. */
function amount(text: string | undefined): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(\D*)$/.exec(text ?? '0') ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
