import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Config } from './config.ts';
import { configPath, formatFault, loadConfig, parseConfig } from './file.ts';
import { jsonSchema } from './schema.ts';

const SMALLEST = `
clusters:
  lab: { kubeconfig: {} }
services:
  rng: { namespace: dockercoins }
`;
const NO_GRANT = { everyone: false, users: [], userGroups: [], runbooks: false };

test('reports the mistakes below an invalid key', () => {
  const text = `
clusters:
  lab: { kubeconfig: {} }
services:
  my rng: { namespace: dockercoins, minReady: 150%, drain: { for: 8d } }
`;
  const read = parseConfig(text, 'pitlane.yaml');
  const faults = read.kind === 'faulty' ? read.faults : [];
  expect(faults.map(({ path }) => path)).toEqual([
    'services.my rng',
    'services.my rng.minReady',
    'services.my rng.drain.for',
  ]);
});

test.each([
  ['at: ""', 'services.rng.schedules[1].at'],
  ['at: "0 9 * * *", tz: [UTC]', 'services.rng.schedules[1].tz'],
  ['at: "0 9 * * *", tz: ""', 'services.rng.schedules[1].tz'],
  ['at: [0]', 'services.rng.schedules[1].at'],
])('reports a schedule with { %s } beside another one', (part, path) => {
  const text = `${SMALLEST}
    schedules: [{ at: "0 9 * * *", enable: a=b }, { ${part}, enable: a=b }]
`.replace('{ namespace: dockercoins }', '\n    namespace: dockercoins');
  const read = parseConfig(text, 'pitlane.yaml');
  expect(read.kind === 'faulty' && read.faults.map((fault) => fault.path)).toEqual([path]);
});

test('reads every setting of the shipped example', () => {
  const path = fileURLToPath(new URL('../../pitlane.example.yaml', import.meta.url));
  expect(loadConfig(path)).toEqual({
    kind: 'config',
    path,
    config: {
      clusters: {
        prod: { kind: 'eks', name: 'prod', region: 'eu-west-1' },
        lab: { kind: 'kubeconfig', context: 'lab' },
      },
      services: {
        rng: {
          key: 'rng',
          cluster: 'prod',
          namespace: 'dockercoins',
          service: 'rng',
          policy: {
            minReady: 2,
            maxDrained: 3,
            gate: { key: 'enabled', value: 'yes' },
            debugImage: 'busybox',
            drain: { forSeconds: 3_600, then: 'remind' },
            schedules: [
              {
                id: '11ca23',
                cron: '0 9 * * 1-5',
                tz: 'Europe/Zurich',
                does: 'enable',
                forSeconds: 28_800,
                selector: 'track=canary',
              },
            ],
          },
          channel: 'C0123456789',
          onlyChannels: ['C0123456789'],
        },
        hasher: {
          key: 'hasher',
          cluster: 'lab',
          namespace: 'dockercoins',
          service: 'hasher',
          policy: {
            maxDrained: 3,
            gate: { key: 'enabled', value: 'yes' },
            drain: { forSeconds: 3_600, then: 'remind' },
          },
        },
      },
      access: {
        viewer: { ...NO_GRANT, everyone: true },
        operator: { ...NO_GRANT, userGroups: ['S0123456789'], runbooks: true },
        admin: { ...NO_GRANT, users: ['U0123456789'] },
      },
      deploy: {
        region: 'eu-west-1',
        stage: 'prod',
        secrets: 'pitlane/slack',
        door: 'url',
        concurrency: 20,
        fips: false,
      },
    } satisfies Config,
  });
});

test('takes the only cluster and grants nothing by default', () => {
  expect(parseConfig(SMALLEST, 'pitlane.yaml')).toMatchObject({
    config: {
      clusters: { lab: { kind: 'kubeconfig' } },
      services: { rng: { cluster: 'lab', service: 'rng' } },
      access: { viewer: NO_GRANT, operator: NO_GRANT, admin: NO_GRANT },
    },
  });
});

describe('keeps values as they are written, whatever type YAML would give them', () => {
  test.each([
    ['gate: enabled=yes', { key: 'enabled', value: 'yes' }],
    ['gate: { enabled: yes }', { key: 'enabled', value: 'yes' }],
    ['gate: { enabled: true }', { key: 'enabled', value: 'true' }],
    ['gate: { enabled: 1 }', { key: 'enabled', value: '1' }],
    ['gate: { enabled: 0x10 }', { key: 'enabled', value: '0x10' }],
    ['gate: { enabled: "on" }', { key: 'enabled', value: 'on' }],
    ['gate: example.com/in=', { key: 'example.com/in', value: '' }],
  ])('%s', (line, gate) => {
    const text = `clusters: { lab: { kubeconfig: {} } }\nservices: { rng: { namespace: 007, ${line} } }`;
    expect(parseConfig(text, 'p')).toMatchObject({
      config: { services: { rng: { namespace: '007', policy: { gate } } } },
    });
  });

  test.each([
    ['0', 0],
    ['2', 2],
    ['75%', '75%'],
    ['100%', '100%'],
    ['"2"', 2],
  ])('minReady: %s', (written, minReady) => {
    const text = SMALLEST.replace('dockercoins', `dockercoins, minReady: ${written}`);
    expect(parseConfig(text, 'p')).toMatchObject({ config: { services: { rng: { policy: { minReady } } } } });
  });
});

test.each(['mistakes', 'deploy-mistakes'])('reports every mistake in the order of the file: %s', async (name) => {
  const text = readFileSync(new URL(`golden/${name}.yaml`, import.meta.url), 'utf8');
  const loaded = parseConfig(text, `${name}.yaml`);
  const faults = loaded.kind === 'faulty' ? loaded.faults : [];
  const report = faults.map((fault) => formatFault(`${name}.yaml`, fault)).join('\n');
  await expect(`${report}\n`).toMatchFileSnapshot(`golden/${name}.golden.txt`);
});

describe('the section deploy', () => {
  const deployed = (fields: string) => parseConfig(`${SMALLEST}deploy: { region: eu-west-1, ${fields} }`, 'p');

  test('needs a region and a secret, and has defaults for the rest', () => {
    expect(deployed('secrets: pitlane/slack')).toMatchObject({
      config: {
        deploy: {
          region: 'eu-west-1',
          stage: 'prod',
          secrets: 'pitlane/slack',
          door: 'url',
          concurrency: 20,
          fips: false,
        },
      },
    });
    const empty = parseConfig(`${SMALLEST}deploy: {}`, 'p');
    expect(empty.kind === 'faulty' && empty.faults.map(({ path }) => path)).toEqual([
      'deploy.region',
      'deploy.secrets',
    ]);
  });

  test('is reached by API Gateway where AWS has no function URLs, and refuses a URL there', () => {
    const inZurich = (door: string) =>
      parseConfig(`${SMALLEST}deploy: { region: eu-central-2, secrets: s${door} }\n`, 'p');
    expect(inZurich('')).toMatchObject({ config: { deploy: { door: 'api' } } });
    expect(inZurich(', door: api')).toMatchObject({ config: { deploy: { door: 'api' } } });
    expect(inZurich(', door: url')).toMatchObject({ kind: 'faulty', faults: [{ path: 'deploy.door' }] });
  });

  test.each([
    ['a parameter', 'secrets: "ssm:/pitlane/slack"', { secrets: 'ssm:/pitlane/slack' }],
    [
      'an ARN',
      'secrets: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pitlane/slack-AbCdEf"',
      { secrets: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pitlane/slack-AbCdEf' },
    ],
    [
      'a network',
      'secrets: s, vpc: { subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] }',
      { vpc: { subnets: ['subnet-0a1b2c3d'], securityGroups: ['sg-0a1b2c3d'] } },
    ],
    ['API Gateway', 'secrets: s, door: api', { door: 'api' }],
    ['no reserved instances', 'secrets: s, concurrency: none', { concurrency: undefined }],
    ['FIPS', 'secrets: s, fips: false', { fips: false }],
    ['alarms by mail', 'secrets: s, alarms: { email: ops@example.com }', { alarms: { email: 'ops@example.com' } }],
  ])('takes %s', (_, fields, want) => {
    expect(deployed(fields)).toMatchObject({ config: { deploy: want } });
  });
});

test('an EKS cluster takes a role, an address and its certificate authority', () => {
  const ca = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');
  const eks = { name: 'prod', region: 'us-gov-west-1', role: 'arn:aws-us-gov:iam::123456789012:role/a/b' };
  const address = { endpoint: 'https://1234.gr7.us-gov-west-1.eks.amazonaws.com', ca };
  const cluster = JSON.stringify({ prod: { eks: { ...eks, ...address } } });
  expect(parseConfig(SMALLEST.replace('\n  lab: { kubeconfig: {} }', ` ${cluster}`), 'p')).toMatchObject({
    config: { clusters: { prod: { kind: 'eks', ...eks, ...address } } },
  });
});

describe('a file that is not a configuration', () => {
  test.each([
    ['', ['1:1 clusters', '1:1 services']],
    ['hello', ['1:1 ']],
    [`${SMALLEST}services: {}`, ['6:1 ']],
    ['clusters: { lab: { kubeconfig: {} } }\nservices: {}', ['2:1 services']],
  ])('reports %j', async (text, want) => {
    const loaded = parseConfig(text, 'pitlane.yaml');
    const faults = loaded.kind === 'faulty' ? loaded.faults : [];
    expect(faults.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual(want);
  });

  test('can be missing or a directory', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitlane-'));
    const absent = join(folder, 'pitlane.yaml');
    expect(loadConfig(absent)).toMatchObject({ kind: 'unreadable', path: absent, isAbsent: true });
    expect(loadConfig(folder)).toMatchObject({ kind: 'unreadable', path: folder, isAbsent: false });
    writeFileSync(absent, SMALLEST);
    expect(loadConfig(absent).kind).toBe('config');
  });

  test('is explained', async () => {
    const texts = ['', 'hello', `${SMALLEST}services: {}`, 'clusters: { lab: { kubeconfig: {} } }\nservices: {}'];
    const reports = texts.map((text) => {
      const loaded = parseConfig(text, 'pitlane.yaml');
      return loaded.kind === 'faulty' ? loaded.faults.map((fault) => formatFault('pitlane.yaml', fault)) : [];
    });
    const unreadable = ['/nowhere/pitlane.yaml', '/'].map((path) => {
      const loaded = loadConfig(path);
      return loaded.kind === 'unreadable' ? loaded.message : '';
    });
    const sentences = [...reports.flat(), ...unreadable].map((sentence) => `${sentence}\n`).join('');
    await expect(sentences).toMatchFileSnapshot('golden/not-a-configuration.golden.txt');
  });
});

test('PITLANE_CONFIG names the file, pitlane.yaml is the default', () => {
  expect(configPath({ PITLANE_CONFIG: '/etc/pitlane.yaml' })).toBe('/etc/pitlane.yaml');
  expect(configPath({})).toBe('pitlane.yaml');
});

test('pitlane.schema.json is up to date (npm run schema)', () => {
  const written: unknown = JSON.parse(readFileSync(new URL('../../pitlane.schema.json', import.meta.url), 'utf8'));
  expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});
