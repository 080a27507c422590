import type { Connection } from '../cluster/connection.ts';
import { readKeptJournal } from '../cluster/journal.ts';
import type { ChangeRequest, Undone } from '../command/request.ts';
import { covers } from '../command/role.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { Journal, JournalEntry, PastChange } from '../journal/entry.ts';
import { changesOf, uidsOf } from '../journal/history.ts';
import { entryOf, underWay } from '../journal/journal.ts';
import { createsPods, operationNamed, oppositeOf, overwrites, roleToUndo } from '../operations/table.ts';
import { type Check, podsIn, type Refusal, refOf, type Subject, subjectText } from '../rotation/plan.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { idAndName, list, time } from '../text/words.ts';
import type { Asker } from './asker.ts';
import { listCanaries } from './canaries.ts';
import { idOf } from './house.ts';
import { type Given, matching } from './operations.ts';
import type { Denied, NotUnderstood } from './outcome.ts';
import { notUnderstood } from './problems.ts';

/** The request that `undo` has become, about exactly these objects. */
interface Undoing {
  readonly kind: 'undoing';
  readonly request: ChangeRequest;
  readonly subject: Subject;
}

/** Finds the operation to undo in the journal, and the request for its opposite. */
export async function resolveUndo(
  connection: Connection,
  service: ServiceConfig,
  request: ChangeRequest,
  asker: Asker,
): Promise<Undoing | NotUnderstood | Refusal | Denied> {
  const { journal } = await readKeptJournal(connection, service);
  // Another delivery has begun it: by now the last change may be its own.
  const begun = entryOf(journal, idOf(asker));
  if (begun !== undefined) return { kind: 'undoing', ...sameAgain(begun, request) };
  const change = findChange(journal, request);
  if ('message' in change) return change;
  const found = createsPods(change.request.command)
    ? await createdPods(connection, service, journal, change)
    : whatIsLeft(journal, change);
  const refused = (checks: readonly Check[]) => refusedUndo(request, change, checks);
  if (found.subject === undefined)
    return refused(
      found.later.length === 0 ? [nothingLeft(change)] : found.later.map((later) => undoneOrChanged(change, later)),
    );
  const pods = podsIn(found.subject).map(({ name }) => name);
  const { opposite: values } = change;
  const opposite = oppositeOf({ ...change, opposite: values?.pods === undefined ? values : { ...values, pods } }, pods);
  if (opposite === undefined) return refused([cannotBeUndone(change)]);
  const { role } = asker;
  const needed = roleToUndo(opposite, change.role);
  if (!covers(role, needed)) return deniedUndo(request, change, needed, role);
  const { dryRun, force } = request;
  return {
    kind: 'undoing',
    request: { ...opposite, service: service.key, dryRun, force, undoes: undoneBy(change, found) },
    subject: found.subject,
  };
}

function sameAgain({ request, subject }: JournalEntry, { dryRun, force, service }: ChangeRequest) {
  const pods = podsIn(subject).map(({ name }) => name);
  return { request: { ...request, service, dryRun, force, ...(pods.length > 0 && { pods }) }, subject };
}

/** The change that the request names by its id or by a pod; without a name the last one. */
function findChange(journal: Journal, { service, operation }: ChangeRequest): PastChange | NotUnderstood {
  const changes = changesOf(journal);
  const open = underWay(journal);
  const [last] = changes;
  if (operation === undefined) {
    const [running] = open;
    if (running !== undefined) return inProgress(running, last);
    return last ?? notUnderstood('NoOperations', `${service} has no change to undo.`, ['history']);
  }
  const found = matching<Given>([...changes, ...open], operation);
  if (found.kind === 'ambiguous') {
    const names = found.pods.map(({ name }) => name);
    const message = `${operation} matches ${names.length} pods: ${list(names)}.`;
    const ways = names.slice(0, MOST_WAYS).map((name) => `undo ${name}`);
    return notUnderstood('OperationAmbiguous', message, ways);
  }
  const running = open.find((entry) => found.entries.includes(entry));
  if (running !== undefined) return inProgress(running);
  const change = changes.find((each) => found.entries.includes(each));
  return change ?? notUnderstood('OperationUnknown', `No change of ${service} matches ${operation}.`, ['history']);
}

const MOST_WAYS = 5;

function inProgress(entry: JournalEntry, last?: PastChange): NotUnderstood {
  const message = `${whatOf(entry)} by ${idAndName(entry)} is in progress. Wait for its end, or cancel it.`;
  const ways = [`cancel ${entry.id}`, ...(last === undefined ? [] : [`undo ${last.id}`])];
  return notUnderstood('OperationInProgress', message, ways);
}

/** The objects of a change that no other one has changed since, and the later changes of the rest. */
interface Left {
  /** Undefined: nothing is left. */
  readonly subject: Subject | undefined;
  readonly later: readonly PastChange[];
}

function whatIsLeft(journal: Journal, change: PastChange): Left {
  const changes = changesOf(journal);
  const index = changes.findIndex(({ id }) => id === change.id);
  const newer = changes.slice(0, index).filter(({ request }) => overwrites(request.command));
  const laterOf = (uid: string) => newer.find(({ subject }) => uidsOf(subject).includes(uid));
  const later = [...new Set(uidsOf(change.subject).flatMap((uid) => laterOf(uid) ?? []))];
  const { subject } = change;
  if (subject.kind === 'service') return { subject: later.length === 0 ? subject : undefined, later };
  const pods = subject.pods.filter(({ uid }) => laterOf(uid) === undefined);
  return { subject: pods.length === 0 ? undefined : { kind: 'pods', pods }, later };
}

/** The pods that the change has created and that are still there. */
async function createdPods(
  connection: Connection,
  service: ServiceConfig,
  journal: Journal,
  { opposite }: PastChange,
): Promise<Left> {
  const names: readonly unknown[] = Array.isArray(opposite?.pods) ? opposite.pods : [];
  const isCreated = ({ name }: PodRef) => names.includes(name);
  const pods = (await listCanaries(connection, service)).map(({ pod }) => refOf(pod)).filter(isCreated);
  if (pods.length > 0) return { subject: { kind: 'pods', pods }, later: [] };
  const later = changesOf(journal).filter(({ subject }) => podsIn(subject).some(isCreated));
  return { subject: undefined, later: later.slice(0, 1) };
}

function undoneBy(change: PastChange, { subject, later }: Left): Undone {
  const { id, by, at } = change;
  const left = new Set(subject === undefined ? [] : uidsOf(subject));
  const rest = podsIn(change.subject).filter(({ uid }) => !left.has(uid));
  const since = later.map((each) => `${each.request.command} (${each.id})`);
  const except =
    rest.length === 0 ? undefined : `${list(rest.map(({ name }) => name))}, changed since by ${list(since, 3)}`;
  return { id, what: whatOf(change), by, at, ...(except !== undefined && { except: except.slice(0, LONGEST_EXCEPT) }) };
}

/** The journal takes no more (journal/items.ts). */
const LONGEST_EXCEPT = 500;

function undoneOrChanged(change: PastChange, later: PastChange): Check {
  const isUndone = later.request.undoes?.id === change.id;
  const how = isUndone ? 'has already undone' : 'came after';
  const message = `The ${named(later)} ${how} the ${whatOf(change)} (${change.id}).`;
  const isFinal = operationNamed(later.request.command).cannotBeUndone !== undefined;
  return refusal(isUndone ? 'AlreadyUndone' : 'ChangedSince', message, isFinal ? 'list' : `undo ${later.id}`);
}

function nothingLeft(change: PastChange): Check {
  return refusal('NothingLeft', `The pods of the ${named(change)} no longer exist.`, 'list');
}

function cannotBeUndone(change: PastChange): Check {
  const { opposite, cannotBeUndone } = operationNamed(change.request.command);
  const why = opposite === undefined ? cannotBeUndone : 'There was no single state before it to go back to.';
  return refusal(
    'CannotBeUndone',
    `The ${named(change)} can't be undone.${why === undefined ? '' : ` ${why}`}`,
    'list',
  );
}

function refusedUndo(request: ChangeRequest, change: PastChange, checks: readonly Check[]): Refusal {
  const { id, subject, by, at } = change;
  return { kind: 'refusal', operation: { id, request, subject, by, at }, checks, isForceable: false };
}

function deniedUndo(request: ChangeRequest, change: PastChange, needed: Denied['needed'], role: Asker['role']): Denied {
  const message = `Undoing the ${named(change)} is for ${needed}s, and you are an ${role}.`;
  return { kind: 'denied', request, needed, message };
}

/** `drain of rng-a` */
function whatOf({ request, subject }: Given): string {
  return `${request.command} of ${subjectText(subject)}`;
}

/** `drain of rng-a (3f2a…) by ada at …` */
function named(change: PastChange): string {
  return `${whatOf(change)} (${change.id}) by ${idAndName(change)} at ${time(change.at)}`;
}
