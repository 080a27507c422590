import { describe, expect, test } from 'vitest';
import { stateOfMessage } from '../pitlane/chat/blocks/state.ts';
import type { Job, RequestJob } from '../pitlane/chat/job.ts';
import { signJob } from '../pitlane/chat/signed-job.ts';
import { operationId } from '../pitlane/operate/house.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import { entry } from '../test/builders/outcomes.ts';
import { failedHandler } from './failed.ts';
import type { LogFields } from './log.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };
const ID = operationId('1.2.3');

const asker = {
  userId: 'U0ADA00000',
  teamId: 'T0SANDBOX0',
  channel: 'C0OPS00000',
  isDirectMessage: false,
  responseUrl: 'https://hooks.slack.com/commands/1',
  requestId: '1.2.3',
  address: '/rng',
};
const DRAIN: RequestJob = {
  kind: 'request',
  request: { command: 'drain', service: 'rng', pods: ['rng-b85tm'], dryRun: false, force: false },
  asker,
};
const LIST: RequestJob = { kind: 'request', request: { command: 'list', service: 'rng' } as never, asker };

/** The record of Lambda as its documentation shows it. */
function record(job: Job, condition = 'RetriesExhausted', signedAt = NOW - 360_000) {
  return {
    version: '1.0',
    timestamp: new Date(NOW).toISOString(),
    requestContext: {
      requestId: 'e4b46cbf-b738-4880-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:pitlane-prod-worker:$LATEST',
      condition,
      approximateInvokeCount: 1,
    },
    requestPayload: signJob(job, SECRET, signedAt),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'Task timed out after 300.00 seconds' },
  };
}

interface Told {
  readonly to: string;
  readonly message: { readonly text: string; readonly blocks: readonly { readonly block_id?: string }[] };
}

/** `journal`: what the cluster answers. */
async function failed(event: unknown, journal: Partial<Outcome> | Error = {}) {
  const told: Told[] = [];
  const asked: unknown[] = [];
  const logged: LogFields[] = [];
  const pitlane = fakePitlane({
    propose: async (request) => {
      asked.push(request);
      if (journal instanceof Error) throw journal;
      return { kind: 'operations', service: 'rng', at: NOW, underWay: [], ended: [], ...journal } as Outcome;
    },
  });
  const handler = failedHandler({
    house: () => ({ pitlane }),
    slack: () => ({
      call: async () => ({}),
      upload: async () => {},
      respond: async (to, message) => {
        told.push({ to, message: message as unknown as Told['message'] });
      },
    }),
    signingSecrets: () => () => [SECRET],
    log: (_, fields) => logged.push(fields),
    now: () => NOW,
  });
  await handler(event, CONTEXT);
  return { told, asked, logged, states: told.map(({ message }) => stateOfMessage(message)) };
}

const it = { ...entry(1), id: ID };
const other = { ...entry(2), id: 'another' };

describe('a job that the worker did not finish', () => {
  test.each([
    ['expired, and is not in the journal', 'EventAgeExceeded', {}, 'notRun'],
    ['stopped before anything was written', 'RetriesExhausted', { underWay: [other], ended: [other] }, 'notRun'],
    ['is in the journal', 'RetriesExhausted', { underWay: [it] }, 'stopped'],
    ['has ended', 'RetriesExhausted', { ended: [it] }, 'stopped'],
    ['can not be looked up', 'RetriesExhausted', new Error('the cluster is away'), 'stopped'],
    ['belongs to a service that is gone', 'EventAgeExceeded', { kind: 'notUnderstood' } as const, 'stopped'],
  ])('is told to the person if it %s', async (_, condition, journal, state) => {
    const { told, states, asked } = await failed(record(DRAIN, condition), journal);
    expect(states).toEqual([state]);
    expect(told[0]?.to).toBe(asker.responseUrl);
    expect(told[0]?.message.text).toContain('rng-b85tm');
    expect(asked).toEqual([{ command: 'operations', service: 'rng' }]);
  });

  test('is not looked up if it changes nothing', async () => {
    const { states, asked } = await failed(record(LIST, 'EventAgeExceeded'));
    expect([states, asked]).toEqual([['notRun'], []]);
    const tell: Job = { kind: 'tell', outcome: { kind: 'notUnderstood', message: '', instead: [] }, asker };
    expect((await failed(record(tell))).states).toEqual(['notRun']);
  });
});

test('a Home tab that was not shown is not told in a conversation', async () => {
  expect((await failed(record({ kind: 'home', asker }))).told).toEqual([]);
});

test.each([
  ['no record', {}],
  ['a job of the worker', record(DRAIN).requestPayload],
  ['a record with another signature', { ...record(DRAIN), requestPayload: signJob(DRAIN, 'another secret', NOW) }],
  ['a record of the day before', record(DRAIN, 'RetriesExhausted', NOW - 24 * 3_600_000)],
])('%s is not told', async (_, event) => {
  const { told, logged } = await failed(event);
  expect(told).toEqual([]);
  expect(logged).toMatchObject([{ door: 'failed' }]);
});

test('a person who can not be told is tried again by Lambda', async () => {
  const handler = failedHandler({
    house: () => ({ pitlane: fakePitlane({}) }),
    slack: () => ({
      call: () => Promise.reject(new Error('Slack is away')),
      upload: () => Promise.reject(new Error('Slack is away')),
      respond: () => Promise.reject(new Error('Slack is away')),
    }),
    signingSecrets: () => () => [SECRET],
    log: () => {},
    now: () => NOW,
  });
  await expect(handler(record(LIST), CONTEXT)).rejects.toThrow('Slack is away');
});
