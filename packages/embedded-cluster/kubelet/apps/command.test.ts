import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { commandOf, isShellImage, processOf, runWords } from './command.ts';
import { surroundingsFor } from './programs.fixture.ts';

const surroundings = surroundingsFor();

async function outcome(words: string[]) {
  const lines: string[] = [];
  const app = commandOf(words);
  const write = (text: string) => lines.push(text.trimEnd());
  const context = { ...surroundings, write, container: {}, signal: AbortSignal.timeout(5_000) };
  return app === undefined ? undefined : { exitCode: await app.run(context as never), lines };
}

test.each([
  ['true', ['true'], 0, []],
  ['false', ['false'], 1, []],
  ['a program by its path', ['/bin/false'], 1, []],
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
  const exit = app?.run({ ...surroundings, container: {}, signal: stop.signal } as never);
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

async function shell(words: string[], typed?: string, isTerminal = false) {
  let out = '';
  const write = (chunk: string | Buffer) => {
    out += chunk;
  };
  const stdin = typed === undefined ? undefined : Readable.from([Buffer.from(typed)]);
  const io = { stdin, out: write, err: write, isTerminal, signal: AbortSignal.timeout(5_000) };
  const code = await runWords(words, processOf(surroundingsFor({ '/etc/hosts': 'localhost\n' }), io));
  return { code, out };
}

test.each([
  ['joins with && and ||', 'false && echo no || echo yes', 0, 'yes\n'],
  ['skips empty statements', '\necho one;; echo two | cat;', 0, 'one\ntwo\n'],
  ['keeps separators in quotes', 'echo \'a;b\' "c|d"', 0, 'a;b c|d\n'],
  ['gives variables their values outside of single quotes', 'A=1; echo $A "$A" \'$A\'', 0, '1 1 $A\n'],
  ['knows the last exit code', 'false; echo $?', 0, '1\n'],
  ['pipes', 'echo one | cat', 0, 'one\n'],
  ['writes, appends and reads files', 'echo a > /tmp/x; echo b >> /tmp/x; cat /tmp/x', 0, 'a\nb\n'],
  ['changes the directory', 'cd /etc && pwd && ls', 0, '/etc\nhosts\n'],
  ['lists processes', 'ps', 0, 'PID   USER     TIME  COMMAND\n    1 root      0:00 sleep infinity\n'],
  ['refuses unknown programs', 'nope', 127, 'sh: nope: not found\n'],
  ['names a missing file', 'cat /nope', 1, "cat: can't open '/nope': No such file or directory\n"],
  [
    'is refused where nothing listens',
    'curl localhost',
    1,
    'curl: (7) Failed to connect to localhost: Connection refused\n',
  ],
])('the shell %s', async (_, script, code, out) => {
  expect(await shell(['sh', '-c', script])).toEqual({ code, out });
});

test('the shell at a terminal prompts, echoes, takes backspaces and ends with exit', async () => {
  const { code, out } = await shell(['sh'], 'echo ox\x7fk\rexit 4\r', true);
  expect(code).toBe(4);
  expect(out).toContain('ok\n');
  expect(out).toContain('/ # ');
});

test('the shell reads its script from the input', async () => {
  expect(await shell(['sh'], 'echo one\nfalse\n')).toEqual({ code: 1, out: 'one\n' });
});
