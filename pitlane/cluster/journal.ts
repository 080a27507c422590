import { EMPTY_JOURNAL, type Journal } from '../journal/entry.ts';
import { journalData, readJournal } from '../journal/text.ts';
import type { Connection } from './connection.ts';
import { type CallSite, ClusterError, Conflict, NotFound, TooManyRequests, Unavailable } from './errors.ts';
import type { ObjectMeta } from './json.ts';
import { list } from './list.ts';
import { CONFIG_MAPS, type Place } from './resource.ts';
import { type Patience, retryDelayMs } from './retry.ts';
import { ignoreNotFound } from './tolerate.ts';

/** Marks what pitlane keeps, so that one request finds the journals of all services of a namespace. */
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const JOURNALS = `${MANAGED_BY}=pitlane`;
/** ConfigMap label: the name of the Service. */
const SERVICE = 'pitlane.dev/service';

interface JsonConfigMap {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A journal as it was read: what a write compares with. */
export interface KeptJournal {
  readonly journal: Journal;
  /** Absent: there is no ConfigMap yet. */
  readonly object?: JsonConfigMap;
}

export interface JournalPlace {
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
}

/** Of another version of pitlane, or edited by hand: it is left alone. */
class JournalUnreadable extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, key: string, why: string) {
    const { namespace, name } = site.place;
    const what = `What ConfigMap ${name} keeps under ${key} ${why}: another version of pitlane wrote it, or somebody has edited it.`;
    const way = `It is left alone, and pitlane changes nothing in the service until it is put right, or ${key} is taken out: kubectl -n ${namespace} edit configmap ${name}`;
    super(site, `${what} ${way}`, {});
  }
}

function placeOfJournal({ namespace, service }: JournalPlace): Place {
  return { resource: CONFIG_MAPS, namespace, name: `pitlane-${service}` };
}

/** Throws a ClusterError. */
export async function readKeptJournal(connection: Connection, where: JournalPlace): Promise<KeptJournal> {
  const place = placeOfJournal(where);
  const answer = await ignoreNotFound(connection.send<JsonConfigMap>({ verb: 'get', place }));
  return kept(place, answer?.body);
}

function kept(place: Place, object: JsonConfigMap | undefined): KeptJournal {
  if (object === undefined) return { journal: EMPTY_JOURNAL };
  const read = readJournal(object.data);
  if (read.kind === 'unreadable') throw new JournalUnreadable({ verb: 'get', place }, read.key, read.why);
  return { journal: read.journal, object };
}

/** A journal of the namespace as a list shows it. */
export type ListedJournal = { readonly service: string } & (
  | ({ readonly kind: 'kept' } & KeptJournal)
  | { readonly kind: 'unreadable'; readonly why: string }
);

/** The journals of all services of a namespace, by one request for each 500 of them. */
export async function listJournals(connection: Connection, namespace: string): Promise<readonly ListedJournal[]> {
  const { items } = await list<JsonConfigMap>(connection, CONFIG_MAPS, { namespace, labelSelector: JOURNALS });
  return items.map((object) => listedJournal(namespace, object)).filter((journal) => journal !== undefined);
}

function listedJournal(namespace: string, object: JsonConfigMap): ListedJournal | undefined {
  const service = object.metadata.labels?.[SERVICE];
  if (service === undefined || object.metadata.name !== `pitlane-${service}`) return undefined;
  try {
    return { kind: 'kept', service, ...kept(placeOfJournal({ namespace, service }), object) };
  } catch (error) {
    if (error instanceof JournalUnreadable) return { kind: 'unreadable', service, why: error.message };
    throw error;
  }
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
      return kept(place, await write(connection, place, where.service, current.object, journal));
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
  const read = readJournal(data);
  // Once it is written nobody could change the service any more.
  if (read.kind === 'unreadable') throw new Error(`what was to be written under ${read.key} ${read.why}`);
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      labels: { ...current?.metadata.labels, [MANAGED_BY]: 'pitlane', [SERVICE]: service },
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
