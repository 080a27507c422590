import type { Journal } from '../journal/entry.ts';
import { journalData, readJournal } from '../journal/text.ts';
import type { Connection } from './connection.ts';
import { Conflict, NotFound, TooManyRequests, Unavailable } from './errors.ts';
import type { ObjectMeta } from './json.ts';
import { list } from './list.ts';
import { CONFIG_MAPS, type Place } from './resource.ts';
import { type Patience, retryDelayMs } from './retry.ts';
import { ignoreNotFound } from './tolerate.ts';

/** Marks what pitlane keeps, so that one request finds the journals of all services of a namespace. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
const JOURNALS = `${MANAGED_BY}=pitlane`;
/** ConfigMap label: the name of the Service. */
export const SERVICE_LABEL = 'pitlane.dev/service';

interface JsonConfigMap {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A journal as it was read: what a write compares with. */
export interface KeptJournal {
  readonly journal: Journal;
  /** What this version does not understand in it, a sentence each. */
  readonly troubles: readonly string[];
  /** Absent: there is no ConfigMap yet. */
  readonly object?: JsonConfigMap;
}

export interface JournalPlace {
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  /**
   * The journal of operations that take an admin. Only admins may write it (infra/rbac.yaml), so what stands there was
   * asked by one.
   */
  readonly isAdmin?: boolean;
}

export function adminJournalOf({ namespace, service }: JournalPlace): JournalPlace {
  return { namespace, service, isAdmin: true };
}

export function journalName({ service, isAdmin = false }: Omit<JournalPlace, 'namespace'>): string {
  return isAdmin ? `pitlane-${service}-admin` : `pitlane-${service}`;
}

function placeOfJournal(where: JournalPlace): Place {
  return { resource: CONFIG_MAPS, namespace: where.namespace, name: journalName(where) };
}

/** Throws a ClusterError. */
export async function readKeptJournal(connection: Connection, where: JournalPlace): Promise<KeptJournal> {
  const place = placeOfJournal(where);
  const answer = await ignoreNotFound(connection.send<JsonConfigMap>({ verb: 'get', place }));
  return kept(answer?.body);
}

function kept(object: JsonConfigMap | undefined): KeptJournal {
  const { journal, troubles } = readJournal(object?.data);
  return { journal, troubles, ...(object !== undefined && { object }) };
}

/** The journals of a service as a list shows them. */
export interface ListedJournals {
  readonly service: string;
  readonly journal?: KeptJournal;
  /** Of the operations that take an admin. */
  readonly admin?: KeptJournal;
}

/** The journals of all services of a namespace, by one request for each 500 of them. */
export async function listJournals(connection: Connection, namespace: string): Promise<readonly ListedJournals[]> {
  const { items } = await list<JsonConfigMap>(connection, CONFIG_MAPS, { namespace, labelSelector: JOURNALS });
  const services = [...new Set(items.flatMap(({ metadata }) => metadata.labels?.[SERVICE_LABEL] ?? []))];
  return services.map((service) => {
    const named = (isAdmin: boolean) =>
      items.find(({ metadata }) => metadata.name === journalName({ service, isAdmin }));
    const [journal, admin] = [named(false), named(true)];
    return {
      service,
      ...(journal !== undefined && { journal: kept(journal) }),
      ...(admin !== undefined && { admin: kept(admin) }),
    };
  });
}

/** Waits between attempts are short and uneven: those who lost the race together would meet again. */
const LONGEST_WAIT_MS = 1_000;

/**
 * Changes the journal by compare-and-swap: read, change, write, and again while somebody else is faster. `change` is
 * called with the newest journal and gives the new one; undefined: nothing is to be written. It may be called several
 * times, also after a write that was applied without an answer, so it must see by the journal whether it was.
 */
export async function changeJournal(
  connection: Connection,
  where: JournalPlace,
  change: (journal: Journal) => Journal | undefined,
  patience: Patience,
  known?: KeptJournal,
): Promise<KeptJournal> {
  const place = placeOfJournal(where);
  let current = known ?? (await readKeptJournal(connection, where));
  for (let attempt = 1; ; attempt += 1) {
    const journal = change(current.journal);
    if (journal === undefined) return current;
    try {
      return kept(await write(connection, place, where.service, current.object, journal));
    } catch (error) {
      const isLost = error instanceof Conflict || error instanceof NotFound;
      if (!isLost && !(error instanceof Unavailable || error instanceof TooManyRequests)) throw error;
      const longest = isLost ? Math.min(LONGEST_WAIT_MS, 20 * 2 ** attempt) : retryDelayMs(attempt, error);
      const wait = isLost ? Math.random() * longest : longest;
      if (patience.now() + wait >= patience.deadline || patience.signal?.aborted) throw error;
      await patience.sleep(wait, patience.signal);
      current = await readKeptJournal(connection, where);
    }
  }
}

async function write(
  connection: Connection,
  place: Place,
  service: string,
  current: JsonConfigMap | undefined,
  journal: Journal,
): Promise<JsonConfigMap> {
  const { namespace, name = '' } = place;
  const data = journalData(journal);
  const again = readJournal(data).journal;
  // What this version writes and could not read again would be acted on by no process.
  if (again.operations.length !== journal.operations.length || again.drains.length !== journal.drains.length)
    throw new Error('the journal was to be written in a form that is not read back');
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      labels: { ...current?.metadata.labels, [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: service },
      ...(current?.metadata.annotations === undefined ? {} : { annotations: current.metadata.annotations }),
      ...(current?.metadata.resourceVersion === undefined
        ? {}
        : { resourceVersion: current.metadata.resourceVersion, uid: current.metadata.uid }),
    },
    // Other keys are somebody else's.
    data: { ...current?.data, ...data },
  };
  const answer = await (current === undefined
    ? connection.send<JsonConfigMap>({
        verb: 'create',
        place: { resource: CONFIG_MAPS, ...(namespace === undefined ? {} : { namespace }) },
        body,
      })
    : connection.send<JsonConfigMap>({ verb: 'update', place, body }));
  return answer.body;
}
