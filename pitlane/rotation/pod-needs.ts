import type { Labels } from './labels.ts';
import type { NodeSelectorTerm } from './node-selector.ts';
import { atLeast, plus, type Resources } from './resources.ts';

/** What the scheduler looks at to place a pod. */
export interface PodNeeds {
  /** Init containers first, in their order. */
  readonly containers: readonly ContainerNeeds[];
  /** Requests for the pod as a whole, which replace those of its containers (spec.resources). */
  readonly podLevel: Resources;
  /** Added by the pod's RuntimeClass. */
  readonly overhead: Resources;
  readonly nodeSelector: Labels;
  /** Required node affinity: one of the terms must match. Absent: none. */
  readonly nodeAffinity?: readonly NodeSelectorTerm[];
  readonly tolerations: readonly Toleration[];
  /** Names of the PersistentVolumeClaims that it mounts. */
  readonly claims: readonly string[];
  /** Absent: not known yet, as in a template that names a class. */
  readonly priority?: number;
  readonly priorityClass?: string;
  /** False: it waits instead of ending pods of lower priority (preemptionPolicy Never). */
  readonly preempts: boolean;
  /** What else decides its place, and is not checked: `its affinity and spread rules`. */
  readonly notChecked: readonly string[];
}

export interface Toleration {
  /** Absent: every key. */
  readonly key?: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
  /** Absent: every effect. */
  readonly effect?: string;
}

export interface ContainerNeeds {
  readonly name: string;
  /** A sidecar is started among the init containers and keeps running. */
  readonly role: 'init' | 'sidecar' | 'main';
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
}

export interface HostPort {
  /** `0.0.0.0`: every address of the node. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/**
 * The resources that the scheduler reserves for a pod (component-helpers, resource/helpers.go PodRequests): its containers
 * and sidecars together, or an init container with the sidecars started before it, whichever is more; or what the pod
 * requests as a whole; plus the overhead. For example, init containers of 500m, a sidecar of 100m and again an init
 * container of 500m, and a container of 50m: the third needs 600m, more than the 150m that run afterwards.
 */
export function requestsOf({
  containers,
  podLevel,
  overhead,
}: Pick<PodNeeds, 'containers' | 'podLevel' | 'overhead'>): Resources {
  let running: Resources = {};
  let sidecars: Resources = {};
  let starting: Resources = {};
  for (const { role, requests } of containers) {
    if (role !== 'init') running = plus(running, requests);
    if (role === 'sidecar') sidecars = plus(sidecars, requests);
    if (role === 'init') starting = atLeast(starting, plus(sidecars, requests));
  }
  return plus({ ...atLeast(running, starting), ...podLevel }, overhead);
}

/** The host ports of containers and sidecars (scheduler/util, GetHostPorts): those of init containers do not count. */
export function hostPortsOf({ containers }: Pick<PodNeeds, 'containers'>): readonly HostPort[] {
  return containers.flatMap(({ role, hostPorts }) => (role === 'init' ? [] : hostPorts));
}

/** The ports can't be used on one node (kube-scheduler framework/types.go, HostPortInfo CheckConflict). */
export function conflict(a: HostPort, b: HostPort): boolean {
  const isSameAddress = a.ip === b.ip || a.ip === EVERY_ADDRESS || b.ip === EVERY_ADDRESS;
  return a.port === b.port && a.protocol === b.protocol && isSameAddress;
}

const EVERY_ADDRESS = '0.0.0.0';
