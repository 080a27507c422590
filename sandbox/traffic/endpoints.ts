import type { V1EndpointSlice } from '@kubernetes/client-node';

/** One pod behind a Service. */
export interface Endpoint {
  podUid: string;
  podName: string;
  /** The container port. */
  port: number;
}

export interface Endpoints {
  /** The endpoints that the next connection may go to. */
  usable: readonly Endpoint[];
  /** The number of ready pods; a pod in two slices counts once. */
  readyCount: number;
}

/**
 * A Service's endpoints as kube-proxy uses them: the ready ones, or without any the serving terminating ones.
 */
export function endpointsOf(slices: Iterable<V1EndpointSlice>): Endpoints {
  const ready = new Map<string, Endpoint>();
  const lastResort = new Map<string, Endpoint>();
  for (const slice of slices) {
    // Both are null in the slice of a Service that selects nothing.
    const port = slice.ports?.[0]?.port;
    for (const { targetRef, conditions = {} } of slice.endpoints ?? []) {
      const { uid, name = '' } = targetRef ?? {};
      if (uid === undefined || port === undefined) continue;
      const endpoint = { podUid: uid, podName: name, port };
      // A missing condition means true (discovery/v1, EndpointConditions).
      if (conditions.ready ?? true) ready.set(uid, endpoint);
      else if ((conditions.serving ?? true) && conditions.terminating) lastResort.set(uid, endpoint);
    }
  }
  return { usable: [...(ready.size > 0 ? ready : lastResort).values()], readyCount: ready.size };
}
