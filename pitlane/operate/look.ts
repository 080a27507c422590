import type { Connection } from '../cluster/connection.ts';
import { Forbidden } from '../cluster/errors.ts';
import { isBeating } from '../cluster/heartbeat.ts';
import { type KeptJournal, readKeptJournal } from '../cluster/journal.ts';
import { beginLists, focus, type Observation } from '../cluster/observe.ts';
import { LEASES, PODS } from '../cluster/resource.ts';
import { WholeLists } from '../cluster/whole-lists.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { type Known, lookUp } from '../journal/journal.ts';
import { needsOf, operationNamed } from '../operations/table.ts';
import { podsIn, refOf, type Subject } from '../rotation/plan.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { findPods } from './find-pods.ts';
import { type Asking, idOf, policiesBeside } from './house.ts';
import { surveyed } from './missing.ts';
import type { Choice, NotUnderstood, Repeated, Running } from './outcome.ts';
import { meantBy } from './own-entry.ts';
import { outcomeOfKnown } from './words.ts';

export interface Seen {
  readonly kind: 'seen';
  readonly observation: Observation;
  readonly subject: Subject;
  /** An earlier delivery of the same request began it. */
  readonly isResumed?: boolean;
}

/** More pods are all read with the first list instead of one by one. */
const MOST_READ_ALONE = 5;

/** Called during an observation, with the part of it that the first reads have shown. */
type Early = (snapshot: Snapshot, subject: Subject) => Promise<unknown>;

/** Observes all that the change needs to know. Without a subject, finds the pods that the request names. */
export async function look(
  opened: Asking,
  known?: Subject,
  lists = new WholeLists(opened.house.now),
  early?: Early,
): Promise<Seen | Choice | NotUnderstood> {
  const { request, service } = opened;
  const needs = needsOf(request);
  beginLists(lists, opened.connection, service.namespace, needs);
  const connection = lists.through(opened.connection);
  const asking = { ...opened, connection };
  const lookedAfter = isLookedAfter(asking);
  // An error of the service ends the look before.
  lookedAfter.catch(() => {});
  const isMany = known !== undefined && podsIn(known).length > MOST_READ_ALONE;
  const survey = await surveyed(asking, isMany ? { ...needs, members: 'full' } : needs, known !== undefined);
  if (survey.kind !== 'surveyed') return survey;
  const { observation } = survey;
  const subject = known ?? (await findSubject(connection, observation, request));
  if (subject.kind === 'choice' || subject.kind === 'notUnderstood') return subject;
  const withTick = async (snapshot: Snapshot): Promise<Snapshot> => {
    const hasTick = await lookedAfter;
    return hasTick ? { ...snapshot, hasTick } : snapshot;
  };
  const focused = await focus(connection, observation, subject, needs, policiesBeside(asking), async (snapshot) =>
    early?.(await withTick(snapshot), subject),
  );
  const snapshot = await withTick(focused.snapshot);
  const podsAround = await lists.count(PODS, service.namespace);
  return { kind: 'seen', observation: { ...focused, snapshot, podsAround }, subject };
}

/** Asks for the heartbeat of a tick, where a door knows of none and the plan depends on it. */
async function isLookedAfter(asking: Asking): Promise<true | undefined> {
  const { house, connection, service } = asking;
  return (needsHeartbeat(asking) && (await isBeating(connection, service, house.now()))) || undefined;
}

function needsHeartbeat({ house, request }: Asking): boolean {
  const { lookAfter } = operationNamed(request.command);
  return !house.hasTick && (lookAfter === 'begins' || lookAfter === 'prolongs' || needsOf(request).schedules === true);
}

/** The first observation of a request, which an earlier delivery may have begun. */
interface FirstSeen extends Seen {
  /** The journal; absent: it may not be read. */
  readonly kept: KeptJournal | undefined;
  readonly isResumed: boolean;
}

/**
 * Observes the cluster for a new request, and looks the request up in the journal. What operations write is observed after
 * `before`, which gets a connection to the leases.
 */
export async function lookFirst(
  asking: Asking,
  lists = new WholeLists(asking.house.now),
  before?: (connection: Connection) => Promise<unknown>,
  early?: Early,
): Promise<FirstSeen | Choice | NotUnderstood | Running | Repeated> {
  const { house, connection, service, asker, request } = asking;
  const reading = readJournalIfAllowed(connection, service);
  // An error of the service says more than an error of its journal, so it goes first.
  reading.catch(() => {});
  beginLists(lists, connection, service.namespace, needsOf(request), 'besides');
  if (before !== undefined) {
    // One list has the lease and the heartbeat.
    if (needsHeartbeat(asking)) lists.begin(connection, LEASES, service.namespace);
    await before(lists.through(connection));
  }
  const seen = await look(asking, asking.known, lists, early);
  const kept = await reading;
  const known: Known =
    kept === undefined ? { kind: 'new' } : lookUp(kept.journal, idOf(asker), meantBy(asker), house.now());
  if (known.kind === 'new') return seen.kind === 'seen' ? { ...seen, kept, isResumed: false } : seen;
  if (known.kind !== 'left') return outcomeOfKnown(known.kind, known.entry);
  // An operation that was begun continues on its own pods: its selector may match others by now.
  const again = await look(asking, known.entry.subject, lists);
  return again.kind === 'seen' ? { ...again, kept, isResumed: true } : again;
}

async function readJournalIfAllowed(connection: Connection, service: ServiceConfig): Promise<KeptJournal | undefined> {
  try {
    return await readKeptJournal(connection, service);
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}

async function findSubject(
  connection: Connection,
  { snapshot }: Observation,
  request: ChangeRequest,
): Promise<Subject | Choice | NotUnderstood> {
  if (operationNamed(request.command).subject === 'service') {
    const { name, uid } = snapshot.service;
    return { kind: 'service', service: { kind: 'Service', name, uid } };
  }
  const found = await findPods(connection, snapshot, request);
  if (found.kind !== 'found') return found;
  const pods = found.pods.map(refOf);
  return { kind: 'pods', pods, by: found.by };
}
