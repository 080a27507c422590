import type { Labels, Pod } from '../rotation/snapshot.ts';
import type { Call, Connection } from './connection.ts';
import { Expired } from './errors.ts';
import type { JsonPod, KubeList, KubeObject, ListMeta, Table } from './json.ts';
import { type PodForm, podOf, podsOfTable } from './pod.ts';
import { type Place, PODS, type Resource } from './resource.ts';
import { ignoreNotFound } from './tolerate.ts';

export interface Listing<T> {
  readonly items: readonly T[];
  /** The version to watch from. */
  readonly resourceVersion: string;
  /** False: `maxPages` was reached. */
  readonly isComplete: boolean;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent: all pages. */
  readonly maxPages?: number;
  readonly pageSize?: number;
}

/** The page size of kubectl: 500 whole pods are a few megabytes. */
export const PAGE_SIZE = 500;

/** A continue token lives about five minutes. If it expires more often, something else is wrong. */
const MAX_RESTARTS = 2;

/** Lists all objects of a kind. Each page is converted before the next one is requested, to save memory. */
async function listPages<P extends { readonly metadata: ListMeta }, T>(
  connection: Connection,
  resource: Resource,
  options: ListOptions,
  form: Call['form'],
  read: (page: P) => readonly T[],
): Promise<Listing<T>> {
  const {
    namespace,
    labelSelector,
    fieldSelector,
    maxPages = Number.POSITIVE_INFINITY,
    pageSize = PAGE_SIZE,
  } = options;
  let items: T[] = [];
  let token: string | undefined;
  let restarts = 0;
  for (let pages = 1; ; pages += 1) {
    try {
      const query = { labelSelector, fieldSelector, limit: pageSize, continue: token };
      const { body } = await connection.send<P>({ verb: 'list', place: { resource, namespace }, query, form });
      items = items.concat(read(body));
      token = body.metadata.continue || undefined;
      if (token === undefined || pages >= maxPages) {
        return { items, resourceVersion: body.metadata.resourceVersion, isComplete: token === undefined };
      }
    } catch (error) {
      if (!(error instanceof Expired) || token === undefined || restarts === MAX_RESTARTS) throw error;
      // The pages so far belong to a version that the server no longer has: only a new list is consistent.
      restarts += 1;
      items = [];
      token = undefined;
      pages = 0;
    }
  }
}

export function list<J>(connection: Connection, resource: Resource, options: ListOptions): Promise<Listing<J>> {
  return listPages<KubeList<J>, J>(connection, resource, options, undefined, ({ items }) => items ?? []);
}

/** Undefined: the object, or its whole kind, does not exist. */
export async function get<J>(connection: Connection, place: Place): Promise<J | undefined> {
  return (await ignoreNotFound(connection.send<J>({ verb: 'get', place })))?.body;
}

/** `compact` asks for table rows with metadata: a tenth of the bytes, and the STATUS word as the server computes it. */
export function listPods(connection: Connection, options: ListOptions, form: PodForm): Promise<Listing<Pod>> {
  // A server, or a proxy in front of it, may not know tables and answers with whole pods.
  const read = (page: Table | (KubeList<JsonPod> & { readonly kind: 'PodList' })): readonly Pod[] =>
    page.kind === 'Table' ? podsOfTable(page) : (page.items ?? []).map((pod) => podOf(pod, form));
  return listPages(connection, PODS, options, form === 'compact' ? 'table' : undefined, read);
}

/** The whole pods of all namespaces that match, by namespace. */
export async function listPodsByNamespace(
  connection: Connection,
  labelSelector: string,
): Promise<ReadonlyMap<string, readonly Pod[]>> {
  const read = ({ items }: KubeList<JsonPod>) =>
    (items ?? []).map((pod) => ({ namespace: pod.metadata.namespace ?? '', pod: podOf(pod, 'whole') }));
  const { items } = await listPages(connection, PODS, { labelSelector }, undefined, read);
  const groups = Map.groupBy(items, ({ namespace }) => namespace);
  return new Map([...groups].map(([namespace, group]) => [namespace, group.map(({ pod }) => pod)]));
}

/** The labels of all pods. */
export function listLabels(connection: Connection, options: ListOptions): Promise<Listing<Labels>> {
  return listPages(connection, PODS, options, 'metadata', ({ items }: KubeList<KubeObject>) =>
    (items ?? []).map(({ metadata }) => metadata.labels ?? {}),
  );
}

/** The names of at most one page of objects. */
export async function listNames(
  connection: Connection,
  resource: Resource,
  options: Pick<ListOptions, 'namespace'>,
): Promise<readonly string[]> {
  const read = ({ items }: KubeList<KubeObject>) => (items ?? []).map(({ metadata }) => metadata.name);
  return (await listPages(connection, resource, { ...options, maxPages: 1 }, 'metadata', read)).items;
}
