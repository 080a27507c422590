import { execFileSync } from 'node:child_process';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { loggingColdStart } from './cold-start.ts';
import { type LogFields, lineOf } from './log.ts';

const AT = Date.UTC(2026, 10, 24, 3, 12, 7);
const WORKER = 'pitlane-prod-worker';

const parsed = (fields: Partial<LogFields>, functionName?: string) =>
  JSON.parse(lineOf('info', { door: 'worker', event: 'operation', ...fields }, AT, functionName));

describe('a line of the log', () => {
  test('has the level and the time where Lambda looks for them', () => {
    expect(lineOf('error', { door: 'tick', event: 'failed' }, AT, undefined)).toBe(
      '{"timestamp":"2026-11-24T03:12:07.000Z","level":"ERROR","door":"tick","event":"failed"}',
    );
  });

  test('is the same data, and can not act on the screen of its reader', () => {
    const error = new Error('\u001b[2J\u009b31m \u202etxet');
    const line = lineOf('error', { door: 'tick', event: 'failed', error }, AT, undefined);
    expect(line).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    expect(JSON.parse(line)).toMatchObject({ error: 'Error: \u001b[2J\u009b31m \u202etxet' });
  });

  test('goes to stdout as it is, past the methods of console, which Lambda replaces', () => {
    const log = JSON.stringify(new URL('./log.ts', import.meta.url));
    const script = `import { logJson } from ${log}; console.log = () => {}; logJson('error', { door: 'tick', event: 'failed' });`;
    const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(stdout).toMatch(/^\{.*"level":"ERROR".*\}\n$/);
  });
});

/** The schema of "Specification: Embedded metric format", as far as the types and bounds of its members go. */
const NAME = { type: 'string', minLength: 1, maxLength: 255 };
const EMBEDDED = {
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer' },
        CloudWatchMetrics: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: NAME,
              Dimensions: { type: 'array', minItems: 1, items: { type: 'array', maxItems: 30, items: NAME } },
              Metrics: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name'],
                  additionalProperties: false,
                  properties: { Name: NAME, Unit: { enum: ['Milliseconds', 'Count'] } },
                },
              },
            },
          },
        },
      },
    },
  },
};

interface Embedded extends Readonly<Record<string, unknown>> {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly [
      {
        readonly Dimensions: readonly (readonly string[])[];
        readonly Metrics: readonly { readonly Name: string }[];
      },
    ];
  };
}

/** The metrics that CloudWatch finds in a line, and their dimensions. Fails on a line that is not in its format. */
function metricsIn(line: Embedded) {
  const ajv = new Ajv();
  expect(ajv.validate(EMBEDDED, line), ajv.errorsText()).toBe(true);
  const [
    {
      Dimensions: [names = []],
      Metrics,
    },
  ] = line._aws.CloudWatchMetrics;
  const dimensions = Object.fromEntries(names.map((name) => [name, line[name]]));
  const values = Object.fromEntries(Metrics.map(({ Name }) => [Name, line[Name]]));
  // "Target members": on the root, metrics are numbers and dimensions texts.
  for (const value of Object.values(dimensions)) expect(value).toBeTypeOf('string');
  for (const value of Object.values(values)) expect(value).toBeTypeOf('number');
  return { dimensions, values };
}

describe('the metrics of a line', () => {
  test('are those of an operation, without a dimension that people or clusters supply', () => {
    const counts = { operations: 1, refusals: 0, failures: 1, outOfEndpointsMs: 412 };
    const line = parsed({ ...counts, planMs: 80, service: 'rng', by: 'U042' }, WORKER);
    expect(metricsIn(line)).toEqual({ dimensions: { stage: 'prod' }, values: counts });
    expect(line._aws).toMatchObject({ Timestamp: AT, CloudWatchMetrics: [{ Namespace: 'Pitlane' }] });
  });

  test('count each line of the level ERROR', () => {
    const line = (level: 'warn' | 'error') => JSON.parse(lineOf(level, { door: 'tick', event: 'trouble' }, AT, WORKER));
    expect(metricsIn(line('error')).values).toEqual({ errors: 1 });
    expect(line('warn')).not.toHaveProperty('_aws');
  });

  test('name a stage with hyphens', () => {
    expect(parsed({ operations: 1 }, 'pitlane-eu-test-runbook').stage).toBe('eu-test');
  });

  test.each([
    ['of a line without a value', {}, WORKER],
    ['outside of Lambda', { operations: 1 }, undefined],
  ])('are none %s', (_, fields, functionName) => {
    expect(parsed(fields, functionName)).not.toHaveProperty('_aws');
  });
});

test('the first event of a process, and no other, tells how long it took to start', async () => {
  const logged: unknown[] = [];
  const log = (...line: readonly unknown[]) => logged.push(line);
  const handler = loggingColdStart('runbook', async (event: number, by: string) => `${by} ${event}`, log, 53.4);
  expect([await handler(1, 'ci'), await handler(2, 'ci')]).toEqual(['ci 1', 'ci 2']);
  expect(logged).toEqual([['info', { door: 'runbook', event: 'coldStart', coldStartMs: 53 }]]);
});
