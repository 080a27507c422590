import { gateOf } from './gate-record.ts';
import { valueIn } from './labels.ts';
import {
  CANARY,
  type CanaryRecord,
  canaryRecordOn,
  type DisabledRecord,
  DRAINED_FROM,
  type DrainRecord,
  disabledRecordOn,
  drainRecordOn,
  readDisabled,
  stoppingRecordOn,
} from './marks.ts';
import { matches, type Selector, selectorOf } from './selector.ts';
import type { Endpoint, Labels, Pod, Policy, Service, Snapshot } from './snapshot.ts';

/** `no port`: ready, but listed without a port of the Service, so that no data plane sends traffic to it. */
export type MemberState = 'in rotation' | 'no port' | 'not ready' | 'terminating' | 'disabled' | 'drained';

/** A pod that belongs to the service, as the list shows it. */
export interface Member {
  readonly pod: Pod;
  readonly kind: 'workload pod' | 'canary';
  readonly state: MemberState;
  /** It is a ready endpoint, or would be one if its labels matched. */
  readonly isReady: boolean;
  /** It is a ready endpoint although its labels do not match: slices lag, or another writer lists it. */
  readonly isStillListed?: true;
  /** Set when it is drained or being restored. */
  readonly drained?: DrainRecord;
  /** Set on a canary. */
  readonly canary?: CanaryRecord;
  /** Set when it is disabled on purpose. */
  readonly disabled?: DisabledRecord;
}

/** The service's selector without the gate, which matches members, enabled or not. Undefined: the service selects nothing. */
export function memberLabels(service: Service, policy: Policy): Labels | undefined {
  const selector = Object.entries(service.selector ?? {});
  if (selector.length === 0) return undefined;
  const gate = gateOf(service, policy);
  const rest = selector.filter(([key]) => key !== gate?.key);
  // A selector of nothing but the gate would otherwise make every pod of the namespace a member.
  return Object.fromEntries(rest.length > 0 ? rest : selector);
}

/** The service's selector matches the labels. A service without a selector matches nothing. */
export function isSelected(service: Service, labels: Labels): boolean {
  const selector = selectorIn(service);
  return selector !== undefined && matches(selector, labels);
}

/**
 * The labels that the operation has removed from the pod, as its mark says, and that are on it again, so that the service
 * or its controller has it back.
 */
export function labelsPutBack({ service, policy }: Pick<Snapshot, 'service' | 'policy'>, pod: Pod, id: string): Labels {
  const drained = drainRecordOn(pod);
  const gate = gateOf(service, policy);
  const removed =
    drained?.id === id && drained.restoring === undefined
      ? drained.labels
      : gate !== undefined && disabledRecordOn(pod)?.id === id
        ? { [gate.key]: gate.value }
        : {};
  const back = Object.entries(removed).filter(([key, value]) => valueIn(pod.labels, key) === value);
  const isBack = isSelected(service, pod.labels) || (drained !== undefined && pod.owner !== undefined);
  return isBack ? Object.fromEntries(back) : {};
}

function selectorIn({ selector = {} }: Service): Selector | undefined {
  return Object.keys(selector).length > 0 ? selectorOf(selector) : undefined;
}

/** What decides about each pod of a service: read once, since the gate's record is JSON and there may be 300 pods. */
interface Sieve {
  readonly service: Service;
  readonly ofMembers: Selector | undefined;
  readonly ofService: Selector | undefined;
  readonly ready: ReadonlySet<string>;
  readonly reached: ReadonlySet<string>;
}

function sieveOf({ service, policy, endpoints }: Snapshot): Sieve {
  const labels = memberLabels(service, policy);
  return {
    service,
    ofMembers: labels && selectorOf(labels),
    ofService: selectorIn(service),
    ready: readyUids(endpoints),
    reached: readyUids(endpoints.filter((endpoint) => hasPort(service, endpoint))),
  };
}

/** Every member with its state; those in rotation come last. */
export function members(snapshot: Snapshot): readonly Member[] {
  const sieve = sieveOf(snapshot);
  return snapshot.pods
    .map((pod) => memberIn(sieve, pod))
    .filter((member) => member !== undefined)
    .sort(byStateThenSuspicion);
}

/** The pod as a member of the service; undefined: it is not a member. */
export function memberOf(snapshot: Snapshot, pod: Pod): Member | undefined {
  return memberIn(sieveOf(snapshot), pod);
}

function memberIn(sieve: Sieve, pod: Pod): Member | undefined {
  const state = stateOf(sieve, pod);
  if (state === undefined) return undefined;
  return {
    pod,
    kind: pod.labels[CANARY] === sieve.service.name ? 'canary' : 'workload pod',
    state,
    isReady: isPodReady(pod, sieve.ready),
    ...((state === 'drained' || state === 'disabled') && sieve.ready.has(pod.uid) && { isStillListed: true as const }),
    drained: drainRecordOn(pod),
    canary: canaryRecordOn(pod),
    disabled: state === 'disabled' ? disabledRecordOn(pod) : undefined,
  };
}

function stateOf({ service, ofMembers, ofService, ready, reached }: Sieve, pod: Pod): MemberState | undefined {
  const isServed = ofService !== undefined && matches(ofService, pod.labels);
  if (pod.labels[DRAINED_FROM] === service.name && !isServed)
    return pod.deletedAt === undefined ? 'drained' : 'terminating';
  if (ofMembers === undefined || !matches(ofMembers, pod.labels))
    return pod.labels[CANARY] === service.name ? 'disabled' : undefined;
  if (pod.deletedAt !== undefined) return 'terminating';
  if (!isServed) return 'disabled';
  if (reached.has(pod.uid)) return 'in rotation';
  return ready.has(pod.uid) ? 'no port' : 'not ready';
}

/** A member without the gate label that was disabled on purpose, and is therefore no straggler. */
export function isDisabled({ service, policy }: Pick<Snapshot, 'service' | 'policy'>, pod: Pod): boolean {
  const base = memberLabels(service, policy);
  const isMember = base !== undefined && matches(selectorOf(base), pod.labels);
  return isMember && !isSelected(service, pod.labels) && readDisabled(pod).kind !== 'none';
}

/** A canary that has left the endpoints, and is deleted next. */
export function isBeingStopped(service: Service, pod: Pod): boolean {
  return stoppingRecordOn(pod) !== undefined && !isSelected(service, pod.labels);
}

/** The pod is marked and out of the service. One whose labels were put back by hand is not drained. */
export function isDrainedFrom(service: Service, { labels }: Pod): boolean {
  return labels[DRAINED_FROM] === service.name && !isSelected(service, labels);
}

/** Members that get traffic, by labels and EndpointSlices both: slices lag behind labels. */
export function inRotation(snapshot: Snapshot): readonly Pod[] {
  const sieve = sieveOf(snapshot);
  return snapshot.pods.filter((pod) => stateOf(sieve, pod) === 'in rotation');
}

/** The uids of the pods that are ready endpoints. A pod may be in several slices. */
export function readyUids(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(endpoints.filter(({ isReady }) => isReady).map(({ pod }) => pod?.uid ?? ''));
}

/** A port of the Service has the name of one of the slice's (pkg/proxy/endpointslicecache.go, addEndpoints). */
function hasPort({ ports }: Service, { ports: listed }: Endpoint): boolean {
  return ports.length === 0 || listed === undefined || ports.some(({ name }) => listed.includes(name));
}

/** Ready by the slices, or, where they do not list the pod, by the pod itself. */
export function isPodReady(pod: Pod, ready: ReadonlySet<string>): boolean {
  if (ready.has(pod.uid)) return true;
  if (pod.detail) return pod.detail.isReady;
  return pod.status === 'Running' && pod.containers.total > 0 && pod.containers.ready === pod.containers.total;
}

/** By its own condition: a Service with publishNotReadyAddresses lists other pods as ready too. */
export function isReadyItself({ endpoints }: Pick<Snapshot, 'endpoints'>, pod: Pod): boolean {
  return isPodReady(pod, new Set()) && !endpoints.some((each) => each.pod?.uid === pod.uid && !each.isServing);
}

const STATE_ORDER: Readonly<Record<MemberState, number>> = {
  'not ready': 0,
  'no port': 1,
  terminating: 2,
  drained: 3,
  disabled: 4,
  'in rotation': 5,
};

function byStateThenSuspicion(a: Member, b: Member): number {
  return STATE_ORDER[a.state] - STATE_ORDER[b.state] || bySuspicion(a, b);
}

/** The order of a picker: (1) not ready, (2) more restarts, (3) by name. */
export function bySuspicion(a: Member, b: Member): number {
  return (
    Number(a.isReady) - Number(b.isReady) ||
    b.pod.restarts - a.pod.restarts ||
    (a.pod.name < b.pod.name ? -1 : a.pod.name > b.pod.name ? 1 : 0)
  );
}
