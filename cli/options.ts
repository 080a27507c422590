import type { FlagSyntax } from '../pitlane/command/flags.ts';
import { type Misread, misread } from '../pitlane/command/misread.ts';
import { readSeconds } from '../pitlane/text/duration.ts';
import { editDistance } from '../pitlane/text/nearest.ts';
import { alternatives, quote } from '../pitlane/text/words.ts';

/** The flags of every command. */
export interface Options {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** The Kubernetes Service's name. */
  readonly service?: string;
  readonly config?: string;
  /** The directory for evidence. */
  readonly to?: string;
  /** True: writes evidence of a pod after a drain and before a finish. */
  readonly keepsEvidence: boolean;
  readonly output: Format;
  /** True: shows changes until Ctrl-C. */
  readonly watch: boolean;
  /** True: confirms all warnings. */
  readonly yes: boolean;
  readonly hasColour: boolean;
  readonly timeoutMs: number;
  readonly debug: boolean;
}

export const OPTION_FLAGS: readonly FlagSyntax[] = [
  { name: 'namespace', short: 'n', value: 'dockercoins' },
  { name: 'service', value: 'rng' },
  { name: 'kubeconfig', value: 'admin.conf' },
  { name: 'context', value: 'lab' },
  { name: 'config', value: 'pitlane.yaml' },
  { name: 'output', short: 'o', value: 'json' },
  { name: 'to', value: './evidence' },
  { name: 'no-evidence' },
  { name: 'watch', short: 'w' },
  { name: 'yes', short: 'y' },
  { name: 'no-color' },
  { name: 'timeout', value: '2m' },
  { name: 'debug' },
];

/** For `pitlane --help`. */
export const OPTIONS_HELP = `Flags of every command:
  -n, --namespace NAME   default: from the configuration, or from the context
      --service NAME     the Kubernetes Service, if no configuration names it
      --kubeconfig FILE  default: KUBECONFIG, or ~/.kube/config
      --context NAME     default: the current context
      --config FILE      default: PITLANE_CONFIG, or ./pitlane.yaml if it exists
  -o, --output FORMAT    table, wide, json or yaml
  -w, --watch            after a list, show changes until Ctrl-C
  -y, --yes              confirm warnings without asking
      --to DIR           directory for evidence; default: ~/.local/state/pitlane/evidence
      --no-evidence      write no evidence on drain and finish
      --timeout 5m       how long to wait for a change to complete
      --no-color         no colours; the same as NO_COLOR
      --debug            print the stack trace of an internal error`;

export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
type Format = (typeof FORMATS)[number];
const DEFAULT_TIMEOUT = '5m';
const MAX_TIMEOUT_SECONDS = 86_400;

export type ReadOptions = { readonly kind: 'options'; readonly options: Options } | Misread;

export function readOptions(flags: ReadonlyMap<string, string>): ReadOptions {
  const given = flags.get('output') ?? 'table';
  const output = FORMATS.find((format) => format === given.toLowerCase());
  if (output === undefined) {
    // Allows one typo only: with two, `xml` would become `yaml`.
    const nearest = FORMATS.find((format) => editDistance(format, given.toLowerCase().slice(0, 10)) <= 1);
    const expected = nearest === undefined ? `Expected ${alternatives(FORMATS)}.` : `Did you mean "${nearest}"?`;
    return misread(`Unknown output format ${quote(given)}. ${expected}`);
  }
  const timeout = flags.get('timeout') ?? DEFAULT_TIMEOUT;
  const timeoutSeconds = readSeconds(timeout);
  if (!timeoutSeconds || timeoutSeconds > MAX_TIMEOUT_SECONDS)
    return misread(`Invalid --timeout ${quote(timeout)}: expected a duration from 1s to 1d, such as 90s or 2m.`);
  return {
    kind: 'options',
    options: {
      kubeconfig: flags.get('kubeconfig'),
      context: flags.get('context'),
      namespace: flags.get('namespace'),
      service: flags.get('service'),
      config: flags.get('config'),
      to: flags.get('to'),
      keepsEvidence: flags.get('no-evidence') !== 'true',
      output,
      watch: flags.get('watch') === 'true',
      yes: flags.get('yes') === 'true',
      hasColour: flags.get('no-color') !== 'true',
      timeoutMs: timeoutSeconds * 1000,
      debug: flags.get('debug') === 'true',
    },
  };
}
