import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Labels, PodEntry, PodState, ServiceEntry } from './entries.ts';

/** The marks that Pitlane documents (docs/how-it-works.md, docs/canary.md). */
const DRAINED_FROM = 'pitlane.dev/drained-from';
const CANARY = 'pitlane.dev/canary';

export interface ClusterState {
  readonly service: KubeObject | undefined;
  readonly pods: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
  /** The injected fault of each pod, by uid. */
  readonly faults: ReadonlyMap<string, string>;
  /** Pods that belonged to the Service before, by uid. */
  readonly known: ReadonlySet<string>;
  /** The selector at the start: it finds pods that the current one leaves out. */
  readonly base: Labels;
}

/** The pods of the Service, by uid: those in rotation, and those that were or could be. */
export function podsOfService(state: ClusterState): ReadonlyMap<string, PodEntry> {
  const { service, pods, slices, faults, known, base } = state;
  const selector: Labels = service?.spec?.selector ?? {};
  const endpoints = endpointsByPod(slices);
  const entries = new Map<string, PodEntry>();
  for (const pod of pods) {
    const { uid, labels = {} } = pod.metadata;
    const mine = endpoints.get(uid) ?? [];
    const belongs =
      known.has(uid) || mine.length > 0 || labels[DRAINED_FROM] === service?.metadata.name || matches(base, labels);
    if (!belongs && !matches(selector, labels)) continue;
    entries.set(uid, podEntry(pod, mine, selector, faults.get(uid)));
  }
  return entries;
}

interface PodEndpoint {
  readonly slice: string;
  readonly isReady: boolean;
}

function endpointsByPod(slices: readonly KubeObject[]): ReadonlyMap<string, readonly PodEndpoint[]> {
  const found = new Map<string, PodEndpoint[]>();
  for (const { metadata, endpoints } of slices)
    for (const { targetRef, conditions } of endpoints ?? []) {
      const uid: string | undefined = targetRef?.uid;
      if (uid === undefined) continue;
      // A missing condition means true (discovery/v1, EndpointConditions).
      const endpoint = { slice: metadata.name, isReady: conditions?.ready ?? true };
      found.set(uid, [...(found.get(uid) ?? []), endpoint]);
    }
  return found;
}

function podEntry(
  { metadata, spec, status }: KubeObject,
  endpoints: readonly PodEndpoint[],
  selector: Labels,
  fault: string | undefined,
): PodEntry {
  const { name, uid, labels = {}, creationTimestamp, deletionTimestamp, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  const containers: readonly { restartCount: number }[] = status?.containerStatuses ?? [];
  const isListed = endpoints.some(({ isReady }) => isReady);
  const isReady = condition(status, 'Ready') === 'True';
  return {
    uid,
    name,
    node: spec?.nodeName ?? '',
    state: stateOf(labels, { isTerminating: deletionTimestamp !== undefined, isListed, isReady, selector }),
    isListed,
    isReady,
    reason: isReady ? '' : reasonOf(status),
    labels,
    ...(owner !== undefined && { owner: `${owner.kind} ${owner.name}` }),
    image: spec?.containers?.[0]?.image ?? '',
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    createdAt: creationTimestamp,
    endpoints: endpoints.map(({ slice, isReady: ready }) => `${slice}: ${ready ? 'ready' : 'not ready'}`),
    ...(fault !== undefined && { fault }),
  };
}

interface Standing {
  readonly isTerminating: boolean;
  readonly isListed: boolean;
  readonly isReady: boolean;
  readonly selector: Labels;
}

function stateOf(labels: Labels, { isTerminating, isListed, isReady, selector }: Standing): PodState {
  if (isTerminating) return 'terminating';
  if (labels[DRAINED_FROM] !== undefined) return 'drained';
  if (labels[CANARY] !== undefined) return 'canary';
  if (isListed) return 'inRotation';
  return isReady && !matches(selector, labels) ? 'disabled' : 'notReady';
}

function condition(status: KubeObject['status'], type: string): string | undefined {
  return status?.conditions?.find((each: { type: string }) => each.type === type)?.status;
}

/** `CrashLoopBackOff`, `ContainerCreating`, `Unschedulable`: as kubectl's STATUS column. */
function reasonOf(status: KubeObject['status']): string {
  const states: readonly { waiting?: { reason?: string }; terminated?: { reason?: string } }[] = (
    status?.containerStatuses ?? []
  ).map(({ state = {} }: { state?: object }) => state);
  const reason = states.map(({ waiting, terminated }) => waiting?.reason ?? terminated?.reason).find(Boolean);
  const scheduled = status?.conditions?.find(
    ({ type, status: is }: { type: string; status: string }) => type === 'PodScheduled' && is === 'False',
  );
  return reason ?? scheduled?.reason ?? '';
}

/** The selector's change, as a next one would be shown; undefined: there is none. */
export function selectorChange(before: Labels, after: Labels, at: number): ServiceEntry['change'] {
  const added = withoutThose(after, before);
  const removed = withoutThose(before, after);
  return Object.keys(added).length + Object.keys(removed).length === 0 ? undefined : { added, removed, at };
}

function withoutThose(labels: Labels, others: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key, value]) => others[key] !== value));
}

function matches(selector: Labels, labels: Labels): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}
