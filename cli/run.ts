import type { Misread } from '../pitlane/command/misread.ts';
import { type HelpRequest, isHelp } from '../pitlane/command/request.ts';
import { help } from '../pitlane/operations/commands.ts';
import { readCommandLine } from './command-line.ts';
import { completionScript } from './completion/scripts.ts';
import { DONE, MISREAD } from './exit-code.ts';
import { OPTIONS_HELP } from './options.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

const HELP_WIDTH = 80;

let hasRequested = false;

/** True once a request has run, and with it most of the code. */
export function hasRunRequest(): boolean {
  return hasRequested;
}

/** Runs the command line. Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const line = readCommandLine(args, terminal.program);
  switch (line.kind) {
    case 'version':
      terminal.out(`pitlane ${version()}\n`);
      return DONE;
    case 'overview':
      terminal.out(`${overview(terminal.program)}\n`);
      return DONE;
    case 'check':
      return (await import('./check.ts')).check(line.options, terminal);
    case 'completion':
      terminal.out(completionScript(line.shell));
      return DONE;
    case 'complete':
      hasRequested = true;
      terminal.out(await (await import('./completion/complete.ts')).complete(line.words, terminal));
      return DONE;
    case 'misread':
      return showUsageError(line, line.prefix, terminal);
    case 'request':
      if (isHelp(line.request)) return showHelp(line.request, line.prefix, terminal);
      hasRequested = true;
      // Help and usage errors need not wait half a second for the client library to load.
      return (await import('./request.ts')).request(line.request, line.options, line.prefix, terminal);
  }
}

function overview(program: string): string {
  const text = help({ command: 'help' }, { prefix: `${program} SERVICE`, width: HELP_WIDTH });
  const service = 'SERVICE is a key of pitlane.yaml, or the name of a Service in the namespace.';
  return `${text}\n\n${service}\n${program} check   reports every mistake in pitlane.yaml\n${program} completion bash, zsh or fish   prints the completion of a shell\n\n${OPTIONS_HELP}`;
}

function showUsageError({ message, instead }: Misread, prefix: string, terminal: Terminal): number {
  const lines = [message, ...instead.map((line) => `  ${prefix} ${line}`)];
  terminal.err(`${lines.join('\n')}\n`);
  return MISREAD;
}

function showHelp(request: HelpRequest, prefix: string, terminal: Terminal): number {
  const isOverview = request.topic === undefined;
  // Without a service, the examples show where its name goes.
  const examplePrefix = request.service === '' ? `${prefix} SERVICE` : prefix;
  const text = isOverview ? overview(terminal.program) : help(request, { prefix: examplePrefix, width: HELP_WIDTH });
  terminal.out(`${text}\n`);
  return DONE;
}
