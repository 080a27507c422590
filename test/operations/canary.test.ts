import { expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

/** Names are made from the id of the request, which is another one in each run. */
function stable(text: string): string {
  return text.replaceAll(/rng-canary-[a-z]{5}/g, 'rng-canary-xxxxx').replaceAll(/\d+ KB/g, 'N KB');
}

test('canaries are started, listed and stopped in Slack, and the tick deletes the others', async () => {
  const started = await rng.type('/rng canary start --env LOG_LEVEL=debug --count 2 for 30m because 5xx');
  golden.expect(stable(started.text));
  golden.expect(stable((await rng.type('/rng canary list')).text));
  const [first = ''] = rng.inRotation().filter((name) => name.startsWith('rng-canary-'));
  golden.expect(stable((await rng.type(`/rng canary stop ${first}`)).text));
  golden.expect(stable((await rng.press(1)).text));
  await rng.tickIdle(29 * MINUTE_MS);
  const { text } = await rng.ticked(MINUTE_MS);
  golden.expect(stable(text));
  expect(rng.inRotation()).toHaveLength(4);
  golden.expect(stable((await rng.type('/rng canary list')).text));
});

test('bad input is answered with what to type instead', async () => {
  for (const line of [
    'canary',
    'canary strat',
    'canary start --env FOO',
    'canary start --count 11',
    'canary start --image "a b"',
    'canary start --form rng',
    'canary start --out',
    'canary start --from hasher',
    'canary stop rng-a',
    'canary stop all',
    'canary list all',
  ])
    golden.expect(`# ${line}\n${stable((await rng.type(`/rng ${line}`)).text)}`);
});

test('a canary whose image is never pulled is reported, and taken back', async () => {
  rng.workerMs = 600_000;
  const { text } = await rng.type('/rng canary start --image registry.invalid/rng:v2');
  golden.expect(stable(text));
  expect(rng.inRotation()).toHaveLength(4);
});

test('a canary of a runbook is deleted at its end, though its evidence has no place', async () => {
  const { outcome } = await rng.runbook({ command: 'canary start', service: 'rng', for: '30m', requestId: 'step 1' });
  expect([outcome, rng.inRotation().length]).toEqual(['done', 5]);
  const { news, did } = await rng.ticked(31 * MINUTE_MS);
  expect([news, did.length, rng.inRotation().length]).toEqual([[], 1, 4]);
  await rng.tickIdle(MINUTE_MS);
});
