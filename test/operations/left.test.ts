import { describe, expect, test } from 'vitest';
import { isService } from '../bad-days/faults.ts';
import { MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const ADA = 'D0ADA00000';

const WENT_ON = /^went on with \w+ of rng-\w+ \([0-9a-f]{10}\): done$/;
/** Whoever had the time for it took the evidence. */
const headings = (news: readonly string[]) =>
  news.map((message) => message.split('\n')[0]).filter((line) => line?.includes('Evidence of ') === false);
const countOfEvidence = () => rng.slack.workspace.messages.filter(({ text }) => text.startsWith('Evidence of ')).length;

describe('a worker that runs out of time', () => {
  test('a drain says that it goes on by itself, and the tick ends the message true', async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a because 5xx');
    const [message = ''] = rng.news();
    expect(message).toMatch(/^ops: Draining rng-a is not proven yet\n/);
    expect(message).toContain('Pitlane goes on by itself within two minutes and edits this message');
    rng.intercept(() => 'pass');
    const { news, did } = await rng.ticked(MINUTE_MS);
    expect(did).toEqual([expect.stringMatching(WENT_ON)]);
    expect(headings(news)).toEqual(['ops (edited): Drained rng-a']);
    expect(countOfEvidence()).toBe(1);
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test.each([
    ['restore', 'Restored rng-a'],
    ['finish', 'Finished rng-a'],
  ])('/rng %s goes on likewise', async (command, atLast) => {
    await rng.type('/rng drain rng-a');
    rng.news();
    rng.runOutOfTime();
    await rng.type(`/rng ${command} rng-a`);
    expect(rng.news()[0]).toContain('Pitlane goes on by itself within two minutes and edits this message');
    rng.intercept(() => 'pass');
    const { news } = await rng.ticked(MINUTE_MS);
    expect(headings(news)[0]).toBe(`ops (edited): ${atLast}`);
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test('where the bot is no member: the end is told directly', async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a', 'C0ELSE0000');
    expect(rng.news().at(-1)).toContain('Pitlane goes on by itself within two minutes; how it goes: /rng operations');
    rng.intercept(() => 'pass');
    expect(headings((await rng.ticked(MINUTE_MS)).news)).toEqual([`${ADA}: Drained rng-a`]);
  });

  test('what was asked by a runbook is gone on with, and told to nobody', async () => {
    rng.runOutOfTime(rng.isPodWrite, 2_000);
    const step = { command: 'drain', pod: 'rng-a', requestId: 'step-1' };
    expect(await rng.runbook(step)).toMatchObject({ outcome: 'unfinished' });
    rng.intercept(() => 'pass');
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [expect.stringMatching(WENT_ON)] });
    expect(await rng.runbook(step)).toMatchObject({ outcome: 'repeated' });
  });

  test('what a runbook has left is not deleted: nobody would get the evidence', async () => {
    await rng.type('/rng drain rng-a');
    rng.leave({ command: 'finish', service: 'rng', dryRun: false, force: false }, 'rng-a', 'bot (runbook)');
    const { did } = await rng.ticked(MINUTE_MS);
    expect(did).toEqual([expect.stringMatching(/^went on with finish of rng-a \(left-1\): failed$/)]);
    expect(rng.journal.operations.at(-1)?.ended?.message).toContain('could not be kept, so nothing was deleted');
    expect(rng.pod('rng-a')).toBeDefined();
  });
});

test('a replacement that never comes is waited for by itself, and then given up with what is missing', async () => {
  rng.startMs = 1e9;
  rng.runOutOfTime();
  await rng.type('/rng drain rng-a');
  expect(rng.news()[0]).toContain('Pitlane goes on by itself');
  const waitAgain = async () => {
    rng.skipTime(9 * MINUTE_MS);
    rng.runOutOfTime(isService);
    return rng.ticked();
  };
  for (let count = 0; count < 2; count += 1) {
    const { news } = await waitAgain();
    expect(headings(news)).toEqual(['ops (edited): Draining rng-a is not proven yet']);
    expect(news[0]).toContain('Pitlane goes on by itself within two minutes');
  }
  const { news, did } = await waitAgain();
  expect(did).toEqual([expect.stringMatching(/: unfinished$/)]);
  expect(news[0]).toContain(
    'Everything is written, but 1 of 4 milestones was not seen in time. See how it stands: /rng inspect rng-a',
  );
  expect(news[0]).toContain('\n… rng-new, on node-');
  // Not in each tick.
  expect(countOfEvidence()).toBe(1);
  rng.intercept(() => 'pass');
  expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  const { you } = await rng.type('/rng operations');
  expect(you).toContain('drain rng-a given up');
});
