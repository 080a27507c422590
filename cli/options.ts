import type { FlagSyntax } from '../pitlane/command/flags.ts';
import { type Misread, misread } from '../pitlane/command/misread.ts';
import { readSeconds } from '../pitlane/text/duration.ts';
import { editDistance } from '../pitlane/text/nearest.ts';
import { alternatives, quote } from '../pitlane/text/words.ts';

type Format = 'table' | 'wide' | 'json' | 'yaml';

/** The flags that every command of the command line understands. */
export interface Options {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** The Kubernetes Service's name. */
  readonly service?: string;
  readonly config?: string;
  /** Where evidence is written. */
  readonly to?: string;
  /** What is known of a pod is written down when it is drained, and before it is deleted. */
  readonly keepsEvidence: boolean;
  readonly output: Format;
  /** The caller has said yes to all warnings. */
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
  { name: 'yes', short: 'y' },
  { name: 'no-color' },
  { name: 'timeout', value: '2m' },
  { name: 'debug' },
];

/** For `pitlane --help`. */
export const OPTIONS_HELP = `Flags of every command:
  -n, --namespace NAME   absent: the configured one, or the context's
      --service NAME     the Kubernetes Service, where no file configures it
      --kubeconfig FILE  absent: KUBECONFIG, or ~/.kube/config
      --context NAME     absent: the current one
      --config FILE      absent: PITLANE_CONFIG, or ./pitlane.yaml if it is there
  -o, --output FORMAT    table, wide, json or yaml
  -y, --yes              carry out plans with warnings without asking
      --to DIR           where evidence is written; absent: ~/.local/state/pitlane/evidence
      --no-evidence      drain and finish write none
      --timeout 5m       how long to wait until a change is proven
      --no-color         no colours on a terminal; NO_COLOR does the same
      --debug            where in pitlane an unexpected error happened`;

const FORMATS: readonly Format[] = ['table', 'wide', 'json', 'yaml'];
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const LONGEST_TIMEOUT_SECONDS = 86_400;

export type ReadOptions = { readonly kind: 'options'; readonly options: Options } | Misread;

export function readOptions(flags: ReadonlyMap<string, string>): ReadOptions {
  const given = flags.get('output') ?? 'table';
  const output = FORMATS.find((format) => format === given.toLowerCase());
  if (output === undefined) {
    // Of words that short, `xml` would be near to `yaml` too: only one slip counts.
    const nearest = FORMATS.find((format) => editDistance(format, given.toLowerCase().slice(0, 10)) <= 1);
    return misread(`There is no output format ${quote(given)}, expected ${nearest ?? alternatives(FORMATS)}.`);
  }
  const timeout = flags.get('timeout');
  const timeoutSeconds = timeout === undefined ? undefined : readSeconds(timeout);
  if (timeout !== undefined && (!timeoutSeconds || timeoutSeconds > LONGEST_TIMEOUT_SECONDS))
    return misread(`--timeout ${quote(timeout)} is no duration from 1s to 1d, expected one such as 90s or 2m.`);
  return {
    kind: 'options',
    options: {
      ...optional('kubeconfig', flags),
      ...optional('context', flags),
      ...optional('namespace', flags),
      ...optional('service', flags),
      ...optional('config', flags),
      ...optional('to', flags),
      keepsEvidence: flags.get('no-evidence') !== 'true',
      output,
      yes: flags.get('yes') === 'true',
      hasColour: flags.get('no-color') !== 'true',
      timeoutMs: timeoutSeconds === undefined ? DEFAULT_TIMEOUT_MS : timeoutSeconds * 1000,
      debug: flags.get('debug') === 'true',
    },
  };
}

function optional<Name extends string>(name: Name, flags: ReadonlyMap<string, string>): Partial<Record<Name, string>> {
  const value = flags.get(name);
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, string>>);
}
