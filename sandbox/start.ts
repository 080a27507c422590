import module from 'node:module';
import { clearLine, cursorTo } from 'node:readline';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import '../pitlane/cluster/lean-client.ts';
import { Session } from './session.ts';

const USAGE = `Pitlane in a sandbox: a cluster, a misbehaving pod and a Slack, all in this process.

  npm start
  npm start -- --seed 7     other pod names; the same seed gives the same again
  printf '/rng list\\n' | npm start     commands from a pipe, one a line; ends with 1 if one failed`;

/** How long the prompt waits for a command before it comes back. */
const PATIENCE_MS = 1_500;

const seed = readSeed();
// Only once the arguments are known to be good: the client libraries take their time, less where they were compiled before.
module.enableCompileCache();
const { openSandbox } = await import('./open.ts');
const isTerminal = process.stdin.isTTY === true;
/** Shows the prompt again, with what was typed so far; undefined: nobody is being asked. */
let askAgain: (() => void) | undefined;
const session = new Session({
  sandbox: await openSandbox(seed),
  write,
  colours: isTerminal && process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
});
process.exitCode = (await talk()) ? 0 : 1;

/** Whether every command worked; at a terminal that is not asked. */
async function talk(): Promise<boolean> {
  let hasFailed = false;
  await session.greet();
  // Only now: a readline interface drops lines that come before somebody iterates over it.
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stdout, prompt: '> ' }),
  });
  const ask = () => {
    const status = session.status();
    write(status === undefined ? '' : `\n[${status}]`);
    lines.prompt();
    askAgain = () => lines.prompt(true);
  };
  lines.once('SIGINT', () => lines.close());
  try {
    if (isTerminal) ask();
    for await (const line of lines) {
      askAgain = undefined;
      if (!isTerminal) write(`\n> ${line}`);
      const entered = session.enter(line);
      // A person can ask how it goes, or cancel it, while a change waits; a script goes on when it is over.
      const result = await (isTerminal ? Promise.race([entered, setTimeout(PATIENCE_MS, 'underWay')]) : entered);
      if (result === 'left') break;
      hasFailed ||= result === 'failed';
      if (isTerminal) ask();
    }
  } finally {
    askAgain = undefined;
    lines.close();
    await session.end();
  }
  return isTerminal || !hasFailed;
}

/** What the clock tells comes while somebody types: it goes above what is typed. */
function write(line: string): void {
  if (askAgain !== undefined) {
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  }
  console.log(line);
  askAgain?.();
}

function readSeed(): number {
  const { values } = readArguments();
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (!/^\d{1,9}$/.test(values.seed)) refuse(`--seed takes a whole number, not "${values.seed}".`);
  return Number(values.seed);
}

function readArguments() {
  try {
    return parseArgs({
      options: { seed: { type: 'string', default: '1' }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(sentence: string): never {
  console.error(`${sentence}\n\n${USAGE}`);
  process.exit(2);
}
