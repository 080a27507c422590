import { againstMinimum, desiredPods } from '../../rotation/capacity.ts';
import { cronFault, type Fault, timeZoneFault } from '../../rotation/cron.ts';
import { gatedMembers, workloadsOf } from '../../rotation/gate.ts';
import { gateOf, hasGateLabel } from '../../rotation/gate-record.ts';
import { inRotation } from '../../rotation/membership.ts';
import { type Checker, checkSelector, refusal, warning } from '../../rotation/safety.ts';
import { namesKey, type Schedule, scheduleText, selectionText } from '../../rotation/schedule.ts';
import { levelAt, nextLevel, timeIn } from '../../rotation/schedule-level.ts';
import type { Pod, Snapshot } from '../../rotation/snapshot.ts';
import { resolvePod } from '../../rotation/target.ts';
import { count, idAndName, list, quote, time } from '../../text/words.ts';
import { format } from '../commands.ts';
import { contradiction, isAboutSame, overlap } from './conflicts.ts';
import type { ScheduleAddRequest } from './schedule.ts';
import { hasTimes, type ScheduleView, schedulesIn } from './view.ts';

/** The command with other values. */
function retyped({ operation }: ScheduleView, change: Partial<ScheduleAddRequest>): string {
  return format({ ...operation.request, ...change });
}

const checkTimes: Checker<ScheduleView> = (view) => {
  const { cron, tz } = view.schedule;
  const found = (code: string, fault: Fault | undefined, change: (instead: string) => Partial<ScheduleAddRequest>) =>
    fault &&
    refusal(
      code,
      fault.message,
      fault.instead === undefined ? 'help schedule add' : retyped(view, change(fault.instead)),
    );
  return [
    found('InvalidCron', cronFault(cron), (instead) => ({ cron: instead })),
    found('UnknownTimeZone', timeZoneFault(tz), (instead) => ({ tz: instead })),
  ];
};

const checkGate: Checker<ScheduleView> = ({ snapshot: { service, policy } }) =>
  gateOf(service, policy) === undefined &&
  refusal('NoGate', `${service.name} has no gate, so no pod can be enabled or disabled. Set one up first.`, 'gate on');

/** Without them, it is unknown what contradicts the new one. */
const checkSeen: Checker<ScheduleView> = ({ snapshot: { schedules } }) =>
  schedules?.kind === 'notSeen' && refusal('SchedulesNotSeen', `The schedules can't be read. ${schedules.why}`);

const checkPods: Checker<ScheduleView> = (view) => {
  const { snapshot, operation, schedule } = view;
  const { pods: typed, selector, node } = operation.request;
  if (typed === undefined && selector === undefined && node === undefined) {
    const text = `A schedule needs pods: names, -l selector or --node name.`;
    return refusal('NoPods', text, retyped(view, { selector: 'track=canary' }));
  }
  const members = gatedMembers(snapshot).map(({ pod }) => pod);
  return (schedule.pods ?? []).map((name) => {
    const found = resolvePod(name, members);
    if (found.kind === 'found') return undefined;
    const names = found.kind === 'unknown' ? found.nearest : found.candidates.map((pod) => pod.name);
    const which = found.kind === 'unknown' ? 'No pod' : 'More than one pod';
    const others = names.length === 0 ? '' : ` ${found.kind === 'unknown' ? 'Nearest' : 'Found'}: ${list(names)}.`;
    const text = `${which} of ${snapshot.service.name} is called ${quote(name)}.${others}`;
    return refusal(found.kind === 'unknown' ? 'UnknownPod' : 'AmbiguousPod', text, 'list');
  });
};

/** A disabled pod lacks the gate label, so it would no longer match. */
const checkSelectorKey: Checker<ScheduleView> = ({ snapshot: { service, policy }, schedule }) => {
  const gate = gateOf(service, policy);
  if (gate === undefined || !namesKey(schedule, gate.key)) return undefined;
  const text = `${selectionText(schedule)} asks for the gate label ${gate.key}, which changes when pods are enabled and disabled. Select them by another label.`;
  return refusal('SelectorNamesGate', text, 'list');
};

const checkKnown: Checker<ScheduleView> = ({ schedule, others }) => {
  const same = others.find(({ id }) => id === schedule.id);
  if (same === undefined) return undefined;
  const { added } = same;
  const origin =
    added === undefined ? '. It stands in pitlane.yaml.' : `: added by ${idAndName(added)} at ${time(added.at)}.`;
  return refusal('AlreadyScheduled', `Schedule ${same.id} does that already${origin}`, 'schedule list');
};

export const serviceChecks: readonly Checker<ScheduleView>[] = [checkSelector];

export const identityChecks: readonly Checker<ScheduleView>[] = [
  checkTimes,
  checkGate,
  checkSeen,
  checkPods,
  checkSelectorKey,
  checkKnown,
];

const checkContradiction: Checker<ScheduleView> = ({ snapshot, schedule, others, operation: { at: now } }) =>
  comparable(snapshot, schedule, others).map((other) => {
    const found = contradiction(schedule, other, now);
    if (!found) return undefined;
    const text = `Schedule ${other.id} contradicts it: ${scheduleText(other)}. At ${timeIn(schedule.tz, found.at)} (${schedule.tz}) the one would enable and the other disable the same pods.`;
    return refusal('Contradiction', text, other.added === undefined ? 'schedule list' : `schedule remove ${other.id}`);
  });

const checkOverlap: Checker<ScheduleView> = ({ snapshot, schedule, others, operation: { at: now } }) =>
  comparable(snapshot, schedule, others).map((other) => {
    const found = overlap(schedule, other, now);
    if (!found) return undefined;
    const text = `Schedule ${other.id} wants the opposite at the same time, first at ${timeIn(schedule.tz, found.at)} (${schedule.tz}): ${scheduleText(other)}. The one that began last wins.`;
    return warning('Overlap', text);
  });

function comparable(snapshot: Snapshot, schedule: Schedule, others: readonly Schedule[]): readonly Schedule[] {
  const pods = gatedMembers(snapshot).map(({ pod }) => pod);
  return others.filter((other) => hasTimes(other) && isAboutSame(schedule, other, pods));
}

const checkMatches: Checker<ScheduleView> = ({ snapshot: { service }, schedule, pods }) => {
  if (pods.length === 0)
    return warning('MatchesNothing', `${selectionText(schedule)} matches no pod of ${service.name} now.`);
  if (schedule.pods === undefined) return undefined;
  return warning(
    'NamesEnd',
    'A pod that replaces one of these has another name, so the schedule is not about it. Use -l.',
  );
};

const checkEnds: Checker<ScheduleView> = ({ schedule, operation: { at } }) =>
  schedule.forSeconds !== undefined &&
  nextLevel({ ...schedule, added: undefined } as Schedule, at) === undefined &&
  warning('NeverEnds', `The next time comes before the one before has ended, so the pods stay ${schedule.does}d.`);

/** The tick leaves pods enabled that the service needs then. */
const checkMinimum: Checker<ScheduleView> = ({ snapshot, schedule, pods }) => {
  if (schedule.does === 'enable' && schedule.forSeconds === undefined) return undefined;
  const serving = inRotation(snapshot);
  const after = serving.filter(({ uid }) => !pods.some((pod) => pod.uid === uid)).length;
  const [first] = workloadsOf(snapshot);
  const { text, minimum } = againstMinimum(snapshot, after, desiredPods(snapshot, first));
  if (after >= Math.min(minimum, serving.length)) return undefined;
  return warning('BelowMinimum', `With all of them disabled, ${text}. Pods that it needs stay enabled.`);
};

const checkNow: Checker<ScheduleView> = ({ snapshot, schedule, pods, operation: { at } }) => {
  const level = levelAt(schedule, at);
  const changing = level === undefined ? [] : podsNotAt(snapshot, level.does, pods);
  if (level === undefined || changing.length === 0) return undefined;
  const text = `By this schedule the pods are ${level.does}d now, so within a minute Pitlane will ${level.does} ${changing.length > 3 ? count(changing.length, 'pod') : list(changing.map(({ name }) => name))}.`;
  return warning('TakesEffectNow', text);
};

/** The pods that are not enabled or not disabled, as they should be. */
export function podsNotAt({ service, policy }: Snapshot, does: Schedule['does'], pods: readonly Pod[]): readonly Pod[] {
  const gate = gateOf(service, policy);
  return gate === undefined ? [] : pods.filter((pod) => hasGateLabel(pod.labels, gate) !== (does === 'enable'));
}

const checkTick: Checker<ScheduleView> = ({ operation, snapshot: { service } }) =>
  operation.hasTick !== true &&
  warning(
    'NoTick',
    `Schedules are kept by the tick of Pitlane's functions. It is unknown if one looks after ${service.name}.`,
  );

export const safetyChecks: readonly Checker<ScheduleView>[] = [
  checkContradiction,
  checkOverlap,
  checkMatches,
  checkEnds,
  checkMinimum,
  checkNow,
  checkTick,
];

/** The findings about the removal of a schedule. */
export function unknownSchedule(snapshot: Snapshot, id: string): ReturnType<typeof refusal> {
  const ids = schedulesIn(snapshot).map((schedule) => schedule.id);
  const known = ids.length === 0 ? `${snapshot.service.name} has none.` : `Schedules: ${list(ids)}.`;
  return refusal('UnknownSchedule', `${snapshot.service.name} has no schedule ${quote(id)}. ${known}`, 'schedule list');
}
