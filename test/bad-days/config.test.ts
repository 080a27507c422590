import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { house } from '../../functions/house.ts';
import { OPS, RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const folder = mkdtempSync(join(tmpdir(), 'pitlane-config-'));
const FILE = join(folder, 'pitlane.yaml');
const ELSEWHERE = 'C0ELSEWHER';

const CLUSTERS = `clusters: { lab: { kubeconfig: { path: ${join(folder, 'absent')} } } }`;

/** Each is what stands in the file, and the sentence about it. */
const FILES: readonly [name: string, lines: readonly string[], sentence: string][] = [
  [
    'a key with a typo',
    [CLUSTERS, 'services:', '  rng:', '    namespace: dockercoins', '    minRedy: 2'],
    `${FILE}:5:5: Unknown field "services.rng.minRedy". Did you mean "minReady"?`,
  ],
  [
    'a value that is none',
    [CLUSTERS, 'services:', '  rng:', '    namespace: dockercoins', '    minReady: <!channel>'],
    `${FILE}:5:15: services.rng.minReady is invalid: expected a number of pods or a percentage of them, such as 2 or 75%.`,
  ],
  [
    'a service without a namespace',
    [CLUSTERS, 'services:', '  rng: {}'],
    `${FILE}:3:3: services.rng.namespace is missing: expected the name of a namespace.`,
  ],
  ['no YAML', ['services: ['], `${FILE}:2:1: The file is not valid YAML:`],
];

describe('a configuration with a mistake is told to who asked, and nothing is done', () => {
  test.each(FILES)('%s', async (_, lines, sentence) => {
    writeFileSync(FILE, `${lines.join('\n')}\n`);
    rng.house = () => house({ PITLANE_CONFIG: FILE });
    const said = `Pitlane's configuration can't be used, so nothing was done. ${sentence}`;
    for (const line of ['/rng list', '/rng drain rng-a']) {
      const { you, ops, wrote } = await rng.type(line);
      expect({ you: you.slice(0, said.length), ops, wrote }).toEqual({ you: said, ops: '', wrote: [] });
      expect(you).toMatch(/ Reference R\.$/);
    }
    const answer = await rng.runbook({ command: 'drain', pod: 'rng-a' });
    expect(answer).toMatchObject({ ok: false, outcome: 'error', message: expect.stringContaining(sentence) });
    const { code, printed } = await rng.cli('--config', FILE, 'rng', 'list');
    expect({ code, printed: printed.slice(0, sentence.length) }).toEqual({ code: 2, printed: sentence });
    expect(rng.touched()).toEqual([]);
  });

  test('a file that is not there', async () => {
    const absent = join(folder, 'nowhere.yaml');
    rng.house = () => house({ PITLANE_CONFIG: absent });
    expect((await rng.type('/rng list')).you).toBe(
      `Pitlane's configuration can't be used, so nothing was done. Can't read the configuration ${absent}: no such file. Reference R.`,
    );
  });

  test('a cluster that it leads nowhere', async () => {
    writeFileSync(
      FILE,
      `${CLUSTERS}\nservices: { rng: { namespace: dockercoins } }\naccess: { viewer: { users: [U0ADA00000] } }\n`,
    );
    rng.house = () => house({ PITLANE_CONFIG: FILE });
    const { you, ops } = await rng.type('/rng list');
    expect(ops).toBe('');
    expect(you).toMatch(/^That did not work\n.*absent.*\nNothing was changed\.\n {2}reference R$/);
    expect((await rng.type('/rgn list')).you).toBe('No service is configured as "rgn", expected rng.');
  });
});

describe('where the configuration sends people and reports', () => {
  test('a command in another channel than the service allows', async () => {
    rng.config = { onlyChannels: [OPS] };
    expect(await rng.type('/rng drain rng-a', ELSEWHERE)).toEqual({
      you: `Commands for rng work in #${OPS} only. Nothing was changed.`,
      ops: '',
      wrote: [],
    });
  });

  test('a change that is typed elsewhere is reported in the channel of its service', async () => {
    rng.config = { channel: OPS };
    const { you, ops } = await rng.type('/rng drain rng-a', ELSEWHERE);
    expect(you).toBe(`Under way: drain rng-a. See #${OPS} for how it goes.`);
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(rng.slack.workspace.messages.filter(({ to }) => to === undefined)).toMatchObject([
      { channel: OPS },
      { channel: OPS, thread: rng.slack.workspace.messages[0]?.ts },
    ]);
  });

  test('where the bot is a stranger, start and result still arrive', async () => {
    const { you, ops } = await rng.type('/rng drain rng-a', ELSEWHERE);
    expect(you).toBe('');
    const said = ops.split('\n---\n');
    expect(said[0]).toMatch(/^Drain rng-a: asked for\.\nHow it goes follows;/);
    expect(said.filter((message) => message.startsWith('Evidence of rng-a'))).toHaveLength(1);
    expect(said.at(-1)).toMatch(/^Drained rng-a\n/);
  });
});
