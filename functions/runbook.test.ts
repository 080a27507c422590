import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { referenceOf } from '../pitlane/chat/job.ts';
import type { ChangeRequest, Request } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import type { AdvanceOptions, Asker } from '../pitlane/operate/pitlane.ts';
import { admins } from '../test/admins.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import { DRAIN, listed, member, NOW, OPERATION, PLAN, pod, progress, RNG } from '../test/builders/outcomes.ts';
import type { LogFields } from './log.ts';
import { runbookHandler } from './runbook.ts';
import { type RunbookEvent, runbookSchema } from './runbook-input.ts';

const INVOCATION = '8f5a3b4e-7d16-4b3c-9c55-6b1f6f1f0a11';
const NAME = OPERATION.pod.name;
const QUIET = { ...PLAN, checks: PLAN.checks.filter(({ level }) => level === 'ok') };
const DONE: Outcome = {
  kind: 'done',
  operation: OPERATION,
  plan: PLAN,
  proof: progress(true, true, true),
  tookMs: [200, 400, undefined],
  notes: ['The replacement is there.'],
};

let proposed: Outcome | Error;
let asked: { request: Request; asker: Asker }[];
let advanced: { request: ChangeRequest; asker: Asker; options: AdvanceOptions }[];
let logged: LogFields[];
let evidence: Evidence | undefined;

beforeEach(() => {
  proposed = { kind: 'proposal', plan: QUIET, why: 'needsConfirmation' };
  asked = [];
  advanced = [];
  logged = [];
  evidence = undefined;
});

const pitlane = fakePitlane({
  async propose(request, asker) {
    asked.push({ request, asker });
    if (proposed instanceof Error) throw proposed;
    return proposed;
  },
  async *advance(request, asker, options) {
    advanced.push({ request, asker, options });
    yield { kind: 'planned', plan: PLAN };
    if (evidence !== undefined) yield { kind: 'evidence', evidence };
    return DONE;
  },
});

const invoke = (event: unknown) =>
  runbookHandler({
    house: () => ({ pitlane, access: admins(), service: () => undefined }),
    log: (_, fields) => logged.push(fields),
    now: () => NOW,
  })(event, { awsRequestId: INVOCATION, getRemainingTimeInMillis: () => 60_000 });

const drain = (changes: Partial<Extract<RunbookEvent, { command: 'drain' }>> = {}) =>
  invoke({ command: 'drain', service: 'rng', pod: NAME, ...changes });

describe('a change from a runbook', () => {
  test('is carried out, and the answer is data', async () => {
    expect(
      await drain({ for: '30m', because: ' 5xx\n on checkout ', by: 'deploy-bot', requestId: 'incident-42' }),
    ).toEqual({
      ok: true,
      outcome: 'done',
      message: `drain of ${NAME} is done and proven.`,
      operation: { id: OPERATION.id, pod: OPERATION.pod },
      fingerprint: PLAN.fingerprint,
      checks: PLAN.checks,
      effects: PLAN.effects,
      undo: PLAN.undo,
      proof: [
        { title: `${NAME} is no longer listed`, met: true, seen: 'no slice lists it', tookMs: 200 },
        expect.objectContaining({ met: true, tookMs: 400 }),
        { title: 'the replacement is ready', met: true, seen: 'rng-7c5d9f8b6-hfbrr, on node-2' },
      ],
      notes: ['The replacement is there.'],
    });
    expect(asked).toEqual([
      {
        request: {
          command: 'drain',
          service: 'rng',
          pod: NAME,
          forSeconds: 1800,
          because: '5xx on checkout',
          dryRun: false,
          force: false,
        },
        asker: {
          by: 'deploy-bot (runbook)',
          role: 'admin',
          requestId: 'runbook incident-42',
          payload: expect.stringContaining('incident-42'),
        },
      },
    ]);
    expect(advanced).toMatchObject([{ options: { deadline: NOW + 55_000 } }]);
  });

  test('comes with the evidence of the pod, no longer than the tools around it pass on', async () => {
    const file = (name: string, length: number) => ({ name, text: 'a line\n'.repeat(length / 7), isCut: false });
    evidence = {
      kind: 'evidence',
      service: { key: 'rng', namespace: 'dockercoins' },
      pod: OPERATION.pod,
      at: NOW,
      files: [file('summary.txt', 700), file('logs/rng.log', 350_000)],
      notes: [],
    };
    const { files = [] } = await drain();
    expect(files.map(({ name, isCut }) => [name, isCut])).toEqual([
      ['summary.txt', false],
      ['logs/rng.log', true],
    ]);
    expect(JSON.stringify(files).length).toBeLessThan(256 * 1024);
  });

  test('without a requestId is known by its invocation', async () => {
    await drain();
    expect(asked[0]?.asker).toMatchObject({ by: 'runbook (runbook)', requestId: `runbook ${INVOCATION}` });
  });

  test('as a dry run changes nothing and is ok', async () => {
    proposed = { kind: 'proposal', plan: QUIET, why: 'dryRun', tried: ['The API server would do it.'] };
    expect(await drain({ dryRun: true })).toMatchObject({
      ok: true,
      outcome: 'proposal',
      message: 'Dry run: nothing was changed.',
      notes: ['The API server would do it.'],
    });
    expect(advanced).toEqual([]);
  });

  describe('whose plan has warnings', () => {
    beforeEach(() => {
      proposed = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
    });

    test('comes back unconfirmed, with the fingerprint to confirm', async () => {
      expect(await drain()).toMatchObject({ ok: false, outcome: 'proposal', fingerprint: PLAN.fingerprint });
      expect(advanced).toEqual([]);
    });

    test('is carried out with confirm: true, whatever the plan is by then', async () => {
      expect(await drain({ confirm: true })).toMatchObject({ ok: true, outcome: 'done' });
      expect(advanced).toMatchObject([{ options: { confirmed: 'any' } }]);
    });

    test('is carried out with the fingerprint of exactly this plan', async () => {
      expect(await drain({ confirm: PLAN.fingerprint })).toMatchObject({ ok: true });
      expect(advanced).toMatchObject([
        { options: { confirmed: { fingerprint: PLAN.fingerprint, pod: OPERATION.pod } } },
      ]);
    });

    test('is not carried out with the fingerprint of another plan', async () => {
      expect(await drain({ confirm: 'sha256:other' })).toMatchObject({
        ok: false,
        outcome: 'proposal',
        message: 'Nothing was changed: the plan is no longer the one with that fingerprint.',
      });
      expect(advanced).toEqual([]);
    });
  });

  test('with only a part of a pod’s name is refused with the whole name', async () => {
    expect(await drain({ pod: NAME.slice(-5) })).toEqual({
      ok: false,
      outcome: 'notUnderstood',
      message: `${NAME.slice(-5)} is only a part of the name ${NAME}: automation gives full pod names.`,
      instead: [NAME],
    });
    expect(advanced).toEqual([]);
  });

  test('that is refused says why', async () => {
    const checks = [
      { code: 'TooFew', level: 'refusal', message: 'rng has 2 and must keep 2.', instead: 'list' },
    ] as const;
    proposed = { kind: 'refusal', operation: { ...OPERATION, request: DRAIN }, isForceable: false, checks };
    expect(await drain()).toMatchObject({
      ok: false,
      outcome: 'refusal',
      message: 'rng has 2 and must keep 2.',
      checks,
    });
    proposed = { ...proposed, isForceable: true };
    expect(await drain()).toMatchObject({ message: 'rng has 2 and must keep 2. "force": true overrides this.' });
  });
});

describe('a read from a runbook', () => {
  test('lists every member as data', async () => {
    proposed = listed(4);
    const answer = await invoke({ command: 'list', service: 'rng' });
    expect(answer).toMatchObject({ ok: true, counts: { 'in rotation': 2, 'not ready': 1, drained: 1 } });
    expect(answer.message).toBe('rng: 1 not ready, 1 drained, 2 in rotation.');
    expect(answer.members?.[0]).toEqual({
      name: pod(1).name,
      uid: pod(1).uid,
      kind: 'workload pod',
      state: 'not ready',
      ready: false,
      node: 'node-2',
      restarts: 12,
      drained: null,
    });
  });

  test('of a log takes a pod or a selector', async () => {
    proposed = { kind: 'logged', logs: [{ pod: NAME, container: 'rng', text: 'x\n', isCut: false }], notes: [] };
    expect(await invoke({ command: 'logs', service: 'rng', selector: 'app=rng', tail: 5 })).toMatchObject({ ok: true });
    expect(asked[0]?.request).toEqual({
      command: 'logs',
      service: 'rng',
      selector: 'app=rng',
      previous: false,
      tail: 5,
      follow: false,
    });
    expect(await invoke({ command: 'logs', service: 'rng' })).toMatchObject({ outcome: 'invalidInput' });
  });

  test('inspects a pod by its full name only', async () => {
    const outcome = { kind: 'inspected', service: RNG, at: NOW, member: member(1) } as unknown as Outcome;
    proposed = outcome;
    expect(await invoke({ command: 'inspect', service: 'rng', pod: NAME })).toMatchObject({ ok: true });
    expect(await invoke({ command: 'inspect', service: 'rng', pod: NAME.slice(0, 6) })).toMatchObject({ ok: false });
  });
});

test.each<[input: unknown, request: Request]>([
  [
    { command: 'extend', service: 'rng', pod: NAME, for: '1h', requestId: 'more-1' },
    { command: 'extend', service: 'rng', pod: NAME, forSeconds: 3600, dryRun: false, force: false },
  ],
  [
    { command: 'extend', service: 'rng', pod: NAME, dryRun: true },
    { command: 'extend', service: 'rng', pod: NAME, dryRun: true, force: false },
  ],
  [
    { command: 'finish', service: 'rng', pod: NAME, force: true, confirm: true, requestId: 'end-1' },
    { command: 'finish', service: 'rng', pod: NAME, dryRun: false, force: true },
  ],
  [
    { command: 'evidence', service: 'rng', pod: NAME },
    { command: 'evidence', service: 'rng', pod: NAME },
  ],
  [{ command: 'drained' }, { command: 'drained', service: '' }],
  [
    { command: 'operations', service: 'rng' },
    { command: 'operations', service: 'rng' },
  ],
  [
    { command: 'cancel', service: 'rng' },
    { command: 'cancel', service: 'rng' },
  ],
  [
    { command: 'cancel', service: 'rng', operation: '9f86d08188' },
    { command: 'cancel', service: 'rng', operation: '9f86d08188' },
  ],
])('%j is the request of every other door', async (input, request) => {
  proposed = { kind: 'refusal', operation: OPERATION, isForceable: false, checks: [] };
  await invoke(input);
  expect(asked.map((each) => each.request)).toEqual([request]);
});

test.each(['extend', 'finish'])('%s is carried out as any other change', async (command) => {
  expect(await invoke({ command, service: 'rng', pod: NAME })).toMatchObject({ ok: true, outcome: 'done' });
  expect(advanced).toHaveLength(1);
});

describe('input that a runbook gets wrong', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'The input is not understood, expected an object with a command and a service.'],
    ['a list', [], 'The input is not understood, expected an object with a command and a service.'],
    [
      'no command',
      { service: 'rng' },
      'command is missing, expected list, drained, inspect, evidence, logs, drain, restore, extend, finish, operations or cancel.',
    ],
    ['a misspelt command', { command: 'drian', service: 'rng' }, 'command is not understood, expected drain.'],
    [
      'a misspelt command and no name',
      { command: 'drian', service: 7 },
      'command is not understood, expected drain. service is not understood, expected the key of a service in pitlane.yaml, such as rng.',
    ],
    ['no pod', { command: 'drain', service: 'rng' }, 'pod is missing, expected the full name of a pod.'],
    [
      'several mistakes, each with its path',
      { command: 'drain', service: 1, pod: 'RNG', for: 'soon', dryRun: 'yes' },
      'service is not understood, expected the key of a service in pitlane.yaml, such as rng. pod is not understood, expected the full name of a pod. dryRun is not understood, expected true or false. for is not understood, expected a duration from 1m to 7d, such as 30m.',
    ],
    [
      'a misspelt field',
      { command: 'drain', service: 'rng', pod: 'rng-a', becuase: 'x' },
      'becuase is no known field, expected because.',
    ],
    [
      'a tail out of range',
      { command: 'logs', service: 'rng', pod: 'rng-a', tail: 0 },
      'tail is not understood, expected a whole number from 1 to 10000.',
    ],
    [
      'an extension by force',
      { command: 'extend', service: 'rng', pod: 'rng-a', force: true },
      'force is no known field, expected for.',
    ],
    [
      'an extension that is too long',
      { command: 'extend', service: 'rng', pod: 'rng-a', for: '8d' },
      'for is not understood, expected a duration from 1m to 7d, such as 30m.',
    ],
    [
      'an operation that is none',
      { command: 'cancel', service: 'rng', operation: 'the last' },
      'operation is not understood, expected the id of an operation, or the full name of its pod.',
    ],
    [
      'a confirmation that is neither',
      { command: 'restore', service: 'rng', pod: 'rng-a', confirm: false },
      'confirm is not understood, expected true, or the fingerprint of a plan that was shown.',
    ],
  ])('%s is answered with sentences, and nothing is done', async (_, event, message) => {
    expect(await invoke(event)).toEqual({ ok: false, outcome: 'invalidInput', message });
    expect(asked).toEqual([]);
  });

  test('a selector names what is wrong in it', async () => {
    const answer = await invoke({ command: 'list', service: 'rng', selector: 'app in (' });
    expect(answer).toMatchObject({ ok: false, outcome: 'invalidInput' });
    expect(answer.message).toMatch(/^selector can't be read at /);
  });
});

test('an error of pitlane itself is an answer with a reference that the log line carries', async () => {
  proposed = new Error('boom');
  const answer = await drain({ requestId: 'incident-42' });
  expect(answer).toEqual({
    ok: false,
    outcome: 'error',
    message: 'Pitlane broke off with an error of its own; list the service to see how things stand.',
    reference: referenceOf('runbook incident-42'),
  });
  expect(logged).toMatchObject([{ event: 'failed', operation: answer.reference, error: proposed }]);
});

test('infra/runbook.schema.json is what the function accepts (npm run schema writes it)', () => {
  const kept = JSON.parse(readFileSync(new URL('../infra/runbook.schema.json', import.meta.url), 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(runbookSchema())));
});
