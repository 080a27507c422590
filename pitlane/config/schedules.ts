import { contradiction } from '../operations/schedule/conflicts.ts';
import { cronFault, timeZoneFault } from '../rotation/cron.ts';
import { scheduleOf, selectionText, type Timetable } from '../rotation/schedule.ts';
import { timeIn } from '../rotation/schedule-level.ts';
import { parseSelector } from '../rotation/selector.ts';
import { parseDuration } from '../text/duration.ts';
import { isObject } from '../text/shape.ts';
import { quote } from '../text/words.ts';
import type { Finding } from './faults.ts';

interface WrittenSchedule {
  readonly at: string;
  readonly enable?: string | undefined;
  readonly disable?: string | undefined;
  readonly for?: number | undefined;
  readonly tz?: string | undefined;
}

export function timetableOf({ at, enable, disable, for: forSeconds, tz = 'UTC' }: WrittenSchedule): Timetable {
  return {
    cron: at.trim().replaceAll(/\s+/g, ' '),
    tz,
    does: enable === undefined ? 'disable' : 'enable',
    ...(forSeconds !== undefined && { forSeconds }),
    selector: enable ?? disable ?? '',
  };
}

/** A leap year begins, so that every date comes. */
const FROM = Date.UTC(2028, 0, 1);

/** What the texts of schedules mean, and how schedules go together. The schema reports missing fields. */
export function scheduleFindings(path: readonly PropertyKey[], written: unknown): readonly Finding[] {
  if (!Array.isArray(written)) return [];
  const found = written.map((schedule, index) => ownFindings([...path, index], schedule));
  const timetables = written.map((schedule, index) =>
    found[index]?.length === 0 ? readTimetable(schedule) : undefined,
  );
  const pairs = timetables.flatMap((one, index) => {
    if (one === undefined) return [];
    return timetables.slice(0, index).flatMap((other, before) => {
      const why = other && whyNotBoth(one, other);
      if (why === undefined) return [];
      return finding([...path, index], (at) => `${at} ${why(pathOf(at, before))}`, true);
    });
  });
  return [...found.flat(), ...pairs];
}

function finding(path: readonly PropertyKey[], message: Finding['message'], isKey = false): Finding {
  return { path, message, isKey };
}

/** `services.rng.schedules[1]` is `services.rng.schedules[0]`. */
function pathOf(path: string, index: number): string {
  return path.replace(/\[\d+\]$/, `[${index}]`);
}

function ownFindings(path: readonly PropertyKey[], schedule: unknown): readonly Finding[] {
  if (!isObject(schedule)) return [];
  const { at, tz, enable, disable } = schedule;
  const faults: Finding[] = [];
  const add = (key: string, why: string | undefined) => {
    if (why !== undefined) faults.push(finding([...path, key], (where) => `${where} is invalid. ${why}`));
  };
  if (typeof at === 'string' && at.trim() !== '') add('at', cronFault(at.trim())?.message);
  if (typeof tz === 'string' && tz !== '') add('tz', timeZoneFault(tz)?.message);
  for (const [key, selector] of Object.entries({ enable, disable })) {
    if (typeof selector !== 'string' || selector.trim() === '') continue;
    const parsed = parseSelector(selector);
    if (parsed.kind === 'invalid') add(key, `The selector ${quote(selector)} is invalid ${parsed.message}.`);
  }
  if ((enable === undefined) === (disable === undefined)) {
    const has = enable === undefined ? 'neither enable nor disable' : 'enable and disable';
    faults.push(finding(path, (where) => `${where} has ${has}: expected one of them.`, true));
  }
  return faults;
}

/** Undefined: a part is missing or is not a text, which the schema reports. */
function readTimetable(schedule: unknown): Timetable | undefined {
  if (!isObject(schedule)) return undefined;
  const { at, tz = 'UTC', enable, disable } = schedule;
  if (![at, tz, enable ?? disable].every((text) => typeof text === 'string' && text.trim() !== '')) return undefined;
  const duration = typeof schedule.for === 'string' ? parseDuration(schedule.for) : undefined;
  if (duration?.kind === 'invalid') return undefined;
  const texts = schedule as unknown as WrittenSchedule;
  return timetableOf({ ...texts, for: duration?.seconds });
}

/** Two schedules about the same pods. */
function whyNotBoth(one: Timetable, other: Timetable): ((other: string) => string) | undefined {
  if (selectionText(one) !== selectionText(other)) return undefined;
  const schedule = scheduleOf(other, undefined);
  if (scheduleOf(one, undefined).id === schedule.id) return (at) => `is the same as ${at}.`;
  const found = contradiction(one, schedule, FROM);
  if (found === undefined) return undefined;
  return (at) =>
    `contradicts ${at}: at ${timeIn(one.tz, found.at)} (${one.tz}) one of them enables and the other disables the same pods.`;
}
