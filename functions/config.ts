import { type Config, ConfigUnusable } from '../pitlane/config/config.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';

/**
 * The configuration. Packaging (infra/bundle.ts) checks the file and puts the result in the place of this module, so
 * that the functions carry neither a YAML reader nor the schema. Throws ConfigUnusable.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const loaded = loadConfig(configPath(env));
  switch (loaded.kind) {
    case 'config':
      return loaded.config;
    case 'unreadable':
      throw new ConfigUnusable(loaded.message);
    case 'faulty':
      throw new ConfigUnusable(loaded.faults.map((fault) => formatFault(loaded.path, fault)).join('\n'));
  }
}
