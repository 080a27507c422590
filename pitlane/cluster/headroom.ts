import { valueIn } from '../rotation/labels.ts';
import { hostPortsOf } from '../rotation/pod-needs.ts';
import { minus, plus } from '../rotation/resources.ts';
import { matches, selectorOfLabelSelector } from '../rotation/selector.ts';
import type { Headroom, LabelSelector, Labels, NodeRoom, PlacedPod, Seen } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonNode, JsonPod, KubeObject } from './json.ts';
import { list } from './list.ts';
import { ownerOf, parseTime } from './metadata.ts';
import { needsOf, takenBy } from './pod-needs.ts';
import { parseQuantity, resourcesOf } from './quantity.ts';
import { BUDGETS, NODES, PODS, QUOTAS } from './resource.ts';
import { tolerateErrors, tolerateForbidden } from './tolerate.ts';

interface JsonBudget extends KubeObject {
  readonly spec: { readonly selector?: LabelSelector | null };
  readonly status?: { readonly disruptionsAllowed?: number };
}

interface JsonQuota extends KubeObject {
  readonly spec?: { readonly scopes?: readonly string[] | null; readonly scopeSelector?: object | null };
  readonly status?: { readonly hard?: Labels; readonly used?: Labels };
}

/** A bigger cluster is not read for one replacement. */
const MAX_PAGES = 2;

/**
 * Reads where a replacement pod would fit. Not seen if that can't be read, or if the cluster is too big. `withQuotas`: false
 * where the API server has accepted the pod.
 */
export async function readHeadroom(
  connection: Connection,
  namespace: string,
  withQuotas: Promise<boolean>,
): Promise<Seen<Headroom>> {
  const running = 'status.phase!=Succeeded,status.phase!=Failed';
  const seen = await tolerateErrors(
    Promise.all([
      list<JsonNode>(connection, NODES, { maxPages: MAX_PAGES }),
      list<JsonPod>(connection, PODS, { fieldSelector: running, maxPages: MAX_PAGES }),
      withQuotas.then((isNeeded) => (isNeeded ? list<JsonQuota>(connection, QUOTAS, { namespace }) : undefined)),
      tolerateForbidden(list<JsonBudget>(connection, BUDGETS, { maxPages: MAX_PAGES })),
    ]),
  );
  if (seen.kind === 'notSeen') return seen;
  const [nodes, pods, quotas, budgetList] = seen.value;
  if (!nodes.isComplete || !pods.isComplete) {
    const [kind, { items }] = pods.isComplete ? ['nodes', nodes] : ['running pods', pods];
    const why = `The cluster has more than ${items.length} ${kind}, too many to check for room.`;
    return { kind: 'notSeen', why };
  }
  const byNode = Map.groupBy(pods.items, placeOf);
  const antiAffinities = antiAffinitiesOf(nodes.items, pods.items, namespace);
  // Some of the budgets would be no better than none.
  const budgets: Seen<readonly JsonBudget[]> =
    budgetList.kind === 'notSeen'
      ? budgetList
      : budgetList.value.isComplete
        ? { kind: 'seen', value: budgetList.value.items }
        : { kind: 'notSeen', why: `The cluster has more than ${budgetList.value.items.length} PodDisruptionBudgets.` };
  const budgetsOn = budgets.kind === 'seen' ? selectingBudgets(budgets.value) : () => undefined;
  const found = nodes.items.map((node) => {
    const placed = (byNode.get(node.metadata.name) ?? []).map((pod) => placedPodOf(pod, budgetsOn(pod)));
    return nodeOf(node, placed, antiAffinities);
  });
  return {
    kind: 'seen',
    value: {
      nodes: found,
      budgets: budgets.kind === 'seen' ? { kind: 'seen', value: allowedBy(budgets.value) } : budgets,
      claimsInUse: claimsInUse(pods.items, namespace),
      quotas: quotas?.items.map(quotaOf) ?? [],
    },
  };
}

function claimsInUse(pods: readonly JsonPod[], namespace: string): readonly string[] {
  const placed = pods.filter(({ metadata, spec }) => metadata.namespace === namespace && spec.nodeName);
  return [...new Set(placed.flatMap(({ spec }) => needsOf(spec).claims))].sort();
}

/** Its node, or the one where the scheduler makes room for it. */
function placeOf({ spec, status }: JsonPod): string {
  return spec.nodeName ?? status?.nominatedNodeName ?? '';
}

/** A required anti-affinity of a running pod: it excludes matching pods from every node with this topology value. */
interface AntiAffinity {
  readonly selector: LabelSelector;
  readonly topologyKey: string;
  readonly domain: string;
  /** Its uid. */
  readonly by: string;
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
        const domain = valueIn(labelsOf.get(spec.nodeName ?? ''), topologyKey);
        // Only the empty namespace selector, which means all, can be evaluated without reading the namespaces.
        const isEveryNamespace = namespaceSelector !== undefined && Object.keys(namespaceSelector).length === 0;
        const appliesHere = isEveryNamespace || (namespaces ?? [metadata.namespace]).includes(namespace);
        return domain !== undefined && labelSelector && appliesHere
          ? [{ selector: labelSelector, topologyKey, domain, by: metadata.uid }]
          : [];
      },
    ),
  );
}

function nodeOf(
  { metadata, spec, status }: JsonNode,
  pods: readonly PlacedPod[],
  antiAffinities: readonly AntiAffinity[],
): NodeRoom {
  const shuns = antiAffinities.filter(({ topologyKey, domain }) => valueIn(metadata.labels, topologyKey) === domain);
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    isUnschedulable: spec?.unschedulable ?? false,
    isReady: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    free: pods.reduce(
      (free, { requests }) => minus(free, plus(requests, { pods: 1 })),
      resourcesOf(status?.allocatable),
    ),
    pods,
    shuns: shuns.length === 0 ? undefined : shuns.map(({ selector, by }) => ({ selector, by })),
  };
}

function placedPodOf(pod: JsonPod, budgets: readonly string[] | undefined): PlacedPod {
  const { metadata, spec, status } = pod;
  return {
    name: metadata.name,
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    workload: workloadOf(pod),
    priority: spec.priority ?? 0,
    budgets,
    requests: takenBy(pod),
    hostPorts: hostPortsOf(needsOf(spec)),
    startedAt: parseTime(status?.startTime),
  };
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

function allowedBy(budgets: readonly JsonBudget[]): Readonly<Record<string, number>> {
  return Object.fromEntries(budgets.map((budget) => [keyOf(budget), budget.status?.disruptionsAllowed ?? 0]));
}

/** The scheduler takes an empty selector for one that selects nothing (defaultpreemption, filterPodsWithPDBViolation). */
function selectingBudgets(budgets: readonly JsonBudget[]): (pod: JsonPod) => readonly string[] | undefined {
  const known = budgets
    .map((budget) => ({
      key: keyOf(budget),
      namespace: budget.metadata.namespace,
      selector: selectorOfLabelSelector(budget.spec.selector ?? {}),
    }))
    .filter(({ selector }) => selector.length > 0);
  return ({ metadata }) => {
    const found = known.filter(
      ({ namespace, selector }) => namespace === metadata.namespace && matches(selector, metadata.labels ?? {}),
    );
    return found.length === 0 ? undefined : found.map(({ key }) => key);
  };
}

/** A ReplicaSet of a Deployment is named after it and the hash of its template (deployment/sync.go, getNewReplicaSet). */
function workloadOf({ metadata }: JsonPod): string | undefined {
  const owner = ownerOf(metadata);
  const hash = metadata.labels?.['pod-template-hash'];
  const isOfDeployment = owner?.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  if (isOfDeployment) return `Deployment ${owner.name.slice(0, -hash.length - 1)}`;
  return owner && `${owner.kind} ${owner.name}`;
}

/** A quota with scopes is about some of the pods. The API server knows which, and says it to a dry run. */
function isOfAll({ spec }: JsonQuota): boolean {
  return (spec?.scopes ?? []).length === 0 && !spec?.scopeSelector;
}

/** What a pod may ask for besides CPU and memory: limits, ephemeral storage, devices and huge pages. */
const MORE = /^limits\.|(?:^|\.)(?:ephemeral-storage$|hugepages-)|^requests\..+\//;

function quotaOf({ metadata, spec, status }: JsonQuota): Headroom['quotas'][number] {
  if (!isOfAll({ metadata, spec })) return { name: metadata.name, left: {}, hasMore: true };
  const left = (...names: string[]): number | undefined => {
    // `cpu` and `requests.cpu` mean the same; the tighter one counts.
    const limits = names.flatMap((name) => {
      const hard = valueIn(status?.hard, name);
      return hard === undefined ? [] : [parseQuantity(hard) - parseQuantity(valueIn(status?.used, name))];
    });
    return limits.length === 0 ? undefined : Math.min(...limits);
  };
  const cpu = left('cpu', 'requests.cpu');
  const limited = {
    cpu: cpu && Math.round(cpu * 1000),
    memory: left('memory', 'requests.memory'),
    pods: left('pods', 'count/pods'),
  };
  const known = Object.entries(limited).flatMap(([name, rest]) => (rest === undefined ? [] : [[name, rest] as const]));
  const hasMore = Object.keys(status?.hard ?? {}).some((name) => MORE.test(name)) && ({ hasMore: true } as const);
  return { name: metadata.name, left: Object.fromEntries(known), ...hasMore };
}
