import { describe, expect, test } from 'vitest';
import type { DrainRequest } from '../pitlane/command/request.ts';
import type { Done, Outcome, Proposal } from '../pitlane/operate/outcome.ts';
import type { AdvanceOptions } from '../pitlane/operate/pitlane.ts';
import { members } from '../pitlane/rotation/membership.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import { NOW, rng } from '../test/builders/snapshot.ts';
import { answer } from './answer.ts';
import { plain } from './colour.ts';
import { DRAIN, OPERATION, POD, WARNING } from './fixtures.ts';
import type { Options } from './options.ts';

const PLAN = { ...DRAIN, checks: [WARNING] };
const PROPOSAL: Proposal = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
const DONE: Done = { kind: 'done', operation: OPERATION, plan: PLAN, proof: [], tookMs: [], notes: [] };
const REQUEST: DrainRequest = { command: 'drain', service: 'rng', pod: POD.name, dryRun: false, force: false };
const choice: Outcome = {
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
  readonly pod?: string;
}

/** Runs a drain that needs a confirmation, for a person who gives these answers. */
async function drain({ answers = [], options = {}, canAsk = true, pod }: Given) {
  const [asked, confirmed, drained]: [string[], AdvanceOptions['confirmed'][], (string | undefined)[]] = [[], [], []];
  let [out, err] = ['', ''];
  const pitlane = fakePitlane({
    propose: async (request) => ('pod' in request && request.pod !== undefined ? PROPOSAL : choice),
    // biome-ignore lint/correctness/useYield: there are no events.
    advance: async function* (request, _, given) {
      confirmed.push(given.confirmed);
      if (given.confirmed === undefined) return PROPOSAL;
      drained.push(request.pod);
      return DONE;
    },
  });
  const { pod: _, ...request } = REQUEST;
  const code = await answer(
    { ...request, ...(pod !== undefined && { pod }) },
    {
      pitlane,
      options: {
        output: 'table',
        yes: false,
        keepsEvidence: false,
        hasColour: false,
        timeoutMs: 1_000,
        debug: false,
        ...options,
      },
      style: { prefix: 'pitlane rng', paint: plain, isChange: true, isWide: false, isTerminal: true, now: NOW },
      terminal: {
        env: {},
        program: 'pitlane',
        user: 'ada',
        isScreen: true,
        canAsk,
        signal: new AbortController().signal,
        now: () => NOW,
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        ask: async (question) => {
          asked.push(question);
          return asked.length > answers.length ? '' : answers[asked.length - 1];
        },
      },
    },
  );
  return { code, asked, confirmed, drained, out, err };
}

describe('a plan with warnings', () => {
  test.each(['y', 'Y', 'yes', ' YES '])('runs exactly as shown after the answer %j', async (typed) => {
    const { code, asked, confirmed, err } = await drain({ pod: POD.name, answers: [typed] });
    expect({ code, asked: asked.length }).toEqual({ code: 0, asked: 1 });
    expect(confirmed.at(-1)).toMatchObject({ id: 'op-now', pod: POD, fingerprint: PLAN.fingerprint });
    expect(err).toContain(WARNING.message);
  });

  test.each(['', 'n', 'no', 'yep', 'y n'])('does not run after the answer %j', async (typed) => {
    const { code, drained, err } = await drain({ pod: POD.name, answers: [typed] });
    expect({ code, drained }).toEqual({ code: 3, drained: [] });
    expect(err).toContain('--yes');
  });

  test('runs without a question with --yes', async () => {
    const { code, asked, confirmed } = await drain({ pod: POD.name, options: { yes: true } });
    expect({ code, asked, confirmed }).toEqual({ code: 0, asked: [], confirmed: ['any'] });
  });

  test.each([
    ['without a terminal', { canAsk: false }],
    ['with -o json', { options: { output: 'json' } }],
  ] as const)('does not run %s', async (_, given) => {
    const { code, asked, drained } = await drain({ pod: POD.name, ...given });
    expect({ code, asked, drained }).toEqual({ code: 3, asked: [], drained: [] });
  });
});

describe('without a pod', () => {
  test.each([
    ['2', 'rng-5f69c6b7d8-b85tm'],
    ['rng-5f69c6b7d8-hfbrr', 'rng-5f69c6b7d8-hfbrr'],
  ])('the answer %s selects a pod of the list', async (typed, pod) => {
    const { code, drained } = await drain({ answers: [typed, 'y'] });
    expect({ code, drained }).toEqual({ code: 0, drained: [pod] });
  });

  test.each(['', '0', '5', 'web'])('the answer %j selects none', async (typed) => {
    const { code, asked, drained } = await drain({ answers: [typed] });
    expect({ code, drained, asked: asked.length }).toEqual({ code: 2, drained: [], asked: 1 });
  });
});

test.each([
  ['for the pod', {}, [undefined]],
  ['for the confirmation', {}, ['1', undefined]],
  ['for the confirmation of a named pod', { pod: POD.name }, [undefined]],
])('Ctrl-D at the question %s cancels the request', async (_, given, answers) => {
  const { code, drained, out, err } = await drain({ ...given, answers });
  expect({ code, drained, out }).toEqual({ code: 3, drained: [], out: '' });
  expect(err).not.toContain('--yes');
});
