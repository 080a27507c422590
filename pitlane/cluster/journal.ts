import type { Journal } from '../journal/entry.ts';
import { journalData, readJournal } from '../journal/text.ts';
import { gateRuleName } from '../rotation/gate-rule.ts';
import { adminConfigMapName, MANAGED_BY, SERVICE_LABEL } from '../rotation/marks.ts';
import type { KeptSchedules } from '../rotation/schedule.ts';
import { readSchedules } from '../rotation/schedule-record.ts';
import type { RuleObject } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { ClusterError, Conflict, NotFound } from './errors.ts';
import { type JsonRule, ruleOf } from './gate.ts';
import type { ObjectMeta } from './json.ts';
import { limited } from './limited.ts';
import { get } from './list.ts';
import { createOrReplace } from './replace.ts';
import { apiVersionOf, CONFIG_MAPS, type Place } from './resource.ts';
import { type Patience, retryDelayMs, sleepInTime } from './retry.ts';

interface JsonConfigMap {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A journal as it was read. A write replaces exactly this version. */
export interface KeptJournal {
  readonly journal: Journal;
  /** Sentences: the parts that this version of Pitlane does not understand. */
  readonly troubles: readonly string[];
  /** Absent: there is no ConfigMap yet. */
  readonly object?: JsonConfigMap;
}

export interface JournalPlace {
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  /** True: the journal of operations that need an admin. Only admins may write it (infra/rbac.yaml). */
  readonly isAdmin?: boolean;
}

export function adminJournalOf({ namespace, service }: JournalPlace): JournalPlace {
  return { namespace, service, isAdmin: true };
}

export function journalName({ service, isAdmin = false }: Omit<JournalPlace, 'namespace'>): string {
  return isAdmin ? adminConfigMapName(service) : `pitlane-${service}`;
}

function placeOfJournal(where: JournalPlace): Place {
  return { resource: CONFIG_MAPS, namespace: where.namespace, name: journalName(where) };
}

/** Throws a ClusterError. */
export async function readKeptJournal(connection: Connection, where: JournalPlace): Promise<KeptJournal> {
  return kept(await get<JsonConfigMap>(connection, placeOfJournal(where)));
}

function kept(object: JsonConfigMap | undefined): KeptJournal {
  const { journal, troubles } = readJournal(object?.data);
  return { journal, troubles, object };
}

export interface ServiceJournals {
  readonly service: string;
  readonly journal?: KeptJournal;
  /** The journal of operations that need an admin. */
  readonly admin?: KeptJournal;
  /** They are in the journal of admin operations. */
  readonly schedules: KeptSchedules;
  /** The rule of the service's gate. */
  readonly rule?: RuleObject;
}

/**
 * The journals of the services of a namespace, and the rules of their gates. Each by its name: a list would show the
 * settings of every application there.
 */
export function readJournals(
  connection: Connection,
  namespace: string,
  services: readonly string[],
): Promise<readonly ServiceJournals[]> {
  return limited(services, async (service) => {
    const read = (isAdmin: boolean) => get<JsonConfigMap>(connection, placeOfJournal({ namespace, service, isAdmin }));
    const [own, admin] = await Promise.all([read(false), read(true)]);
    const journal = own && kept(own);
    const hasRule = journal?.journal.gates.some(({ via }) => via === 'admission');
    const place = { resource: CONFIG_MAPS, namespace, name: gateRuleName(service) };
    const rule = hasRule ? await get<JsonRule>(connection, place) : undefined;
    return {
      service,
      schedules: readSchedules(scheduleObject(admin)),
      ...(journal && { journal }),
      ...(admin && { admin: kept(admin) }),
      ...(rule && { rule: ruleOf(rule) }),
    };
  });
}

/** The schedules that were added by command, which only admins may do. */
export async function readKeptSchedules(connection: Connection, where: JournalPlace): Promise<KeptSchedules> {
  return readSchedules(scheduleObject(await get<JsonConfigMap>(connection, placeOfJournal(adminJournalOf(where)))));
}

function scheduleObject(object: JsonConfigMap | undefined): KeptSchedules['object'] {
  const { name, uid } = object?.metadata ?? {};
  return name === undefined || uid === undefined ? undefined : { name, uid, data: object?.data ?? {} };
}

/** Waits after a lost race are short and random: writers that lost together would otherwise meet again. */
const MAX_WAIT_MS = 1_000;

/**
 * Changes the journal by compare-and-swap: read, change and write, and again while another writer is faster. `change`
 * gets the newest journal and returns the new one, or undefined if there is nothing to write. It may be called several
 * times, even after a write that was applied without an answer, so it must recognise its own change.
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
      const body = configMapOf(where, journal, current.object);
      return kept(await createOrReplace<JsonConfigMap>(connection, place, current.object, body));
    } catch (error) {
      const isLost = error instanceof Conflict || error instanceof NotFound;
      if (!isLost && !(error instanceof ClusterError && error.isRetryable)) throw error;
      const longest = isLost ? Math.min(MAX_WAIT_MS, 20 * 2 ** attempt) : retryDelayMs(attempt, error);
      const wait = isLost ? Math.random() * longest : longest;
      if (!(await sleepInTime(patience, wait))) throw error;
      current = await readKeptJournal(connection, where);
    }
  }
}

/** The ConfigMap with the journal. Its other labels, annotations and keys stay. */
function configMapOf(where: JournalPlace, journal: Journal, current: JsonConfigMap | undefined): JsonConfigMap {
  const data = journalData(journal);
  const again = readJournal(data).journal;
  // No process would act on an entry that it can't read.
  const parts = ['operations', 'drains', 'gates', 'schedules', 'history'] as const;
  if (parts.some((part) => again[part].length !== journal[part].length))
    throw new Error('Journal not written: this version of Pitlane could not read it again.');
  const { labels, annotations, resourceVersion, uid } = current?.metadata ?? {};
  return {
    apiVersion: apiVersionOf(CONFIG_MAPS),
    kind: CONFIG_MAPS.kind,
    metadata: {
      name: journalName(where),
      labels: { ...labels, [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: where.service },
      annotations,
      resourceVersion,
      uid,
    },
    data: { ...current?.data, ...data },
  };
}
