import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Config } from '../pitlane/config/config.ts';
import { loadConfig, parseConfig } from '../pitlane/config/file.ts';
import { configIn } from './archives.ts';
import { deployFaults } from './deploy-faults.ts';

const EXAMPLE = configIn(loadConfig(fileURLToPath(new URL('../pitlane.example.yaml', import.meta.url))));
const DEPLOY = 'deploy: { region: eu-west-1, secrets: pitlane/slack }';

/** `services`: their keys. */
function configOf(
  services: readonly string[],
  clusters = 'prod: { eks: { name: prod, region: eu-west-1 } }',
  rest = DEPLOY,
) {
  const cluster = clusters.split(':')[0];
  const lines = services.map((key) => `  ${key}: { cluster: ${cluster}, namespace: dockercoins }`);
  return configIn(parseConfig(`clusters: { ${clusters} }\nservices:\n${lines.join('\n')}\n${rest}\n`, 'pitlane.yaml'));
}

const many = Array.from({ length: 50 }, (_, index) => `service-${index}`);
const REFUSED: readonly [string, Config, number][] = [
  ['the example', EXAMPLE, 1],
  ['the example without its section deploy', { ...EXAMPLE, deploy: undefined }, 1],
  ['no section deploy', configOf(['rng'], undefined, ''), 1],
  [
    'a kubeconfig of this machine',
    configOf(['rng'], 'prod: { eks: { name: prod, region: eu-west-1 } }, lab: { kubeconfig: {} }'),
    1,
  ],
  ['commands of Slack', configOf(['rng', 'remind', 'msg']), 2],
  ['too many commands', configOf(many), 1],
  ['several mistakes', configOf(['remind'], 'lab: { kubeconfig: { context: lab } }', ''), 3],
];

test.each(REFUSED)('refuses %s', (_, config, faults) => {
  expect(deployFaults(config, 'pitlane.yaml', EXAMPLE)).toHaveLength(faults);
});

test('takes EKS clusters and kubeconfigs in secrets', () => {
  const clusters = 'prod: { eks: { name: prod, region: eu-west-1 } }, edge: { secret: pitlane/edge }';
  expect(deployFaults(configOf(['rng'], clusters), 'pitlane.yaml', EXAMPLE)).toEqual([]);
});

test('says what to do instead', async () => {
  const lines = REFUSED.map(
    ([name, config]) =>
      `${name}:\n${deployFaults(config, 'pitlane.yaml', EXAMPLE)
        .map((fault) => `  ${fault}\n`)
        .join('')}`,
  );
  await expect(lines.join('')).toMatchFileSnapshot('golden/deploy-faults.golden.txt');
});
