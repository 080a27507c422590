import type { V1Container, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';

/** A client-node model as JSON: dates are RFC 3339 text. */
export type AsJson<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? AsJson<Item>[]
    : T extends object
      ? { [Key in keyof T]: AsJson<T[Key]> }
      : T;

export type PodStatus = AsJson<NonNullable<V1Pod['status']>>;
export type PodCondition = NonNullable<PodStatus['conditions']>[number];
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
export type Probe = AsJson<NonNullable<V1Container['livenessProbe']>>;
export type Container = AsJson<V1Container> | AsJson<V1EphemeralContainer>;

export interface Pod {
  metadata: AsJson<NonNullable<V1Pod['metadata']>> & { name: string; namespace: string; uid: string };
  spec: AsJson<NonNullable<V1Pod['spec']>>;
  status?: PodStatus;
}

/**
 * init: runs once before the others. sidecar: an init container with restartPolicy Always. ephemeral: from kubectl
 * debug.
 */
export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral';

/** All containers in starting order. */
export function containersOf(pod: Pod): { container: Container; role: ContainerRole }[] {
  const roleOf = (init: AsJson<V1Container>) => (init.restartPolicy === 'Always' ? 'sidecar' : 'init');
  return [
    ...(pod.spec.initContainers ?? []).map((container) => ({ container, role: roleOf(container) }) as const),
    ...pod.spec.containers.map((container) => ({ container, role: 'main' }) as const),
    ...(pod.spec.ephemeralContainers ?? []).map((container) => ({ container, role: 'ephemeral' }) as const),
  ];
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** A time in whole seconds, as Kubernetes writes it. */
export function kubeTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
