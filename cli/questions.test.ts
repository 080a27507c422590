import { describe, expect, test } from 'vitest';
import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { Decision } from '../pitlane/operate/asker.ts';
import type { Choice, Done, Proposal } from '../pitlane/operate/outcome.ts';
import type { Pitlane } from '../pitlane/operate/use-case.ts';
import { members } from '../pitlane/rotation/membership.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import { NOW, rng } from '../test/builders/snapshot.ts';
import { answer } from './answer.ts';
import { plain } from './colour.ts';
import { DRAIN, OPERATION, POD, WARNING } from './fixtures.ts';
import { withKubectlFlags } from './kubectl-flags.ts';
import type { Options } from './options.ts';
import type { Session } from './session.ts';

const PLAN = { ...DRAIN, checks: [WARNING] };
const PROPOSAL: Proposal = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
const DONE: Done = { kind: 'done', operation: OPERATION, plan: PLAN, proof: [], tookMs: [], notes: [] };
const REQUEST: ChangeRequest = { command: 'drain', service: 'rng', pods: [POD.name], dryRun: false, force: false };
const CHOICE: Choice = {
  kind: 'choice',
  request: REQUEST,
  message: 'Which pod of rng?',
  candidates: members(rng().snapshot()),
};

interface Given {
  /** Undefined: Ctrl-D. */
  readonly answers?: readonly (string | undefined)[];
  readonly options?: Partial<Options>;
  readonly canAsk?: boolean;
  readonly pods?: readonly string[];
  /** How long the person takes for an answer. */
  readonly thinksMs?: number;
}

/** A house that wants every drain confirmed, and a person who gives these answers. */
async function drain(given: Given) {
  const decisions: Decision[] = [];
  const drained: (readonly string[])[] = [];
  const pitlane = fakePitlane({
    async carryOut(request, _, { decide }) {
      if (request.pods === undefined) return CHOICE;
      const decision = (await decide?.(PROPOSAL)) ?? { kind: 'leave' };
      decisions.push(decision);
      if (decision.kind !== 'carryOut') return PROPOSAL;
      drained.push(request.pods);
      return DONE;
    },
  });
  const { pods: _, ...request } = REQUEST;
  const { session, ...seen } = sessionOf(pitlane, given);
  const code = await answer({ ...request, ...(given.pods !== undefined && { pods: given.pods }) }, session);
  return { code, decisions, drained, asked: seen.asked, out: seen.out.join(''), err: seen.err.join('') };
}

/** A terminal with a person who gives these answers, and what is said to them. */
function sessionOf(pitlane: Pitlane, { answers = [], options = {}, canAsk = true, thinksMs = 0 }: Given) {
  const asked: string[] = [];
  let now = NOW;
  const out: string[] = [];
  const err: string[] = [];
  const session: Session = {
    pitlane,
    options: {
      output: 'table',
      watch: false,
      yes: false,
      keepsEvidence: false,
      hasColour: false,
      timeoutMs: 1_000,
      debug: false,
      ...options,
    },
    style: { prefix: 'pitlane rng', paint: plain, isChange: true, isWide: false, isTerminal: true, now: NOW },
    user: 'ada',
    terminal: {
      env: {},
      program: 'pitlane',
      user: 'ada',
      isScreen: true,
      canAsk,
      signal: new AbortController().signal,
      now: () => now,
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      ask: async (question) => {
        asked.push(question);
        now += thinksMs;
        return asked.length > answers.length ? '' : answers[asked.length - 1];
      },
    },
  };
  return { session, asked, out, err };
}

describe('a plan with warnings', () => {
  test.each(['y', 'Y', 'yes', ' YES '])('is carried out after the answer %j, and exactly that plan', async (typed) => {
    const { code, asked, decisions, err } = await drain({ pods: [POD.name], answers: [typed] });
    expect({ code, asked }).toEqual({ code: 0, asked: ['Carry it out? [y/N] '] });
    const confirmed = { id: 'op-now', request: OPERATION.request, fingerprint: PLAN.fingerprint };
    expect(decisions).toEqual([{ kind: 'carryOut', confirmed }]);
    expect(err).toContain(WARNING.message);
  });

  test.each(['', 'n', 'no', 'yep', 'y n'])('does not run after the answer %j', async (typed) => {
    const { code, drained, err } = await drain({ pods: [POD.name], answers: [typed] });
    expect({ code, drained }).toEqual({ code: 3, drained: [] });
    expect(err).toContain('--yes');
  });

  test('runs without a question with --yes', async () => {
    const { code, asked, decisions } = await drain({ pods: [POD.name], options: { yes: true } });
    expect({ code, asked, decisions }).toEqual({
      code: 0,
      asked: [],
      decisions: [{ kind: 'carryOut', confirmed: 'any' }],
    });
  });

  test.each([
    ['without a terminal', { canAsk: false }],
    ['with -o json', { options: { output: 'json' } }],
  ] as const)('does not run %s', async (_, given) => {
    const { code, asked, drained } = await drain({ pods: [POD.name], ...given });
    expect({ code, asked, drained }).toEqual({ code: 3, asked: [], drained: [] });
  });
});

test('does not count the time that a person takes to answer', async () => {
  const deadlines: number[] = [];
  const pitlane = fakePitlane({
    async carryOut(_, __, door) {
      deadlines.push(door.deadline);
      await door.decide?.(PROPOSAL);
      deadlines.push(door.deadline);
      return DONE;
    },
  });
  const { session } = sessionOf(withKubectlFlags(pitlane, {}), { answers: ['y'], thinksMs: 60_000 });
  await answer(REQUEST, session);
  expect(deadlines).toEqual([NOW + 1_000, NOW + 61_000]);
});

describe('without a pod', () => {
  test.each([
    ['2', 'rng-5f69c6b7d8-b85tm'],
    ['rng-5f69c6b7d8-hfbrr', 'rng-5f69c6b7d8-hfbrr'],
  ])('the answer %s selects a pod of the list', async (typed, pod) => {
    const { code, drained } = await drain({ answers: [typed, 'y'] });
    expect({ code, drained }).toEqual({ code: 0, drained: [[pod]] });
  });

  const [first, second, third] = CHOICE.candidates.map(({ pod }) => pod.name);
  test.each([
    ['1 3', [first, third]],
    ['3,1', [third, first]],
    [` 2 , ${first}  `, [second, first]],
    [`${third} ${third} 3`, [third]],
  ])('the answer %j selects several pods of the list', async (typed, pods) => {
    const { code, drained } = await drain({ answers: [typed, 'y'] });
    expect({ code, drained }).toEqual({ code: 0, drained: [pods] });
  });

  test.each(['', ' ', ',', '0', '5', 'web', '1 5', '1 web'])('the answer %j selects none', async (typed) => {
    const { code, asked, drained } = await drain({ answers: [typed] });
    expect({ code, drained, asked: asked.length }).toEqual({ code: 2, drained: [], asked: 1 });
  });

  test.each([
    ['2', ['rng-5f69c6b7d8-b85tm']],
    ['1 2', []],
  ])('a command about one pod takes one of the list for the answer %j', async (typed, want) => {
    const inspected: unknown[] = [];
    const pitlane = fakePitlane({
      async propose(request) {
        if (!('pod' in request)) return { ...CHOICE, request };
        inspected.push(request.pod);
        return { kind: 'notUnderstood', message: 'It is gone.', instead: [] };
      },
    });
    const { session, asked } = sessionOf(pitlane, { answers: [typed] });
    await answer({ command: 'inspect', service: 'rng' }, session);
    expect({ inspected, asked: asked.length }).toEqual({ inspected: want, asked: 1 });
  });
});

test.each([
  ['for the pod', {}, [undefined]],
  ['for the confirmation', {}, ['1', undefined]],
  ['for the confirmation of a named pod', { pods: [POD.name] }, [undefined]],
])('Ctrl-D at the question %s cancels the request', async (_, given, answers) => {
  const { code, drained, out, err } = await drain({ ...given, answers });
  expect({ code, drained, out }).toEqual({ code: 3, drained: [], out: '' });
  expect(err).not.toContain('--yes');
});
