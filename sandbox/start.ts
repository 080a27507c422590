import module from 'node:module';
import { clearLine, cursorTo } from 'node:readline';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import '../pitlane/cluster/lean-client.ts';
import { Session } from './session.ts';

const USAGE = `Pitlane in a sandbox: a cluster, a misbehaving pod and a Slack, all in this process.

  npm start
  npm start -- --seed 7                 other pod names, the same for the same seed
  printf '/rng list\\n' | npm start     commands from a pipe, one a line; exits with 1 if one failed`;

/** How long the prompt waits for a command before it returns. */
const PROMPT_MS = 1_500;

const seed = readSeed();
// Loaded after the arguments are checked, since the client libraries are slow to load.
module.enableCompileCache();
const { openSandbox } = await import('./open.ts');
const isTerminal = process.stdin.isTTY === true;
/** Shows the prompt again with the typed text; undefined without a prompt. */
let showPrompt: (() => void) | undefined;
const session = new Session({
  sandbox: await openSandbox(seed),
  write,
  colours: isTerminal && process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
});
process.exitCode = (await runCommands()) ? 0 : 1;

/** Resolves to false when a command from a pipe failed. */
async function runCommands(): Promise<boolean> {
  let hasFailed = false;
  await session.greet();
  // Created late, since readline drops lines that arrive before the iteration.
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stdout, prompt: '> ' }),
  });
  const ask = () => {
    const status = session.status();
    write(status === undefined ? '' : `\n[${status}]`);
    lines.prompt();
    showPrompt = () => lines.prompt(true);
  };
  lines.once('SIGINT', () => lines.close());
  try {
    if (isTerminal) ask();
    for await (const line of lines) {
      showPrompt = undefined;
      if (!isTerminal) write(`\n> ${line}`);
      const command = session.enter(line);
      // A person may cancel or ask for the progress during a change; a script waits for its end.
      const result = await (isTerminal ? Promise.race([command, setTimeout(PROMPT_MS, 'inProgress')]) : command);
      if (result === 'left') break;
      hasFailed ||= result === 'failed';
      if (isTerminal) ask();
    }
  } finally {
    showPrompt = undefined;
    lines.close();
    await session.end();
  }
  return isTerminal || !hasFailed;
}

/** Writes above the typed text, since the tick may report at any time. */
function write(line: string): void {
  if (showPrompt !== undefined) {
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  }
  console.log(line);
  showPrompt?.();
}

function readSeed(): number {
  const { values } = readArguments();
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (!/^\d{1,9}$/.test(values.seed)) exitWithUsage(`--seed must be a whole number, not "${values.seed}".`);
  return Number(values.seed);
}

function readArguments() {
  try {
    return parseArgs({
      options: { seed: { type: 'string', default: '1' }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    return exitWithUsage((error as Error).message);
  }
}

function exitWithUsage(sentence: string): never {
  console.error(`${sentence}\n\n${USAGE}`);
  process.exit(2);
}
