import { expect, test } from 'vitest';
import type { TickOptions } from '../pitlane/operate/use-case.ts';
import type { LogFields } from './log.ts';
import { tickHandler } from './tick.ts';

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };
const SCHEDULED = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {}, region: 'eu-west-1' };

async function ticked(event: unknown) {
  let ticks = 0;
  let given: TickOptions | undefined;
  const invoked: object[] = [];
  const logged: LogFields[] = [];
  const pitlane = {
    async tick(options: TickOptions) {
      given = options;
      return { namespaces: 1 + ticks++, did: [], trouble: [] };
    },
  };
  const handler = tickHandler({
    house: () => ({ pitlane, access: {} }) as never,
    slack: () => ({}) as never,
    people: { roleOf: async () => ({ role: 'none' }) },
    log: (_, fields) => logged.push(fields),
    now: () => 0,
    invoke: async (sent) => void invoked.push(sent),
  });
  return { answer: await handler(event, CONTEXT), ticks, logged, given, invoked };
}

test.each([
  ['an empty event', {}],
  ['no event', undefined],
  ['a rule of EventBridge', SCHEDULED],
  ["EventBridge's Scheduler", { ...SCHEDULED, source: 'aws.scheduler' }],
])('%s runs a tick', async (_, event) => {
  expect(await ticked(event)).toMatchObject({ ticks: 1, answer: { ok: true, namespaces: 1 } });
});

test.each([
  ['a command', { command: 'finish', service: 'rng', pod: 'rng-a' }],
  ['a list', [1]],
  ['a text', 'tick'],
  ['an event of another source', { ...SCHEDULED, source: 'aws.ec2' }],
  ['a cluster without a name', { cluster: '' }],
  ['a cluster that is no text', { cluster: ['prod'] }],
  ['a cluster with more', { cluster: 'prod', command: 'finish' }],
])('%s is refused with a sentence', async (_, event) => {
  const { answer, ticks, logged } = await ticked(event);
  expect([ticks, answer.ok, answer.trouble.length]).toEqual([0, false, 1]);
  expect(answer.trouble[0]).toContain('runbook');
  expect(logged).toMatchObject([{ event: 'invalidInput' }]);
});

test('the name of a cluster runs a tick for that cluster', async () => {
  const { ticks, given } = await ticked({ cluster: 'prod' });
  expect([ticks, given?.cluster]).toEqual([1, 'prod']);
});

test('a cluster is handed over to an invocation of the same function', async () => {
  const { given, invoked } = await ticked({});
  await given?.handOver?.('prod');
  expect([given?.cluster, invoked]).toEqual([undefined, [{ cluster: 'prod' }]]);
});
