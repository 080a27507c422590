import type { Pod } from '../rotation/snapshot.ts';
import type { Call, Connection } from './connection.ts';
import { Expired } from './errors.ts';
import type { JsonPod, KubeList, Table } from './json.ts';
import { type PodForm, podOf, podsOfTable } from './pod.ts';
import { PODS, type Resource } from './resource.ts';

export interface Listing<T> {
  readonly items: readonly T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
  /** False: there are more pages than were asked for. */
  readonly isComplete: boolean;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent: all pages. */
  readonly maxPages?: number;
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** As many as kubectl asks for at a time: one page of whole pods is a few megabytes. */
const PAGE_SIZE = 500;

/** A continue token lives about five minutes. Twice too old means that something else is wrong. */
const MAX_RESTARTS = 2;

/** All objects of a kind, a page at a time. Each page is turned into what is kept of it before the next is asked for. */
async function listPages<P extends Page, T>(
  connection: Connection,
  resource: Resource,
  options: ListOptions,
  form: Call['form'],
  read: (page: P) => readonly T[],
): Promise<Listing<T>> {
  const { namespace, labelSelector, fieldSelector, maxPages = Number.POSITIVE_INFINITY } = options;
  let items: T[] = [];
  let token: string | undefined;
  let restarts = 0;
  for (let pages = 1; ; pages += 1) {
    try {
      const { body } = await connection.send<P>({
        verb: 'list',
        place: { resource, ...(namespace === undefined ? {} : { namespace }) },
        query: { labelSelector, fieldSelector, limit: PAGE_SIZE, continue: token },
        ...(form === undefined ? {} : { form }),
      });
      items = items.concat(read(body));
      token = body.metadata.continue || undefined;
      if (token === undefined || pages >= maxPages) {
        return { items, resourceVersion: body.metadata.resourceVersion, isComplete: token === undefined };
      }
    } catch (error) {
      if (!(error instanceof Expired) || token === undefined || restarts === MAX_RESTARTS) throw error;
      // The pages so far are from a version that the server has forgotten: only a fresh list is consistent.
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

/** `compact` asks for table rows with metadata: a tenth of the bytes, and the STATUS word as the server computes it. */
export function listPods(connection: Connection, options: ListOptions, form: PodForm): Promise<Listing<Pod>> {
  const asked = form === 'compact' ? 'table' : undefined;
  return listPages<Table | (KubeList<JsonPod> & { readonly kind: 'PodList' }), Pod>(
    connection,
    PODS,
    options,
    asked,
    // A server, or a proxy in front of it, may not know tables and answers with whole pods.
    (page) => (page.kind === 'Table' ? podsOfTable(page) : (page.items ?? []).map((pod) => podOf(pod, form))),
  );
}

/** Only names, labels and owners: for a look at what else is in the namespace. */
export function listLabels(
  connection: Connection,
  options: ListOptions,
): Promise<Listing<Readonly<Record<string, string>>>> {
  return listPages<KubeList<Pick<JsonPod, 'metadata'>>, Readonly<Record<string, string>>>(
    connection,
    PODS,
    options,
    'metadata',
    ({ items }) => (items ?? []).map(({ metadata }) => metadata.labels ?? {}),
  );
}
