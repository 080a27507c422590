import { concealed } from '../operations/conceal.ts';
import { operationNamed } from '../operations/table.ts';
import type { GateSetup } from '../rotation/gate-record.ts';
import { podsIn, subjectText } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { DrainNote, Journal, JournalEntry, PastChange } from './entry.ts';
import { newest, remember, uidsOf } from './history.ts';

/** How long the id of an ended request is known, so that the request is not repeated. */
const KNOWN_MS = 24 * 3_600_000;
/** An operation that is open for longer is removed. */
const OPEN_MS = KNOWN_MS;
const MOST_ENDED = 1_000;
/** Half of a ConfigMap (core/validation, MaxSecretSize: 1 MiB); the rest is for open operations and drained pods. */
const MOST_BYTES_ENDED = 512 * 1024;

/** The state of a request's id. */
export type Known =
  | { readonly kind: 'new' }
  /**
   * - `left`: no process works on it, so it may be continued.
   * - `another`: the id was used for a different request.
   */
  | { readonly kind: 'left' | 'running' | 'repeated' | 'another'; readonly entry: JournalEntry };

export function lookUp(
  journal: Journal,
  id: string,
  { digest, isResumed }: { readonly digest?: string; readonly isResumed: boolean },
  now: number,
): Known {
  const entry = entryOf(journal, id);
  if (entry === undefined) return { kind: 'new' };
  if (digest !== undefined && entry.digest !== digest) return { kind: 'another', entry };
  if (entry.ended !== undefined) {
    // The same request again continues from the point where the first one failed.
    const isTriedAgain = !isResumed && (entry.ended.kind === 'failed' || entry.ended.kind === 'givenUp');
    return { kind: isTriedAgain ? 'left' : 'repeated', entry };
  }
  return { kind: entry.heldUntil > now ? 'running' : 'left', entry };
}

export function entryOf({ operations }: Journal, id: string): JournalEntry | undefined {
  return operations.find((entry) => entry.id === id);
}

/**
 * Adds an operation, which may be tried again. Open operations that it supersedes are ended: they would undo it, or report
 * a state that is no longer so.
 */
export function begin(journal: Journal, entry: JournalEntry, now: number): Journal {
  const operations = journal.operations.map((other) =>
    other.id !== entry.id && isSupersededBy(other, entry) ? superseded(other, entry, now) : other,
  );
  return putEntry({ ...journal, operations }, entry, now);
}

/** Replaces the entry with the same id. */
export function putEntry(journal: Journal, entry: JournalEntry, now: number): Journal {
  const others = journal.operations.filter(({ id }) => id !== entry.id);
  return pruned({ ...journal, operations: [...others, entry] }, now);
}

/**
 * The new operation is about all pods of the other one. If it is only about some, the other one leaves those out, because
 * its writes on them no longer stand.
 */
function isSupersededBy(other: JournalEntry, entry: JournalEntry): boolean {
  const { command } = entry.request;
  const isSame = other.request.command === command;
  if (other.ended !== undefined || isSame || operationNamed(command).meets === 'independent') return false;
  if (other.subject.kind !== entry.subject.kind) return false;
  const uids = new Set(podsIn(entry.subject).map(({ uid }) => uid));
  return podsIn(other.subject).every(({ uid }) => uids.has(uid));
}

function superseded(other: JournalEntry, { id, by, request }: JournalEntry, now: number): JournalEntry {
  const what = `${request.command} of ${subjectText(other.subject)}`;
  const message = `Superseded by ${by}'s ${what} (operation ${id}).`;
  // Its own process ends it, or else the tick, which can edit its report.
  return other.heldUntil > now || other.report?.ts !== undefined
    ? { ...other, cancel: other.cancel ?? { by, at: now, instead: id, to: request.command } }
    : { ...other, ended: { kind: 'superseded', at: now, message } };
}

/** The entry means what was asked: only its progress may differ. More pods may have been left out since. */
export function isSameOperation(asked: JournalEntry, entry: JournalEntry): boolean {
  const meant = ({ request, subject, role, by, confirmed, accepted }: JournalEntry) =>
    JSON.stringify([request, subject, role, by, confirmed, accepted]);
  return meant(asked) === meant(entry) && (asked.leftOut ?? []).every((uid) => entry.leftOut?.includes(uid));
}

/** Changes the entry, if there is one with that id. */
export function changed(journal: Journal, id: string, change: Partial<JournalEntry>): Journal {
  return {
    ...journal,
    operations: journal.operations.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)),
  };
}

/** Removes an operation that had no effect, so that its id may be used again. */
export function dropped(journal: Journal, id: string): Journal {
  return { ...journal, operations: journal.operations.filter((entry) => entry.id !== id) };
}

/**
 * Ends the operation. Drained and disabled pods are looked after from then on, and anew if they got more time; restored,
 * enabled and deleted pods no longer. `pods`: those that it changed. `isTold`: their reminder shows the answer already.
 * `drainSeconds`: of a drain or an extension without a time of its own. `canaries`: those that it has created, whether or not it is done. `gate`: the one that it has set up.
 */
export function ended(
  journal: Journal,
  id: string,
  end: NonNullable<JournalEntry['ended']>,
  {
    isTold,
    drainSeconds,
    pods,
    canaries = [],
    gate,
  }: {
    readonly isTold: boolean;
    readonly drainSeconds?: number;
    readonly pods?: readonly PodRef[];
    readonly canaries?: readonly DrainNote[];
    readonly gate?: GateSetup;
  },
): Journal {
  const entry = entryOf(journal, id);
  const others = journal.drains.filter((note) => !canaries.some((canary) => isSameNote(canary, note)));
  const closed = changed({ ...journal, drains: [...others, ...canaries] }, id, { ended: end, heldUntil: 0 });
  if (entry === undefined) return pruned(closed, end.at);
  const done = end.kind === 'done' ? (pods ?? podsIn(entry.subject)) : disabledBy(entry);
  const drains = done.reduce((notes, pod) => drainsAfter(entry, pod, notes, isTold, drainSeconds), closed.drains);
  const gates = end.kind === 'done' ? gatesAfter(entry, journal.gates, end.at, gate) : journal.gates;
  // With another gate, nothing is known of the pods of schedules.
  const schedules = gates === journal.gates ? journal.schedules : [];
  return pruned({ ...closed, drains, gates, schedules }, end.at);
}

function gatesAfter(
  { id, request: { command }, subject, by, report }: JournalEntry,
  gates: Journal['gates'],
  at: number,
  gate: GateSetup | undefined,
): Journal['gates'] {
  if (gate !== undefined) return [{ ...gate, id, by, at, ...(report && { report }) }];
  return subject.kind === 'service' && operationNamed(command).lookAfter === 'ends' ? [] : gates;
}

/** The pods that an unproven operation has disabled. The tick finds drained pods by their label; these have none. */
function disabledBy({ request: { command }, subject, written }: JournalEntry): readonly PodRef[] {
  const { lookAfter, lookedAfter } = operationNamed(command);
  if (lookAfter !== 'begins' || lookedAfter !== 'disabled') return [];
  return podsIn(subject).filter(({ uid }) => written?.includes(`${command} ${uid}`));
}

export function isSameNote(a: DrainNote, b: Pick<DrainNote, 'pod' | 'kind'>): boolean {
  return a.pod.uid === b.pod.uid && a.kind === b.kind;
}

/** The note that the operation is about. More time is for the drain, if the pod is drained and disabled. */
export function noteFor({ drains }: Pick<Journal, 'drains'>, command: string, pod: PodRef): DrainNote | undefined {
  const { lookAfter, lookedAfter: kind } = operationNamed(command);
  const own = drains.find((note) => isSameNote(note, { pod, kind }));
  return own ?? (lookAfter === 'prolongs' ? drains.find((note) => note.pod.uid === pod.uid) : undefined);
}

function drainsAfter(
  { id, request: { command, forSeconds }, by, at, report }: JournalEntry,
  pod: PodRef,
  drains: Journal['drains'],
  isTold: boolean,
  drainSeconds: number | undefined,
): readonly DrainNote[] {
  const { lookAfter, lookedAfter: kind } = operationNamed(command);
  const own = noteFor({ drains }, command, pod);
  const others = drains.filter((note) => note !== own);
  const seconds = forSeconds ?? drainSeconds;
  if (lookAfter === 'begins') {
    const note = { pod, id, by, at, ...(report === undefined ? {} : { report }) };
    if (kind === undefined)
      return [...others, { ...note, ...(seconds !== undefined && { until: at + seconds * 1000 }) }];
    return forSeconds === undefined ? others : [...others, { ...note, kind, until: at + forSeconds * 1000 }];
  }
  if (own === undefined || lookAfter === undefined) return drains;
  const { reminder, closed: _, ...same } = own;
  const isLonger = lookAfter === 'prolongs' && own.kind === undefined && own.until !== undefined;
  const anew = isLonger ? { ...same, until: Math.max(own.until, at) + (seconds ?? 0) * 1000 } : same;
  if (reminder?.message !== undefined && !isTold) return [...others, { ...anew, reminder, answered: { command, by } }];
  return lookAfter === 'prolongs' ? [...others, anew] : others;
}

/** Pitlane has restored, enabled or deleted the pod since. */
export function isOver({ operations }: Journal, { pod: { uid }, kind, at: since }: DrainNote): boolean {
  return operations.some(({ subject, request: { command }, ended: end }) => {
    const { lookAfter, lookedAfter } = operationNamed(command);
    const isOfPod = podsIn(subject).some((pod) => pod.uid === uid);
    return isOfPod && lookAfter === 'ends' && lookedAfter === kind && end?.kind === 'done' && end.at >= since;
  });
}

/**
 * The operation with that id that has drained or disabled this very pod, among those under way, ended and past. Undefined:
 * only the mark on the pod says so, and anything that may edit pods can write one.
 */
export function originOf(
  { operations, history }: Pick<Journal, 'operations' | 'history'>,
  { id, pod: { uid }, kind }: Pick<DrainNote, 'id' | 'pod' | 'kind'>,
): JournalEntry | PastChange | undefined {
  return [...operations, ...history].find(({ id: own, request: { command }, subject }) => {
    const { lookAfter, lookedAfter } = operationNamed(command);
    return own === id && lookAfter === 'begins' && lookedAfter === kind && uidsOf(subject).includes(uid);
  });
}

/**
 * The journal has the drain that has left this record on the pod: the operation, or, after its history has become too long
 * for that, the note of the tick.
 */
export function knowsDrain(journal: Journal, pod: PodRef, id: string): boolean {
  return (
    originOf(journal, { id, pod }) !== undefined ||
    journal.drains.some((note) => isSameNote(note, { pod }) && note.id === id && note.isUnproven === undefined)
  );
}

/** The operations that have not ended, the oldest first. */
export function underWay({ operations }: Journal): readonly JournalEntry[] {
  return operations.filter(({ ended: end }) => end === undefined).sort((a, b) => a.at - b.at);
}

/** Without old entries, whose changes become history, and without secrets that no process needs any more. */
function pruned(journal: Journal, now: number): Journal {
  const open = journal.operations.filter(({ ended: end, at }) => end === undefined && now - at < OPEN_MS);
  const over = journal.operations
    .filter(({ ended: end }) => end !== undefined && now - end.at < KNOWN_MS)
    .sort((a, b) => (a.ended?.at ?? 0) - (b.ended?.at ?? 0))
    .slice(-MOST_ENDED);
  const operations = [...newest(over.map(forgetSecrets), MOST_BYTES_ENDED), ...open];
  const kept = new Set(operations.map(({ id }) => id));
  const gone = journal.operations.filter(({ id, ended: end }) => end !== undefined && !kept.has(id));
  return { ...journal, operations, history: remember(journal.history, gone).map(forgetSecrets) };
}

function forgetSecrets<T extends Pick<JournalEntry, 'request'>>(item: T): T {
  return { ...item, request: concealed(item.request) };
}
