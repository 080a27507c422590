import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { house } from '../../functions/house.ts';
import { GoldenFile } from '../golden.ts';
import { OPS, RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'pitlane-config-'));
const FILE = join(folder, 'pitlane.yaml');
const ELSEWHERE = 'C0ELSEWHER';

const CLUSTERS = `clusters: { lab: { kubeconfig: { path: ${join(folder, 'absent')} } } }`;

describe('tells the caller alone, and does nothing', () => {
  test.each([
    ['a misspelt key', [CLUSTERS, 'services:', '  rng:', '    namespace: dockercoins', '    minRedy: 2']],
    ['an invalid value', [CLUSTERS, 'services:', '  rng:', '    namespace: dockercoins', '    minReady: <!channel>']],
    ['a service without a namespace', [CLUSTERS, 'services:', '  rng: {}']],
    ['text that is not YAML', ['services: [']],
  ])('when the configuration has %s', async (_, lines) => {
    writeFileSync(FILE, `${lines.join('\n')}\n`);
    rng.house = () => house({ PITLANE_CONFIG: FILE });
    const said = await rng.type('/rng list');
    expect(said).toMatchObject({ states: ['you configUnusable'], wrote: [] });
    expect(await rng.type('/rng drain rng-a')).toEqual(said);
    const answer = await rng.runbook({ command: 'drain', pod: 'rng-a' });
    expect(answer).toMatchObject({ ok: false, outcome: 'error' });
    const { code, printed } = await rng.cli('--config', FILE, 'rng', 'list');
    expect(code).toBe(2);
    golden.expect(said.text, answer.message, printed);
    expect(rng.changedPods()).toEqual([]);
  });

  test('when the configuration file is missing', async () => {
    rng.house = () => house({ PITLANE_CONFIG: join(folder, 'nowhere.yaml') });
    const { states, text } = await rng.type('/rng list');
    expect(states).toEqual(['you configUnusable']);
    golden.expect(text);
  });

  test('when the kubeconfig of the cluster is missing', async () => {
    writeFileSync(
      FILE,
      `${CLUSTERS}\nservices: { rng: { namespace: dockercoins } }\naccess: { viewer: { users: [U0ADA00000] } }\n`,
    );
    rng.house = () => house({ PITLANE_CONFIG: FILE });
    const { states, text } = await rng.type('/rng list');
    expect(states).toEqual(['you nothingChanged']);
    golden.expect(text);
    expect((await rng.type('/rgn list')).states).toEqual(['you notUnderstood']);
  });
});

describe('a configured channel', () => {
  test('keeps the commands of its service', async () => {
    rng.config = { onlyChannels: [OPS] };
    const { states, wrote, text } = await rng.type('/rng drain rng-a', ELSEWHERE);
    expect({ states, wrote }).toEqual({ states: ['you wrongChannel'], wrote: [] });
    golden.expect(text);
  });

  test('gets the report of a change that was typed elsewhere', async () => {
    rng.config = { channel: OPS };
    const { states, you } = await rng.type('/rng drain rng-a', ELSEWHERE);
    expect(states.toSorted()).toEqual(['ops done', 'you elsewhere']);
    golden.expect(you);
    expect(rng.slack.workspace.messages.filter(({ to }) => to === undefined)).toMatchObject([
      { channel: OPS },
      { channel: OPS, thread: rng.slack.workspace.messages[0]?.ts },
    ]);
  });
});

test('start, result and evidence arrive where the bot is not a member', async () => {
  const { states } = await rng.type('/rng drain rng-a', ELSEWHERE);
  expect(states[0]).toBe('ops asked');
  expect(states.toSorted()).toEqual(['ops asked', 'ops done', 'ops file']);
});
