import { readPod } from '../../cluster/observe.ts';
import type { DrainNote } from '../../journal/entry.ts';
import { isSameNote } from '../../journal/journal.ts';
import { type DisabledRecord, disabledRecordOn } from '../../rotation/marks.ts';
import { type Schedule, schedulesOf } from '../../rotation/schedule.ts';
import { levelAt, levelOfPod } from '../../rotation/schedule-level.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { endPods } from './agreed-end.ts';
import { foresee, isDue, lookAfterEach, remind, tell } from './drains.ts';
import { endOf, forget, hold, isProven, type Marked, postpone, takeNotes } from './notes.ts';
import type { Round } from './round.ts';

/** The service has nothing any more that a pod could be enabled in. */
const NEVER = new Set(['NoGate', 'ServiceSelectsNothing']);

/**
 * Enables every disabled pod of the service whose time is up. Disabled pods have no label to list them by, so their notes
 * say when to look at them. The end of a pod that is drained as well waits until it is restored.
 */
export async function lookAfterDisabled(round: Round): Promise<void> {
  const { journal, drained } = round;
  const { drains } = journal;
  const unknown = drained.flatMap((pod): Marked<DisabledRecord>[] => {
    const record = disabledRecordOn(pod);
    if (record?.until === undefined || (record.service ?? round.service.service) !== round.service.service) return [];
    return drains.some((own) => isSameNote(own, { pod, kind: 'disabled' })) ? [] : [{ pod, record }];
  });
  await takeNotes(round, unknown);
  const notes = drains.filter(
    ({ kind, pod: { uid } }) => kind === 'disabled' && !drained.some((pod) => pod.uid === uid),
  );
  await lookAfterEach(round, notes, (note) => lookAfter(round, note));
}

async function lookAfter(round: Round, note: DrainNote): Promise<void> {
  const { connection, service, did, house } = round;
  const now = house.now();
  const { until: noted = 0, reminder } = note;
  if (noted > now || !isDue(note, reminder?.until ?? noted, now)) return;
  const pod = await readPod(connection, service.namespace, note.pod.name);
  const record = pod?.uid === note.pod.uid ? disabledRecordOn(pod) : undefined;
  if (pod === undefined || record === undefined) {
    if (!(await hold(round, note))) return;
    await forget(round, note);
    const why = pod?.uid === note.pod.uid ? 'its mark was removed or edited by hand' : 'it is gone';
    return did(`did not enable ${note.pod.name}: ${why}`);
  }
  if (pod.deletedAt !== undefined) return;
  const until = endOf(record);
  if (until === undefined) return forget(round, note);
  if (until > now) return postpone(round, note, until);
  const schedule = scheduleKeeping(round, pod, record);
  if (schedule !== undefined) {
    if (await hold(round, note)) await forget(round, note);
    return did(`did not enable ${pod.name}: schedule ${schedule.id} disables it since then`);
  }
  if (await hold(round, note)) await atItsEnd(round, note, { pod, record }, until);
}

/** The schedule that wants the pod disabled since it was disabled. It enables the pod at its own end. */
function scheduleKeeping({ service, journals, house }: Round, pod: Pod, { at }: DisabledRecord): Schedule | undefined {
  const now = house.now();
  const levels = schedulesOf(service.policy, journals?.schedules).flatMap((each) => levelAt(each, now) ?? []);
  const { level, since = 0 } = levelOfPod(pod, levels);
  return level?.does === 'disable' && since >= Date.parse(at) ? level.schedule : undefined;
}

/** Enables the pod, or else asks a person. The note is held. */
async function atItsEnd(round: Round, note: DrainNote, marked: Marked<DisabledRecord>, until: number): Promise<void> {
  const foreseen = await foresee(round, 'enable', note, marked);
  const never = foreseen.kind === 'refusal' ? foreseen.checks.find(({ code }) => NEVER.has(code))?.message : undefined;
  // The Service is gone, or the pod no longer belongs to it.
  const sentence = foreseen.kind === 'notUnderstood' ? foreseen.message : never;
  if (sentence !== undefined) {
    await tell(round, note, { sentence });
    return forget(round, note);
  }
  // Tried once for each end: after a failure people decide.
  const isTried = note.reminder?.until === until || !isProven(note, marked);
  const why = isTried ? undefined : await endPods(round, note, 'enable', [marked.pod], until);
  if (why === 'done') return;
  await remind(round, note, marked, until, why && `It was not enabled automatically: ${why}`);
}
