import { help } from '../pitlane/command/help.ts';
import type { Misread } from '../pitlane/command/misread.ts';
import type { HelpRequest, Request } from '../pitlane/command/request.ts';
import { createPitlane } from '../pitlane/operate.ts';
import { answer } from './answer.ts';
import { inColour, plain } from './colour.ts';
import { readCommandLine } from './command-line.ts';
import { DONE, MISREAD } from './exit-code.ts';
import { OPTIONS_HELP, type Options } from './options.ts';
import { findConfig, findTarget } from './target.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

const HELP_WIDTH = 80;

/** Does what the arguments ask for; the answer is the exit code. */
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
      return check(line.options, terminal);
    case 'misread':
      return misread(line, line.prefix, terminal);
    case 'request':
      return line.request.command === 'help'
        ? explain(line.request, line.prefix, terminal)
        : request(line.request, line.options, line.prefix, terminal);
  }
}

function overview(program: string): string {
  const text = help({ command: 'help' }, { prefix: `${program} SERVICE`, width: HELP_WIDTH });
  const service = 'SERVICE is a key of pitlane.yaml, or the name of a Service in the namespace.';
  return `${text}\n\n${service}\n${program} check   reads pitlane.yaml and reports every mistake in it\n\n${OPTIONS_HELP}`;
}

function misread({ message, instead }: Misread, prefix: string, terminal: Terminal): number {
  const lines = [message, ...instead.map((line) => `  ${prefix} ${line}`)];
  terminal.err(`${lines.join('\n')}\n`);
  return MISREAD;
}

function check(options: Options, terminal: Terminal): number {
  const found = findConfig(options, terminal.env);
  if (found?.kind === 'config') {
    const { clusters, services } = found.config;
    terminal.out(
      `${found.path} is in order: ${Object.keys(services).join(', ')} on ${Object.keys(clusters).join(', ')}.\n`,
    );
    return DONE;
  }
  const messages = found?.messages ?? ['There is no pitlane.yaml here, expected one, or --config FILE.'];
  terminal.err(`${messages.join('\n')}\n`);
  return MISREAD;
}

function explain(request: HelpRequest, prefix: string, terminal: Terminal): number {
  const isOverview = request.topic === undefined;
  const text = isOverview ? overview(terminal.program) : help(request, { prefix, width: HELP_WIDTH });
  terminal.out(`${text}\n`);
  return DONE;
}

async function request(
  asked: Exclude<Request, HelpRequest>,
  options: Options,
  prefix: string,
  terminal: Terminal,
): Promise<number> {
  const found = findConfig(options, terminal.env);
  const target = found?.kind === 'fault' ? found : findTarget(asked.service, found?.config, options, terminal.env);
  if (target.kind === 'fault') {
    terminal.err(`${target.messages.join('\n')}\n`);
    return MISREAD;
  }
  const hasColour = terminal.isScreen && options.hasColour && !terminal.env.NO_COLOR;
  return answer(asked, {
    pitlane: createPitlane({ service: () => target.service, connect: () => target.connection, now: terminal.now }),
    options,
    terminal,
    style: {
      prefix,
      paint: hasColour ? inColour : plain,
      isWide: options.output === 'wide',
      isTerminal: terminal.isScreen,
      now: terminal.now(),
    },
  });
}
