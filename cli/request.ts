import type { HelpRequest, Request } from '../pitlane/command/request.ts';
import type { Config } from '../pitlane/config/config.ts';
import { type Fault, fault, type KubeconfigChoice } from '../pitlane/kubeconfig/kubeconfig.ts';
import type { House } from '../pitlane/operate/house.ts';
import { notConfigured } from '../pitlane/operate/missing.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { makesChanges, specOf } from '../pitlane/operations/table.ts';
import { answer } from './answer.ts';
import { inColour, plain } from './colour.ts';
import { FAILED, MISREAD } from './exit-code.ts';
import { withKubectlFlags } from './kubectl-flags.ts';
import type { Options } from './options.ts';
import { connectTo, type FoundTarget, findConfig, findTarget, userOf } from './target.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_COLUMNS = 80;

/** Runs a request that needs a cluster. Returns the exit code. */
export async function request(
  asked: Exclude<Request, HelpRequest>,
  options: Options,
  prefix: string,
  terminal: Terminal,
): Promise<number> {
  const found = await findConfig(options, terminal.env);
  const config = found?.kind === 'config' ? found.config : undefined;
  const scope = found?.kind === 'fault' ? found : scopeOf(asked, config, options, terminal);
  if (scope.kind === 'fault') {
    terminal.err(`${scope.messages.join('\n')}\n`);
    return MISREAD;
  }
  const keys = Object.keys(config?.services ?? {});
  const hasColour = terminal.isScreen && options.hasColour && !terminal.env.NO_COLOR;
  const user = makesChanges(asked) ? await userOf(scope.target, terminal) : terminal.user;
  const code = await answer(asked, {
    pitlane: withKubectlFlags(createPitlane({ keys, now: terminal.now, ...scope.house }), scope.kubeconfig),
    options,
    terminal,
    user,
    style: {
      prefix,
      paint: hasColour ? inColour : plain,
      isChange: makesChanges(asked),
      isWide: options.output === 'wide',
      isTerminal: terminal.isScreen,
      width: terminal.isScreen && options.output !== 'wide' ? (terminal.columns ?? DEFAULT_COLUMNS) : undefined,
      now: terminal.now(),
    },
  });
  const hint = code === FAILED ? notConfigured(asked.service, keys) : undefined;
  if (hint !== undefined) terminal.err(`${hint}\n`);
  return code;
}

/** The services of the request, and how to reach their clusters. */
type Scope =
  | {
      readonly kind: 'scope';
      readonly house: Pick<House, 'service' | 'connect'>;
      readonly kubeconfig: KubeconfigChoice;
      /** For a single service. */
      readonly target?: FoundTarget;
    }
  | Fault;

function scopeOf(
  asked: Exclude<Request, HelpRequest>,
  config: Config | undefined,
  options: Options,
  { env, program }: Terminal,
): Scope {
  if (specOf(asked).isAboutAll && config !== undefined) {
    // Covers all services, even if one is named.
    const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
    const connect = (cluster: string) => connectTo(cluster, config, options, env);
    return { kind: 'scope', house: { service, connect }, kubeconfig: {} };
  }
  if (asked.service === '')
    return fault(`Which service? Type ${program} SERVICE ${asked.command}, or add --config FILE.`);
  const target = findTarget(asked.service, config, options, env);
  if (target.kind === 'fault') return target;
  const house = { service: () => target.service, connect: () => target.connection };
  return { kind: 'scope', house, kubeconfig: target.kubeconfig, target };
}
