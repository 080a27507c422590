import { type HelpRequest, isChange, type Request } from '../pitlane/command/request.ts';
import type { Config } from '../pitlane/config/config.ts';
import type { House } from '../pitlane/operate/house.ts';
import { notConfigured } from '../pitlane/operate/missing.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { READS } from '../pitlane/operations/reads.ts';
import { specOf } from '../pitlane/operations/table.ts';
import { answer } from './answer.ts';
import { inColour, plain } from './colour.ts';
import { FAILED, MISREAD } from './exit-code.ts';
import type { KubeconfigChoice } from './kubeconfig.ts';
import { withKubectlFlags } from './kubectl-flags.ts';
import type { Options } from './options.ts';
import { connectTo, findConfig, findTarget } from './target.ts';
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
  const way = found?.kind === 'fault' ? found : wayFor(asked, config, options, terminal);
  if (way.kind === 'fault') {
    terminal.err(`${way.messages.join('\n')}\n`);
    return MISREAD;
  }
  const keys = Object.keys(config?.services ?? {});
  const hasColour = terminal.isScreen && options.hasColour && !terminal.env.NO_COLOR;
  const code = await answer(asked, {
    pitlane: withKubectlFlags(createPitlane({ keys, now: terminal.now, ...way.house }), way.kubeconfig),
    options,
    terminal,
    style: {
      prefix,
      paint: hasColour ? inColour : plain,
      isChange: isChange(asked) || specOf(asked) === READS.cancel,
      isWide: options.output === 'wide',
      isTerminal: terminal.isScreen,
      now: terminal.now(),
    },
  });
  const hint = code === FAILED ? notConfigured(asked.service, keys) : undefined;
  if (hint !== undefined) terminal.err(`${hint}\n`);
  return code;
}

/** Where what was asked for is, and how to get there. */
type Way =
  | {
      readonly kind: 'way';
      readonly house: Pick<House, 'service' | 'connect'>;
      readonly kubeconfig: KubeconfigChoice;
    }
  | { readonly kind: 'fault'; readonly messages: readonly string[] };

function wayFor(
  asked: Exclude<Request, HelpRequest>,
  config: Config | undefined,
  options: Options,
  { env, program }: Terminal,
): Way {
  if (specOf(asked).isAboutAll && config !== undefined) {
    // About all services, whichever stands in front of it.
    const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
    const connect = (cluster: string) => connectTo(cluster, config, options, env);
    return { kind: 'way', house: { service, connect }, kubeconfig: {} };
  }
  if (asked.service === '') {
    const message = `Which service? Without a configuration, expected ${program} SERVICE ${asked.command}, or --config.`;
    return { kind: 'fault', messages: [message] };
  }
  const target = findTarget(asked.service, config, options, env);
  if (target.kind === 'fault') return target;
  const house = { service: () => target.service, connect: () => target.connection };
  return { kind: 'way', house, kubeconfig: target.kubeconfig };
}
