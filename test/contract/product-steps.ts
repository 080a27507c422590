import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { runSteps, type Step, type StepsReport } from '../../pitlane/operate/steps.ts';
import { nameOf, type Pod } from './objects.ts';
import { Crew, drainRequest, expectKind, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';

function stepsFor(pod: Pod): readonly Step[] {
  const podsOf = 'drain';
  const change = { service: 'web', dryRun: false, force: false };
  return [
    { name: 'drain', when: 'success', request: drainRequest(pod, { because: '5xx' }) },
    { name: 'evidence', when: 'success', request: { command: 'evidence', service: 'web', pod: '' }, podsOf },
    { name: 'put back', when: 'failure', request: { command: 'restore', ...change }, podsOf },
    { name: 'finish', when: 'success', request: { command: 'finish', ...change }, podsOf },
  ];
}

function run({ pitlane }: Crew, steps: readonly Step[], confirm: true | string | undefined): Promise<StepsReport> {
  const asker = { by: 'a runbook', role: 'admin', requestId: randomUUID(), payload: '' } as const;
  return runSteps(pitlane, steps, asker, {
    dryRun: false,
    confirm,
    deadline: Date.now() + 120_000,
    now: Date.now,
    reporter: {},
    objection: () => undefined,
  });
}

const states = ({ steps }: StepsReport) => steps.map(({ name, state }) => `${name}: ${state}`);

/** Several commands as one list. */
export const inSteps: Theme = (rule) => {
  rule('a list drains a pod, takes evidence of it and ends it, once its plans are confirmed', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    const steps = stepsFor(pod);
    const asked = await run(crew, steps, undefined);
    expect(asked.state).toBe('needsConfirmation');
    expect(states(asked)).toEqual(['drain: planned', 'evidence: planned', 'put back: unknown', 'finish: unknown']);
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
    const report = await run(crew, steps, asked.fingerprint);
    expect([report.state, ...states(report)]).toEqual([
      'done',
      'drain: done',
      'evidence: done',
      'put back: skipped',
      'finish: done',
    ]);
    expect((await on.podsInRotation(4)).map(nameOf)).not.toContain(nameOf(pod));
  });

  rule('a list whose step is refused puts the drained pod back', async (on) => {
    const [pod, other] = await fourInRotation(on);
    const [drain, , back] = stepsFor(pod);
    const second = { name: 'second', when: 'success', request: drainRequest(other ?? '') } as const;
    const report = await run(
      new Crew(on, { maxDrained: 1 }),
      [drain, second, back].filter((step) => step !== undefined),
      true,
    );
    expect([report.state, ...states(report)]).toEqual(['failed', 'drain: done', 'second: refused', 'put back: done']);
    expectKind(report.steps[1]?.outcome ?? { kind: 'helped', text: '' }, 'refusal');
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
  });
};
