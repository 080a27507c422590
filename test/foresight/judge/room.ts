import type { KubeObject } from '@pitlane/embedded-cluster/api';
import {
  controllerOf,
  hasEnded,
  type LabelSelector,
  labelsOf,
  nameOf,
  ownerOf,
  type Scene,
  selects,
} from '../scene.ts';
import { amount, asks, containersOf, hostPorts, isSilentOn } from './needs.ts';

/** The pod that the owner makes instead of this one, with what the API server adds. */
export function replacementLike(scene: Scene, pod: KubeObject): KubeObject {
  const owner = controllerOf(scene, ownerOf(pod));
  const template = owner?.spec.template;
  if (template === undefined || !['ReplicaSet', 'ReplicationController', 'DaemonSet'].includes(owner?.kind ?? ''))
    return pod;
  const { priorityClassName } = template.spec;
  const found = scene.objects.priorityclasses.find((each) => nameOf(each) === priorityClassName);
  const priority = { priority: found?.value ?? 0, preemptionPolicy: found?.preemptionPolicy };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: template.metadata.labels },
    spec: { ...template.spec, ...priority },
  };
}

/** Names of the nodes with room for one more pod like it. Ignores its own affinity to other pods. */
export function nodesWithRoom(scene: Scene, like: KubeObject): readonly string[] {
  return scene.objects.nodes.filter((node) => fits(scene, like, node)).map(nameOf);
}

/** Names of the nodes that would have room without the pods of lower priority there. None if there is room anyway. */
export function nodesToPreemptOn(scene: Scene, like: KubeObject, only?: string): readonly string[] {
  const nodes = scene.objects.nodes.filter((node) => only === undefined || nameOf(node) === only);
  if (like.spec.preemptionPolicy === 'Never' || nodes.some((node) => fits(scene, like, node))) return [];
  const isLower = ({ spec }: KubeObject): boolean => (spec.priority ?? 0) < (like.spec.priority ?? 0);
  return nodes
    .filter((node) => {
      const stays = (other: KubeObject): boolean => other.spec.nodeName !== nameOf(node) || !isLower(other);
      return fits({ ...scene, everyPod: scene.everyPod.filter(stays) }, like, node);
    })
    .map(nameOf);
}

function fits(scene: Scene, pod: KubeObject, node: KubeObject): boolean {
  const isDaemon = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false;
  const there = scene.everyPod.filter((other) => placeOf(other) === nameOf(node) && !hasEnded(other));
  const wanted = asks(pod);
  const taken = there.map((each) => asks(each));
  const isEnough = (resource: string): boolean => {
    const left =
      amount(node.status.allocatable[resource]) - taken.reduce((sum, each) => sum + (each[resource] ?? 0), 0);
    return (wanted[resource] ?? 0) === 0 || (wanted[resource] ?? 0) <= left + 1e-9;
  };
  const ports = new Set(there.flatMap(hostPorts));
  const taints: Taint[] = node.spec.taints ?? [];
  return (
    (node.spec.unschedulable !== true || isDaemon) &&
    Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labelsOf(node)[key] === value) &&
    taints.every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod, isDaemon)) &&
    there.length < Number(node.status.allocatable.pods) &&
    Object.keys(wanted).every(isEnough) &&
    !hostPorts(pod).some((port) => ports.has(port)) &&
    claimsOf(pod).every((claim) => isReached(scene, claim, node)) &&
    !scene.everyPod.some((other) => keepsAway(scene, other, pod, node))
  );
}

function claimsOf({ spec }: KubeObject): readonly string[] {
  const volumes: { persistentVolumeClaim?: { claimName: string } }[] = spec.volumes ?? [];
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** The node reaches the volume, and no other pod has it alone. */
function isReached({ objects, everyPod }: Scene, name: string, node: KubeObject): boolean {
  const claim = objects.persistentvolumeclaims.find((each) => nameOf(each) === name);
  const volume = objects.persistentvolumes.find((each) => nameOf(each) === claim?.spec.volumeName);
  const terms: { matchExpressions: { key: string; values: string[] }[] }[] =
    volume?.spec.nodeAffinity?.required.nodeSelectorTerms ?? [];
  const isNear = terms.every(({ matchExpressions }) =>
    matchExpressions.every(({ key, values }) => values.includes(labelsOf(node)[key] ?? '')),
  );
  const isUsed = everyPod.some(
    (other) =>
      other.metadata.namespace === claim?.metadata.namespace &&
      other.spec.nodeName !== undefined &&
      !hasEnded(other) &&
      claimsOf(other).includes(name),
  );
  return isNear && !(isUsed && claim?.spec.accessModes.includes('ReadWriteOncePod'));
}

/** The scheduler keeps the room that it makes for a pod. */
function placeOf({ spec, status }: KubeObject): string | undefined {
  return spec.nodeName ?? status?.nominatedNodeName;
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
    if (/pods$/.test(resource)) return amount(used[name]) + 1 > amount(hard[name]);
    const list = kind === 'limits' ? 'limits' : 'requests';
    const asked = asks(pod, list)[resource];
    return (
      // The others need not be asked for (core/pods.go, Constraints), and then don't count, however much is used.
      (['cpu', 'memory'].includes(resource) && isSilentOn(pod, resource, list)) ||
      (asked !== undefined && amount(used[name]) + asked > amount(hard[name]) + 1e-9)
    );
  });
}

interface QuotaSpec {
  readonly scopes?: readonly string[];
  readonly scopeSelector?: { readonly matchExpressions?: readonly { scopeName: string; operator: string }[] };
}

/** Other resources don't count (component-helpers, qos.go, ComputePodQOS). */
const isBestEffort = (pod: KubeObject): boolean =>
  !containersOf(pod).some(({ resources = {} }) => {
    const { cpu, memory } = { ...resources.requests, ...resources.limits };
    return cpu !== undefined || memory !== undefined;
  });

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

/** The taints of the node let a DaemonSet create such a pod there. */
export function isWantedOn({ spec }: KubeObject, pod: KubeObject): boolean {
  const taints: Taint[] = spec.taints ?? [];
  return taints.every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod, true));
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
