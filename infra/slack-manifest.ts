import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import type { Config } from '../pitlane/config/config.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';
import { slackCommandFaults } from '../pitlane/config/slack-commands.ts';
import { type Delivery, slackApp } from './slack-app.ts';

const USAGE = `usage: npm run --silent slack:manifest -- --url URL | --socket [-o yaml|json]

Prints the manifest of the Slack app for the services of pitlane.yaml (or of the file in PITLANE_CONFIG). In Slack:
https://api.slack.com/apps, Create New App, From a manifest. For an app that exists: App Manifest, and install it again.

  --url URL     the address of the function slack: Slack delivers there
  --socket      Socket Mode, for npm run dev and the container: no address
  -o FORMAT     yaml (default) or json`;

const { delivery, output } = readArguments();
const config = readConfig();
const faults = slackCommandFaults(Object.keys(config.services));
if (faults.length > 0) fail(faults);
const manifest = slackApp(config, delivery);
process.stdout.write(
  output === 'json' ? `${JSON.stringify(manifest, null, 2)}\n` : stringify(manifest, { lineWidth: 0 }),
);

function readArguments(): { readonly delivery: Delivery; readonly output: 'yaml' | 'json' } {
  const { url, socket, output, help } = parsed();
  if (help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (output !== 'yaml' && output !== 'json') return fail([`-o must be yaml or json, not "${output}".`]);
  if ((url === undefined) === !socket) return fail(['Give either --url or --socket.', '', USAGE]);
  return { output, delivery: url === undefined ? { kind: 'socket' } : { kind: 'url', url: checked(url) } };
}

function parsed() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string' },
        socket: { type: 'boolean', default: false },
        output: { type: 'string', short: 'o', default: 'yaml' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    return fail([(error as Error).message, '', USAGE]);
  }
}

/** Slack signs what it sends, but sends it in the clear to an http: address. */
function checked(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') return fail([`--url must be an https:// address, not "${text}".`]);
  return url.href;
}

function readConfig(): Config {
  const loaded = loadConfig(configPath(process.env));
  if (loaded.kind === 'unreadable') return fail([loaded.message]);
  if (loaded.kind === 'faulty') return fail(loaded.faults.map((fault) => formatFault(loaded.path, fault)));
  return loaded.config;
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(2);
}
