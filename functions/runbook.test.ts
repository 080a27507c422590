import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Request } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import { operationId } from '../pitlane/operate/house.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { messagesOf } from '../pitlane/rotation/effect.ts';
import { admins } from '../test/admins.ts';
import { ScriptedPitlane } from '../test/builders/fake-pitlane.ts';
import { listed, member, NOW, OPERATION, PLAN, POD, pod, progress, RNG } from '../test/builders/outcomes.ts';
import type { LogFields } from './log.ts';
import { runbookHandler } from './runbook.ts';
import { runbookSchema } from './runbook-input.ts';

const INVOCATION = '8f5a3b4e-7d16-4b3c-9c55-6b1f6f1f0a11';
const NAME = POD.name;
const QUIET = { ...PLAN, checks: PLAN.checks.filter(({ level }) => level === 'ok') };
const DONE: Outcome = {
  kind: 'done',
  operation: OPERATION,
  plan: PLAN,
  proof: progress(true, true, true),
  tookMs: [200, 400, undefined],
  notes: ['The replacement is there.'],
};

const PROPOSAL: Outcome = { kind: 'proposal', plan: QUIET, why: 'needsConfirmation' };

let script: ScriptedPitlane;
let logged: LogFields[];

beforeEach(() => {
  script = new ScriptedPitlane(PROPOSAL, [{ kind: 'planned', plan: PLAN }], DONE);
  logged = [];
});

const invoke = (event: unknown) =>
  runbookHandler({
    house: () => ({ pitlane: script.pitlane, access: admins(), service: () => undefined }),
    log: (_, fields) => logged.push(fields),
    now: () => NOW,
  })(event, { awsRequestId: INVOCATION, getRemainingTimeInMillis: () => 60_000 });

const drain = (changes: object = {}) => invoke({ command: 'drain', service: 'rng', pod: NAME, ...changes });

describe('a change from a runbook', () => {
  test('is carried out and answered with data', async () => {
    expect(
      await drain({ for: '30m', because: ' 5xx\n on checkout ', by: 'deploy-bot', requestId: 'incident-42' }),
    ).toEqual({
      ok: true,
      outcome: 'done',
      message: expect.any(String),
      operation: { id: OPERATION.id, pod: POD, pods: [POD] },
      fingerprint: PLAN.fingerprint,
      checks: PLAN.checks,
      effects: messagesOf(PLAN.effects),
      undo: PLAN.undo,
      proof: [
        { title: `${NAME} is out of the endpoints`, met: true, seen: 'no slice lists it', tookMs: 200 },
        expect.objectContaining({ met: true, tookMs: 400 }),
        { title: 'Replacement in rotation', met: true, seen: 'rng-7c5d9f8b6-hfbrr, on node-2' },
      ],
      notes: ['The replacement is there.'],
    });
    expect(script.proposals).toEqual([
      {
        request: {
          command: 'drain',
          service: 'rng',
          pods: [NAME],
          forSeconds: 1800,
          because: '5xx on checkout',
          allServices: false,
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
    expect(script.carriedOut).toMatchObject([{ door: { deadline: NOW + 55_000 } }]);
  });

  test('is answered with the evidence, cut to what Step Functions accepts', async () => {
    const file = (name: string, length: number) => ({ name, text: 'a line\n'.repeat(length / 7), isCut: false });
    const evidence: Evidence = {
      kind: 'evidence',
      service: { key: 'rng', namespace: 'dockercoins' },
      pod: POD,
      at: NOW,
      files: [file('summary.txt', 700), file('logs/rng.log', 350_000)],
      findings: [],
      notes: [],
    };
    script.events = [{ kind: 'evidence', evidence }];
    const { files = [] } = await drain();
    expect(files.map(({ name, isCut }) => [name, isCut])).toEqual([
      ['summary.txt', false],
      ['logs/rng.log', true],
    ]);
    expect(JSON.stringify(files).length).toBeLessThan(256 * 1024);
  });

  test('uses the invocation id if it has no requestId', async () => {
    await drain();
    expect(script.proposals[0]?.asker).toMatchObject({ by: 'runbook (runbook)', requestId: `runbook ${INVOCATION}` });
  });

  test('is not carried out by a dry run, which is ok', async () => {
    script.proposed = { kind: 'proposal', plan: QUIET, why: 'dryRun', tried: ['The API server would do it.'] };
    expect(await drain({ dryRun: true })).toMatchObject({
      ok: true,
      outcome: 'proposal',
      notes: ['The API server would do it.'],
    });
    expect(script.carriedOut).toEqual([]);
  });

  describe('with warnings in its plan', () => {
    beforeEach(() => {
      script.proposed = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
    });

    test('is answered with the fingerprint to confirm', async () => {
      expect(await drain()).toMatchObject({ ok: false, outcome: 'proposal', fingerprint: PLAN.fingerprint });
      expect(script.carriedOut).toEqual([]);
    });

    test('is carried out with confirm: true, whatever the plan', async () => {
      expect(await drain({ confirm: true })).toMatchObject({ ok: true, outcome: 'done' });
      expect(script.carriedOut).toMatchObject([{ confirmed: 'any' }]);
    });

    test('is carried out with the fingerprint of this plan', async () => {
      expect(await drain({ confirm: PLAN.fingerprint })).toMatchObject({ ok: true });
      expect(script.carriedOut).toMatchObject([{ confirmed: { id: OPERATION.id, fingerprint: PLAN.fingerprint } }]);
    });

    test('is not carried out with the fingerprint of another plan', async () => {
      expect(await drain({ confirm: 'sha256:other' })).toMatchObject({
        ok: false,
        outcome: 'proposal',
        fingerprint: PLAN.fingerprint,
      });
      expect(script.carriedOut).toEqual([]);
    });
  });

  test('is refused with the full name of the pod if only a part is given', async () => {
    expect(await drain({ pod: NAME.slice(-5) })).toEqual({
      ok: false,
      outcome: 'notUnderstood',
      message: expect.stringContaining(NAME.slice(-5)),
      instead: [NAME],
    });
    expect(script.carriedOut).toEqual([]);
  });

  test('is refused with the reason', async () => {
    const checks = [
      { code: 'TooFew', level: 'refusal', message: 'rng has 2 and must keep 2.', instead: 'list' },
    ] as const;
    const refusal = { kind: 'refusal', operation: OPERATION, isForceable: false, checks } as const;
    script.proposed = refusal;
    expect(await drain()).toMatchObject({
      ok: false,
      outcome: 'refusal',
      message: expect.stringContaining('rng has 2 and must keep 2.'),
      checks,
    });
    script.proposed = { ...refusal, isForceable: true };
    expect(await drain()).toMatchObject({ message: expect.stringContaining('"force": true') });
  });
});

describe('a read from a runbook', () => {
  test('lists every member as data', async () => {
    script.proposed = listed(4);
    const answer = await invoke({ command: 'list', service: 'rng' });
    expect(answer).toMatchObject({ ok: true, counts: { 'in rotation': 2, 'not ready': 1, drained: 1 } });
    expect(answer.members?.[0]).toEqual({
      name: pod(1).name,
      uid: pod(1).uid,
      kind: 'workload pod',
      state: 'not ready',
      ready: false,
      node: 'node-2',
      restarts: 12,
      drained: null,
      disabled: null,
    });
  });

  test('of logs needs a pod or a selector', async () => {
    script.proposed = { kind: 'logged', logs: [{ pod: NAME, container: 'rng', text: 'x\n', isCut: false }], notes: [] };
    expect(await invoke({ command: 'logs', service: 'rng', selector: 'app=rng', tail: 5 })).toMatchObject({ ok: true });
    expect(script.proposals[0]?.request).toEqual({
      command: 'logs',
      service: 'rng',
      selector: 'app=rng',
      previous: false,
      tail: 5,
      follow: false,
    });
    expect(await invoke({ command: 'logs', service: 'rng' })).toMatchObject({ outcome: 'invalidInput' });
  });

  test('of one pod needs its full name', async () => {
    const outcome = { kind: 'inspected', service: RNG, at: NOW, member: member(1) } as unknown as Outcome;
    script.proposed = outcome;
    expect(await invoke({ command: 'inspect', service: 'rng', pod: NAME })).toMatchObject({ ok: true });
    expect(await invoke({ command: 'inspect', service: 'rng', pod: NAME.slice(0, 6) })).toMatchObject({ ok: false });
  });
});

test.each<[input: unknown, request: Request]>([
  [
    { command: 'extend', service: 'rng', pod: NAME, for: '1h', requestId: 'more-1' },
    { command: 'extend', service: 'rng', pods: [NAME], forSeconds: 3600, dryRun: false, force: false },
  ],
  [
    { command: 'extend', service: 'rng', pod: NAME, dryRun: true },
    { command: 'extend', service: 'rng', pods: [NAME], dryRun: true, force: false },
  ],
  [
    { command: 'finish', service: 'rng', pod: NAME, force: true, confirm: true, requestId: 'end-1' },
    { command: 'finish', service: 'rng', pods: [NAME], dryRun: false, force: true },
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
    { command: 'history', service: 'rng' },
    { command: 'history', service: 'rng', last: 20 },
  ],
  [
    { command: 'undo', service: 'rng', operation: '9f86d08188', confirm: true, requestId: 'undo-1' },
    { command: 'undo', service: 'rng', operation: '9f86d08188', dryRun: false, force: false },
  ],
  [
    { command: 'undo', service: 'rng', dryRun: true },
    { command: 'undo', service: 'rng', dryRun: true, force: false },
  ],
  [
    { command: 'cancel', service: 'rng' },
    { command: 'cancel', service: 'rng' },
  ],
  [
    { command: 'cancel', service: 'rng', operation: '9f86d08188' },
    { command: 'cancel', service: 'rng', operation: '9f86d08188' },
  ],
])('%j becomes the same request as in other doors', async (input, request) => {
  script.proposed = { kind: 'refusal', operation: OPERATION, isForceable: false, checks: [] };
  await invoke(input);
  expect(script.proposals.map((each) => each.request)).toEqual([request]);
});

test.each(['extend', 'finish'])('%s is carried out', async (command) => {
  expect(await invoke({ command, service: 'rng', pod: NAME })).toMatchObject({ ok: true, outcome: 'done' });
  expect(script.carriedOut).toHaveLength(1);
});

const INVALID: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['a list', []],
  ['no command', { service: 'rng' }],
  ['a misspelt command', { command: 'drian', service: 'rng' }],
  ['a misspelt command and no name', { command: 'drian', service: 7 }],
  ['no pod', { command: 'drain', service: 'rng' }],
  ['several mistakes, each with its path', { command: 'drain', service: 1, pod: 'RNG', for: 'soon', dryRun: 'yes' }],
  ['a misspelt field', { command: 'drain', service: 'rng', pod: 'rng-a', becuase: 'x' }],
  ['a tail out of range', { command: 'logs', service: 'rng', pod: 'rng-a', tail: 0 }],
  ['an extension by force', { command: 'extend', service: 'rng', pod: 'rng-a', force: true }],
  ['an extension that is too long', { command: 'extend', service: 'rng', pod: 'rng-a', for: '8d' }],
  ['an operation that is none', { command: 'cancel', service: 'rng', operation: 'the last' }],
  ['a confirmation that is neither', { command: 'restore', service: 'rng', pod: 'rng-a', confirm: false }],
];

describe('invalid input', () => {
  test.each(INVALID)('is refused and not carried out: %s', async (_, event) => {
    expect(await invoke(event)).toMatchObject({ ok: false, outcome: 'invalidInput' });
    expect(script.proposals).toEqual([]);
  });

  test('is answered with the sentences of the golden file', async () => {
    const answers = await Promise.all(
      INVALID.map(async ([name, event]) => `${name}\n  ${(await invoke(event)).message}`),
    );
    await expect(`${answers.join('\n')}\n`).toMatchFileSnapshot('golden/invalid-input.golden.txt');
  });

  test('names the mistake in a selector', async () => {
    const answer = await invoke({ command: 'list', service: 'rng', selector: 'app in (' });
    expect(answer).toMatchObject({ ok: false, outcome: 'invalidInput' });
    expect(answer.message).toMatch(/^selector: .*\b9\b/);
  });
});

test('answers an internal error with the reference that the log line carries', async () => {
  script.proposed = new Error('boom');
  const answer = await drain({ requestId: 'incident-42' });
  expect(answer).toEqual({
    ok: false,
    outcome: 'error',
    message: expect.not.stringContaining('boom'),
    reference: operationId('runbook incident-42'),
  });
  expect(logged).toMatchObject([{ event: 'failed', operation: answer.reference, error: script.proposed }]);
});

test('infra/runbook.schema.json is what the function accepts (npm run schema writes it)', () => {
  const kept = JSON.parse(readFileSync(new URL('../infra/runbook.schema.json', import.meta.url), 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(runbookSchema())));
});
