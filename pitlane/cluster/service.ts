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
    annotations: annotationsOf(metadata),
  };
}

export function endpointsOf({ endpoints }: JsonEndpointSlice): Endpoint[] {
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
    };
  });
}
