import { GATE } from '../rotation/marks.ts';
import { formatSelector, selectorOfLabelSelector } from '../rotation/selector.ts';
import type { Controller, ObjectRef, Service } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { controllerOf } from './controller.ts';
import type { JsonController, KubeObject } from './json.ts';
import { get, type ListOptions, list } from './list.ts';
import {
  CONTROLLER_REVISIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  JOBS,
  knownResource,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type Resource,
  STATEFUL_SETS,
} from './resource.ts';
import { ignoreForbidden, ignoreNotFound } from './tolerate.ts';

/** The revision number that the Deployment controller writes to a Deployment and its ReplicaSets. */
const REVISION = 'deployment.kubernetes.io/revision';

/** Real chains have two or three owners. The limit ends a cycle. */
const MAX_OWNERS = 5;

/** The kinds that adopt any pod that they select. Deployments adopt ReplicaSets, Jobs select by their own uid. */
export const ADOPTERS: readonly Resource[] = [REPLICA_SETS, REPLICATION_CONTROLLERS, DAEMON_SETS];

/**
 * Every controller in the namespace that may adopt a pod. `withStatefulSets`: also those that adopt only pods of their own
 * names (stateful_set.go, getPodsForStatefulSet).
 */
export async function readAdopters(
  connection: Connection,
  namespace: string,
  withStatefulSets: boolean,
): Promise<readonly Controller[]> {
  const kinds = [...ADOPTERS, ...(withStatefulSets ? [STATEFUL_SETS] : [])];
  const lists = await Promise.all(kinds.map((resource) => listControllers(connection, resource, { namespace })));
  return lists.flat();
}

/** The workloads of the namespace whose template Pitlane has labelled for the service's gate. They may have no pods. */
export async function readGatedWorkloads(
  connection: Connection,
  { namespace, name }: Service,
): Promise<readonly Controller[]> {
  const kinds = [DEPLOYMENTS, DAEMON_SETS, STATEFUL_SETS];
  const lists = await Promise.all(
    kinds.map((resource) => ignoreForbidden(listControllers(connection, resource, { namespace }))),
  );
  return lists.flatMap((found) => found ?? []).filter(({ annotations }) => annotations[GATE] === name);
}

async function listControllers(
  connection: Connection,
  resource: Resource,
  options: ListOptions,
): Promise<readonly Controller[]> {
  const { items } = await list<JsonController>(connection, resource, options);
  return items.map((json) => controllerOf(json, resource));
}

/** `isFormer`: another object of its name takes its place where it is gone. */
export type OwnerToRead = ObjectRef & { readonly isFormer?: true };

/** The owner and its owners, up to the root. A deleted or unreadable owner ends the chain. */
export async function readOwners(
  connection: Connection,
  namespace: string,
  owner: OwnerToRead,
  adopters: readonly Controller[],
): Promise<readonly Controller[]> {
  const chain: Controller[] = [];
  for (let ref: OwnerToRead | undefined = owner; ref !== undefined && chain.length < MAX_OWNERS; ) {
    const controller: Controller | undefined =
      adopters.find(({ uid }) => uid === ref?.uid) ?? (await readOwner(connection, namespace, ref));
    if (controller === undefined) break;
    chain.push(controller);
    ref = controller.owner;
  }
  return Promise.all(
    chain.map(async (controller) => {
      const hash = await currentHash(connection, namespace, controller, [...chain, ...adopters]);
      return hash === undefined ? controller : { ...controller, currentHash: hash };
    }),
  );
}

async function readOwner(connection: Connection, namespace: string, ref: OwnerToRead): Promise<Controller | undefined> {
  const resource = await resourceOf(connection, ref);
  if (resource === undefined) return undefined;
  const read = get<JsonController>(connection, { resource, namespace, name: ref.name });
  const json = await (knownResource(ref) === resource ? read : ignoreForbidden(read));
  // The selector of a new Job has its new uid.
  const isHeir = ref.isFormer === true && knownResource(ref) === resource && resource !== JOBS;
  // A different uid is another object with the same name.
  return json !== undefined && (isHeir || json.metadata.uid === ref.uid) ? controllerOf(json, resource) : undefined;
}

interface ApiResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** The resource of a kind; for a custom resource, from the API server's discovery. */
async function resourceOf(connection: Connection, ref: ObjectRef): Promise<Resource | undefined> {
  const known = knownResource(ref);
  if (known !== undefined) return known;
  const { kind, apiVersion } = ref;
  const [group = '', version] = apiVersion?.split('/') ?? [];
  if (version === undefined) return undefined;
  const discovery: Resource = { group, version, plural: '', kind: 'APIResourceList', isNamespaced: false };
  const served = await ignoreForbidden(get<ApiResourceList>(connection, { resource: discovery }));
  const found = served?.resources?.find((one) => one.kind === kind && !one.name.includes('/'));
  return found && { group, version, plural: found.name, kind, isNamespaced: found.namespaced };
}

interface JsonRevision extends KubeObject {
  readonly revision: number;
}

/** The hash that up-to-date pods carry. `known`: controllers that were read already. */
async function currentHash(
  connection: Connection,
  namespace: string,
  { kind, uid, annotations, selector }: Controller,
  known: readonly Controller[],
): Promise<string | undefined> {
  const options = { namespace, labelSelector: selector && formatSelector(selectorOfLabelSelector(selector)) };
  if (kind === 'Deployment' && annotations[REVISION] !== undefined) {
    // The ReplicaSet with the Deployment's revision. Usually it is the pod's owner, so no request is needed.
    const isCurrent = (controller: Controller): boolean =>
      controller.owner?.uid === uid && controller.annotations[REVISION] === annotations[REVISION];
    // Viewers may not list them.
    const others = async () => (await ignoreForbidden(listControllers(connection, REPLICA_SETS, options))) ?? [];
    const current = known.find(isCurrent) ?? (await others()).find(isCurrent);
    return current?.labels['pod-template-hash'];
  }
  if (kind !== 'DaemonSet') return undefined;
  // May stay unknown: the template generation also tells whether a pod is up to date.
  const revisions = await ignoreNotFound(
    ignoreForbidden(list<JsonRevision>(connection, CONTROLLER_REVISIONS, options)),
  );
  return (revisions?.items ?? [])
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .sort((a, b) => b.revision - a.revision)[0]?.metadata.labels?.['controller-revision-hash'];
}
