import { DONE, MISREAD } from './exit-code.ts';
import type { Options } from './options.ts';
import { findConfig } from './target.ts';
import type { Terminal } from './terminal.ts';

/** `pitlane check`: the verdict on the configuration. */
export function check(options: Options, terminal: Terminal): number {
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
