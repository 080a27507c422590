import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { isDrained, Process } from './process.fixture.ts';
import { drain, finish, send, states, step } from './steps.fixture.ts';
import type { Step } from './steps.ts';

const rng = new RngOnEmbedded();

const list: Step = { name: 'list', when: 'always', request: { command: 'list', service: 'rng', all: true } };
const names = async () => (await rng.list()).members.map(({ pod }) => pod.name);

describe('a list whose process dies', () => {
  test('after its first write is finished when it is sent again, and repeats no write', async () => {
    const pod = await rng.somePod();
    const dying = new Process(rng);
    dying.answered = () => {
      if (dying.writes.length === 1) dying.die();
    };
    const sent = { requestId: 'killed', confirm: true } as const;
    await expect(send(dying, [drain(pod), finish], sent)).rejects.toThrow('the process is dead');
    const next = new Process(rng, { writes: dying.writes });
    await next.tick();
    // The tick has finished the drain, and begins no other step.
    expect(isDrained(rng, pod)).toBe(true);
    expect((await send(next, [drain(pod), finish], sent)).state).toBe('done');
    expect(dying.writes).toEqual([pod, pod]);
  });

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
    const requestId = 'warned on its way';
    const report = await send(new Process(rng), steps, { requestId });
    expect([report.state, ...states(report)]).toEqual(['failed', 'done', 'refused', 'done']);
    expect(report.steps[1]?.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    expect([isDrained(rng, first), isDrained(rng, second)]).toEqual([true, false]);
    // The fingerprint of a list that has begun confirms nothing.
    const again = await send(new Process(rng), steps, { requestId, confirm: plan.fingerprint });
    expect([states(again)[1], isDrained(rng, second)]).toEqual(['refused', false]);
    const confirmed = await send(new Process(rng), steps, { requestId, confirm: true });
    expect([states(confirmed)[1], isDrained(rng, second)]).toEqual(['done', true]);
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
