import { NotFound } from '../../cluster/errors.ts';
import { SERVICES } from '../../cluster/resource.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { MOST_PODS } from '../../command/rules.ts';
import { EMPTY_JOURNAL, type Journal, type ScheduleNote } from '../../journal/entry.ts';
import { underWay } from '../../journal/journal.ts';
import { operationNamed } from '../../operations/table.ts';
import { gatedMembers } from '../../rotation/gate.ts';
import { gateOf } from '../../rotation/gate-record.ts';
import { podsChanged, podsIn } from '../../rotation/plan.ts';
import { type Schedule, schedulesOf, scheduleText } from '../../rotation/schedule.ts';
import { type Assigned, assign, type Level, levelAt } from '../../rotation/schedule-level.ts';
import type { Pod, Snapshot } from '../../rotation/snapshot.ts';
import { hash64 } from '../../text/hash.ts';
import { list } from '../../text/words.ts';
import type { Asker } from '../asker.ts';
import type { ChangeOutcome } from '../outcome.ts';
import { onlyOnceBegun, whyNot } from './agreed-end.ts';
import { operatorOf } from './gates.ts';
import type { Round } from './round.ts';
import { forgetSchedules, holdSchedule, writeSchedule } from './schedule-notes.ts';

/** The time to look at the pods and to change some. */
const LEAST_MS = 3_000;
/** How often the pods of a service are checked between the edges, if no gate is looked after each minute. */
const THOROUGH_EVERY_MINUTES = 10;
/** How often a schedule that can't be kept is tried again, once people are told. */
const RETRY_EVERY_MINUTES = 5;
/** The person of a schedule in the configuration. */
const CONFIGURED_BY = 'pitlane.yaml';

/**
 * Makes every pod of the service as its schedules want it. A level, not an edge: a time that no tick has seen is made up
 * for. A pod that a person has changed since the edge stays as it is until the next one. Between the edges nothing is
 * requested, or only what the gate needs anyway; every ten minutes the pods are checked.
 */
export async function keepSchedules(round: Round): Promise<void> {
  const { journals, house, service, options } = round;
  const journal = journals?.journal?.journal ?? EMPTY_JOURNAL;
  for (const key of journals?.schedules.unreadable ?? [])
    round.trouble(new Error(`${key} is no schedule that this version of Pitlane can read.`));
  const schedules = schedulesOf(service.policy, journals?.schedules);
  const ids = new Set(schedules.map(({ id }) => id));
  if (journal.schedules.some(({ id }) => !ids.has(id))) await forgetSchedules(round, ids);
  const now = house.now();
  const levels = schedules.flatMap((schedule) => levelAt(schedule, now) ?? []);
  const isBusy = underWay(journal).some(({ subject }) => subject.kind === 'service');
  const isThorough = journal.gates.length > 0 || isMinuteOf(THOROUGH_EVERY_MINUTES, now);
  const isNeeded = levels.length > 0 && (isThorough || levels.some((level) => isOpen(noteOf(journal, level), now)));
  if (isBusy || !isNeeded || options.deadline - now < LEAST_MS) return;
  const found = await look(round, levels);
  if (found.kind === 'problem') {
    for (const level of levels) await tell(round, level, found);
    return;
  }
  const { assigned, contradicting, snapshot } = found;
  for (const level of contradicting) await tell(round, level, contradiction(contradicting));
  // Pods that come in first let more pods go.
  const inOrder = [...assigned].sort((a, b) => Number(a.level.does === 'disable') - Number(b.level.does === 'disable'));
  for (const each of inOrder) if (!contradicting.includes(each.level)) await keep(round, snapshot, each);
}

function noteOf({ schedules }: Journal, { schedule, since }: Level): ScheduleNote | undefined {
  return schedules.find((note) => note.id === schedule.id && note.since === since);
}

/** Pods may have to be changed, as far as is known. */
function isOpen(note: ScheduleNote | undefined, now: number): boolean {
  return note?.isSettled !== true && (note?.told === undefined || isMinuteOf(RETRY_EVERY_MINUTES, now));
}

function isMinuteOf(minutes: number, now: number): boolean {
  return new Date(now).getUTCMinutes() % minutes === 0;
}

/** Why pods are not as they should be. */
interface Problem {
  readonly kind: 'problem';
  /** People are told once of each until the next edge. */
  readonly code: string;
  readonly reason: string;
}

type Found = Problem | ({ readonly kind: 'found'; readonly snapshot: Snapshot } & ReturnType<typeof assign>);

async function look(round: Round, levels: readonly Level[]): Promise<Found> {
  const { service, journals } = round;
  const [gateNote] = journals?.journal?.journal.gates ?? [];
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
    const pods = gatedMembers(snapshot).map(({ pod }) => pod);
    return { kind: 'found', snapshot, ...assign(pods, gate, levels) };
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

function askerOf({ service }: Round, { id, added }: Schedule): Pick<Asker, 'by' | 'report'> & { readonly id: string } {
  const channel = service.channel ?? added?.report?.channel;
  return { id, by: added?.by ?? CONFIGURED_BY, ...(channel !== undefined && { report: { channel } }) };
}

/** Makes the pods of a level as it wants them. */
async function keep(round: Round, snapshot: Snapshot, { level, asWanted, others }: Assigned): Promise<void> {
  const { journals, house, options } = round;
  const journal = journals?.journal?.journal ?? EMPTY_JOURNAL;
  const before = journal.schedules.find(({ id }) => id === level.schedule.id);
  const known = noteOf(journal, level);
  const { heldUntil: _, ...note } = known ?? { id: level.schedule.id, since: level.since, seen: [] };
  const busy = new Set(underWay(journal).flatMap(({ subject }) => podsIn(subject).map(({ uid }) => uid)));
  const left = others.filter(({ uid }) => !note.seen.includes(uid) && !isChangedByPerson(journal, uid, level.since));
  const isTime = note.told === undefined || isMinuteOf(RETRY_EVERY_MINUTES, house.now());
  const pending = isTime ? left.filter(({ uid }) => !busy.has(uid)) : [];
  const there = new Set(snapshot.pods.map(({ uid }) => uid));
  const seen = [...new Set([...note.seen, ...asWanted.map(({ uid }) => uid)])].filter((uid) => there.has(uid));
  if (pending.length === 0 || options.deadline - house.now() < LEAST_MS) {
    const { isSettled: __, ...rest } = note;
    const wanted = { ...rest, seen, ...(left.length === 0 && { isSettled: true as const }) };
    const isNews =
      known === undefined || wanted.isSettled !== note.isSettled || seen.some((uid) => !note.seen.includes(uid));
    if (isNews && (before?.heldUntil ?? 0) <= house.now())
      await writeSchedule(round, before, wanted, journals?.journal);
    return;
  }
  const held = await holdSchedule(round, before, { ...note, seen });
  if (held === undefined) return;
  const { changed, problem } = await change(round, level, pending.slice(0, MOST_PODS));
  const told = await tellOnce(round, level, held.told ?? [], problem);
  const { heldUntil: ___, isSettled: ____, ...rest } = held;
  await writeSchedule(round, held, { ...rest, seen: [...seen, ...changed], ...(told.length > 0 && { told }) });
}

/** By command, since then: a person's act wins until the next edge. */
function isChangedByPerson({ operations, history }: Journal, uid: string, since: number): boolean {
  return [...operations, ...history].some(
    ({ request, subject, at, ended }) =>
      at >= since &&
      request.bySchedule === undefined &&
      operationNamed(request.command).lookedAfter === 'disabled' &&
      (ended === undefined || ended.kind === 'done') &&
      podsIn(subject).some((pod) => pod.uid === uid),
  );
}

/** Carries the level out, once for these pods and this edge. */
async function change(
  round: Round,
  level: Level,
  pods: readonly Pod[],
): Promise<{ readonly changed: readonly string[]; readonly problem?: Problem }> {
  const { pitlane, service, options, did } = round;
  const { schedule, does, since } = level;
  const names = pods.map(({ name }) => name);
  const request: ChangeRequest = {
    command: does,
    service: service.key,
    pods: names,
    because:
      schedule.because === undefined
        ? `schedule ${schedule.id}`
        : `${schedule.because.slice(0, 470)} (schedule ${schedule.id})`,
    bySchedule: schedule.id,
    dryRun: false,
    force: false,
  };
  const { by, report } = askerOf(round, schedule);
  const uids = hash64(
    pods
      .map(({ uid }) => uid)
      .sort()
      .join(' '),
  ).toString(16);
  const asker: Asker = {
    by,
    role: 'operator',
    requestId: `schedule ${schedule.id} ${since} ${uids}`,
    ...(report && { report }),
  };
  const reporter = options.courier.reporterOf({ id: schedule.id, by, ...(report && { report }) }, service);
  const outcome = await pitlane.carryOut(request, asker, {
    deadline: options.deadline,
    reporter: onlyOnceBegun(reporter),
  });
  if (hasBegun(outcome)) did(`schedule ${schedule.id}: ${does} ${list(names)}: ${outcome.kind}`);
  return resultOf(outcome, pods);
}

function resultOf(outcome: ChangeOutcome, pods: readonly Pod[]): Awaited<ReturnType<typeof change>> {
  switch (outcome.kind) {
    case 'done':
      return { changed: podsChanged(outcome.plan).map(({ uid }) => uid) };
    // It has a report of its own, and is continued.
    case 'unfinished':
    case 'running':
    case 'repeated':
      return { changed: [] };
    default: {
      // People have its report, and decide until the next edge.
      if (hasBegun(outcome)) return { changed: pods.map(({ uid }) => uid) };
      const checks =
        outcome.kind === 'refusal' ? outcome.checks : outcome.kind === 'proposal' ? outcome.plan.checks : [];
      const codes = checks.filter(({ level }) => level !== 'ok').map(({ code }) => code);
      const code = [outcome.kind, ...new Set(codes)].join(' ');
      return { changed: [], problem: { kind: 'problem', code, reason: whyNot(outcome) } };
    }
  }
}

/** It has a report. */
function hasBegun(outcome: ChangeOutcome): boolean {
  if (outcome.kind === 'done' || outcome.kind === 'unfinished') return true;
  return outcome.kind === 'cancelled' || (outcome.kind === 'failed' && outcome.operation !== undefined);
}

/** Tells people of a problem that has no pods, if it is news. */
async function tell(round: Round, level: Level, problem: Problem): Promise<void> {
  const journal = round.journals?.journal?.journal ?? EMPTY_JOURNAL;
  const before = journal.schedules.find(({ id }) => id === level.schedule.id);
  const note = noteOf(journal, level) ?? { id: level.schedule.id, since: level.since, seen: [] };
  if (note.told?.includes(problem.code)) return;
  const held = await holdSchedule(round, before, note);
  if (held === undefined) return;
  const told = await tellOnce(round, level, held.told ?? [], problem);
  const { heldUntil: _, ...rest } = held;
  await writeSchedule(round, held, { ...rest, told });
}

/** Returns the codes that are told then. */
async function tellOnce(
  { options, service, did }: Round,
  { schedule }: Level,
  told: readonly string[],
  problem: Problem | undefined,
): Promise<readonly string[]> {
  if (problem === undefined || told.includes(problem.code)) return told;
  await options.courier.scheduleFailed({
    schedule,
    service,
    reason: problem.reason,
    retryMinutes: RETRY_EVERY_MINUTES,
  });
  did(`schedule ${schedule.id} (${scheduleText(schedule)}): ${problem.code}: ${problem.reason}`);
  return [...told, problem.code];
}
