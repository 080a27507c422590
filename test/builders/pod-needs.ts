import type { ContainerNeeds, PodNeeds } from '../../pitlane/rotation/pod-needs.ts';
import type { Resources } from '../../pitlane/rotation/resources.ts';

/** What a pod with one container needs to be placed. */
export function podNeeds(requests: Resources = {}, change: Partial<PodNeeds> = {}): PodNeeds {
  return {
    containers: [{ name: 'rng', role: 'main', requests, hostPorts: [] }],
    podLevel: {},
    overhead: {},
    nodeSelector: {},
    tolerations: [],
    claims: [],
    priority: 0,
    preempts: true,
    notChecked: [],
    ...change,
  };
}

/** A container with a host port of the node. */
export function withHostPort(port: number): ContainerNeeds {
  return { name: 'rng', role: 'main', requests: {}, hostPorts: [{ ip: '0.0.0.0', protocol: 'TCP', port }] };
}
