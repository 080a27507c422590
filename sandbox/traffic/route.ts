import type { V1EndpointSlice } from '@kubernetes/client-node';
import { follow } from '@pitlane/embedded-cluster/follow';
import type { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { type Endpoint, type Endpoints, endpointsOf } from './endpoints.ts';

export interface RouteOptions {
  api: KubeApi;
  namespace: string;
  service: string;
  /** The name of the Service's port; default: the first. */
  portName?: string;
  /** In [0, 1). */
  random(): number;
  onChange?(endpoints: Endpoints): void;
}

export interface Route {
  /** A random endpoint, as kube-proxy picks one for each connection; undefined without endpoints. */
  pick(): Endpoint | undefined;
  stop(): void;
}

type Slice = V1EndpointSlice & { metadata: { name: string; resourceVersion?: string } };

/** Follows a Service's EndpointSlices, as kube-proxy does. Resolves once they are known. */
export async function openRoute(options: RouteOptions): Promise<Route> {
  const { api, namespace, service, portName, random, onChange } = options;
  const stopping = new AbortController();
  const slices = new Map<string, Slice>();
  let endpoints = endpointsOf([]);
  const renew = () => {
    endpoints = endpointsOf(slices.values(), portName);
    onChange?.(endpoints);
  };
  await follow<Slice>({
    api,
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
    onList(items) {
      slices.clear();
      for (const slice of items) slices.set(slice.metadata.name, slice);
      renew();
    },
    onEvent(type, slice) {
      if (type === 'DELETED') slices.delete(slice.metadata.name);
      else slices.set(slice.metadata.name, slice);
      renew();
    },
    signal: stopping.signal,
  });
  return {
    pick: () => endpoints.usable[Math.floor(random() * endpoints.usable.length)],
    stop: () => stopping.abort(),
  };
}
