import type { Headroom, LabelSelector, Labels, Resources, Seen } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonPod, KubeObject } from './json.ts';
import { list } from './list.ts';
import { requestsOf } from './pod.ts';
import { parseQuantity, resourcesOf } from './quantity.ts';
import { NODES, PODS, QUOTAS } from './resource.ts';
import { tolerateErrors } from './tolerate.ts';

interface JsonNode extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: Headroom['nodes'][number]['taints'] };
  readonly status?: {
    readonly allocatable?: Labels;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface JsonQuota extends KubeObject {
  readonly spec?: { readonly scopes?: readonly string[] | null; readonly scopeSelector?: object | null };
  readonly status?: { readonly hard?: Labels; readonly used?: Labels };
}

/** A bigger cluster is not read for one replacement. */
const MAX_PAGES = 2;

/** Reads where a replacement pod would fit. Not seen if that can't be read, or if the cluster is too big. */
export async function readHeadroom(connection: Connection, namespace: string): Promise<Seen<Headroom>> {
  const running = 'status.phase!=Succeeded,status.phase!=Failed';
  const seen = await tolerateErrors(
    Promise.all([
      list<JsonNode>(connection, NODES, { maxPages: MAX_PAGES }),
      list<JsonPod>(connection, PODS, { fieldSelector: running, maxPages: MAX_PAGES }),
      list<JsonQuota>(connection, QUOTAS, { namespace }),
    ]),
  );
  if (seen.kind === 'notSeen') return seen;
  const [nodes, pods, quotas] = seen.value;
  if (!nodes.isComplete || !pods.isComplete) {
    const [kind, { items }] = pods.isComplete ? ['nodes', nodes] : ['running pods', pods];
    const why = `The cluster has more than ${items.length} ${kind}, too many to check for room.`;
    return { kind: 'notSeen', why };
  }
  const byNode = Map.groupBy(pods.items, ({ spec }) => spec.nodeName ?? '');
  const antiAffinities = antiAffinitiesOf(nodes.items, pods.items, namespace);
  const found = nodes.items.map((node) => nodeOf(node, byNode.get(node.metadata.name) ?? [], antiAffinities));
  return { kind: 'seen', value: { nodes: found, quotas: quotas.items.filter(isOfAll).map(quotaOf) } };
}

/** A required anti-affinity of a running pod: it excludes matching pods from every node with this topology value. */
interface AntiAffinity {
  readonly selector: LabelSelector;
  readonly topologyKey: string;
  readonly domain: string;
}

/** The required anti-affinity of running pods (interpodaffinity/filtering.go, existingAntiAffinityCounts). */
function antiAffinitiesOf(
  nodes: readonly JsonNode[],
  pods: readonly JsonPod[],
  namespace: string,
): readonly AntiAffinity[] {
  const labelsOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  return pods.flatMap(({ metadata, spec }) =>
    (spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ labelSelector, topologyKey, namespaces, namespaceSelector }) => {
        const domain = labelsOf.get(spec.nodeName ?? '')?.[topologyKey];
        // Only the empty namespace selector, which means all, can be evaluated without reading the namespaces.
        const isEveryNamespace = namespaceSelector !== undefined && Object.keys(namespaceSelector).length === 0;
        const appliesHere = isEveryNamespace || (namespaces ?? [metadata.namespace]).includes(namespace);
        return domain !== undefined && labelSelector && appliesHere
          ? [{ selector: labelSelector, topologyKey, domain }]
          : [];
      },
    ),
  );
}

function nodeOf(
  { metadata, spec, status }: JsonNode,
  pods: readonly JsonPod[],
  antiAffinities: readonly AntiAffinity[],
): Headroom['nodes'][number] {
  const shuns = antiAffinities.filter(({ topologyKey, domain }) => metadata.labels?.[topologyKey] === domain);
  const allocatable = resourcesOf(status?.allocatable);
  const used = pods.map((pod) => requestsOf(pod.spec));
  const total = (resource: keyof Resources) => used.reduce((sum, requests) => sum + requests[resource], 0);
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    isUnschedulable: spec?.unschedulable ?? false,
    isReady: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    free: {
      cpuMillis: allocatable.cpuMillis - total('cpuMillis'),
      memory: allocatable.memory - total('memory'),
      pods: parseQuantity(status?.allocatable?.pods) - pods.length,
    },
    hostPorts: pods.flatMap((pod) =>
      pod.spec.containers.flatMap(({ ports }) => (ports ?? []).flatMap(({ hostPort }) => hostPort ?? [])),
    ),
    shuns: shuns.length === 0 ? undefined : shuns.map(({ selector }) => selector),
  };
}

/** A quota with scopes is about some of the pods. The API server knows which, and says it to a dry run. */
function isOfAll({ spec }: JsonQuota): boolean {
  return (spec?.scopes ?? []).length === 0 && !spec?.scopeSelector;
}

function quotaOf({ metadata, status }: JsonQuota): Headroom['quotas'][number] {
  const left = (...names: string[]): number | undefined => {
    // `cpu` and `requests.cpu` mean the same; the tighter one counts.
    const limits = names.flatMap((name) => {
      const hard = status?.hard?.[name];
      return hard === undefined ? [] : [parseQuantity(hard) - parseQuantity(status?.used?.[name])];
    });
    return limits.length === 0 ? undefined : Math.min(...limits);
  };
  const cpu = left('cpu', 'requests.cpu');
  return {
    name: metadata.name,
    left: {
      cpuMillis: cpu && Math.round(cpu * 1000),
      memory: left('memory', 'requests.memory'),
      pods: left('pods', 'count/pods'),
    },
  };
}
