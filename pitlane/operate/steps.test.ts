import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during } from '../../test/virtual-time.ts';
import type { Asker } from './asker.ts';
import { isDrained, Process } from './process.fixture.ts';
import { runSteps, type Step, type StepsOptions, type StepsReport } from './steps.ts';

const rng = new RngOnEmbedded();

type Sent = Partial<Asker & StepsOptions>;

/** Sends the list to a process. */
function send(
  { pitlane }: Pick<Process, 'pitlane'>,
  steps: readonly Step[],
  { role = 'admin', requestId = randomUUID(), ...options }: Sent = {},
): Promise<StepsReport> {
  const asker = { by: 'a runbook', role, requestId, payload: JSON.stringify(steps) };
  const time = { deadline: Date.now() + 60_000, now: Date.now };
  return during(
    runSteps(pitlane, steps, asker, { ...time, dryRun: false, reporter: {}, objection: () => undefined, ...options }),
  );
}

const step = (name: string, request: object, more: Partial<Step> = {}): Step =>
  ({ name, when: 'success', request: { service: 'rng', dryRun: false, force: false, ...request }, ...more }) as Step;
const drain = (pod: string, more: Partial<Step> = {}): Step => step('drain', { command: 'drain', pods: [pod] }, more);
const finish = step('finish', { command: 'finish' }, { podsOf: 'drain' });
const list: Step = { name: 'list', when: 'always', request: { command: 'list', service: 'rng', all: true } };
const states = ({ steps }: StepsReport) => steps.map(({ state }) => state);
const names = async () => (await rng.list()).members.map(({ pod }) => pod.name);

describe('a list whose process dies', () => {
  test('after any of its requests is finished when it is sent again, and repeats no write', async () => {
    const deaths: number[] = [];
    for (let after = 1; ; after += 1) {
      const pod = await rng.somePod();
      const sent = { requestId: `list ${after}`, confirm: true } as const;
      const dying = new Process(rng);
      let answers = 0;
      dying.answered = () => {
        answers += 1;
        if (answers === after) dying.die();
      };
      const first = await send(dying, [drain(pod), finish], sent).catch(({ message }) => message as string);
      const next = new Process(rng, { writes: dying.writes });
      // The tick continues the step, or the list is sent again before it does.
      if (after % 2 === 0) await next.tick();
      else await next.waitUntilLeft();
      const report = await send(next, [drain(pod), finish], sent);
      expect([after, report.state, ...states(report)]).toEqual([after, 'done', 'done', 'done']);
      expect([after, dying.writes.filter((name) => name === pod)]).toEqual([after, [pod, pod]]);
      expect(await names()).not.toContain(pod);
      if (typeof first !== 'string') break;
      deaths.push(after);
    }
    expect(deaths.length).toBeGreaterThan(20);
  }, 120_000);

  test('waits for the process that still holds its step', async () => {
    const pod = await rng.somePod();
    const dying = new Process(rng);
    dying.answered = () => {
      if (dying.writes.length === 1) dying.die();
    };
    const sent = { requestId: 'held', confirm: true } as const;
    await send(dying, [drain(pod), finish, list], sent).catch(() => {});
    const early = await send(new Process(rng), [drain(pod), finish, list], sent);
    expect([early.state, ...states(early)]).toEqual(['inProgress', 'inProgress', 'notReached', 'notReached']);
    expect(isDrained(rng, pod)).toBe(true);
  });
});

describe('a list', () => {
  test('is refused as a whole if the role does not cover one of its steps', async () => {
    const pod = await rng.somePod();
    const forced = step('by force', { ...DRAIN_IT, pods: [pod], force: true });
    const report = await send(new Process(rng), [drain(pod), forced], { role: 'operator', confirm: true });
    expect([report.state, ...states(report)]).toEqual(['refused', 'notReached', 'refused']);
    expect(isDrained(rng, pod)).toBe(false);
  });

  test('under an id of another list is refused as a whole, also the steps that always run', async () => {
    const [pod = '', other = ''] = await names();
    const process = new Process(rng);
    await send(process, [drain(pod)], { requestId: 'reused', confirm: true });
    const always = step('always', { command: 'drain', pods: [other] }, { when: 'always' });
    const report = await send(process, [drain(pod), always], { requestId: 'reused', confirm: true });
    expect([report.state, ...states(report)]).toEqual(['refused', 'notReached', 'notReached']);
    expect(isDrained(rng, other)).toBe(false);
  });

  test('without a confirmation stops at a warning that comes up on its way', async () => {
    const [first = '', second = ''] = await names();
    const pods = String((await names()).length + 1);
    rng.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'one-more', namespace: rng.namespace },
      spec: { hard: { pods } },
    });
    const steps = [drain(first), step('second', { command: 'drain', pods: [second] }), list];
    const plan = await send(new Process(rng), steps, { dryRun: true });
    expect([plan.state, ...states(plan)]).toEqual(['planned', 'planned', 'planned', 'planned']);
    const report = await send(new Process(rng), steps);
    expect([report.state, ...states(report)]).toEqual(['failed', 'done', 'refused', 'done']);
    expect(report.steps[1]?.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    expect([isDrained(rng, first), isDrained(rng, second)]).toEqual([true, false]);
  });

  test('does not go back to a step before the ones that were carried out', async () => {
    const [first = '', second = ''] = await names();
    const steps = [
      drain(first),
      step('second', { command: 'drain', pods: [second] }),
      step('back', { command: 'restore' }, { podsOf: 'drain', when: 'failure' }),
    ];
    const sent = { requestId: 'passed', confirm: true } as const;
    const report = await send(new Process(rng, { maxDrained: 1 }), steps, sent);
    expect(states(report)).toEqual(['done', 'refused', 'done']);
    // By now the second drain would be possible.
    expect(states(await send(new Process(rng), steps, sent))).toEqual(['done', 'refused', 'done']);
    expect(isDrained(rng, second)).toBe(false);
  });
});
