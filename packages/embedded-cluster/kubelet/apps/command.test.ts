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
  ['a shell that has nothing to do', ['sh'], 0, []],
  ['an exit code', ['sh', '-c', 'exit 3'], 3, []],
  ['some words, then success', ['sh', '-c', 'echo "one two"; echo three'], 0, ['one two', 'three']],
  ['a pause, then an exit code', ['/bin/sh', '-c', 'echo start && sleep 0.01 && exit 1'], 1, ['start']],
  ['no command at all', [], 0, []],
])('a Job runs %s', async (_, words, exitCode, lines) => {
  expect(await outcome(words)).toEqual({ exitCode, lines });
});

test('sleep infinity ends only with its container', async () => {
  const stop = new AbortController();
  const app = commandOf(['sleep', 'infinity']);
  const exit = app?.run({ signal: stop.signal } as never);
  stop.abort();
  expect(await exit).toBe(0);
});

test.each([[['python', 'rng.py']], [['sh', '-c', 'curl rng']], [['sleep', 'long']]])(
  'a command that nobody here can run is not taken for one: %j',
  async (words) => {
    expect(await outcome(words)).toBeUndefined();
  },
);

test.each([
  ['busybox', true],
  ['docker.io/library/busybox', true],
  ['dockercoins/rng', false],
])('%s without a command runs a shell: %s', (image, want) => {
  expect(isShellImage(image)).toBe(want);
});
