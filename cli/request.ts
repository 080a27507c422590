import type { HelpRequest, Request } from '../pitlane/command/request.ts';
import { notConfigured } from '../pitlane/operate/missing.ts';
import { createPitlane } from '../pitlane/operate.ts';
import { answer } from './answer.ts';
import { withKubectlOf } from './by-kubectl.ts';
import { inColour, plain } from './colour.ts';
import { FAILED, MISREAD } from './exit-code.ts';
import type { Options } from './options.ts';
import { findConfig, findTarget } from './target.ts';
import type { Terminal } from './terminal.ts';

/** Carries out a request that needs a cluster; the answer is the exit code. */
export async function request(
  asked: Exclude<Request, HelpRequest>,
  options: Options,
  prefix: string,
  terminal: Terminal,
): Promise<number> {
  const found = findConfig(options, terminal.env);
  const config = found?.kind === 'config' ? found.config : undefined;
  const target = found?.kind === 'fault' ? found : findTarget(asked.service, config, options, terminal.env);
  if (target.kind === 'fault') {
    terminal.err(`${target.messages.join('\n')}\n`);
    return MISREAD;
  }
  const keys = Object.keys(config?.services ?? {});
  const hasColour = terminal.isScreen && options.hasColour && !terminal.env.NO_COLOR;
  const code = await answer(asked, {
    pitlane: withKubectlOf(
      createPitlane({
        service: () => target.service,
        keys,
        connect: () => target.connection,
        now: terminal.now,
      }),
      target.kubeconfig,
    ),
    options,
    terminal,
    style: {
      prefix,
      paint: hasColour ? inColour : plain,
      isChange: 'dryRun' in asked || asked.command === 'cancel',
      isWide: options.output === 'wide',
      isTerminal: terminal.isScreen,
      now: terminal.now(),
    },
  });
  const hint = code === FAILED ? notConfigured(asked.service, keys) : undefined;
  if (hint !== undefined) terminal.err(`${hint}\n`);
  return code;
}
