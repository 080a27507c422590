import type { DrainNote } from '../../journal/entry.ts';
import { listCanaries } from '../canaries.ts';
import { endPods } from './agreed-end.ts';
import { isDue } from './drains.ts';
import { forget, hold, release } from './notes.ts';
import type { Round } from './round.ts';

const STOP = 'canary stop';

/**
 * Deletes the canaries whose time is over, those of one request together. The notes of the journal tell when, so that
 * nothing is listed before. If this fails, it is tried again less and less often, and Kubernetes ends the pods soon.
 */
export async function endCanaries(round: Round): Promise<void> {
  const { journal, house, connection, service, trouble } = round;
  const now = house.now();
  const due = journal.drains.filter(
    (note) => note.kind === 'canary' && untilOf(note) <= now && isDue(note, untilOf(note), now),
  );
  if (due.length === 0) return;
  const uids = (await listCanaries(connection, service)).map(({ pod }) => pod.uid);
  const groups = Map.groupBy(due, ({ id }) => id);
  await Promise.all([...groups.values()].map((notes) => endGroup(round, notes, uids).catch(trouble)));
}

function untilOf({ until = 0 }: DrainNote): number {
  return until;
}

async function endGroup(round: Round, notes: readonly DrainNote[], uids: readonly string[]): Promise<void> {
  const ours: DrainNote[] = [];
  for (const note of notes) {
    if (!(await hold(round, note))) continue;
    if (uids.includes(note.pod.uid)) ours.push(note);
    else await forget(round, note);
  }
  const [first] = ours;
  if (first === undefined) return;
  const until = untilOf(first);
  const pods = ours.map(({ pod }) => pod).sort((a, b) => (a.uid < b.uid ? -1 : 1));
  const why = await endPods(round, first, STOP, pods, until);
  if (why === 'done') return;
  const { service, options, house } = round;
  const isNews = first.reminder?.until !== until;
  const left = `${STOP} ${pods.map(({ name }) => name).join(' ')}`;
  if (isNews)
    await options.courier.close(first, service, { sentence: `Its time is over, but it was not deleted: ${why}`, left });
  for (const note of ours) {
    const count = note.reminder?.until === until ? note.reminder.count + 1 : 1;
    await release(round, note, { reminder: { until, count, at: house.now() } });
  }
}
