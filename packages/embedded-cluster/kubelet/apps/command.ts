import { pause } from '../../client/pause.ts';
import type { AppContext, CommandApp } from './app.ts';

const shellImages = ['busybox', 'alpine', 'bash', 'debian', 'ubuntu'];

export function isShellImage(image: string): boolean {
  return shellImages.includes(image.replace(/^(docker\.io\/)?(library\/)?/, ''));
}

type Step = { echo: string } | { sleepMs: number } | { exit: number };

/**
 * Runs true, false, exit, echo and sleep, alone or in `sh -c` joined by `;` or `&&`: enough for the Jobs of examples
 * and tests. Undefined for other commands.
 */
export function commandOf(words: readonly string[]): CommandApp | undefined {
  const script = scriptOf(words);
  const steps: Step[] = [];
  for (const statement of script.split(/;|&&|\n/)) {
    if (statement.trim() === '') continue;
    const step = stepOf(statement.trim());
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return { kind: 'command', run: (context) => run(steps, context) };
}

function scriptOf(words: readonly string[]): string {
  const [shell = '', flag, script] = words;
  if (/^(\/bin\/)?(sh|bash|ash)$/.test(shell)) return flag === '-c' || flag === '-ec' ? (script ?? '') : '';
  return words.join(' ');
}

function stepOf(statement: string): Step | undefined {
  const [command, ...rest] = statement.split(/\s+/);
  const argument = rest.join(' ');
  if (command === 'true' || command === ':') return { echo: '' };
  if (command === 'false') return { exit: 1 };
  if (command === 'exit' && /^\d*$/.test(argument)) return { exit: Number(argument) };
  if (command === 'echo') return { echo: argument.replace(/^(["'])(.*)\1$/, '$2') };
  if (command === 'sleep' && /^(infinity|\d+(\.\d+)?s?)$/.test(argument)) {
    return { sleepMs: argument === 'infinity' ? Number.POSITIVE_INFINITY : Number.parseFloat(argument) * 1000 };
  }
  return undefined;
}

async function run(steps: readonly Step[], { log, signal }: AppContext): Promise<number> {
  for (const step of steps) {
    if ('exit' in step) return step.exit;
    if ('echo' in step && step.echo !== '') log(step.echo);
    if ('sleepMs' in step) await sleep(step.sleepMs, signal);
    if (signal.aborted) break;
  }
  return 0;
}

/** Sleeps at most 24.8 days, the maximum of a timer. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const maxTimerMs = 2 ** 31 - 1;
  await pause(Math.min(milliseconds, maxTimerMs), signal);
}
