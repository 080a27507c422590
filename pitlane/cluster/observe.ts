import { CANARY, DRAINED_FROM, readDrain } from '../rotation/marks.ts';
import { memberLabels } from '../rotation/membership.ts';
import { podsIn, type Subject } from '../rotation/plan.ts';
import { formatSelector, matches, selectorOf, selectorOfLabelSelector } from '../rotation/selector.ts';
import type {
  Controller,
  Endpoint,
  LabelSelector,
  Labels,
  Needs,
  ObjectRef,
  Pod,
  PodRef,
  Policy,
  Snapshot,
  TargetPod,
} from '../rotation/snapshot.ts';
import { readBystanders } from './bystanders.ts';
import type { Connection } from './connection.ts';
import { readHeadroom } from './headroom.ts';
import type { JsonEndpointSlice, JsonPod, JsonService, KubeObject } from './json.ts';
import { limited } from './limited.ts';
import { list, listPods } from './list.ts';
import { readAdopters, readOwners } from './owners.ts';
import { type PodForm, podOf } from './pod.ts';
import { CLAIMS, ENDPOINT_SLICES, PODS, SERVICES } from './resource.ts';
import { endpointsOf, serviceOf } from './service.ts';
import { ignoreNotFound, NOT_ASKED, tolerateErrors, tolerateForbidden } from './tolerate.ts';

/** The service to look at. */
export interface Scope {
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  readonly policy: Policy;
}

/** A snapshot, and where watches continue from it. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly form: PodForm;
  /** The endpoints of each EndpointSlice, by its uid. */
  readonly slices: ReadonlyMap<string, readonly Endpoint[]>;
  readonly slicesVersion: string;
  /** No list of pods is older. */
  readonly podsVersion: string;
  /** For each direct owner of a target: what it selects. Empty until targets with owners were looked at. */
  readonly owned: readonly Owned[];
}

interface Owned {
  readonly owner: Controller;
  readonly labelSelector: string;
  readonly pods: readonly Pod[];
  readonly podsVersion: string;
}

/** First stage: the service, its endpoints, and every pod that has to do with it. Enough to list, and to find a pod by name. */
export async function survey(
  connection: Connection,
  { namespace, service: name, policy }: Scope,
  needs: Pick<Needs, 'members'>,
  now: () => number,
): Promise<Observation> {
  const at = now();
  const form = needs.members === 'full' ? 'whole' : 'compact';
  const [[service, selected], slices, drained, canaries] = await Promise.all([
    connection
      .send<JsonService>({ verb: 'get', place: { resource: SERVICES, namespace, name } })
      .then(async ({ body }) => {
        const service = serviceOf(body);
        // Without the gate, so that disabled pods are seen too.
        const labels = memberLabels(service, policy);
        const labelSelector = labels && formatSelector(selectorOf(labels));
        return [service, labelSelector && (await listPods(connection, { namespace, labelSelector }, form))] as const;
      }),
    list<JsonEndpointSlice>(connection, ENDPOINT_SLICES, {
      namespace,
      labelSelector: `kubernetes.io/service-name=${name}`,
    }),
    listPods(connection, { namespace, labelSelector: `${DRAINED_FROM}=${name}` }, form),
    listPods(connection, { namespace, labelSelector: `${CANARY}=${name}` }, form),
  ]);
  const listings = [selected || undefined, drained, canaries].filter((listing) => listing !== undefined);
  const endpoints = new Map(slices.items.map((slice) => [slice.metadata.uid, endpointsOf(slice)]));
  return {
    form,
    owned: [],
    slices: endpoints,
    slicesVersion: slices.resourceVersion,
    podsVersion: oldest(listings.map(({ resourceVersion }) => resourceVersion)),
    snapshot: {
      at,
      service,
      policy,
      pods: union(listings.map(({ items }) => items)),
      targets: [],
      endpoints: [...endpoints.values()].flat(),
      controllers: [],
      bystanders: NOT_ASKED,
      headroom: NOT_ASKED,
    },
  };
}

/**
 * Second stage: what an operation needs to know about its subject. Pods that are gone are not among the targets; for a
 * service, what its members' workloads are.
 */
export async function focus(
  connection: Connection,
  observation: Observation,
  subject: Subject,
  needs: Needs,
): Promise<Observation> {
  const { snapshot } = observation;
  const namespace = snapshot.service.namespace;
  const [targets, adopters, bystanders, headroom] = await Promise.all([
    limited(podsIn(subject), (pod) => readTarget(connection, namespace, pod, snapshot.pods)),
    needs.adopters ? tolerateForbidden(readAdopters(connection, namespace)) : NOT_ASKED,
    needs.bystanders ? tolerateForbidden(readBystanders(connection, namespace, snapshot.service.name)) : NOT_ASKED,
    needs.headroom ? readHeadroom(connection, namespace) : NOT_ASKED,
  ]);
  const found = targets.filter((target) => target !== undefined);
  const known = adopters.kind === 'seen' ? adopters.value : [];
  const refs = (subject.kind === 'service' ? snapshot.pods : found).flatMap(
    (pod) => pod.owner ?? recordedOwner(pod) ?? [],
  );
  const owners = needs.owner ? await limited(once(refs), (ref) => readOwners(connection, namespace, ref, known)) : [];
  const owned = await limited(once(owners.flatMap(([direct]) => direct ?? [])), (owner) =>
    readOwned(connection, observation, owner),
  );
  const chains = once(owners.flat());
  return {
    ...observation,
    owned: owned.filter((each) => each !== undefined),
    snapshot: {
      ...snapshot,
      targets: found,
      pods: union([found, owned.flatMap((each) => each?.pods ?? []), snapshot.pods]),
      controllers: once([...chains, ...known]),
      ...(needs.adopters && adopters.kind === 'notSeen' ? { adoptersNotSeen: adopters.why } : {}),
      bystanders,
      headroom,
    },
  };
}

/** The first object of each uid. */
function once<T extends PodRef>(objects: readonly T[]): readonly T[] {
  const byUid = Map.groupBy(objects, ({ uid }) => uid);
  return [...byUid.values()].flatMap(([first]) => first ?? []);
}

async function readTarget(
  connection: Connection,
  namespace: string,
  { name, uid }: PodRef,
  pods: readonly Pod[],
): Promise<TargetPod | undefined> {
  const seen = pods.find((pod) => pod.uid === uid);
  const whole = seen?.detail === undefined ? await readPod(connection, namespace, name) : seen;
  // Another pod of that name (a StatefulSet's, for one) is not the one that was meant.
  if (whole?.uid !== uid || whole.detail === undefined) return undefined;
  return withAccessModes(connection, namespace, { ...whole, detail: whole.detail });
}

/** One pod, whole; undefined when there is none of that name. */
export async function readPod(connection: Connection, namespace: string, name: string): Promise<Pod | undefined> {
  const read = connection.send<JsonPod>({ verb: 'get', place: { resource: PODS, namespace, name } });
  const answer = await ignoreNotFound(read);
  return answer && podOf(answer.body, 'whole');
}

interface JsonClaim extends KubeObject {
  readonly spec?: { readonly accessModes?: readonly string[] };
}

async function withAccessModes(connection: Connection, namespace: string, pod: TargetPod): Promise<TargetPod> {
  if (pod.detail.claims.length === 0) return pod;
  const claims = await Promise.all(
    pod.detail.claims.map(async ({ name }) => {
      const place = { resource: CLAIMS, namespace, name };
      const claim = await tolerateErrors(connection.send<JsonClaim>({ verb: 'get', place }));
      const accessModes = claim.kind === 'seen' ? claim.value.body.spec?.accessModes : undefined;
      return { name, ...(accessModes === undefined ? {} : { accessModes }) };
    }),
  );
  return { ...pod, detail: { ...pod.detail, claims } };
}

/** A drained pod has no owner any more; who owned it stands in the record. */
function recordedOwner(pod: Pod): ObjectRef | undefined {
  const drain = readDrain(pod);
  return drain.kind === 'record' ? drain.record.owner : undefined;
}

async function readOwned(
  connection: Connection,
  { snapshot, podsVersion, form }: Observation,
  owner: Controller,
): Promise<Owned | undefined> {
  const { namespace } = snapshot.service;
  if (owner.selector === undefined) return undefined;
  const selector = selectorOfLabelSelector(owner.selector);
  const labelSelector = formatSelector(selector);
  if (isWithin(owner.selector, memberLabels(snapshot.service, snapshot.policy))) {
    // Every pod that the owner selects is a member, so it was listed already.
    const pods = snapshot.pods.filter(({ labels }) => matches(selector, labels));
    return { owner, labelSelector, pods, podsVersion };
  }
  const { items, resourceVersion } = await listPods(connection, { namespace, labelSelector }, form);
  return { owner, labelSelector, pods: items, podsVersion: resourceVersion };
}

/** Whether the one selector asks for all that the other asks for, and perhaps more. */
function isWithin({ matchLabels }: LabelSelector, labels: Labels | undefined): boolean {
  return labels !== undefined && Object.entries(labels).every(([key, value]) => matchLabels?.[key] === value);
}

/** A watch from there sees whatever one of the lists may have missed. Versions are numbers that grow (API concepts, "Resource versions"). */
export function oldest(versions: readonly string[]): string {
  return [...versions].sort((a, b) => Number(BigInt(a) - BigInt(b)))[0] ?? '0';
}

/** Each pod once, by name. Of the same pod the earlier list's is kept. */
export function union(lists: readonly (readonly Pod[])[]): readonly Pod[] {
  const pods = new Map<string, Pod>();
  for (const pod of lists.flat()) {
    if (!pods.has(pod.uid)) {
      pods.set(pod.uid, pod);
    }
  }
  return [...pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
