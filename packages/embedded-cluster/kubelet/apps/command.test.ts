import { expect, test } from 'vitest';
import { commandOf, isShellImage } from './command.ts';

async function outcome(words: string[]) {
  const lines: string[] = [];
  const app = commandOf(words);
  const context = { log: (text: string) => lines.push(text), signal: AbortSignal.timeout(5_000) };
  return app === undefined ? undefined : { exitCode: await app.run(context as never), lines };
}

test.each([
  ['true', ['true'], 0, []],
  ['false', ['false'], 1, []],
  ['a shell without a script', ['sh'], 0, []],
  ['an exit code', ['sh', '-c', 'exit 3'], 3, []],
  ['echo with quotes', ['sh', '-c', 'echo "one two"; echo three'], 0, ['one two', 'three']],
  ['sleep and exit', ['/bin/sh', '-c', 'echo start && sleep 0.01 && exit 1'], 1, ['start']],
  ['no command', [], 0, []],
])('a Job runs %s', async (_, words, exitCode, lines) => {
  expect(await outcome(words)).toEqual({ exitCode, lines });
});

test('a Job with sleep infinity ends only with its container', async () => {
  const stop = new AbortController();
  const app = commandOf(['sleep', 'infinity']);
  const exit = app?.run({ signal: stop.signal } as never);
  stop.abort();
  expect(await exit).toBe(0);
});

test.each([[['python', 'rng.py']], [['sh', '-c', 'curl rng']], [['sleep', 'long']]])(
  'does not run the unsupported command %j',
  async (words) => {
    expect(await outcome(words)).toBeUndefined();
  },
);

test.each([
  ['busybox', true],
  ['docker.io/library/busybox', true],
  ['dockercoins/rng', false],
])('runs a shell for %s without a command: %s', (image, want) => {
  expect(isShellImage(image)).toBe(want);
});
