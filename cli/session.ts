import type { Pitlane } from '../pitlane/operate/use-case.ts';
import type { Options } from './options.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** Everything that a request of this process needs. */
export interface Session {
  readonly pitlane: Pitlane;
  readonly options: Options;
  readonly style: Style;
  readonly terminal: Terminal;
  /** The person, for the records: the Kubernetes user. */
  readonly user: string;
}

/** True if no question can be asked: there is no terminal, or a program reads the output. */
export function isUnattended({ terminal, options }: Session): boolean {
  return !terminal.canAsk || options.output === 'json' || options.output === 'yaml';
}
