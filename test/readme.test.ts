import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url);

/** The transcripts of the README, one after the other. */
async function transcript(): Promise<readonly string[]> {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8');
  const fences = readme.split('```').filter((_, index) => index % 2 === 1);
  return fences
    .join('\n')
    .split('\n')
    .filter((line) => line.trim() !== '');
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

/**
 * Without what differs from run to run: durations, ages, shares, counts of requests, the time of day, and whether a
 * drained pod has ended its last request when its log is looked at.
 */
function lasting(line: string): string {
  return line
    .replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d UTC/g, 'TIME')
    .replace(/ (\S+) still writes its log \(last line (.*)\)$/, ' Last log line of $1: $2')
    .replace(/\d+(\.\d+)? (ms|s)\b/g, 'A WHILE')
    .replace(/ · \d+s\b/g, ' · AGE')
    .replace(/(?!0\.0 )\d+\.\d % of/g, 'MANY % of')
    .replace(/of \d+ requests/g, 'of N requests')
    .replace(/\(\d+ on /g, '(N on ')
    .replace(/\d+ × in/g, 'N × in');
}

/** What stands before the first command, and what each command prints. */
function sections(lines: readonly string[]): readonly (readonly string[])[] {
  const found: string[][] = [[]];
  for (const line of lines.map(lasting)) {
    if (line.startsWith('> ')) found.push([]);
    found.at(-1)?.push(line);
  }
  return found;
}

// Within a command the order may differ: what is seen early enough is told while the work goes on.
test("typing the README's transcripts gives what they show, command by command", async () => {
  const shown = await transcript();
  const commands = shown.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  const { code, lines } = await start('7', commands);
  const printed = sections(lines);
  const missing = sections(shown).map((section, index) => section.filter((line) => !printed[index]?.includes(line)));
  expect(missing, lines.join('\n')).toEqual(['', ...commands].map(() => []));
  expect(commands).toHaveLength(10);
  expect(code).toBe(0);
});
