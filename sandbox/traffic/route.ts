import type { V1EndpointSlice } from '@kubernetes/client-node';
import { follow } from '@pitlane/embedded-cluster/follow';
import type { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { type Endpoint, type Endpoints, endpointsOf } from './endpoints.ts';
import { Timeline } from './timeline.ts';

export interface RouteOptions {
  api: KubeApi;
  namespace: string;
  service: string;
  /** How far the data plane lags behind the slices. Default: 0. */
  behindMs?: number;
  /** In [0, 1). */
  random(): number;
  /** Not delayed. */
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
  const { api, namespace, service, behindMs = 0, random, onChange } = options;
  const stopping = new AbortController();
  const slices = new Map<string, Slice>();
  const timeline = new Timeline<readonly Endpoint[]>(behindMs);
  const renew = () => {
    const endpoints = endpointsOf(slices.values());
    timeline.record(performance.now(), endpoints.usable);
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
    pick() {
      const usable = timeline.at(performance.now() - behindMs) ?? [];
      return usable[Math.floor(random() * usable.length)];
    },
    stop: () => stopping.abort(),
  };
}
