import { valueIn } from '../rotation/labels.ts';
import { memberLabels } from '../rotation/membership.ts';
import { formatSelector, matches, selectorOf } from '../rotation/selector.ts';
import type { OtherService, Pod, Policy, Snapshot } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonEndpointSlice, JsonService } from './json.ts';
import { list, listPods } from './list.ts';
import type { PodForm } from './pod.ts';
import { ENDPOINT_SLICES } from './resource.ts';
import { endpointsOf, serviceOf, slicesOf } from './service.ts';

/** What was observed before. */
export interface Known {
  readonly snapshot: Snapshot;
  readonly form: PodForm;
}

/** Another Service of the namespace, with its rotation where it selects a target. */
export async function otherService(
  connection: Connection,
  json: JsonService,
  { snapshot, form }: Known,
  targets: readonly Pod[],
  policyOf: (service: string) => Policy | undefined,
): Promise<OtherService> {
  const service = serviceOf(json);
  const { name, namespace, selector = {} } = service;
  if (!targets.some((pod) => matches(selectorOf(selector), pod.labels))) return { name, selector };
  const ours = memberLabels(snapshot.service, snapshot.policy);
  // Every pod that it selects is a member, so it was listed already.
  const isKnown = ours !== undefined && Object.entries(ours).every(([key, value]) => valueIn(selector, key) === value);
  const labelSelector = formatSelector(selectorOf(selector));
  const [slices, listed] = await Promise.all([
    list<JsonEndpointSlice>(connection, ENDPOINT_SLICES, { namespace, labelSelector: slicesOf(name) }),
    isKnown ? { items: [] } : listPods(connection, { namespace, labelSelector }, form),
  ]);
  const uids = new Set([...snapshot.pods, ...targets].map(({ uid }) => uid));
  const policy = policyOf(name);
  return {
    name,
    selector,
    rotation: {
      service,
      ...(policy && { policy }),
      pods: listed.items.filter(({ uid }) => !uids.has(uid)),
      endpoints: slices.items.flatMap(endpointsOf),
    },
  };
}
