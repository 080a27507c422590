import { valueIn } from '../rotation/labels.ts';
import { CANARY, DRAINED_FROM, drainRecordOn } from '../rotation/marks.ts';
import { memberLabels } from '../rotation/membership.ts';
import { podsIn, type Subject } from '../rotation/plan.ts';
import { formatSelector, matches, type Selector, selectorOf, selectorOfLabelSelector } from '../rotation/selector.ts';
import type {
  Controller,
  Endpoint,
  LabelSelector,
  Labels,
  Needs,
  Pod,
  PodRef,
  Policy,
  Seen,
  Service,
  Snapshot,
  TargetPod,
} from '../rotation/snapshot.ts';
import { ifSeen } from '../rotation/snapshot.ts';
import { isReplacing, nodeOf } from '../rotation/workload.ts';
import { readBystanders } from './bystanders.ts';
import { readClaims, withClaims } from './claims.ts';
import type { Connection } from './connection.ts';
import { NotFound } from './errors.ts';
import { readGate, readTrial, type Trial } from './gate.ts';
import { readHeadroom } from './headroom.ts';
import { readKeptSchedules } from './journal.ts';
import type { JsonEndpointSlice, JsonPod, JsonService } from './json.ts';
import { limited } from './limited.ts';
import { get, list, listPods } from './list.ts';
import { readReplacement } from './new-pod.ts';
import { ADOPTERS, type OwnerToRead, readAdopters, readGatedWorkloads, readOwners } from './owners.ts';
import { type PodForm, podOf } from './pod.ts';
import { AUTOSCALERS, BUDGETS, ENDPOINT_SLICES, NETWORK_POLICIES, NODES, PODS, SERVICES } from './resource.ts';
import { endpointsOf, serviceOf, slicesOf } from './service.ts';
import { readSpreadables } from './spread.ts';
import { NOT_ASKED, tolerateForbidden } from './tolerate.ts';
import type { WholeLists } from './whole-lists.ts';

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
  /** Selects the pods that were listed besides those with Pitlane's marks. Undefined: the service selects nothing. */
  readonly selector: Selector | undefined;
  /** The endpoints of each EndpointSlice, by its uid. */
  readonly slices: ReadonlyMap<string, readonly Endpoint[]>;
  readonly slicesVersion: string;
  /** The version of the oldest list of pods. */
  readonly podsVersion: string;
  /** The pods that each direct owner of a target, or its Deployment, selects. Empty before the second stage. */
  readonly owned: readonly Owned[];
  /** The number of pods in the namespace. Absent: it is unknown. */
  readonly podsAround?: number | undefined;
  /** The new pod of dry runs about the gate. Absent: they are not needed. */
  readonly trial?: Trial;
}

interface Owned {
  readonly owner: Controller;
  readonly selector: Selector;
  readonly pods: readonly Pod[];
  readonly podsVersion: string;
}

/**
 * First stage: the service, its endpoints, and all its pods, also drained ones and canaries. Enough for a list.
 * `onlySelected`: without drained pods and canaries, in two requests less.
 */
export async function survey(
  connection: Connection,
  { namespace, service: name, policy }: Scope,
  needs: Pick<Needs, 'members' | 'anyValueOf' | 'service'> & { readonly onlySelected?: true },
  now: () => number,
): Promise<Observation> {
  const at = now();
  const form = needs.members === 'full' ? 'whole' : 'compact';
  const podsWith = (labelSelector: string) => listPods(connection, { namespace, labelSelector }, form);
  const serving = connection.send<JsonService>({ verb: 'get', place: { resource: SERVICES, namespace, name } }).then(
    ({ body }) => serviceOf(body),
    (error: unknown) => {
      if (needs.service === 'optional' && error instanceof NotFound) return goneService(namespace, name);
      throw error;
    },
  );
  // An error of the service says more.
  const beside = <T>(read: Promise<T>): Promise<T> => read.catch((error) => serving.then(() => Promise.reject(error)));
  const [{ service, selector, selected }, slices, ...marked] = await Promise.all([
    serving.then(async (service) => {
      const selector = observedBy(service, policy, needs.anyValueOf);
      return { service, selector, selected: selector ? [await podsWith(formatSelector(selector))] : [] };
    }),
    beside(list<JsonEndpointSlice>(connection, ENDPOINT_SLICES, { namespace, labelSelector: slicesOf(name) })),
    ...(needs.onlySelected ? [] : [DRAINED_FROM, CANARY].map((mark) => beside(podsWith(`${mark}=${name}`)))),
  ]);
  const listings = [...selected, ...marked];
  const endpoints = new Map(slices.items.map((slice) => [slice.metadata.uid, endpointsOf(slice)]));
  return {
    form,
    selector,
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

/** Selects nothing, so only the pods with its marks are seen. */
function goneService(namespace: string, name: string): Service {
  return {
    name,
    namespace,
    uid: '',
    isGone: true,
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    publishNotReadyAddresses: false,
    ports: [],
    annotations: {},
  };
}

/**
 * Begins to read what `survey` and `focus` read as a whole. `besides`: only what no operation of Pitlane writes, so that it
 * may be read before the lease.
 */
export function beginLists(
  lists: WholeLists,
  connection: Connection,
  namespace: string,
  { adopters, bystanders, headroom }: Needs,
  besides?: 'besides',
): void {
  if (bystanders) for (const kind of [NETWORK_POLICIES, AUTOSCALERS]) lists.begin(connection, kind, namespace);
  if (headroom) for (const kind of [NODES, BUDGETS]) lists.begin(connection, kind);
  if (besides) return;
  if (headroom) lists.begin(connection, PODS);
  if (bystanders) lists.begin(connection, SERVICES, namespace);
  if (adopters) for (const kind of ADOPTERS) lists.begin(connection, kind, namespace);
}

/** Without the gate, so that disabled pods are seen too, and with every value of the key. */
function observedBy(service: Service, policy: Policy, anyValueOf: string | undefined): Selector | undefined {
  const labels = memberLabels(service, policy);
  const selector = labels && selectorOf(labels);
  const rest = selector?.filter(({ key }) => key !== anyValueOf);
  // A selector of nothing but the key would otherwise select every pod of the namespace.
  return rest?.length === 0 && anyValueOf !== undefined ? [{ key: anyValueOf, operator: 'Exists', values: [] }] : rest;
}

/**
 * Second stage: adds what an operation needs for its subject, such as the targets, their owners and the bystanders. For a
 * service, the owners are the workloads of its members. Deleted pods are not targets. `policyOf`: of another Service of the
 * namespace; undefined: it is not configured. `early` gets a snapshot without the root owners, the answers about
 * replacements and the headroom, while these are read.
 */
export async function focus(
  connection: Connection,
  observation: Observation,
  subject: Subject,
  needs: Needs,
  policyOf: (service: string) => Policy | undefined = () => undefined,
  early?: (snapshot: Snapshot) => Promise<unknown>,
): Promise<Observation> {
  const { snapshot } = observation;
  const namespace = snapshot.service.namespace;
  const reading = limited(podsIn(subject), (pod) => readTarget(connection, namespace, pod, snapshot.pods, needs)).then(
    (all) => all.filter((target) => target !== undefined),
  );
  const adopting = needs.adopters
    ? reading.then((targets) => {
        const isOfSet = [...targets, ...snapshot.pods].some((pod) => ownerToRead(pod)?.kind === 'StatefulSet');
        return tolerateForbidden(readAdopters(connection, namespace, isOfSet || subject.kind === 'service'));
      })
    : NOT_ASKED;
  const owning = readWorkloads(connection, observation, subject, needs, reading, adopting);
  const bystanding = needs.bystanders
    ? tolerateForbidden(readBystanders(connection, observation, reading, policyOf))
    : NOT_ASKED;
  const [found, workloads, bystanders, headroom, schedules, gated] = await Promise.all([
    reading,
    owning,
    bystanding,
    needs.headroom ? readHeadroom(connection, namespace, owning.then(needsQuotas)) : NOT_ASKED,
    needs.schedules
      ? tolerateForbidden(readKeptSchedules(connection, { namespace, service: snapshot.service.name }))
      : undefined,
    needs.templates ? readGatedWorkloads(connection, snapshot.service) : [],
    Promise.all([reading, adopting, bystanding]).then(([targets, adopters, around]) => {
      const controllers = ifSeen(adopters) ?? [];
      return early?.({ ...snapshot, targets, pods: union([targets, snapshot.pods]), controllers, bystanders: around });
    }),
  ]);
  const { adopters, known, owners, owned, replacements, spread } = workloads;
  const pods = union([found, owned.flatMap((each) => each?.pods ?? []), snapshot.pods]);
  const chains = once(owners.flat());
  const focused = {
    ...observation,
    owned: owned.filter((each) => each !== undefined),
    snapshot: {
      ...snapshot,
      targets: found,
      pods: subject.kind === 'service' && needs.headroom ? await withClaims(connection, namespace, pods) : pods,
      controllers: once([...chains, ...known, ...gated]),
      adoptersNotSeen: needs.adopters && adopters.kind === 'notSeen' ? adopters.why : undefined,
      bystanders,
      headroom,
      ...(schedules && { schedules }),
      ...(replacements && { replacements }),
      ...(spread && { spread }),
    },
  };
  return needs.gate === undefined ? focused : withGate(connection, focused, needs.gate);
}

/** The controllers of the targets, their pods, and everything that is asked of them. */
async function readWorkloads(
  connection: Connection,
  observation: Observation,
  subject: Subject,
  needs: Needs,
  reading: Promise<readonly TargetPod[]>,
  adopting: Promise<Seen<readonly Controller[]>> | Seen<readonly Controller[]>,
) {
  const { namespace } = observation.snapshot.service;
  const [found, adopters] = await Promise.all([reading, adopting]);
  const known = ifSeen(adopters) ?? [];
  const refs = once(
    (subject.kind === 'service' ? observation.snapshot.pods : found).flatMap((pod) => ownerToRead(pod) ?? []),
  );
  const asked = (of: readonly Controller[]) =>
    needs.replacement ? readReplacements(connection, namespace, of, found) : undefined;
  // The new pod of a DaemonSet has the hash of its revision, which is not read yet.
  const ready = known.filter(({ uid, kind }) => kind !== 'DaemonSet' && refs.some((ref) => ref.uid === uid));
  const [early, owners] = await Promise.all([
    asked(needs.owner ? ready : []),
    needs.owner ? limited(refs, (ref) => readOwners(connection, namespace, ref, known)) : [],
  ]);
  const direct = once(owners.flatMap(([owner]) => owner ?? []));
  const [owned, late, spread] = await Promise.all([
    limited(direct, (owner) => readOwned(connection, observation, owner, deploymentOf(owner, owners))),
    asked(direct.filter(({ uid }) => !ready.some((one) => one.uid === uid))),
    needs.spread ? readSpreadables(connection, namespace, owners.flat()) : undefined,
  ]);
  return { found, adopters, known, owners, owned, replacements: early && { ...early, ...late }, spread };
}

/** The API server knows more of quotas than their figures say, but each dry run is about one pod. */
function needsQuotas({ found, replacements = {} }: Awaited<ReturnType<typeof readWorkloads>>): boolean {
  const answers = Object.values(replacements);
  return found.length > 1 || answers.length === 0 || answers.some(({ kind }) => kind !== 'accepted');
}

/** One dry run for each owner that replaces pods: admission treats its pods alike. */
async function readReplacements(
  connection: Connection,
  namespace: string,
  owners: readonly Controller[],
  targets: readonly TargetPod[],
): Promise<NonNullable<Snapshot['replacements']>> {
  const replacing = owners.filter(
    (owner) =>
      (isReplacing(owner) || owner.job?.state === 'running') && owner.desired > 0 && owner.deletedAt === undefined,
  );
  const answers = await limited(replacing, async (owner) => {
    const pod = targets.find((target) => ownerToRead(target)?.uid === owner.uid);
    return [owner.uid, await readReplacement(connection, namespace, owner, pod && nodeOf(pod))] as const;
  });
  return Object.fromEntries(answers);
}

async function withGate(
  connection: Connection,
  observation: Observation,
  needed: NonNullable<Needs['gate']>,
): Promise<Observation> {
  const { snapshot } = observation;
  const trial = needed === 'probe' ? await readTrial(connection, snapshot) : NOT_ASKED;
  const value = trial.kind === 'seen' ? trial.value : undefined;
  const gate = await readGate(connection, snapshot, value);
  const probe = trial.kind === 'seen' ? gate.probe : { kind: 'unknown' as const, why: trial.why };
  return { ...observation, ...(value && { trial: value }), snapshot: { ...snapshot, gate: { ...gate, probe } } };
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
  { headroom }: Needs,
): Promise<TargetPod | undefined> {
  const seen = pods.find((pod) => pod.uid === uid);
  const whole = seen?.detail === undefined ? await readPod(connection, namespace, name) : seen;
  // A StatefulSet's next pod has the same name.
  if (whole?.uid !== uid || whole.detail === undefined) return undefined;
  const { detail } = whole;
  const names = detail.claims.map(({ name }) => name);
  return { ...whole, detail: { ...detail, claims: await readClaims(connection, namespace, names, headroom === true) } };
}

/** Reads one whole pod. Undefined: there is none with that name. */
export async function readPod(connection: Connection, namespace: string, name: string): Promise<Pod | undefined> {
  const json = await get<JsonPod>(connection, { resource: PODS, namespace, name });
  return json && podOf(json, 'whole');
}

/** The owner of a drained pod is that before the drain, or what was made anew under its name since. */
function ownerToRead(pod: Pod): OwnerToRead | undefined {
  const former = drainRecordOn(pod)?.owner;
  return pod.owner ?? (former && { ...former, isFormer: true });
}

/** A ReplicaSet chooses its surplus by the pods of all ReplicaSets of its Deployment. */
function deploymentOf(owner: Controller, chains: readonly (readonly Controller[])[]): Controller | undefined {
  return chains.flat().find(({ uid, kind }) => kind === 'Deployment' && uid === owner.owner?.uid);
}

async function readOwned(
  connection: Connection,
  { snapshot, podsVersion, form }: Observation,
  owner: Controller,
  deployment: Controller | undefined,
): Promise<Owned | undefined> {
  const { namespace } = snapshot.service;
  const chosen = deployment?.selector ?? owner.selector;
  if (owner.selector === undefined || chosen === undefined) return undefined;
  const selector = selectorOfLabelSelector(chosen);
  if (isWithin(chosen, memberLabels(snapshot.service, snapshot.policy))) {
    // Every pod that the owner selects is a member, so it was listed already.
    const pods = snapshot.pods.filter(({ labels }) => matches(selector, labels));
    return { owner, selector, pods, podsVersion };
  }
  const labelSelector = formatSelector(selector);
  const { items, resourceVersion } = await listPods(connection, { namespace, labelSelector }, form);
  return { owner, selector, pods: items, podsVersion: resourceVersion };
}

/** True if every pod that the selector matches has these labels. */
function isWithin({ matchLabels }: LabelSelector, labels: Labels | undefined): boolean {
  return labels !== undefined && Object.entries(labels).every(([key, value]) => valueIn(matchLabels, key) === value);
}

/** The lowest version: a watch from it misses no change after any of the lists. Versions are growing numbers (API concepts, "Resource versions"). */
export function oldest(versions: readonly string[]): string {
  return [...versions].sort((a, b) => Number(BigInt(a) - BigInt(b)))[0] ?? '0';
}

/** Each pod once, sorted by name. A pod in several lists is taken from the first. */
export function union(lists: readonly (readonly Pod[])[]): readonly Pod[] {
  const pods = new Map<string, Pod>();
  for (const pod of lists.flat()) if (!pods.has(pod.uid)) pods.set(pod.uid, pod);
  return [...pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
