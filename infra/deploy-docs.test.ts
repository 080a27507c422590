import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../functions/metrics.ts';
import { parseConfig } from '../pitlane/config/file.ts';
import { alarmResources } from './alarms.ts';
import { configIn } from './archives.ts';
import { FUNCTIONS } from './bundle.ts';
import { deployFaults } from './deploy-faults.ts';
import { deploymentOf } from './deployment.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/deploy.md');
const text = readFileSync(PAGE, 'utf8');

const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);
const shell = blocks('sh').join('\n');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe('docs/deploy.md', () => {
  test('runs npm scripts that there are', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(new Set(named).size).toBeGreaterThan(6);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('names files that there are', () => {
    const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path = '']) => join(dirname(PAGE), path));
    const paths = [...shell.matchAll(/(?:infra|docs)\/[\w./-]+/g)].map(([path]) => join(ROOT, path));
    expect(links.length).toBeGreaterThan(5);
    expect([...links, ...paths, join(ROOT, 'pitlane.example.yaml')].filter((path) => !existsSync(path))).toEqual([]);
  });

  test('names functions and roles that the deployment has', () => {
    const inShell = [...shell.matchAll(/for function in ([\w ]+);/g)].flatMap(([, names = '']) => names.split(' '));
    const inRoles = [...text.matchAll(/pitlane-prod-\{([\w,]+)\}/g)].flatMap(([, names = '']) => names.split(','));
    const callers = FUNCTIONS.filter((name) => name !== 'slack');
    expect([inShell, inRoles]).toEqual([callers, callers]);
  });

  test('shows configurations that are deployed as they stand', () => {
    const [smallest = '', ...others] = blocks('yaml');
    const config = configIn(parseConfig(smallest, 'pitlane.yaml'));
    const example = configIn(parseConfig(readFileSync(join(ROOT, 'pitlane.example.yaml'), 'utf8'), 'example'));
    expect(deployFaults(config, 'pitlane.yaml', example)).toEqual([]);
    expect(deploymentOf(config).secrets).toBe('pitlane/slack');
    const ca = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');
    for (const clusters of others) {
      const yaml = clusters.replace('https://…', 'https://prod.test').replace('LS0tLS1CRUdJTi…', ca);
      expect(parseConfig(`${yaml}services: { rng: { namespace: coins } }\n`, 'pitlane.yaml').kind).toBe('config');
    }
  });

  test('lists every field of the section deploy', () => {
    const schema = JSON.parse(readFileSync(join(ROOT, 'pitlane.schema.json'), 'utf8'));
    const table = text.slice(text.indexOf('## The section deploy'), text.indexOf('**Private endpoints.**'));
    const fields = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field);
    expect(fields.sort()).toEqual(Object.keys(schema.properties.deploy.properties).sort());
  });

  test('lists every metric and alarm', () => {
    const metrics = text.slice(text.indexOf('| metric |')).matchAll(/^\| (`.+?) \|/gm);
    const named = [...metrics].flatMap(([, names = '']) => [...names.matchAll(/\w+/g)].map(([name]) => name));
    expect(named.sort()).toEqual(Object.keys(METRICS).sort());
    const alarms = Object.values(alarmResources({ stage: 'prod', alarms: { topic: 'arn' } }))
      .map(({ Properties }) => String(Properties.AlarmName).replace('pitlane-prod-', ''))
      .filter((name) => !/-(?:errors|throttles)$/.test(name));
    expect(alarms.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
