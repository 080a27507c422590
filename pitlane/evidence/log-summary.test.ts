import { describe, expect, test } from 'vitest';
import { errorFindings, errorLines, errorsIn } from './log-summary.ts';
import { redact } from './redact.ts';

const AT = Date.parse('2026-11-24T03:12:00Z');

/** The errors of a log with a line each second, in the container `rng`. `kept`: the end of it that the bundle has. */
function errors(written: string, kept = redact(written), previous = false) {
  const times = written
    .trimEnd()
    .split('\n')
    .map((_, index) => AT + index * 1000);
  return errorsIn({ container: 'rng', previous, text: written, times, isCut: false }, kept);
}

const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQ\n'.repeat(3)}-----END PRIVATE KEY-----`;

test('a line in colours is an error', () => {
  expect(errors('\u001b[31mERROR\u001b[0m cache miss\n').map(({ example }) => example)).toEqual([['ERROR cache miss']]);
});

describe('the times of errors', () => {
  const second = (error: { readonly firstAt?: number; readonly lastAt?: number }) =>
    [error.firstAt, error.lastAt].map((at = Number.NaN) => (at - AT) / 1000);

  test('are those of their lines', () => {
    expect(errors('ok\nerror 1\nok\nerror 2\n').map(second)).toEqual([[1, 3]]);
  });

  test('are those of their lines where the beginning of the log was cut', () => {
    expect(errors('error 1\nok\nerror 2\n', 'error 2\n').map(second)).toEqual([[2, 2]]);
  });

  test('are those of their lines around a secret of several lines', () => {
    const [first, last] = errors(`error a\n${KEY}\nerror b token=hunter2\nok\n`).reverse();
    expect([first, last].map((error) => second(error ?? {}))).toEqual([
      [0, 0],
      [6, 6],
    ]);
  });

  test('are unknown without times', () => {
    const [error] = errorsIn(
      { container: 'rng', previous: false, text: 'error\n', times: [], isCut: false },
      'error\n',
    );
    expect(error).toEqual({ container: 'rng', previous: false, count: 1, example: ['error'] });
  });
});

test('the summary has the most frequent kinds of errors of all containers, and says how many more there are', () => {
  const many = Array.from({ length: 12 }, (_, index) => `error ${String.fromCharCode(97 + index).repeat(3)}`);
  const lines = errorLines([...errors(many.join('\n')), ...errors('error xyz\nerror xyz\n', undefined, true)]);
  expect(lines.slice(0, 4)).toEqual([
    '2 × in rng before its restart, 2026-11-24 03:12:00 UTC to 03:12:01 UTC:',
    '  error xyz',
    '1 × in rng, 2026-11-24 03:12:11 UTC:',
    '  error lll',
  ]);
  expect([lines.length, lines.at(-1)]).toEqual([21, '3 more kinds of errors: see the logs.']);
});

test('a long trace and a long line are shortened', () => {
  const trace = ['panic: no', ...Array.from({ length: 40 }, (_, index) => `\tat frame ${index}`)].join('\n');
  expect(errorLines(errors(trace)).at(-1)).toBe('  … and 16 more lines: see the log.');
  const [, line = ''] = errorLines(errors(`error ${'x'.repeat(9_000)}`));
  expect(line.length).toBe(502);
});

describe('a finding', () => {
  const finding = (text: string) => errorFindings(errors(text), AT + 60_000).map(({ code, text }) => [code, text]);

  test('says how often, where, when last, and what', () => {
    expect(finding('error 1\nerror 2\n')).toEqual([['LogErrors', '2 × in rng, last at 03:12:01 UTC: error 2']]);
  });

  test('quotes the exception of a trace of Python, also below a logged line', () => {
    const trace = 'Traceback (most recent call last):\n  File "rng.py", line 18, in rng\nOSError: too many';
    for (const text of [trace, `ERROR in app\n${trace}`])
      expect(finding(text)).toEqual([['LogErrors', expect.stringMatching(/: OSError: too many$/)]]);
  });

  test('is about one of the three most frequent errors', () => {
    expect(finding('error a\nerror b\nerror c\nerror d\n')).toHaveLength(3);
  });
});
