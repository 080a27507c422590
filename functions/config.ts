import { type Config, ConfigUnusable } from '../pitlane/config/config.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';

/**
 * Packaging (infra/bundle.ts) checks the configuration and replaces this module with the result, so that the functions
 * contain neither a YAML reader nor the schema. Throws ConfigUnusable.
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
