import { parseArgs } from 'node:util';
import type { Config } from '../pitlane/config/config.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';
import { suggestion } from '../pitlane/text/nearest.ts';
import { rbacObjects } from './rbac-objects.ts';
import { rbacYaml } from './rbac-yaml.ts';

const USAGE = `usage: npm run --silent rbac [-- --cluster NAME] [--without-headroom] | kubectl apply -f -

Prints the permissions that Pitlane needs for the services of pitlane.yaml (or of the file in PITLANE_CONFIG).

  --cluster NAME       a cluster of the configuration (default: all clusters)
  --without-headroom   without reading nodes, pods, budgets and volumes of the whole cluster; a drain then reports
                       as unknown whether its replacement has room`;

const options = readArguments();
process.stdout.write(rbacYaml(rbacObjects(readConfig(), options)));

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        cluster: { type: 'string' },
        'without-headroom': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const { cluster, 'without-headroom': withoutHeadroom } = values;
    return { withoutHeadroom, ...(cluster !== undefined && { cluster }) };
  } catch (error) {
    return fail([(error as Error).message, '', USAGE]);
  }
}

function readConfig(): Config {
  const loaded = loadConfig(configPath(process.env));
  if (loaded.kind === 'unreadable') return fail([loaded.message]);
  if (loaded.kind === 'faulty') return fail(loaded.faults.map((fault) => formatFault(loaded.path, fault)));
  const names = Object.keys(loaded.config.clusters);
  const { cluster } = options;
  if (cluster !== undefined && !names.includes(cluster)) {
    return fail([`Unknown cluster "${cluster}" in ${loaded.path}. ${suggestion(cluster, names)}`]);
  }
  return loaded.config;
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(2);
}
