import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, test } from 'vitest';

const START = fileURLToPath(new URL('./start.ts', import.meta.url));
/** A pseudo-terminal for a command; of util-linux. */
const SCRIPT = '/usr/bin/script';

const children: ChildProcessWithoutNullStreams[] = [];
afterAll(() => {
  for (const child of children) child.kill();
});

/** A sandbox that has greeted. */
class Running {
  readonly child: ChildProcessWithoutNullStreams;
  output = '';
  readonly #exit: Promise<unknown[]>;

  constructor(command: readonly [string, ...string[]]) {
    this.child = spawn(command[0], command.slice(1));
    children.push(this.child);
    this.#exit = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk;
      });
  }

  static async start(...command: [string, ...string[]]) {
    const running = new Running(command);
    const [, bad = ''] = await running.printed(/\/rng drain (\S+) because 5xx\b.* requests failed/s);
    const [, kubeconfig = ''] = await running.printed(/--kubeconfig (\S+)/);
    return { running, bad, kubeconfig };
  }

  /** Resolves once the output matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      await once(this.child.stdout, 'data');
    }
  }

  async code(): Promise<unknown> {
    return (await this.#exit)[0];
  }
}

/** Pipes in the `input` after the greeting. `answers`: the output after each command. */
async function run(args: readonly string[], input: (bad: string) => readonly string[]) {
  const { running, bad } = await Running.start(process.execPath, START, ...args);
  running.child.stdin.end(
    input(bad)
      .map((line) => `${line}\n`)
      .join(''),
  );
  const code = await running.code();
  return { code, output: running.output, answers: running.output.split(/^> .*\n/m).slice(1) };
}

describe.concurrent('npm start', { timeout: 60_000 }, () => {
  test('drains the pod that answers 500, which ends the errors', async ({ expect }) => {
    const drain = await run(['--seed', '7'], (bad) => [
      '/rng list',
      `/rng logs ${bad}`,
      `/rng drain ${bad} because 5xx`,
      '/rng list',
    ]);
    const [list = '', log = '', drained = '', after = ''] = drain.answers;
    expect(drain.output).toMatch(/^traffic to rng: (?!0\.0)\d+\.\d % of \d+ requests failed \(\d+ on rng-/m);
    expect(drain.output).toMatch(/^ {2}kubectl --kubeconfig \S+ get pods$/m);
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
    const running = new Running([process.execPath, START, '--seed', 'x']);
    expect(await running.code()).toBe(2);
    expect(running.output).toContain('--seed must be a whole number, not "x".');
  });

  test('a signal during a change ends it and leaves no file behind', async ({ expect }) => {
    const { running, bad, kubeconfig } = await Running.start(process.execPath, START);
    running.child.stdin.write(`/rng drain ${bad}\n`);
    await running.printed(/Draining/);
    running.child.kill('SIGINT');
    expect(await running.code()).toBe(130);
    expect(existsSync(kubeconfig)).toBe(false);
  });

  test('ends without an error when its output is no longer read', async ({ expect }) => {
    const { running } = await Running.start(process.execPath, START);
    running.child.stdout.destroy();
    running.child.stdin.write('/rng list\n');
    expect(await running.code()).toBe(0);
    expect(running.output).not.toContain('EPIPE');
  });

  test.skipIf(!existsSync(SCRIPT))('a page opens at a terminal, and Ctrl-C leaves at once', async ({ expect }) => {
    const command = `"${process.execPath}" "${START}"`;
    const { running, bad, kubeconfig } = await Running.start(SCRIPT, '-qec', command, '/dev/null');
    const [url = ''] = await running.printed(/http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/);
    expect((await fetch(url)).status).toBe(200);
    running.child.stdin.write(`/rng drain ${bad}\r`);
    await running.printed(/Draining/);
    running.child.stdin.write('\u0003');
    expect(await running.code()).toBe(0);
    expect(existsSync(kubeconfig)).toBe(false);
    expect(running.output).not.toContain('node:internal');
  });
});
