import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandbox } from './open.ts';
import { Session } from './session.ts';

const START = new URL('./start.ts', import.meta.url).pathname;

interface Run {
  readonly code: number | null;
  readonly output: string;
  /** The output after each command. */
  readonly answers: readonly string[];
}

/** Pipes in the `input` once the greeting has named the bad pod by the end of its name. */
function run(args: readonly string[], input: (bad: string) => readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [START, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    const bad = /\/rng drain (\S+) because 5xx/.exec(output)?.[1];
    if (bad === undefined || !child.stdin.writable) return;
    child.stdin.end(
      input(bad)
        .map((line) => `${line}\n`)
        .join(''),
    );
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output, answers: output.split(/^> .*\n/m).slice(1) }));
  });
}

describe.concurrent('npm start with commands from a pipe', { timeout: 60_000 }, () => {
  test('drains the pod that answers 500, which ends the errors', async ({ expect }) => {
    const drain = await run(['--seed', '7'], (bad) => [
      '/rng list',
      `/rng logs ${bad}`,
      `/rng drain ${bad} because 5xx`,
      '/rng list',
    ]);
    const [list = '', log = '', drained = '', after = ''] = drain.answers;
    expect(drain.output).toMatch(/^traffic to rng: (?!0\.0)\d+\.\d % of \d+ requests failed \(\d+ on rng-/m);
    expect(drain.output).toMatch(
      /^kubectl, in another terminal: {2}kubectl --kubeconfig \S+ -n dockercoins get pods$/m,
    );
    expect(list).toContain('rng: 4 in rotation');
    expect(log).toContain("OSError: [Errno 24] Too many open files: '/dev/urandom'");
    expect(drained).toMatch(/Draining rng-\S+ …/);
    expect(drained.match(/✓ rng-\S+ is out of the endpoints/g)).toHaveLength(1);
    expect(drained).toMatch(/^traffic to rng: 0\.0 % of \d+ requests failed; before: (?!0\.0)\d+\.\d % of /m);
    expect(after).toContain('rng: 4 in rotation, 1 drained');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not have colours
    expect(drain.output).not.toMatch(/\u001b\[/);
    expect(drain.code).toBe(0);
  });

  test('continues after a failed command and ends with 1', async ({ expect }) => {
    const { answers, code } = await run([], () => ['/rng drian x', '/rng list', '7']);
    expect(answers[0]).toContain('Unknown command "drian"');
    expect(answers[1]).toContain('rng: 4 in rotation');
    expect(answers[2]).toContain('Unknown button 7.');
    expect(code).toBe(1);
  });

  test('refuses a seed that is not a number', async ({ expect }) => {
    const { output, code } = await run(['--seed', 'x'], () => []);
    expect(output).toContain('--seed must be a whole number, not "x".');
    expect(code).toBe(2);
  });
});

describe('a session', () => {
  let session: Session;
  let printed = '';
  beforeAll(async () => {
    const write = (line: string) => {
      printed += `${line}\n`;
    };
    session = new Session({ sandbox: await openSandbox(3), write, colours: false });
  });
  afterAll(() => session.end());

  const entered = async (line: string) => {
    printed = '';
    return { result: await session.enter(line), printed };
  };

  test('presses a button by its number', async () => {
    const asked = await entered('/rng inspect');
    const picked = /\[2\] (\S+) /.exec(asked.printed)?.[1];
    expect(await entered('2')).toEqual({
      result: 'ok',
      printed: expect.stringContaining(`${picked} is in rotation and ready`),
    });
  });

  test.each([
    ['accepts a mention', '@pitlane rng list', 'ok', 'rng: 4 in rotation'],
    ['accepts a mention without a service', '@pitlane drained', 'ok', 'No pod is drained or disabled.'],
    ['refuses a command without / or @pitlane', 'list', 'failed', 'Commands start with / or @pitlane: /rng list'],
  ])('%s', async (_, line, result, answer) => {
    expect(await entered(line)).toEqual({ result, printed: expect.stringContaining(answer) });
  });
});
