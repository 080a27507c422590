import type { Headroom, LabelSelector, Resources } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonPod, KubeObject } from './json.ts';
import { list } from './list.ts';
import { requestsOf } from './pod.ts';
import { parseQuantity, resourcesOf } from './quantity.ts';
import { NODES, PODS, QUOTAS } from './resource.ts';

interface JsonNode extends KubeObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface JsonQuota extends KubeObject {
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

/** Bigger clusters are not read through for one replacement: they have an autoscaler, and a scheduler that says. */
const MAX_PAGES = 2;

/** Where a replacement would find room; a sentence instead where the cluster is too big to say. */
export async function readHeadroom(connection: Connection, namespace: string): Promise<Headroom | string> {
  const [nodes, pods, quotas] = await Promise.all([
    list<JsonNode>(connection, NODES, { maxPages: MAX_PAGES }),
    list<JsonPod>(connection, PODS, {
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      maxPages: MAX_PAGES,
    }),
    list<JsonQuota>(connection, QUOTAS, { namespace }),
  ]);
  if (!nodes.isComplete || !pods.isComplete) {
    return `The cluster has more than ${pods.isComplete ? nodes.items.length : pods.items.length} ${
      pods.isComplete ? 'nodes' : 'running pods'
    }: where a replacement would find room was not worked out.`;
  }
  const byNode = Map.groupBy(pods.items, ({ spec }) => spec.nodeName ?? '');
  const shunning = shunningPods(nodes.items, pods.items, namespace);
  return {
    nodes: nodes.items.map((node) => ({
      ...nodeOf(node, byNode.get(node.metadata.name) ?? []),
      ...shunsOf(node, shunning),
    })),
    quotas: quotas.items.map(quotaOf),
  };
}

/** A pod that wants no pod of the namespace with such labels near it: on a node with the same value of that label. */
interface Shunning {
  readonly selector: LabelSelector;
  readonly topologyKey: string;
  readonly domain: string;
}

/** The required anti-affinity of the pods that are there already (interpodaffinity/filtering.go, existingAntiAffinityCounts). */
function shunningPods(nodes: readonly JsonNode[], pods: readonly JsonPod[], namespace: string): readonly Shunning[] {
  const labelsOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  return pods.flatMap(({ metadata, spec }) =>
    (spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ labelSelector, topologyKey, namespaces, namespaceSelector }) => {
        const domain = labelsOf.get(spec.nodeName ?? '')?.[topologyKey];
        // Of a selector of namespaces only the empty one, which means all, is understood without looking at them.
        const isAll = namespaceSelector !== undefined && Object.keys(namespaceSelector).length === 0;
        const isMeant = isAll || (namespaces ?? [metadata.namespace]).includes(namespace);
        return domain !== undefined && labelSelector && isMeant
          ? [{ selector: labelSelector, topologyKey, domain }]
          : [];
      },
    ),
  );
}

function shunsOf({ metadata }: JsonNode, shunning: readonly Shunning[]): { shuns?: readonly LabelSelector[] } {
  const shuns = shunning.filter(({ topologyKey, domain }) => metadata.labels?.[topologyKey] === domain);
  return shuns.length === 0 ? {} : { shuns: shuns.map(({ selector }) => selector) };
}

function nodeOf({ metadata, spec, status }: JsonNode, pods: readonly JsonPod[]): Headroom['nodes'][number] {
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
  };
}

function quotaOf({ metadata, status }: JsonQuota): Headroom['quotas'][number] {
  const left = (...names: string[]): number | undefined => {
    // `cpu` and `requests.cpu` mean the same; where a quota has both, the tighter one counts.
    const limits = names.flatMap((name) => {
      const hard = status?.hard?.[name];
      return hard === undefined ? [] : [parseQuantity(hard) - parseQuantity(status?.used?.[name])];
    });
    return limits.length === 0 ? undefined : Math.min(...limits);
  };
  const [cpu, memory, pods] = [
    left('cpu', 'requests.cpu'),
    left('memory', 'requests.memory'),
    left('pods', 'count/pods'),
  ];
  return {
    name: metadata.name,
    left: {
      ...(cpu === undefined ? {} : { cpuMillis: Math.round(cpu * 1000) }),
      ...(memory === undefined ? {} : { memory }),
      ...(pods === undefined ? {} : { pods }),
    },
  };
}
