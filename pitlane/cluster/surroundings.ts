import { CANARY, drainRecordOn } from '../rotation/marks.ts';
import { tolerates } from '../rotation/node-fit.ts';
import type { Amount, NodeReport, PodReport, Siblings, Surroundings, Usage } from '../rotation/pod-report.ts';
import { formatSelector, selectorOf } from '../rotation/selector.ts';
import type { Labels, Pod, Seen } from '../rotation/snapshot.ts';
import { untilAborted, withSignal } from './aborted.ts';
import type { Connection } from './connection.ts';
import type { CallSite } from './errors.ts';
import { conditionsOf } from './inspect.ts';
import type { JsonNode, JsonPod, KubeObject } from './json.ts';
import { get, list } from './list.ts';
import { needsOf } from './pod-needs.ts';
import { resourcesOf } from './quantity.ts';
import { NODES, POD_METRICS, PODS } from './resource.ts';
import { readRollout } from './rollout.ts';
import { tolerateErrors } from './tolerate.ts';
import { traitsOf } from './traits.ts';

export interface Around {
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  /** The labels of its pods. Absent: it selects none. */
  readonly members?: Labels | undefined;
  /** Reads the node, which takes a right in the whole cluster. */
  readonly withNode: boolean;
}

/** The longest wait for what is only around the pod. */
const MAX_MS = 3_000;
const TOOK_LONGER = 'It was not read in time.';
/** More pods are not compared. */
const MAX_SIBLINGS = 300;

/** Reads what is around the pod, side by side. A part that fails or is not read in time is missing. Never rejects. */
export async function readSurroundings(
  plain: Connection,
  { namespace, service, members, withNode }: Around,
  { pod, json }: Pick<PodReport, 'pod'> & { readonly json: JsonPod },
  ends?: AbortSignal,
): Promise<Surroundings> {
  const timeout = AbortSignal.timeout(MAX_MS);
  const signal = ends === undefined ? timeout : AbortSignal.any([ends, timeout]);
  const connection = withSignal(plain, signal);
  const site: CallSite = { verb: 'get', place: { resource: PODS, namespace, name: pod.name } };
  const inTime = async <T>(read: Promise<T>): Promise<Seen<T>> => {
    const seen = await tolerateErrors(untilAborted(site, read, signal));
    return seen.kind === 'notSeen' && signal.aborted ? { kind: 'notSeen', why: TOOK_LONGER } : seen;
  };
  const owner = pod.owner ?? drainRecordOn(pod)?.owner;
  const node = withNode && pod.nodeName;
  const [siblings, rollout, usage, nodeReport] = await Promise.all([
    inTime(readSiblings(connection, namespace, service, members, pod)),
    inTime(readRollout(connection, namespace, owner)),
    inTime(readUsage(connection, namespace, json)),
    node ? inTime(readNode(connection, node, json)) : undefined,
  ]);
  return { siblings, rollout, usage, ...(nodeReport && { node: nodeReport }) };
}

async function readSiblings(
  connection: Connection,
  namespace: string,
  service: string,
  members: Labels | undefined,
  { uid, labels: { [CANARY]: canary } }: Pod,
): Promise<Siblings | undefined> {
  if (members === undefined) return undefined;
  const labelSelector = formatSelector(selectorOf(members));
  const options = { namespace, labelSelector, pageSize: MAX_SIBLINGS, maxPages: 1 };
  const { items, isComplete } = await list<JsonPod>(connection, PODS, options);
  const others = items.filter(
    ({ metadata, status }) =>
      metadata.uid !== uid &&
      metadata.deletionTimestamp === undefined &&
      // A canary differs on purpose.
      (canary !== undefined || metadata.labels?.[CANARY] === undefined) &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed',
  );
  return { service, pods: others.map((pod) => traitsOf(pod)), isComplete };
}

interface JsonPodMetrics extends KubeObject {
  readonly containers?: readonly { readonly name: string; readonly usage?: Readonly<Record<string, string>> }[];
}

/** Undefined: the cluster serves no metrics, or has none of this pod yet. */
async function readUsage(
  connection: Connection,
  namespace: string,
  { metadata: { name }, spec }: JsonPod,
): Promise<Usage | undefined> {
  const json = await get<JsonPodMetrics>(connection, { resource: POD_METRICS, namespace, name });
  if (json?.containers === undefined) return undefined;
  const specs = [...(spec.initContainers ?? []), ...spec.containers];
  return {
    containers: json.containers.map((container) => {
      const { requests, limits } = specs.find((each) => each.name === container.name)?.resources ?? {};
      const [used, request, limit] = [container.usage, requests, limits].map(resourcesOf);
      const amount = (resource: string): Amount => ({
        used: used?.[resource] ?? 0,
        request: request?.[resource],
        limit: limit?.[resource],
      });
      return { name: container.name, cpu: amount('cpu'), memory: amount('memory') };
    }),
  };
}

/** Kubernetes sets these taints for conditions and for cordoned nodes (well_known_taints.go). */
const TAINT_OF_STATE = /^node\.kubernetes\.io\//;

/** By a list, as the right to list nodes is enough. Undefined: the node is gone. */
async function readNode(connection: Connection, name: string, { spec }: JsonPod): Promise<NodeReport | undefined> {
  const { items } = await list<JsonNode>(connection, NODES, { fieldSelector: `metadata.name=${name}` });
  const node = items.find(({ metadata }) => metadata.name === name);
  if (node === undefined) return undefined;
  const { tolerations } = needsOf(spec);
  const taints = (node.spec?.taints ?? []).filter(
    ({ key, value = '', effect }) =>
      !TAINT_OF_STATE.test(key) && !tolerations.some((each) => tolerates(each, key, value, effect)),
  );
  return {
    name,
    isCordoned: node.spec?.unschedulable ?? false,
    conditions: conditionsOf(node.status?.conditions),
    taints: taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
  };
}
