import { readPod } from '../../cluster/observe.ts';
import type { Answer, DrainNote, Journal } from '../../journal/entry.ts';
import { underWay } from '../../journal/journal.ts';
import { type DisabledRecord, DRAIN, DRAINED_FROM, type DrainRecord, readDrain } from '../../rotation/marks.ts';
import { podsIn } from '../../rotation/plan.ts';
import { isFinished } from '../../rotation/workload.ts';
import { personOf } from '../../text/words.ts';
import type { Asker } from '../asker.ts';
import type { Outcome } from '../outcome.ts';
import { doAsAgreed, whyNot } from './agreed-end.ts';
import type { Closing } from './courier.ts';
import { answered, endOf, forget, hold, isOf, type Marked, release, reopen, takeNotes } from './notes.ts';
import type { Round } from './round.ts';

/** The time to look at a pod and to tell people. */
const LEAST_MS = 3_000;
const HOUR_MS = 3_600_000;
const LONGEST_BETWEEN_MS = 24 * HOUR_MS;

/** Looks after every drained pod of the service, from its drain until it is restored, deleted, or its record is closed. */
export async function lookAfterDrains(round: Round): Promise<void> {
  const { journal, drained } = round;
  const marked = drained.flatMap((pod): Marked[] => {
    const drain = readDrain(pod);
    return drain.kind === 'record' ? [{ pod, record: drain.record }] : [];
  });
  const unknown = marked.filter((each) => !notesIn(journal).some((note) => isOf(note, each)));
  const taken = await takeNotes(round, unknown);
  const known = notesIn(journal).filter((note) => !unknown.some(({ pod }) => pod.uid === note.pod.uid));
  await lookAfterEach(round, [...known, ...taken], (note) => {
    const seen = marked.find(({ pod }) => pod.uid === note.pod.uid);
    return seen === undefined ? withoutRecord(round, note) : withRecord(round, note, seen);
  });
}

function notesIn({ drains }: Journal): readonly DrainNote[] {
  return drains.filter(({ kind }) => kind === undefined);
}

/** Looks after the pods that no operation works on, side by side. */
export async function lookAfterEach(
  round: Round,
  notes: readonly DrainNote[],
  look: (note: DrainNote) => Promise<void>,
): Promise<void> {
  const busy = new Set(underWay(round.journal).flatMap(({ subject }) => podsIn(subject).map(({ uid }) => uid)));
  await Promise.all(
    notes.map(async (note) => {
      // The next tick has more time.
      if (busy.has(note.pod.uid) || round.options.deadline - round.house.now() < LEAST_MS) return;
      try {
        await (note.answered === undefined ? look(note) : tellAnswer(round, note, note.answered));
      } catch (error) {
        round.trouble(error);
      }
    }),
  );
}

async function tellAnswer(round: Round, note: DrainNote, answer: Answer): Promise<void> {
  if (!(await hold(round, note))) return;
  await round.options.courier.answered(note, answer);
  await answered(round, note);
}

/** The pod is gone, or its marks were removed or edited by hand. */
async function withoutRecord(round: Round, note: DrainNote): Promise<void> {
  const { connection, service } = round;
  const pod = await readPod(connection, service.namespace, note.pod.name);
  const isThere = pod?.uid === note.pod.uid;
  if (isThere && pod.labels[DRAINED_FROM] !== undefined) {
    // It may have been marked since it was listed.
    if (readDrain(pod).kind === 'record' || note.closed !== undefined) return;
    const sentence = `Its record can't be read: the annotation ${DRAIN} was edited or removed by hand.`;
    await close(round, note, { sentence, left: `inspect ${pod.name}` });
    return;
  }
  // If Pitlane has restored or finished it since, that was reported, and the note is removed.
  if (!(await hold(round, note))) return;
  const sentence = isThere ? 'Its marks were removed by hand.' : 'It is gone: it was deleted, or its node was lost.';
  if (note.closed === undefined) await tell(round, note, { sentence });
  await forget(round, note);
}

async function withRecord(round: Round, note: DrainNote, { pod, record }: Marked): Promise<void> {
  if (pod.deletedAt !== undefined) return;
  const isClosed = note.closed !== undefined;
  // A pod that is to be finished automatically is finished in any state.
  if (isFinished(pod) && record.then !== 'finish') {
    const sentence = `It has ended (${pod.status}) and will never take traffic again.`;
    if (!isClosed) await close(round, note, { sentence, left: `finish ${pod.name}` });
    return;
  }
  const now = round.house.now();
  const until = laterEnd(note, record);
  if (!isClosed && until !== undefined && until <= now && isDue(note, until, now)) {
    if (await hold(round, note)) await atItsEnd(round, note, { pod, record }, until);
    return;
  }
  // Owners and the service are checked less often.
  if (!round.isThorough) return;
  const foreseen = await foresee(round, 'restore', note, { pod, record });
  const never = whyNeverBack(note, record, foreseen);
  if (never !== undefined && !isClosed) await close(round, note, never);
  if (never === undefined && isClosed && foreseen.kind !== 'failed') await reopen(round, note);
}

/** The end of the time; undefined: it has none. A mark may give more time than the journal knows of, but never less. */
function laterEnd({ until = 0 }: DrainNote, record: DrainRecord): number | undefined {
  const end = endOf(record);
  return end === undefined ? undefined : Math.max(end, until);
}

/** First at the end of the time, then after one hour, two, four …, and at most once a day. */
export function isDue({ reminder }: DrainNote, until: number, now: number): boolean {
  if (reminder?.until !== until) return true;
  return now - reminder.at >= Math.min(LONGEST_BETWEEN_MS, HOUR_MS * 2 ** (reminder.count - 1));
}

/** Restores or finishes the pod if that was agreed, or else asks a person. The note is held. */
async function atItsEnd(round: Round, note: DrainNote, marked: Marked, until: number): Promise<void> {
  const foreseen = await foresee(round, 'restore', note, marked);
  const never = whyNeverBack(note, marked.record, foreseen);
  if (never !== undefined) return closeHeld(round, note, never);
  const instead = await doAsAgreed(round, note, marked, until);
  if (instead === 'done') return;
  // The person learns before pressing the button that a restore would be refused.
  const reason = instead ?? (NOT_BACK_NOW.has(foreseen.kind) ? whyNot(foreseen) : undefined);
  await remind(round, note, marked, until, reason, foreseen.kind === 'notUnderstood');
}

/** Asks a person. The note is held. */
export async function remind(
  round: Round,
  note: DrainNote,
  marked: Marked<DrainRecord | DisabledRecord>,
  until: number,
  reason: string | undefined,
  isServiceGone = false,
): Promise<void> {
  const { service, options, house, did } = round;
  const gone = isServiceGone && { isServiceGone };
  const told = await options.courier.remind({
    note,
    service,
    ...marked,
    ...(reason !== undefined && { reason }),
    ...gone,
  });
  const count = note.reminder?.until === until ? note.reminder.count + 1 : 1;
  const message = typeof told === 'object' && { message: { channel: told.channel, ts: told.ts } };
  await release(round, note, { reminder: { until, count, at: house.now(), ...message } });
  const what = told === undefined ? 'no person to remind' : 'reminded';
  did(`${what} of ${marked.pod.name} (${count})${reason === undefined ? '' : `: ${reason}`}`);
}

export async function foresee(
  { pitlane, service, options }: Round,
  command: string,
  note: DrainNote,
  { pod, record }: Marked<DrainRecord | DisabledRecord>,
): Promise<Outcome> {
  const request = { command, service: service.key, pods: [pod.name], dryRun: false, force: false };
  const asker: Asker = { ...personOf(note), role: 'operator', requestId: `look at ${record.id}` };
  return pitlane.propose(request, asker, { deadline: options.deadline });
}

/** `notUnderstood`: the Service was deleted. It may come back, and until then the pod can be finished. */
const NOT_BACK_NOW: ReadonlySet<Outcome['kind']> = new Set(['refusal', 'notUnderstood']);

const NEVER = new Set(['OwnerGone', 'OwnerBeingDeleted']);

/** The reason why the pod can never be restored, if that is still wanted. Undefined: it can be, now or later. */
function whyNeverBack({ pod }: DrainNote, { then }: DrainRecord, foreseen: Outcome): Closing | undefined {
  if (foreseen.kind !== 'refusal' || then === 'finish') return undefined;
  const never = foreseen.checks.find(({ level, code }) => level === 'refusal' && NEVER.has(code));
  return never && { sentence: never.message, left: `finish ${pod.name}` };
}

/** Ends the reminders, and tells the reason once. */
async function close(round: Round, note: DrainNote, closing: Closing): Promise<void> {
  if (await hold(round, note)) await closeHeld(round, note, closing);
}

async function closeHeld(round: Round, note: DrainNote, closing: Closing): Promise<void> {
  await tell(round, note, closing);
  await release(round, note, { closed: closing.sentence });
}

export async function tell({ options, service, did }: Round, note: DrainNote, closing: Closing): Promise<void> {
  await options.courier.close(note, service, closing);
  did(`closed the record of ${note.pod.name}: ${closing.sentence}`);
}
