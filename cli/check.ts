import { DONE, MISREAD } from './exit-code.ts';
import type { Options } from './options.ts';
import { findConfig } from './target.ts';
import type { Terminal } from './terminal.ts';

/** `pitlane check`: reports every mistake in the configuration. */
export async function check(options: Options, terminal: Terminal): Promise<number> {
  const found = await findConfig(options, terminal.env);
  if (found?.kind === 'config') {
    const { clusters, services } = found.config;
    const reached = Object.entries(clusters).map(([name, cluster]) =>
      cluster.kind === 'secret' ? `${name} (kubeconfig in the secret ${cluster.secret})` : name,
    );
    const names = `Services: ${Object.keys(services).join(', ')}. Clusters: ${reached.join(', ')}.`;
    terminal.out(`${found.path} is valid. ${names}\n`);
    return DONE;
  }
  const messages = found?.messages ?? ['No pitlane.yaml in this directory. Create one, or add --config FILE.'];
  terminal.err(`${messages.join('\n')}\n`);
  return MISREAD;
}
