import { describe, expect, test } from 'vitest';
import { type LogLine, repeatedErrors } from './log-errors.ts';

const AT = Date.parse('2026-11-24T03:12:00Z');

/** A line each second. */
const log = (text: string): readonly LogLine[] =>
  text.split('\n').map((line, index) => ({ text: line, at: AT + index * 1000 }));
const found = (text: string) => repeatedErrors(log(text)).map(({ count, example }) => [count, example.join('\n')]);

describe('a log line is an error', () => {
  test.each([
    'ERROR cache miss',
    '2026-11-24 03:12:07,123 ERROR [main] c.e.Cache: miss',
    '[2026-11-24T03:12:07Z] [error] 7#7: *1 upstream',
    'E1124 03:12:07.123456       1 cache.go:12] miss',
    'level=error msg="cache miss"',
    '{"level":"error","msg":"cache miss"}',
    '{"level":50,"msg":"cache miss"}',
    '{\\"severity\\":\\"CRITICAL\\",\\"msg\\":\\"cache miss\\"}',
    '10.1.0.7 - "GET /32 HTTP/1.1" 500',
    'INFO request done status=503',
    'dial tcp 10.0.0.3:6379: connect: connection refused',
    'java.lang.NullPointerException: name',
    'could not open /data: permission denied',
    'curl: (28) Operation timed out',
  ])('%s', (line) => {
    expect(found(line)).toEqual([[1, line]]);
  });
});

describe('a log line is not an error', () => {
  test.each([
    'INFO retries after an error: 3',
    'WARN cache miss: connection refused',
    'I1124 03:12:07.123456       1 cache.go:12] no longer failed',
    'level=info msg="request failed over"',
    '{"level":30,"msg":"error budget is fine"}',
    'GET /healthz 200',
    '10.1.0.7 - "GET /errors HTTP/1.1" 200',
    'done error=nil',
    'batch finished without errors',
    '',
  ])('%s', (line) => {
    expect(found(line)).toEqual([]);
  });
});

describe('errors are the same if they differ only in', () => {
  test.each([
    ['numbers', 'error after 12 ms', 'error after 7.5 ms'],
    ['times', '2026-11-24T03:12:07.123Z error', '2026-11-24 03:12:08+01:00 error'],
    ['uuids', 'error in 0f8fad5b-d9cb-469f-a165-70867728950e', 'error in 7c9e6679-7425-40de-944b-e07fc1f90ae7'],
    ['hexadecimal numbers', 'error at 0x1f, commit 9fceb02', 'error at 0xab, commit d0ae1f2'],
    ['addresses', 'error from 10.0.0.3:6379', 'error from 10.0.12.4'],
    ['IPv6 addresses', 'error from [fd00:10:244::1c]:6379', 'error from [fd00:10:244::3]:6379'],
    ['white space', 'error:  lost', 'error: lost'],
  ])('%s', (_, one, other) => {
    expect(found(`${one}\n${other}`)).toEqual([[2, other]]);
  });

  test('not in words', () => {
    expect(found('error: lost rng\nerror: lost hasher')).toHaveLength(2);
  });
});

test('the most frequent error comes first, then the newest, each with its times and its last example', () => {
  expect(repeatedErrors(log('error a 1\nerror b\nok\nerror c\nerror a 2'))).toEqual([
    { count: 2, firstAt: AT, lastAt: AT + 4000, example: ['error a 2'] },
    { count: 1, firstAt: AT + 3000, lastAt: AT + 3000, example: ['error c'] },
    { count: 1, firstAt: AT + 1000, lastAt: AT + 1000, example: ['error b'] },
  ]);
});

test('lines without a time have errors without times', () => {
  expect(repeatedErrors([{ text: 'error' }])).toEqual([{ count: 1, example: ['error'] }]);
});

const TRACES = {
  Java: `Exception in thread "main" java.lang.IllegalStateException: no pool
\tat com.example.Pool.get(Pool.java:12)
\tat com.example.Main.main(Main.java:5)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect(Net.java:1)
\t... 12 more`,
  Python: `Traceback (most recent call last):
  File "/app/rng.py", line 7, in <module>
    main()
redis.exceptions.ConnectionError: Error 111 connecting to redis:6379

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/rng.py", line 9, in <module>
SystemExit: 1`,
  'Python below a logged line': `ERROR:root:no answer
Traceback (most recent call last):
  File "/app/rng.py", line 7, in <module>
ValueError: 7`,
  Go: `panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.(*Server).pick(0xc000012345, 0x5)
\t/app/main.go:12 +0x1d
main.main()
\t/app/main.go:5 +0x2a
exit status 2`,
  'Node.js': `TypeError: Cannot read properties of undefined (reading 'id')
    at handler (/app/server.js:10:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
  Rust: `thread 'main' panicked at src/main.rs:2:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
note: run with \`RUST_BACKTRACE=full\` for a verbose backtrace`,
  '.NET': `Unhandled exception. System.InvalidOperationException: no pool
   at Rng.Pool.Get() in /app/Pool.cs:line 12`,
  'formatted JSON': `{
  "level": "error",
  "message": "no pool"
}`,
};

describe('a stack trace is one error', () => {
  test.each(Object.entries(TRACES))('of %s', (_, trace) => {
    const whole = trace.replace(/\n\n/g, '\n');
    expect(found(`listening on 80\n${trace}\nlistening on 80`)).toEqual([[1, whole]]);
  });

  test.each(Object.entries(TRACES))('of %s, and the same with other numbers is a repetition', (_, trace) => {
    expect(repeatedErrors(log(`${trace}\n${trace.replace(/\b1\d\b/g, '77')}`)).map(({ count }) => count)).toEqual([2]);
  });
});

test('a long line takes no longer than a short one', () => {
  const start = 'error in ';
  const long = ['x'.repeat(300_000), '0'.repeat(300_000), '('.repeat(300_000), '"GET '.repeat(60_000)];
  expect(repeatedErrors(long.map((text) => ({ text: start + text })))).toHaveLength(4);
});
