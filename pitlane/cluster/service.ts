import type { Endpoint, Service } from '../rotation/snapshot.ts';
import type { JsonEndpointSlice, JsonService } from './json.ts';
import { annotationsOf } from './metadata.ts';

const TYPES = ['NodePort', 'LoadBalancer', 'ExternalName'] as const;

export function serviceOf({ metadata, spec }: JsonService): Service {
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid,
    selector: spec.selector,
    type: TYPES.find((type) => type === spec.type) ?? 'ClusterIP',
    internalTrafficPolicy: spec.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    externalTrafficPolicy: spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    ports: (spec.ports ?? []).map(({ name = '', port, targetPort = port }) => ({ name, target: targetPort })),
    annotations: annotationsOf(metadata),
  };
}

/** Selects the EndpointSlices of a Service. */
export function slicesOf(service: string): string {
  return `kubernetes.io/service-name=${service}`;
}

/** The writer of a slice (discovery/v1 well_known_labels.go); the value is of Kubernetes' own controller. */
const KEEPER = 'endpointslice.kubernetes.io/managed-by';
const OWN_KEEPER = 'endpointslice-controller.k8s.io';

export function endpointsOf({ metadata, ports, endpoints }: JsonEndpointSlice): Endpoint[] {
  const keeper = metadata.labels?.[KEEPER] ?? 'an unknown writer';
  const slice = { name: metadata.name, ...(keeper !== OWN_KEEPER && { keeper }) };
  const names = (ports ?? []).map(({ name = '' }) => name);
  return (endpoints ?? []).map(({ addresses, nodeName, conditions, targetRef }) => {
    // Defaults (discovery/v1 types.go): ready is true, serving is the same as ready, terminating is false.
    const isReady = conditions?.ready ?? true;
    const { kind, name, uid } = targetRef ?? {};
    return {
      pod: kind === 'Pod' && name !== undefined && uid !== undefined ? { name, uid } : undefined,
      addresses,
      nodeName,
      isReady,
      isServing: conditions?.serving ?? isReady,
      isTerminating: conditions?.terminating ?? false,
      ports: names,
      slice,
    };
  });
}
