import { describe, expect, test } from 'vitest';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { type Plan, podsIn, writesOf } from '../pitlane/rotation/plan.ts';
import { podRows } from '../pitlane/rotation/pod-rows.ts';
import { NOW } from '../test/builders/snapshot.ts';
import { plain } from './colour.ts';
import { dataOf } from './data.ts';
import { exitCode } from './exit-code.ts';
import { drainOfSeveral, OPERATION, proofAfter } from './fixtures.ts';
import { narrator } from './progress.ts';
import { render } from './render.ts';
import type { Style } from './style.ts';

const PIPE: Style = { prefix: 'pitlane rng', paint: plain, isChange: true, isWide: false, isTerminal: false, now: NOW };
const SCREEN: Style = { ...PIPE, isTerminal: true };

const TWO = drainOfSeveral(2, { sideBySide: 1 });
const TWO_PLAN: Plan = {
  ...TWO.plan,
  undo: ['kubectl -n dockercoins label pod a app=rng', 'kubectl -n dockercoins label pod b app=rng'],
};
const ONE_OF_TWO = drainOfSeveral(2, { leftOut: 1 }).plan;
const THIRTY = drainOfSeveral(30, { leftOut: 4, warned: 2, by: '--node node-2' });
const HUNDRED = drainOfSeveral(100, { sideBySide: 1, leftOut: 30, by: '-l app=rng' });

function done(plan: Plan): Extract<Outcome, { kind: 'done' }> {
  const proof = proofAfter(plan, podsIn(plan.operation.subject).length);
  const tookMs = proof.map((_, index) => 100 + index * 40);
  return { kind: 'done', operation: plan.operation, plan, proof, tookMs, notes: [] };
}

/** `met` pods are done, `written` are written to. */
function unfinished(plan: Plan, met: number, written: number): Extract<Outcome, { kind: 'unfinished' }> {
  const left = writesOf(plan)
    .slice(written)
    .map(({ title }) => title);
  return {
    kind: 'unfinished',
    operation: plan.operation,
    plan,
    proof: proofAfter(plan, met),
    ...(left.length > 0 && { left }),
  };
}

const outcomes: Record<string, readonly [Outcome, Style]> = {
  '2-plan': [{ kind: 'proposal', plan: TWO_PLAN, why: 'needsConfirmation' }, SCREEN],
  '2-done': [done(TWO_PLAN), SCREEN],
  '2-refused': [TWO.refusal, SCREEN],
  '2-one-left-out': [done(ONE_OF_TWO), SCREEN],
  '2-unfinished': [unfinished(TWO.plan, 1, 2), SCREEN],
  '30-dry-run': [
    {
      kind: 'proposal',
      plan: THIRTY.plan,
      why: 'dryRun',
      tried: Array.from({ length: 5 }, (_, index) => `Accepted: step ${index}.`),
    },
    PIPE,
  ],
  '30-dry-run-screen': [{ kind: 'proposal', plan: THIRTY.plan, why: 'dryRun' }, SCREEN],
  '30-done': [done(THIRTY.plan), PIPE],
  '30-unfinished': [unfinished(THIRTY.plan, 12, 15), SCREEN],
  '100-plan': [{ kind: 'proposal', plan: HUNDRED.plan, why: 'changed' }, SCREEN],
  '100-done': [done(HUNDRED.plan), SCREEN],
  '100-refused': [HUNDRED.refusal, SCREEN],
  '100-unfinished': [unfinished(HUNDRED.plan, 40, 41), SCREEN],
};

test.each(Object.entries(outcomes))('a change of %s', async (name, [outcome, style]) => {
  const text = render(outcome, style);
  await expect(`${text}\n`).toMatchFileSnapshot(`golden/pods-${name}.golden.txt`);
});

describe('on a screen', () => {
  const screens = Object.entries(outcomes).filter(([, [, { isTerminal }]]) => isTerminal);

  test.each(screens)('reads a change of %s on at most 70 lines of at most 160 characters', (_, [outcome, style]) => {
    const lines = render(outcome, style).split('\n');
    expect(lines.length).toBeLessThanOrEqual(70);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(160);
  });

  test.each([
    ['in a pipe', PIPE],
    ['with -o wide', { ...SCREEN, isWide: true }],
  ])('sees a line for every one of 100 pods %s', (_, style) => {
    const text = render(done(HUNDRED.plan), style);
    for (const { name } of podsIn(HUNDRED.plan.operation.subject))
      expect(text).toMatch(new RegExp(`^\\d* *${name} `, 'm'));
  });
});

test('reports the progress of several pods by pod and turn, each line once', async () => {
  const { plan } = drainOfSeveral(12, { leftOut: 2, warned: 1 });
  const narrate = narrator(SCREEN);
  const titles = writesOf(plan).map(({ title }) => title);
  const wrote = (from: number, to: number, at: number) =>
    titles.slice(from, to).flatMap((title) => narrate({ kind: 'wrote', key: title, title }, at));
  const progress = (met: number, at: number) => narrate({ kind: 'progress', proof: proofAfter(plan, met) }, at);
  const lines = [
    ...narrate({ kind: 'planned', plan }, 0),
    ...wrote(0, 5, 210),
    ...progress(0, 240),
    ...progress(3, 420),
    ...progress(3, 430),
    ...progress(5, 900),
    ...wrote(5, 10, 1_000),
    ...progress(8, 1_300),
    ...progress(10, 2_600),
  ];
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/pods-progress.golden.txt');
});

test('names a lost pod in the progress', () => {
  const narrate = narrator(SCREEN);
  narrate({ kind: 'planned', plan: TWO.plan }, 0);
  const proof = proofAfter(TWO.plan, 1).map((each) => ({
    ...each,
    isLost: !each.isMet && 'pod' in each.milestone.condition,
  }));
  expect(narrate({ kind: 'progress', proof }, 500).filter((line) => line.includes('lost: '))).toHaveLength(1);
});

describe('the exit code of a change of several pods', () => {
  test.each<[string, Outcome, number]>([
    ['all are done', done(TWO.plan), 0],
    ['one is left out and the other is done', done(ONE_OF_TWO), 3],
    ['a dry run leaves one out', { kind: 'proposal', plan: ONE_OF_TWO, why: 'dryRun' }, 3],
    ['a dry run leaves none out', { kind: 'proposal', plan: TWO.plan, why: 'dryRun' }, 0],
    ['all are refused', TWO.refusal, 3],
    ['one is not proven and one is left out', unfinished(ONE_OF_TWO, 0, 1), 1],
  ])('%s', (_, outcome, want) => {
    expect(exitCode(outcome, OPERATION.request)).toBe(want);
  });
});

describe('the turn of a pod', () => {
  test('is counted once for the two phases of a restore', () => {
    const [first, second] = TWO.plan.phases;
    const marks = (phase: typeof first) => phase && { ...phase, lease: 'none' as const };
    const phases = [first, marks(first), second, marks(second)].filter((phase) => phase !== undefined);
    expect(podRows({ ...TWO.plan, phases }).map(({ turn }) => turn)).toEqual([1, 2]);
  });

  test('is absent for a pod that is left out', () => {
    expect(podRows(ONE_OF_TWO).map(({ turn, state }) => [turn, state])).toEqual([
      [1, 'planned'],
      [undefined, 'leftOut'],
    ]);
  });
});

describe('for programs', () => {
  test.each<[string, Outcome, readonly (readonly [turn: number | null, state: string, findings: readonly string[]])[]]>(
    [
      [
        'a plan',
        { kind: 'proposal', plan: ONE_OF_TWO, why: 'dryRun' },
        [
          [1, 'planned', []],
          [null, 'leftOut', ['AlreadyDrained']],
        ],
      ],
      [
        'what is done',
        done(ONE_OF_TWO),
        [
          [1, 'done', []],
          [null, 'leftOut', ['AlreadyDrained']],
        ],
      ],
      [
        'what is not finished',
        unfinished(TWO.plan, 0, 1),
        [
          [1, 'waiting', []],
          [2, 'notBegun', []],
        ],
      ],
      [
        'a refusal',
        TWO.refusal,
        [
          [null, 'refused', ['AlreadyDrained']],
          [null, 'refused', ['BelowMinimum']],
        ],
      ],
    ],
  )('%s has its pods, beside subject, phases and checks', (_, outcome, want) => {
    const data = dataOf(outcome, NOW) as { pods: { name: string; turn: number; state: string; findings: string[] }[] };
    expect(data).toMatchObject(outcome);
    expect(data.pods.map(({ turn, state, findings }) => [turn, state, findings])).toEqual(want);
    expect(data.pods.map(({ name }) => name)).toEqual(podsIn(TWO.plan.operation.subject).map(({ name }) => name));
  });
});
