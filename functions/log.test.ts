import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loggingColdStart } from './cold-start.ts';
import { type LogFields, lineOf, writeLine } from './log.ts';

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

describe('a pipe', () => {
  const LINE = Buffer.from('{"level":"ERROR"}\n');
  const failing = (code: string) => Object.assign(new Error(code), { code });
  afterEach(() => vi.restoreAllMocks());

  test('that takes a part at a time, or is full, gets the line once and whole', () => {
    let taken = '';
    const rest = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      taken += text;
      return true;
    });
    writeLine(LINE, (_, bytes, from) => {
      if (from >= 10) throw failing('EAGAIN');
      taken += bytes.subarray(from, from + 5);
      return 5;
    });
    expect([taken, rest.mock.calls.length]).toEqual([String(LINE), 1]);
  });

  test('without a reader does not end the work', () => {
    const rest = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    writeLine(LINE, () => {
      throw failing('EPIPE');
    });
    expect(rest).not.toHaveBeenCalled();
  });
});

/** The values and dimensions of the metrics that CloudWatch finds in a line ("Specification: Embedded metric format"). */
function metricsIn(line: Readonly<Record<string, unknown>>) {
  const Metrics = expect.any(Array);
  expect(line._aws).toEqual({
    Timestamp: AT,
    CloudWatchMetrics: [{ Namespace: 'Pitlane', Dimensions: [['stage']], Metrics }],
  });
  const [directive] = (line as unknown as Embedded)._aws.CloudWatchMetrics;
  const values = Object.fromEntries(directive.Metrics.map(({ Name }) => [Name, line[Name]]));
  return { stage: line.stage, values };
}

interface Embedded {
  readonly _aws: { readonly CloudWatchMetrics: readonly [{ readonly Metrics: readonly { readonly Name: string }[] }] };
}

describe('the metrics of a line', () => {
  test('are those of an operation, without a dimension that people or clusters supply', () => {
    const counts = { operations: 1, refusals: 0, failures: 1, outOfEndpointsMs: 412 };
    const line = parsed({ ...counts, planMs: 80, service: 'rng', by: 'U042' }, WORKER);
    expect(metricsIn(line)).toEqual({ stage: 'prod', values: counts });
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
