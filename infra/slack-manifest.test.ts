import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Config, DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { type Delivery, type Manifest, SCOPE_OF, slackApp } from './slack-app.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const URL_OF_SLACK = 'https://abcdefghij.lambda-url.eu-west-1.on.aws/';
const BY_URL: Delivery = { kind: 'url', url: URL_OF_SLACK };

const folder = mkdtempSync(join(tmpdir(), 'pitlane-manifest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noGrant = { everyone: false, users: [], userGroups: [], runbooks: false };
function configOf(keys: readonly string[], access: Partial<Config['access']> = {}): Config {
  const service = (key: string) => ({ key, cluster: 'prod', namespace: 'coins', service: key, policy: DEFAULT_POLICY });
  return {
    clusters: { prod: { kind: 'kubeconfig' } },
    services: Object.fromEntries(keys.map((key) => [key, service(key)])),
    access: { viewer: noGrant, operator: noGrant, admin: noGrant, ...access },
  };
}

/** The limits of Slack's app manifest reference, where they could be reached. */
function faultsOf({ display_information: app, features, settings, oauth_config: oauth }: Manifest): readonly string[] {
  const faults: string[] = [];
  const within = (what: string, text: string, most: number) => {
    if (text.length < 1 || text.length > most) faults.push(`${what} has ${text.length} characters, 1 to ${most}`);
  };
  within('name', app.name, 35);
  within('description', app.description ?? '', 140);
  const commands = features?.slash_commands ?? [];
  if (commands.length < 1 || commands.length > 50) faults.push(`${commands.length} slash commands, 1 to 50`);
  if (new Set(commands.map(({ command }) => command)).size < commands.length) faults.push('a slash command twice');
  for (const { command, description, usage_hint = '', url = '' } of commands) {
    if (!/^\/[-_a-z0-9]+$/.test(command)) faults.push(`${command} is not a command`);
    within(command, command, 32);
    within(`the description of ${command}`, description, 2000);
    within(`the hint of ${command}`, usage_hint, 1000);
    if (url.length > 3000) faults.push(`the address of ${command} has ${url.length} characters, at most 3000`);
  }
  if (!/^[-a-z0-9_.]{1,80}$/.test(features?.bot_user?.display_name ?? '')) faults.push('the name of the bot');
  const isSocket = settings?.socket_mode_enabled === true;
  for (const part of [settings?.interactivity, settings?.event_subscriptions])
    if ((part?.request_url === undefined) !== isSocket) faults.push('an address is missing, or one too many');
  if ((oauth?.scopes?.bot ?? []).length === 0) faults.push('no scope');
  return faults;
}

/** Runs the script as `npm run slack:manifest` does. */
function run(yaml: string, ...args: readonly string[]) {
  const path = join(folder, 'pitlane.yaml');
  writeFileSync(path, yaml);
  return spawnSync(process.execPath, [join(ROOT, 'infra/slack-manifest.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PITLANE_CONFIG: path },
  });
}
const YAML =
  'clusters: { prod: { eks: { name: prod, region: eu-west-1 } } }\nservices: { rng: { namespace: coins } }\n';

test('the manifest of the example, by URL, is the one in the golden file', async () => {
  const { stdout, stderr } = run(readFileSync(join(ROOT, 'pitlane.example.yaml'), 'utf8'), '--url', URL_OF_SLACK);
  expect(stderr).toBe('');
  expect(faultsOf(parse(stdout))).toEqual([]);
  await expect(stdout).toMatchFileSnapshot('golden/slack-manifest.golden.yaml');
});

test('Socket Mode needs no address, and JSON is the same manifest', () => {
  const manifest = JSON.parse(run(YAML, '--socket', '-o', 'json').stdout) as Manifest;
  expect(manifest).toEqual(parse(run(YAML, '--socket').stdout));
  expect(manifest.settings?.socket_mode_enabled).toBe(true);
  expect(JSON.stringify(manifest)).not.toContain('url');
  expect(faultsOf(manifest)).toEqual([]);
});

test('the longest names and 49 services stay within the limits of Slack', () => {
  const keys = Array.from({ length: 49 }, (_, index) => `${index}-`.padEnd(31, 'x'));
  expect(faultsOf(slackApp(configOf(keys), BY_URL))).toEqual([]);
});

test.each([
  ['no delivery', YAML, [], 'Give either --url or --socket'],
  ['two deliveries', YAML, ['--url', URL_OF_SLACK, '--socket'], 'Give either --url or --socket'],
  ['an address without TLS', YAML, ['--url', 'http://example.com/'], 'must be an https:// address'],
  ['what is no address', YAML, ['--url', 'pitlane'], 'must be an https:// address'],
  ['another format', YAML, ['--socket', '-o', 'xml'], '-o must be yaml or json'],
  ['an unknown flag', YAML, ['--sokcet'], 'usage:'],
  ['a service with the name of a command of Slack', YAML.replace('rng', 'remind'), ['--socket'], '/remind'],
  ['an invalid configuration', 'services: {}', ['--socket'], 'clusters is missing'],
])('refuses %s', (_, yaml, args, sentence) => {
  const { status, stdout, stderr } = run(yaml, ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(sentence);
});

describe('the scopes', () => {
  const scopes = (access: Partial<Config['access']>) =>
    slackApp(configOf(['rng'], access), BY_URL).oauth_config?.scopes?.bot ?? [];

  test('cover every method that the code calls, and no other', () => {
    const files = globSync('pitlane/chat/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'));
    const called = files.flatMap((file) => [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bcall\(\s*'([a-z]+(?:\.[a-zA-Z]+)+)'/g),
    ]);
    const needsNone = ['auth.test', 'views.open', 'views.publish'];
    const methods = new Set(called.map(([, method = '']) => method));
    expect([...methods].filter((method) => !needsNone.includes(method)).sort()).toEqual(Object.keys(SCOPE_OF).sort());
  });

  test('look people up only where the configuration gives a role to groups or to everyone', () => {
    expect(scopes({ admin: { ...noGrant, users: ['U0123456789'] } })).toEqual([
      'app_mentions:read',
      'chat:write',
      'commands',
      'files:write',
      'im:write',
    ]);
    expect(scopes({ viewer: { ...noGrant, everyone: true } })).toContain('users:read');
    expect(scopes({ viewer: { ...noGrant, everyone: true } })).not.toContain('usergroups:read');
    const groups = scopes({ operator: { ...noGrant, userGroups: ['S0123456789'] } });
    expect(groups).toEqual(expect.arrayContaining(['users:read', 'usergroups:read']));
  });
});
