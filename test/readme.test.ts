import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url);

/** The transcript on the README's first screen. */
async function transcript(): Promise<readonly string[]> {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8');
  const fence = readme.split('```')[1] ?? '';
  return fence.split('\n').filter((line) => line.trim() !== '');
}

function start(seed: string, commands: readonly string[]): Promise<{ code: number | null; lines: readonly string[] }> {
  const child = spawn(process.execPath, ['sandbox/start.ts', '--seed', seed], { cwd: ROOT });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stdin.end(commands.map((command) => `${command}\n`).join(''));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, lines: output.split('\n') }));
  });
}

/** Without what differs from run to run: durations, ages, shares, counts of requests, and the time of day. */
function lasting(line: string): string {
  return line
    .replace(/\d\d:\d\d:\d\d UTC/g, 'TIME')
    .replace(/\d+(\.\d+)? (ms|s)\b/g, 'A WHILE')
    .replace(/ · \d+s\b/g, ' · AGE')
    .replace(/(?!0\.0 )\d+\.\d % of/g, 'MANY % of')
    .replace(/of \d+ requests/g, 'of N requests')
    .replace(/\(\d+ on /g, '(N on ');
}

test("typing the README's transcript gives what it shows, in that order", async () => {
  const shown = await transcript();
  const commands = shown.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  const { code, lines } = await start('7', commands);
  const printed = lines.map(lasting);
  let from = 0;
  for (const line of shown.map(lasting)) {
    const at = printed.indexOf(line, from);
    expect(
      at,
      `the README shows "${line}", which is not printed after "${printed[from - 1]}" in:\n${lines.join('\n')}`,
    ).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
  expect(commands).toHaveLength(3);
  expect(code).toBe(0);
});
