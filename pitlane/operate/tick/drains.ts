import { changeJournal } from '../../cluster/journal.ts';
import { readPod } from '../../cluster/observe.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { type DrainNote, EMPTY_JOURNAL, type Journal, underWay } from '../../journal.ts';
import type { Outcome } from '../../outcome.ts';
import { DRAINED_FROM, type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { isPodReady } from '../../rotation/membership.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { isFinished } from '../../rotation/workload.ts';
import type { Asker } from '../asker.ts';
import { patienceOf } from '../house.ts';
import type { Round } from './tick.ts';

/** A tick that dies lets the next one go on after that. */
const HOLD_MS = 60_000;
const HOUR_MS = 3_600_000;
const LONGEST_BETWEEN_MS = 24 * HOUR_MS;
/** Of the drained pods whose time is not up it is found out so often whether their owners and their service are still there. */
const THOROUGH_EVERY_MINUTES = 10;

/** Every drained pod of the service, from its drain until it is back, deleted, or its record is closed. */
export async function lookAfterDrains(round: Round): Promise<void> {
  const { found, drained } = round;
  const journal = found?.journal ?? EMPTY_JOURNAL;
  const busy = new Set(underWay(journal).map(({ pod }) => pod.uid));
  const marked = drained.flatMap((pod) => {
    const drain = readDrain(pod);
    return drain.kind === 'record' ? [{ pod, record: drain.record }] : [];
  });
  const unknown = marked.filter(({ pod }) => !journal.drains.some((note) => note.pod.uid === pod.uid));
  if (unknown.length > 0) await takeNotes(round, unknown.map(noteOf));
  const notes = [...journal.drains, ...unknown.map(noteOf)].filter(({ pod }) => !busy.has(pod.uid));
  await Promise.all(
    notes.map(async (note) => {
      try {
        const found = marked.find(({ pod }) => pod.uid === note.pod.uid);
        await (found === undefined ? withoutMarks(round, note) : withMarks(round, note, found.pod, found.record));
      } catch (error) {
        round.trouble(error);
      }
    }),
  );
}

function noteOf({ pod, record }: { readonly pod: Pod; readonly record: DrainRecord }): DrainNote {
  return {
    pod: { name: pod.name, uid: pod.uid },
    id: record.id,
    by: record.by,
    at: Date.parse(record.at),
    ...(record.report === undefined ? {} : { report: record.report }),
  };
}

function takeNotes(round: Round, notes: readonly DrainNote[]): Promise<unknown> {
  return change(round, (journal) => ({
    ...journal,
    drains: [...journal.drains, ...notes.filter(({ pod }) => !journal.drains.some((note) => note.pod.uid === pod.uid))],
  }));
}

/** It is gone, or somebody has taken its marks off. */
async function withoutMarks(round: Round, note: DrainNote): Promise<void> {
  const { connection, service } = round;
  const pod = await readPod(connection, service.namespace, note.pod.name);
  const isThere = pod?.uid === note.pod.uid;
  // Marked after all, in the meantime.
  if (isThere && pod.labels[DRAINED_FROM] !== undefined) return;
  // Restored or finished by pitlane since the look: then that is told, and the note is gone already.
  if (!(await hold(round, note))) return;
  if (note.closed === undefined) {
    const sentence = isThere
      ? 'Its marks were taken off by somebody else.'
      : 'It is gone: somebody has deleted it, or its node was lost.';
    await close(round, note, sentence);
  }
  await change(round, (journal) => ({
    ...journal,
    drains: journal.drains.filter(({ pod }) => pod.uid !== note.pod.uid),
  }));
}

async function withMarks(round: Round, note: DrainNote, pod: Pod, record: DrainRecord): Promise<void> {
  const { now } = round.house;
  if (note.closed !== undefined || pod.deletedAt !== undefined) return;
  if (isFinished(pod)) {
    await closeFor(round, note, `It has ended (${pod.status}) and will never take traffic again; finish deletes it.`);
    return;
  }
  const until = record.until === undefined ? undefined : Date.parse(record.until);
  if (until !== undefined && until <= now()) {
    if (isDue(note, until, now()) && (await hold(round, note))) await atItsEnd(round, note, pod, record, until);
    return;
  }
  if (new Date(now()).getUTCMinutes() % THOROUGH_EVERY_MINUTES === 0) {
    const why = whyNeverBack(await foreseeRestore(round, pod, record));
    if (why !== undefined) await closeFor(round, note, why);
  }
}

/** First at the end of its time; then after an hour, two, four …, and at last once a day. */
function isDue({ reminder }: DrainNote, until: number, now: number): boolean {
  if (reminder?.until !== until) return true;
  return now - reminder.at >= Math.min(LONGEST_BETWEEN_MS, HOUR_MS * 2 ** (reminder.count - 1));
}

/** Its time is up: what was agreed then is done, or else somebody is asked. */
async function atItsEnd(round: Round, note: DrainNote, pod: Pod, record: DrainRecord, until: number): Promise<void> {
  const foreseen = await foreseeRestore(round, pod, record);
  const never = whyNeverBack(foreseen);
  if (never !== undefined) return closeFor(round, note, never);
  const reason = await byItself(round, note, pod, record, until);
  if (reason === 'done') return;
  const { courier } = round.options;
  // That a restore would be refused is better known before its button is pressed.
  const why = reason ?? (foreseen.kind === 'refusal' ? whyNot(foreseen) : undefined);
  const message = await courier.remind({
    note,
    service: round.service,
    pod,
    record,
    ...(why === undefined ? {} : { reason: why }),
  });
  const count = note.reminder?.until === until ? note.reminder.count + 1 : 1;
  const reminder = { until, count, at: round.house.now(), ...(message === undefined ? {} : { message }) };
  await change(round, (journal) => withNote(journal, note, { reminder, heldUntil: 0 }));
  round.did(`reminded of ${pod.name} (${count})`);
}

/** Restores or finishes it, where that was agreed. Answers why not; undefined: nothing of the kind was agreed. */
async function byItself(
  round: Round,
  note: DrainNote,
  pod: Pod,
  record: DrainRecord,
  until: number,
): Promise<string | 'done' | undefined> {
  // Tried once for each end: what failed is for people to decide.
  if (record.then === 'remind' || note.reminder?.until === until) return undefined;
  if (record.then === 'restore') {
    const why = whyNotRestored(pod, record);
    if (why !== undefined) return `It was to be restored by itself, but ${why}.`;
  }
  const { pitlane, service, options } = round;
  const request: ChangeRequest = {
    command: record.then,
    service: service.key,
    pod: pod.name,
    dryRun: false,
    force: false,
  };
  const asker: Asker = {
    by: record.by,
    role: 'operator',
    requestId: `end of ${record.id} ${until}`,
    ...(record.report === undefined ? {} : { report: { channel: record.report.channel } }),
  };
  const proposed = await pitlane.propose(request, asker);
  if (proposed.kind !== 'proposal') return `It was to ${record.then} by itself: ${whyNot(proposed) ?? 'it could not'}`;
  const warnings = proposed.plan.checks.filter(({ level }) => level === 'warning').map(({ message }) => message);
  if (warnings.length > 0) return `It was not ${past(record.then)} by itself: ${warnings.join(' ')}`;
  const events = pitlane.advance(request, asker, {
    deadline: options.deadline,
    hasTick: true,
    proposed: proposed.plan,
    reporter: options.courier.reporterBeside(note, service),
  });
  for (;;) {
    const next = await events.next();
    if (!next.done) continue;
    round.did(`${record.then} of ${pod.name} at its end: ${next.value.kind}`);
    if (next.value.kind === 'done' || next.value.kind === 'unfinished' || next.value.kind === 'running') return 'done';
    return `It was not ${past(record.then)} by itself: ${whyNot(next.value) ?? 'it could not be.'}`;
  }
}

function past(then: 'restore' | 'finish'): string {
  return then === 'restore' ? 'restored' : 'finished';
}

/** Whether its application is well again nobody has looked at: only what was never in doubt goes back by itself. */
function whyNotRestored(pod: Pod, { restarts }: DrainRecord): string | undefined {
  if (!isPodReady(pod, new Set())) return 'it is not ready';
  if (restarts === undefined) return 'it is not known whether it has restarted since';
  return pod.restarts === restarts ? undefined : `it has restarted since (${pod.restarts - restarts} times)`;
}

async function foreseeRestore(round: Round, pod: Pod, record: DrainRecord): Promise<Outcome> {
  const { pitlane, service } = round;
  const request = { command: 'restore', service: service.key, pod: pod.name, dryRun: false, force: false } as const;
  return pitlane.propose(request, { by: record.by, role: 'operator', requestId: `look at ${record.id}` });
}

const NEVER = new Set(['OwnerGone', 'OwnerBeingDeleted']);

/** Why it can't ever be restored. Undefined: it can, or not for now. */
function whyNeverBack(foreseen: Outcome): string | undefined {
  if (foreseen.kind === 'notUnderstood') return foreseen.message;
  if (foreseen.kind !== 'refusal') return undefined;
  const check = foreseen.checks.find(({ level, code }) => level === 'refusal' && NEVER.has(code));
  return check?.message;
}

function whyNot(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'refusal': {
      const messages = outcome.checks.filter(({ level }) => level === 'refusal').map(({ message }) => message);
      return messages.join(' ');
    }
    case 'failed':
    case 'notUnderstood':
    case 'denied':
      return outcome.message;
    case 'proposal':
      return 'the plan became another one in that moment.';
    default:
      return undefined;
  }
}

async function closeFor(round: Round, note: DrainNote, sentence: string): Promise<void> {
  if (!(await hold(round, note))) return;
  await close(round, note, sentence);
  await change(round, (journal) => withNote(journal, note, { closed: sentence, heldUntil: 0 }));
}

async function close({ options, service, did }: Round, note: DrainNote, sentence: string): Promise<void> {
  await options.courier.close(note, service, sentence);
  did(`closed the record of ${note.pod.name}: ${sentence}`);
}

/** For this tick alone: another one that overlaps, or a process that has ended the drain meanwhile, is seen by the journal. */
async function hold(round: Round, note: DrainNote): Promise<boolean> {
  let isOurs = false;
  await change(round, (journal) => {
    const now = round.house.now();
    const current = journal.drains.find(({ pod }) => pod.uid === note.pod.uid);
    const isBusy = underWay(journal).some(({ pod }) => pod.uid === note.pod.uid);
    isOurs =
      current !== undefined && !isBusy && (current.heldUntil ?? 0) <= now && current.reminder?.at === note.reminder?.at;
    return isOurs ? withNote(journal, note, { heldUntil: now + HOLD_MS }) : undefined;
  });
  return isOurs;
}

function withNote(journal: Journal, { pod: { uid } }: DrainNote, more: Partial<DrainNote>): Journal {
  return { ...journal, drains: journal.drains.map((note) => (note.pod.uid === uid ? { ...note, ...more } : note)) };
}

function change(
  { connection, service, house, options }: Round,
  how: (journal: Journal) => Journal | undefined,
): Promise<unknown> {
  return changeJournal(connection, service, how, patienceOf(house, options.deadline));
}
