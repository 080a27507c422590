import { LONGEST_SECONDS, SHORTEST_SECONDS } from '../text/duration.ts';
import { isText, matching, optional, parseObject, shape } from '../text/shape.ts';
import { personOf } from '../text/words.ts';
import { cronFault, timeZoneFault } from './cron.ts';
import {
  type Added,
  type KeptSchedules,
  SCHEDULE_PREFIX,
  type Schedule,
  scheduleId,
  scheduleKey,
  scheduleOf,
  type Timetable,
} from './schedule.ts';
import { parseSelector } from './selector.ts';
import { IS_PERSON, isBy, isId, isObjectName, isReason, isReport } from './stored.ts';

/** Reads the schedules among the `data` of the ConfigMap. Users who may edit it may write anything there. */
export function readSchedules(object: KeptSchedules['object']): KeptSchedules {
  const texts = Object.entries(object?.data ?? {}).filter(([key]) => key.startsWith(SCHEDULE_PREFIX));
  const read = texts.map(([key, text]) => ({ key, schedule: readSchedule(key, text) }));
  return {
    ...(object && { object }),
    schedules: read.flatMap(({ schedule }) => schedule ?? []),
    unreadable: read.filter(({ schedule }) => schedule === undefined).map(({ key }) => key),
  };
}

const isRecord = shape<Timetable & Added & { readonly v: 1; readonly because?: string }>({
  v: (version) => version === 1,
  cron: (cron) => isBy(cron) && cronFault(String(cron)) === undefined,
  tz: (tz) => isBy(tz) && timeZoneFault(String(tz)) === undefined,
  does: matching(/^(enable|disable)$/),
  forSeconds: optional(
    (seconds) => typeof seconds === 'number' && seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS,
  ),
  selector: optional((selector) => isText(selector) && parseSelector(String(selector)).kind === 'selector'),
  node: optional(isObjectName),
  pods: optional((pods) => Array.isArray(pods) && pods.length > 0 && pods.length <= 100 && pods.every(isObjectName)),
  because: optional(isReason),
  ...IS_PERSON,
  at: (at) => typeof at === 'number' && Math.abs(at) <= 8.64e15,
  operation: isId,
  report: optional(isReport),
});

function readSchedule(key: string, text: string): Schedule | undefined {
  const record = parseObject(text);
  if (!isRecord(record)) return undefined;
  const { v: _, by, byName, at, operation, report, because, ...rest } = record;
  const { cron, tz, does, forSeconds, selector, node, pods } = rest;
  const timetable = timetableOf({ cron, tz, does, forSeconds, selector, node, pods });
  const ways = [selector, node, pods].filter((way) => way !== undefined);
  if (ways.length !== 1 || key !== scheduleKey(scheduleId(timetable))) return undefined;
  return scheduleOf(timetable, because, { ...personOf({ by, byName }), at, operation, ...(report && { report }) });
}

/** Without fields that are undefined. */
function timetableOf(timetable: { readonly [K in keyof Timetable]: Timetable[K] | undefined }): Timetable {
  return Object.fromEntries(
    Object.entries(timetable).filter(([, value]) => value !== undefined),
  ) as unknown as Timetable;
}
