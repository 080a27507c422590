import type { Json } from '../../api/json.ts';
import { asGo, type Field } from '../validation/field.ts';
import { fill, type Rules, withSpec, withStatus } from './kind-rules.ts';
import { checkPodSpec } from './pod-spec.ts';
import { defaultTemplateOf, withTemplate } from './workloads.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';
/** A Job's name has the minute as a suffix, `-29932155`. */
const longestName = 52;
const descriptors = ['yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly'];

/** The rules of Jobs and CronJobs (batch/v1/defaults.go, batch/validation.go). */
export const jobs = {
  jobs: {
    defaults: withTemplate(({ spec, metadata }) => {
      if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
      fill(spec, {
        parallelism: 1,
        backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
        completionMode: 'NonIndexed',
        suspend: false,
        manualSelector: false,
        podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
      });
      const { labels } = spec.template.metadata;
      if (labels) metadata.labels ??= { ...labels };
    }),
    /** A Job selects its pods by its own uid unless manualSelector is set (batch/job/strategy.go). */
    prepareNew(job) {
      job.status = {};
      const { spec, metadata } = job;
      if (spec.manualSelector) return;
      const labels: Record<string, string> = {
        'controller-uid': metadata.uid,
        'job-name': metadata.name,
        [uidLabel]: metadata.uid,
        'batch.kubernetes.io/job-name': metadata.name,
      };
      spec.template.metadata.labels = { ...spec.template.metadata.labels, ...labels };
      metadata.labels ??= { ...spec.template.metadata.labels };
      spec.selector ??= { matchLabels: { [uidLabel]: metadata.uid } };
    },
    checkNew: checkJob,
    checkChange(job, old) {
      checkJob(job);
      for (const field of ['selector', 'completionMode']) job.at(`spec.${field}`).unchangedFrom(old.spec[field]);
      if (old.spec.suspend !== true) job.at('spec.template').unchangedFrom(old.spec.template);
    },
  },
  cronjobs: {
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
  },
} satisfies Record<string, Rules>;

/** batch/validation.go, validateJobSpec. The Job in a CronJob has no defaults. */
function checkJob(job: Field): void {
  const spec = job.at('spec');
  const { completions, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy, completionMode } = spec.value;
  const isIndexed = completionMode === 'Indexed';
  const byIndex = spec.at('backoffLimitPerIndex');
  spec.notNegative('parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit');
  spec.notNegative('ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes');
  spec.at('completionMode', 'NonIndexed').oneOf(['NonIndexed', 'Indexed']);
  if (isIndexed && completions === undefined) spec.at('completions').required('when completion mode is Indexed');
  if (!isIndexed && backoffLimitPerIndex !== undefined) byIndex.invalid('requires indexed completion mode');
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    byIndex.required('when maxFailedIndexes is specified');
  if (maxFailedIndexes > completions) spec.at('maxFailedIndexes').invalid('must be less than or equal to completions');
  for (const rule of spec.at('podFailurePolicy.rules').items()) checkFailureRule(rule, backoffLimitPerIndex);
  if (spec.value.successPolicy !== undefined) checkSuccessPolicy(spec);
  const replacement = spec.at('podReplacementPolicy', 'Failed');
  replacement.oneOf(podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']);
  checkPodSpec(spec.at('template.spec'));
  const policy = spec.at('template.spec.restartPolicy');
  if (policy.value === 'Always') policy.required('valid values: "OnFailure", "Never"');
  else if (policy.oneOf(['OnFailure', 'Never']) && podFailurePolicy !== undefined && policy.value !== 'Never')
    policy.invalid('only "Never" is supported when podFailurePolicy is specified');
}

/** validatePodFailurePolicyRule */
function checkFailureRule(rule: Field, backoffLimitPerIndex: number | undefined): void {
  const { action, onExitCodes, onPodConditions } = rule.value;
  rule.at('action').oneOf(['Count', 'FailIndex', 'FailJob', 'Ignore']);
  if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
    rule.at('action').invalid('requires the backoffLimitPerIndex to be set');
  if (onExitCodes === undefined && !onPodConditions?.length)
    rule.wrong('Invalid', 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required');
  if (onExitCodes === undefined) return;
  const [operator, values] = [rule.at('onExitCodes.operator'), rule.at('onExitCodes.values', [])];
  operator.oneOf(['In', 'NotIn']);
  if (values.value.length === 0) values.invalid('at least one value is required');
  const zero = values.items().find(({ value }) => value === 0);
  if (operator.value === 'In') zero?.invalid('must not be 0 for the In operator');
}

/** validateSuccessPolicy */
function checkSuccessPolicy(spec: Field): void {
  const { completions, completionMode } = spec.value;
  const rules = spec.at('successPolicy.rules', []);
  if (completionMode !== 'Indexed') {
    const shown = rules.value.map(({ succeededIndexes = null, succeededCount = null }: Json) =>
      asGo({ succeededIndexes, succeededCount }),
    );
    spec.at('successPolicy').invalid('requires indexed completion mode', { Rules: shown });
    return;
  }
  rules.given('at least one rules must be specified when the successPolicy is specified');
  for (const rule of rules.items()) {
    const { succeededIndexes, succeededCount } = rule.value;
    if (succeededIndexes === undefined && succeededCount === undefined)
      rule.required('at least one of succeededCount or succeededIndexes must be specified');
    if (succeededCount > completions)
      rule
        .at('succeededCount')
        .invalid(`must be less than or equal to ${completions} (the number of specified completions)`);
  }
}

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
