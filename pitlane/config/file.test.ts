import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const NOBODY = { everyone: false, users: [], userGroups: [], runbooks: false };

test('below a key that is refused the mistakes are reported too', () => {
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

test('the shipped example is read, with every setting in its place', () => {
  const path = new URL('../../pitlane.example.yaml', import.meta.url).pathname;
  expect(loadConfig(path)).toEqual({
    kind: 'config',
    path,
    config: {
      clusters: {
        prod: { kind: 'eks', name: 'prod', region: 'eu-west-1' },
        lab: { kind: 'kubeconfig', context: 'lab' },
        edge: { kind: 'secret', secret: 'pitlane/edge-kubeconfig' },
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
            drain: { forSeconds: 3_600, then: 'remind' },
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
        viewer: { ...NOBODY, everyone: true },
        operator: { ...NOBODY, userGroups: ['S0123456789'], runbooks: true },
        admin: { ...NOBODY, users: ['U0123456789'] },
      },
    } satisfies Config,
  });
});

test('with one cluster a service need not name it, and without access nobody is granted anything', () => {
  expect(parseConfig(SMALLEST, 'pitlane.yaml')).toMatchObject({
    config: {
      clusters: { lab: { kind: 'kubeconfig' } },
      services: { rng: { cluster: 'lab', service: 'rng' } },
      access: { viewer: NOBODY, operator: NOBODY, admin: NOBODY },
    },
  });
});

describe('values are what was written, whatever YAML would make of them', () => {
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

test('every mistake is reported, in the order of the file, with what was expected', async () => {
  const text = readFileSync(new URL('golden/mistakes.yaml', import.meta.url), 'utf8');
  const loaded = parseConfig(text, 'mistakes.yaml');
  const faults = loaded.kind === 'faulty' ? loaded.faults : [];
  const report = faults.map((fault) => formatFault('mistakes.yaml', fault)).join('\n');
  await expect(`${report}\n`).toMatchFileSnapshot('golden/mistakes.golden.txt');
});

describe('a file that is no configuration at all', () => {
  test.each([
    [
      '',
      [
        'pitlane.yaml:1:1: clusters is missing, expected keys below it.',
        'pitlane.yaml:1:1: services is missing, expected keys below it.',
      ],
    ],
    ['hello', ['pitlane.yaml:1:1: is not understood, expected keys below it.']],
    [`${SMALLEST}services: {}`, ['pitlane.yaml:6:1: The file is no valid YAML: Map keys must be unique.']],
    [
      'clusters: { lab: { kubeconfig: {} } }\nservices: {}',
      ['pitlane.yaml:2:1: services has no service, expected at least one.'],
    ],
  ])('%j', (text, want) => {
    const loaded = parseConfig(text, 'pitlane.yaml');
    expect(loaded.kind === 'faulty' && loaded.faults.map((fault) => formatFault('pitlane.yaml', fault))).toEqual(want);
  });

  test('a file that is not there, and a folder in its place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitlane-'));
    const absent = join(folder, 'pitlane.yaml');
    expect(loadConfig(absent)).toEqual({
      kind: 'unreadable',
      path: absent,
      isAbsent: true,
      message: `The configuration ${absent} can't be read: there is no such file.`,
    });
    expect(loadConfig(folder)).toMatchObject({
      isAbsent: false,
      message: `The configuration ${folder} can't be read: it is a folder.`,
    });
    writeFileSync(absent, SMALLEST);
    expect(loadConfig(absent).kind).toBe('config');
  });
});

test('PITLANE_CONFIG names the file, else it is pitlane.yaml', () => {
  expect(configPath({ PITLANE_CONFIG: '/etc/pitlane.yaml' })).toBe('/etc/pitlane.yaml');
  expect(configPath({})).toBe('pitlane.yaml');
});

test('pitlane.schema.json is up to date (npm run schema writes it)', () => {
  const written: unknown = JSON.parse(readFileSync(new URL('../../pitlane.schema.json', import.meta.url), 'utf8'));
  expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});
