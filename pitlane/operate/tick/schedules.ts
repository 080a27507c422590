import { NotFound } from '../../cluster/errors.ts';
import { changeJournal } from '../../cluster/journal.ts';
import { SERVICES } from '../../cluster/resource.ts';
import { MOST_PODS } from '../../command/rules.ts';
import type { Journal, JournalEntry, PastChange, ScheduleNote } from '../../journal/entry.ts';
import { underWay } from '../../journal/journal.ts';
import { operationNamed } from '../../operations/table.ts';
import { gatedMembers, stragglersOf } from '../../rotation/gate.ts';
import { gateOf } from '../../rotation/gate-record.ts';
import { podsIn } from '../../rotation/plan.ts';
import { namesKey, schedulesOf, scheduleText } from '../../rotation/schedule.ts';
import { type Assigned, assign, type Level, lastEdge, levelAt } from '../../rotation/schedule-level.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { list } from '../../text/words.ts';
import { operatorOf } from './gates.ts';
import { holdSchedule, isServiceBusy, replaceNote } from './held-notes.ts';
import { isMinuteOf } from './minutes.ts';
import type { Round } from './round.ts';
import { askerOf, changePods, type Problem } from './schedule-change.ts';

/** The time to look at the pods and to change some. */
const LEAST_MS = 3_000;
/** How often a schedule that can't be kept is tried again, once people are told. */
const RETRY_EVERY_MINUTES = 5;

/**
 * Makes every pod of the service as its schedules want it. A level, not an edge: a time that no tick has seen is made up
 * for. A pod that a person has changed since the edge stays as it is until the next one. Between the edges nothing is
 * requested, or only what the gate needs anyway; every ten minutes the pods are checked.
 */
export async function keepSchedules(round: Round): Promise<void> {
  const { journals, journal, house, service, options } = round;
  for (const key of journals?.schedules.unreadable ?? [])
    round.trouble(new Error(`${key} is not a schedule that this version of Pitlane can read.`));
  const schedules = schedulesOf(service.policy, journals?.schedules);
  const ids = new Set(schedules.map(({ id }) => id));
  if (journal.schedules.some(({ id }) => !ids.has(id))) await forgetOthers(round, ids);
  const now = house.now();
  const levels = schedules.flatMap((schedule) => levelAt(schedule, now) ?? []);
  const isDue = journal.gates.length > 0 || round.isThorough;
  const seenAt = lastEdge(levels);
  const isNeeded = levels.length > 0 && (isDue || levels.some((level) => isOpen(journal, level, seenAt, now)));
  if (isServiceBusy(journal) || !isNeeded || options.deadline - now < LEAST_MS) return;
  const found = await look(round, levels);
  if (found.kind === 'problem') {
    for (const level of levels) await tell(round, level, found, seenAt).catch(round.trouble);
    return;
  }
  const { assigned, contradicting, snapshot, byGate } = found;
  for (const level of byGate) await tell(round, level, SELECTOR_NAMES_GATE, seenAt).catch(round.trouble);
  for (const level of contradicting)
    await tell(round, level, contradiction(contradicting), seenAt).catch(round.trouble);
  // Pods that come in first let more pods go.
  const inOrder = [...assigned].sort((a, b) => Number(a.level.does === 'disable') - Number(b.level.does === 'disable'));
  for (const each of inOrder) await keep(round, snapshot, each, seenAt).catch(round.trouble);
}

/** Forgets the schedules that are gone. */
async function forgetOthers({ connection, service, patience }: Round, ids: ReadonlySet<string>): Promise<void> {
  const change = (journal: Journal): Journal | undefined => {
    const schedules = journal.schedules.filter(({ id }) => ids.has(id));
    return schedules.length === journal.schedules.length ? undefined : { ...journal, schedules };
  };
  await changeJournal(connection, service, change, patience);
}

/** The note of the level, unless an edge has come since. */
function noteOf({ schedules }: Journal, { schedule, since }: Level): ScheduleNote | undefined {
  return schedules.find((note) => note.id === schedule.id && note.since >= since);
}

/** Pods may have to be changed, as far as is known. */
function isOpen(journal: Journal, level: Level, seenAt: number, now: number): boolean {
  const note = noteOf(journal, level);
  if (note === undefined || note.seenAt !== seenAt) return true;
  return note.isSettled !== true && (note.told === undefined || isMinuteOf(RETRY_EVERY_MINUTES, now));
}

const SELECTOR_NAMES_GATE: Problem = {
  kind: 'problem',
  code: 'SelectorNamesGate',
  reason: 'Its selector asks for the gate label, which a disabled pod lacks. Select the pods by another label.',
};

interface Seen extends ReturnType<typeof assign> {
  readonly kind: 'found';
  readonly snapshot: Snapshot;
  /** Levels whose selector names the gate: they are not followed. */
  readonly byGate: readonly Level[];
}

type Found = Problem | Seen;

async function look(round: Round, levels: readonly Level[]): Promise<Found> {
  const { service, journal } = round;
  const [gateNote] = journal.gates;
  const asker = gateNote ?? askerOf(round, (levels[0] as Level).schedule);
  try {
    const connection = await operatorOf(round, asker);
    const { snapshot } = await round.survey(connection, service.policy.gate);
    const gate = gateOf(snapshot.service, snapshot.policy);
    if (gate === undefined)
      return {
        kind: 'problem',
        code: 'NoGate',
        reason: `${snapshot.service.name} has no gate, so no pod can be enabled or disabled. Set one up with gate on.`,
      };
    // The gate's own care labels stragglers first.
    const late = new Set(gateNote === undefined ? [] : stragglersOf(snapshot).map(({ uid }) => uid));
    const pods = gatedMembers(snapshot).flatMap(({ pod }) => (late.has(pod.uid) ? [] : [pod]));
    const byGate = levels.filter(({ schedule }) => namesKey(schedule, gate.key));
    const others = levels.filter((level) => !byGate.includes(level));
    return { kind: 'found', snapshot, byGate, ...assign(pods, gate, others) };
  } catch (error) {
    if (!(error instanceof NotFound && error.site.place.resource === SERVICES)) throw error;
    return { kind: 'problem', code: 'ServiceGone', reason: `Service ${service.service} does not exist.` };
  }
}

function contradiction(levels: readonly Level[]): Problem {
  const ids = list(levels.map(({ schedule }) => schedule.id).sort());
  const reason = `Schedules ${ids} want opposite things of the same pods since the same time, so none is followed for these pods.`;
  return { kind: 'problem', code: `Contradiction ${ids}`, reason };
}

/** Makes the pods of a level as it wants them. */
async function keep(
  round: Round,
  snapshot: Snapshot,
  { level, asWanted, others }: Assigned,
  seenAt: number,
): Promise<void> {
  const { journals, journal, house, options } = round;
  const before = journal.schedules.find(({ id }) => id === level.schedule.id);
  const known = noteOf(journal, level);
  const { seen: seenBefore = [], told } = known ?? {};
  const there = new Set(snapshot.pods.map(({ uid }) => uid));
  const seen = [...new Set([...seenBefore, ...asWanted.map(({ uid }) => uid)])].filter((uid) => there.has(uid));
  const left = others.filter(({ uid }) => !seen.includes(uid) && !isChangedByPerson(journal, uid, level.since));
  const isTime = told === undefined || isMinuteOf(RETRY_EVERY_MINUTES, house.now());
  const pending = isTime ? left.filter(({ uid }) => !isBusy(journal, uid)) : [];
  if (pending.length === 0 || options.deadline - house.now() < LEAST_MS) {
    const isSettled = left.length === 0;
    const isNews = isSettled !== (known?.isSettled ?? false) || seen.some((uid) => !seenBefore.includes(uid));
    const note = noteFor(level, { seen, told, isSettled, seenAt });
    if ((known?.seenAt !== seenAt || isNews) && (before?.heldUntil ?? 0) <= house.now())
      await replaceNote(round, 'schedules', before, note, journals?.journal);
    return;
  }
  const held = await holdSchedule(round, before, noteFor(level, { seen, told, seenAt }));
  if (held === undefined) return;
  const { changed, problem } = await changePods(round, level, pending.slice(0, MOST_PODS));
  const news = { seen: [...seen, ...changed], told: await tellOnce(round, level, told, problem), seenAt };
  await replaceNote(round, 'schedules', held, noteFor(level, news));
}

function noteFor(
  { schedule: { id }, since }: Level,
  { seen, told, seenAt, isSettled }: Pick<ScheduleNote, 'seen' | 'seenAt' | 'told'> & { readonly isSettled?: boolean },
): ScheduleNote {
  return { id, since, seenAt, seen, ...(told && { told }), ...(isSettled && { isSettled }) };
}

function isBusy(journal: Journal, uid: string): boolean {
  return underWay(journal).some(({ subject }) => podsIn(subject).some((pod) => pod.uid === uid));
}

/** By command, since then: a person's act wins until the next edge. */
function isChangedByPerson({ operations, history }: Journal, uid: string, since: number): boolean {
  const isAct = ({ request, subject, at }: Pick<PastChange, 'request' | 'subject' | 'at'>) =>
    at >= since &&
    request.bySchedule === undefined &&
    operationNamed(request.command).lookedAfter === 'disabled' &&
    podsIn(subject).some((pod) => pod.uid === uid);
  const hasChanged = ({ ended, leftOut, written }: JournalEntry) =>
    !leftOut?.includes(uid) &&
    (ended === undefined || ended.kind === 'done' || written?.some((key) => key.endsWith(` ${uid}`)) === true);
  return operations.some((entry) => isAct(entry) && hasChanged(entry)) || history.some(isAct);
}

/** Tells people of a problem that is not of single pods, if it is news. */
async function tell(round: Round, level: Level, problem: Problem, seenAt: number): Promise<void> {
  const { journal } = round;
  const before = journal.schedules.find(({ id }) => id === level.schedule.id);
  const { seen = [], told } = noteOf(journal, level) ?? {};
  if (told?.includes(problem.code)) return;
  const held = await holdSchedule(round, before, noteFor(level, { seen, told, seenAt }));
  if (held === undefined) return;
  const news = { seen, told: await tellOnce(round, level, told, problem), seenAt };
  await replaceNote(round, 'schedules', held, noteFor(level, news));
}

/** Returns the codes that are told then. If it can't be told now, the next tick tries again. */
async function tellOnce(
  { options, service, did, trouble }: Round,
  { schedule }: Level,
  told: ScheduleNote['told'],
  problem: Problem | undefined,
): Promise<ScheduleNote['told']> {
  if (problem === undefined || told?.includes(problem.code)) return told;
  const { code, reason } = problem;
  try {
    await options.courier.scheduleFailed({ schedule, service, reason, retryMinutes: RETRY_EVERY_MINUTES });
  } catch (error) {
    trouble(error);
    return told;
  }
  did(`schedule ${schedule.id} (${scheduleText(schedule)}): ${code}: ${reason}`);
  return [...(told ?? []), code];
}
