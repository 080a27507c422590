import module from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import '../pitlane/cluster/lean-client.ts';
import { onEnd } from './launcher.ts';
import { Prompt } from './prompt.ts';

const USAGE = `Pitlane in a sandbox: a cluster, a misbehaving pod and a Slack, all in this process.

  npm start
  npm start -- --seed 7                 other pod names, the same for the same seed
  printf '/rng list\\n' | npm start     commands from a pipe, one a line; exits with 1 if one failed`;

/** How long the next command waits for the end of this one. */
const NEXT_MS = 1_500;
/** As shells report a Ctrl-C. */
const INTERRUPTED = 130;

const seed = readSeed();
const { stdin, stdout } = process;
const isTerminal = stdin.isTTY === true && stdout.isTTY === true && process.env.TERM !== 'dumb';
// The cluster is in memory, so there is nothing to wait for.
onEnd(() => process.exit(INTERRUPTED));
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const prompt = new Prompt({ input: stdin, output: stdout, isTerminal, onLeave: leave });
prompt.ask('Starting … ');
// Loaded after the arguments are checked, since the client libraries are slow to load.
module.enableCompileCache();
const [{ openSandbox }, { isExit, Session }] = await Promise.all([import('./open.ts'), import('./session.ts')]);
const sandbox = await openSandbox(seed);
const session = new Session({
  sandbox,
  write: (line) => prompt.write(line),
  colours: stdout.isTTY === true && stdout.hasColors(),
});
prompt.ask(promptText());
await session.greet();
if (isTerminal) {
  const { servePage } = await import('./page/serve.ts');
  const { url } = await servePage(sandbox.playground);
  prompt.write(`\nThe same in a browser, with the traffic, faults and a tour:\n\n  ${url}`);
}
process.exit((await runCommands()) || isTerminal ? 0 : 1);

/** Resolves to false when a command failed. */
async function runCommands(): Promise<boolean> {
  let isOk = true;
  for await (const line of prompt.lines) {
    if (isExit(line)) break;
    if (!isTerminal) prompt.write(promptText() + line);
    const command = session.enter(line);
    prompt.ask(promptText());
    // A person may cancel or ask for the progress during a change; a script waits for its end.
    isOk = (await (isTerminal ? Promise.race([command, setTimeout(NEXT_MS, true)]) : command)) && isOk;
  }
  return isOk;
}

function leave(): never {
  console.log('');
  process.exit(0);
}

function promptText(): string {
  return `\n${session.name === 'you' ? '' : session.name}> `;
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
