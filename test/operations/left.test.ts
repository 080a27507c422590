import { describe, expect, test } from 'vitest';
import { isService } from '../bad-days/faults.ts';
import { GoldenFile } from '../golden.ts';
import { MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

/** The evidence may be posted by either process. */
const withoutFiles = (news: readonly string[]) => news.filter((code) => !code.endsWith(': file'));
const evidenceCount = () => rng.slack.workspace.messages.filter(({ files }) => files !== undefined).length;

describe('an operation whose worker runs out of time', () => {
  test('continues in the tick, which edits its message', async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a because 5xx');
    expect(rng.news()[0]).toBe('ops: goesOn');
    rng.intercept(() => 'pass');
    const { news, did } = await rng.ticked(MINUTE_MS);
    golden.expect(...did);
    expect(withoutFiles(news)).toEqual(['ops (edited): done']);
    expect(evidenceCount()).toBe(1);
    await rng.tickIdle(MINUTE_MS);
  });

  test.each(['restore', 'finish'])('continues also as a %s', async (command) => {
    await rng.type('/rng drain rng-a');
    rng.news();
    rng.runOutOfTime();
    await rng.type(`/rng ${command} rng-a`);
    if (command === 'finish') await rng.press(1);
    expect(rng.news()).toContain('ops: goesOn');
    rng.intercept(() => 'pass');
    expect(withoutFiles((await rng.ticked(MINUTE_MS)).news)).toContain('ops (edited): done');
    await rng.tickIdle(MINUTE_MS);
  });

  test('is reported directly where the bot is not a member', async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a', 'C0ELSE0000');
    expect(rng.news().at(-1)).toBe('C0ELSE0000: goesOn');
    rng.intercept(() => 'pass');
    expect(withoutFiles((await rng.ticked(MINUTE_MS)).news)).toEqual(['D0ADA00000: done']);
  });

  test('is not reported in Slack when a runbook started it', async () => {
    rng.runOutOfTime(rng.isPodWrite, 2_000);
    const step = { command: 'drain', pod: 'rng-a', requestId: 'step-1' };
    expect(await rng.runbook(step)).toMatchObject({ outcome: 'unfinished' });
    rng.intercept(() => 'pass');
    expect(await rng.ticked(MINUTE_MS)).toMatchObject({ news: [], did: [expect.any(String)] });
    expect(await rng.runbook(step)).toMatchObject({ outcome: 'repeated' });
  });

  test('does not delete a pod whose evidence has no recipient', async () => {
    await rng.type('/rng drain rng-a');
    const { fingerprint } = await rng.runbook({ command: 'finish', pod: 'rng-a', dryRun: true });
    const request = { command: 'finish', service: 'rng', dryRun: false, force: false };
    rng.leave(request, 'rng-a', 'bot (runbook)', { confirmed: fingerprint });
    golden.expect(...(await rng.ticked(MINUTE_MS)).did);
    const { ended } = rng.journal.operations.at(-1);
    expect(ended).toMatchObject({ kind: 'failed' });
    golden.expect(rng.withAliases(ended.message));
    expect(rng.pod('rng-a')).toBeDefined();
  });
});

test('a drain waits for its replacement in each tick, and gives up after half an hour', async () => {
  rng.startMs = 1e9;
  rng.runOutOfTime();
  await rng.type('/rng drain rng-a');
  expect(rng.news()[0]).toBe('ops: goesOn');
  const waitAgain = async () => {
    rng.skipTime(9 * MINUTE_MS);
    rng.runOutOfTime(isService);
    return rng.ticked();
  };
  for (let count = 0; count < 2; count += 1)
    expect(withoutFiles((await waitAgain()).news)).toEqual(['ops (edited): goesOn']);
  const { news, text } = await waitAgain();
  expect(news).toEqual(['ops (edited): unfinished']);
  golden.expect(text);
  // Not in each tick.
  expect(evidenceCount()).toBe(1);
  rng.intercept(() => 'pass');
  await rng.tickIdle(MINUTE_MS);
  expect(rng.journal.operations.at(-1)?.ended?.kind).toBe('givenUp');
  golden.expect((await rng.type('/rng operations')).text);
});
