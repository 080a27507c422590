import type { V1EndpointSlice } from '@kubernetes/client-node';

/** One pod behind a Service, as kube-proxy sees it. */
export interface Endpoint {
  podUid: string;
  podName: string;
  /** The container port. */
  port: number;
}

export interface Endpoints {
  /** Where the next connection may go. */
  usable: readonly Endpoint[];
  /** Pods that are ready, each counted once though a pod may stand in two slices for a moment. */
  readyCount: number;
}

/**
 * What kube-proxy makes of a Service's slices: the ready endpoints; if there is none, those that still serve while they
 * end.
 */
export function endpointsOf(slices: Iterable<V1EndpointSlice>, portName?: string): Endpoints {
  const ready = new Map<string, Endpoint>();
  const lastResort = new Map<string, Endpoint>();
  for (const slice of slices) {
    // Both are null, not empty, in the slice of a Service that selects nothing.
    const ports = slice.ports ?? [];
    const port = (portName === undefined ? ports[0] : ports.find(({ name }) => name === portName))?.port;
    for (const { targetRef, conditions = {} } of slice.endpoints ?? []) {
      const { uid, name = '' } = targetRef ?? {};
      if (uid === undefined || port === undefined) continue;
      const endpoint = { podUid: uid, podName: name, port };
      // Absent means true, for ready as for serving (discovery/v1, EndpointConditions).
      if (conditions.ready ?? true) ready.set(uid, endpoint);
      else if ((conditions.serving ?? true) && conditions.terminating) lastResort.set(uid, endpoint);
    }
  }
  return { usable: [...(ready.size > 0 ? ready : lastResort).values()], readyCount: ready.size };
}
