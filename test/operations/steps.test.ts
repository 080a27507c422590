import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runbookHandler } from '../../functions/runbook.ts';
import type { RunbookAnswer } from '../../functions/runbook-answer.ts';
import { runbookSchema } from '../../functions/runbook-input.ts';
import { admins } from '../admins.ts';
import { RngOnEmbedded } from '../rng-on-embedded.ts';
import { during } from '../virtual-time.ts';

/** What a runbook gets for a list of steps, on a cluster. */
const here = new RngOnEmbedded({ hasTick: true });

function invoke(event: unknown, remainingMs = 60_000): Promise<RunbookAnswer> {
  const handler = runbookHandler({
    house: () => ({ pitlane: here.pitlane, access: admins(), service: () => undefined }),
    log: () => {},
    now: Date.now,
  });
  return during(handler(event, { awsRequestId: 'invocation', getRemainingTimeInMillis: () => remainingMs }));
}

const pods = async () => (await here.list()).members.map(({ pod, state }) => ({ name: pod.name, state }));
const firstPod = async () => (await pods())[0]?.name ?? '';
const states = ({ steps = [] }: RunbookAnswer) => steps.map(({ name, state }) => `${name}: ${state}`);

const list = (pod: string, change: object = {}) => ({
  service: 'rng',
  requestId: 'incident-42',
  confirm: true,
  steps: [
    { command: 'drain', pod, because: '5xx' },
    { command: 'evidence', podsOf: 'drain' },
    { command: 'finish', podsOf: 'drain' },
  ],
  ...change,
});

describe('a list of steps', () => {
  test('is carried out in order, and reported as one', async () => {
    const pod = await firstPod();
    const answer = await invoke(list(pod));
    expect([answer.ok, answer.outcome, answer.state, answer.message]).toEqual([
      true,
      'steps',
      'done',
      'All 3 steps done.',
    ]);
    expect(states(answer)).toEqual(['drain: done', 'evidence: done', 'finish: done']);
    expect(answer.files?.length).toBeGreaterThan(3);
    const names = (await pods()).map(({ name }) => name);
    expect([names.length, names.includes(pod)]).toEqual([4, false]);
  });

  test('is carried out once, however often it is sent', async () => {
    const pod = await firstPod();
    await invoke(list(pod));
    const before = await pods();
    const again = await invoke(list(pod));
    expect([again.ok, states(again)]).toEqual([true, ['drain: done', 'evidence: skipped', 'finish: done']]);
    expect(await pods()).toEqual(before);
  });

  test('needs a confirmation for what it can not plan yet, and shows a fingerprint for it', async () => {
    const pod = await firstPod();
    const asked = await invoke(list(pod, { confirm: undefined }));
    expect([asked.ok, asked.state, states(asked)]).toEqual([
      false,
      'needsConfirmation',
      ['drain: planned', 'evidence: planned', 'finish: unknown'],
    ]);
    expect((await pods()).every(({ state }) => state === 'in rotation')).toBe(true);
    const other = await invoke(list(pod, { confirm: 'fedcba9876543210' }));
    expect([other.ok, other.state]).toEqual([false, 'changed']);
    const confirmed = await invoke(list(pod, { confirm: asked.fingerprint }));
    expect([confirmed.ok, confirmed.state]).toEqual([true, 'done']);
    const twice = await invoke(list(pod, { confirm: asked.fingerprint }));
    expect(twice.state).toBe(confirmed.state);
  });

  test('is planned by a dry run, which changes nothing', async () => {
    const pod = await firstPod();
    const answer = await invoke(list(pod, { confirm: undefined, dryRun: true }));
    expect([answer.ok, answer.message]).toEqual([true, 'Dry run: nothing was changed.']);
    expect(answer.steps?.[0]).toMatchObject({ outcome: 'proposal', operation: { pod: { name: pod } } });
    expect((await pods()).every(({ state }) => state === 'in rotation')).toBe(true);
  });

  test('ends at a refusal, and runs what was asked for in that case', async () => {
    const [first, second, third] = (await pods()).map(({ name }) => name);
    const steps = [
      { command: 'drain', pod: first, because: '5xx' },
      { name: 'second', command: 'drain', pod: second },
      { name: 'third', command: 'drain', pod: third },
      { name: 'after', command: 'list' },
      { name: 'look', command: 'list', if: 'failure' },
      { name: 'put back', command: 'restore', podsOf: 'drain', if: 'failure' },
    ];
    const unknown = { ...steps[1], pod: 'rng-nosuch' };
    const answer = await invoke({
      service: 'rng',
      requestId: 'incident-43',
      confirm: true,
      steps: [steps[0], unknown, ...steps.slice(2)],
    });
    expect([answer.ok, answer.state]).toEqual([false, 'failed']);
    expect(states(answer)).toEqual([
      'drain: done',
      'second: refused',
      'third: skipped',
      'after: skipped',
      'look: done',
      'put back: done',
    ]);
    expect((await pods()).filter(({ state }) => state === 'in rotation')).toHaveLength(4);
  });

  test('changes nothing if its first change is refused', async () => {
    const answer = await invoke(list('rng-nosuch', { confirm: undefined }));
    expect([answer.ok, answer.state, states(answer)]).toEqual([
      false,
      'refused',
      ['drain: refused', 'evidence: notReached', 'finish: notReached'],
    ]);
  });

  test('continues with the first open step when it is sent again', async () => {
    const pod = await firstPod();
    const late = await invoke(list(pod), 0);
    expect([late.ok, late.state]).toEqual([false, 'inProgress']);
    const answer = await invoke(list(pod));
    expect([answer.ok, states(answer).at(-1)]).toEqual([true, 'finish: done']);
  });

  test.each([
    [{ steps: [] }, 'steps: expected 1 to 20 steps.'],
    [{ steps: [{ command: 'drian' }] }, 'Step 1: Unknown command "drian". Did you mean drain?'],
    [{ steps: [{ command: 'list', by: 'me' }] }, 'Step 1: by is given once for all steps.'],
    [{ steps: [{ command: 'finish', podsOf: 'drain' }] }, 'Step 1: podsOf: no step before it has the name "drain".'],
    [{ steps: [{ command: 'list', if: 'maybe' }] }, 'Step 1: if: expected success, failure or always.'],
    [
      {
        steps: [
          { command: 'list', name: 'a' },
          { command: 'list', name: 'a' },
        ],
      },
      'Step 2: name: "a" is given twice.',
    ],
    [{ steps: [{ command: 'list' }], stepz: 1 }, 'Unknown field "stepz". Did you mean steps?'],
  ])('names what is wrong with %j', async (event, message) => {
    expect(await invoke({ service: 'rng', ...event })).toMatchObject({ ok: false, outcome: 'invalidInput', message });
  });
});

const PAGE = readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].flatMap(([, text]) => text ?? []);
/** The lists of the page, also in a state of Step Functions, with the name of a real pod. */
const LISTS = blocks('json')
  .map((text) => JSON.parse(text))
  .map((given) => given.States?.Drain?.Parameters.Payload ?? given)
  .filter((given) => given.steps !== undefined && given.command === undefined && !('ok' in given));

const isValid = new Ajv2020({ strict: false, allErrors: true }).compile(runbookSchema());

describe('the examples of docs/runbooks.md', () => {
  test.each(LISTS.map((given, index) => [index + 1, given]))('list %i is done', async (_, given) => {
    const pod = await firstPod();
    const text = JSON.stringify(given)
      .replaceAll('rng-7c5d9f8b6-b85tm', pod)
      .replace('"pod.$":"$.pod"', `"pod":"${pod}"`)
      .replace('"requestId.$":"$$.Execution.Name"', '"requestId":"execution-1"');
    const answer = await invoke(JSON.parse(text));
    expect([answer.ok, answer.message]).toEqual([true, expect.stringMatching(/^All \d steps done\.$/)]);
    expect(isValid(JSON.parse(text)), JSON.stringify(isValid.errors)).toBe(true);
  });

  test('there are three of them', () => expect(LISTS).toHaveLength(3));

  test('the state machine names states that exist, and every way ends', () => {
    const { StartAt, States } = blocks('json')
      .map((text) => JSON.parse(text))
      .find(({ States: found }) => found);
    const next = (name: string): string[] => {
      const { Next, Default, Choices = [], Type } = States[name] ?? {};
      expect(Type, name).toBeDefined();
      return [Next, Default, ...Choices.map((choice: { Next: string }) => choice.Next)].filter(Boolean);
    };
    const seen = new Set<string>();
    const visit = (name: string) => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const each of next(name)) visit(each);
    };
    visit(StartAt);
    expect([...seen].sort()).toEqual(Object.keys(States).sort());
  });

  test('the workflow sends a list that the function takes', async () => {
    const [workflow] = blocks('yaml').filter((text) => text.includes('aws lambda invoke'));
    const { jobs } = parse(workflow ?? '');
    const script: string = jobs.drain.steps[1].run;
    const pod = await firstPod();
    const filter = /'(\{[\s\S]*?\]\})'/.exec(script)?.[1] ?? '';
    const json = filter
      .replaceAll('$pod', JSON.stringify(pod))
      .replaceAll('$id', '"incident-9"')
      .replace(/([{,]\s*)(\w+):/g, '$1"$2":');
    expect((await invoke(JSON.parse(json))).state).toBe('done');
  });
});
