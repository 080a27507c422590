import type { Field } from '../validation/field.ts';
import { checkJob } from './job.ts';
import { fill, type Rules, withSpec, withStatus } from './kind-rules.ts';
import { defaultTemplateOf } from './workloads.ts';

/** A Job's name has the minute as a suffix, `-29932155`. */
const longestName = 52;
const descriptors = ['yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly'];

export const cronJobs: Rules = {
  defaults: withSpec(({ spec }) => {
    fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: {}, spec: {} },
    });
    defaultTemplateOf(spec.jobTemplate.spec);
  }),
  prepareNew: withStatus({}),
  checkNew(cronJob) {
    checkCronJob(cronJob);
    const name = cronJob.at('metadata.name');
    if (name.value.length > longestName) name.invalid(`must be no more than ${longestName} characters`);
  },
  checkChange: checkCronJob,
};

/** batch/validation.go, validateCronJobSpec */
function checkCronJob(cronJob: Field): void {
  const spec = cronJob.at('spec');
  const [schedule, zone] = [spec.at('schedule'), spec.at('timeZone')];
  if (schedule.given()) schedule.follows(scheduleErrors);
  spec.notNegative('startingDeadlineSeconds');
  if (zone.value === '') zone.invalid('timeZone must be nil or non-empty string');
  else if (zone.value && !isTimeZone(zone.value)) zone.invalid(`unknown time zone ${zone.value}`);
  spec.at('concurrencyPolicy').oneOf(['Allow', 'Forbid', 'Replace']);
  checkJob(spec.at('jobTemplate'));
  spec.notNegative('successfulJobsHistoryLimit', 'failedJobsHistoryLimit');
}

function isTimeZone(name: string): boolean {
  try {
    // Intl takes offsets and lower case, too.
    return /^[A-Z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function scheduleErrors(schedule: string): string[] {
  const mistake = mistakeIn(schedule.replace(/^(CRON_)?TZ=\S+\s+/, ''));
  const zone = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  return [mistake, schedule.includes('TZ') ? zone : undefined].filter((error) => error !== undefined);
}

/** The lowest and the highest number of a field, and the names that stand for the lowest and those after it. */
type Bounds = readonly [min: number, max: number, names?: readonly string[]];

const bounds: readonly Bounds[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12, 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')],
  [0, 6, 'sun mon tue wed thu fri sat'.split(' ')],
];

/** In the words of robfig/cron (parser.go, ParseStandard); undefined for a valid schedule. */
function mistakeIn(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    const [, duration] = /^@every (.*)$/.exec(schedule) ?? [];
    if (duration !== undefined) return durationMistake(duration, schedule);
    return descriptors.includes(schedule.slice(1)) ? undefined : `unrecognized descriptor: ${schedule}`;
  }
  const fields = schedule.split(/\s+/).filter(Boolean);
  if (fields.length !== bounds.length)
    return `expected exactly ${bounds.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  return fields
    .flatMap((field, at) => field.split(',').map((range) => rangeMistake(range, bounds[at] as Bounds)))
    .find((mistake) => mistake !== undefined);
}

/** time.ParseDuration */
function durationMistake(duration: string, schedule: string): string | undefined {
  if (/^(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(duration)) return undefined;
  const [, unit] = /^\d[\d.]*([a-z]+)$/.exec(duration) ?? [];
  const why = unit === undefined ? 'invalid duration' : `unknown unit ${JSON.stringify(unit)} in duration`;
  return `failed to parse duration ${schedule}: time: ${why} ${JSON.stringify(duration)}`;
}

/** getRange */
function rangeMistake(range: string, [min, max, names = []]: Bounds): string | undefined {
  const [ends = '', step, ...moreSteps] = range.split('/');
  const [low = '', high, ...moreEnds] = ends.split('-');
  const isAny = low === '*' || low === '?';
  const read = (text = '') =>
    names.includes(text.toLowerCase()) ? String(min + names.indexOf(text.toLowerCase())) : text;
  const numbers = [...(isAny ? [] : [low, high]), step].filter((text) => text !== undefined).map(read);
  const wrong = numbers.find((text) => !/^\+?\d+$/.test(text));
  if (wrong !== undefined && /^-\d+$/.test(wrong)) return `negative number (${wrong}) not allowed: ${wrong}`;
  if (wrong !== undefined)
    return `failed to parse int from ${wrong}: strconv.Atoi: parsing ${JSON.stringify(wrong)}: invalid syntax`;
  if (!isAny && moreEnds.length > 0) return `too many hyphens: ${range}`;
  if (moreSteps.length > 0) return `too many slashes: ${range}`;
  const start = isAny ? min : Number(read(low));
  const openEnd = step === undefined ? start : max;
  const end = isAny ? max : high === undefined ? openEnd : Number(read(high));
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${range}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return Number(step ?? 1) === 0 ? `step of range should be a positive number: ${range}` : undefined;
}
