import { expect } from 'vitest';
import { type Budget, nameOf, type Pod } from './objects.ts';
import { Crew, codes, done, expectKind, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

async function oneInRotation(on: Space): Promise<Pod> {
  await on.service();
  await on.deployment({ replicas: 1 });
  const [pod] = await on.podsInRotation(1);
  return pod;
}

function untilBudgetCounts(on: Space, healthy: number): Promise<Budget> {
  const isCounted = ({ status }: Budget) => status?.currentHealthy === healthy;
  return on.untilObject(`counts ${healthy} pods`, 'poddisruptionbudgets', isCounted);
}

/** Requests that Pitlane refuses, or only carries out after a confirmation. */
export const refusing: Theme = (rule) => {
  rule('drain refuses the last ready pod unless it is forced', async (on) => {
    const pod = await oneInRotation(on);
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'refusal')).toEqual(['BelowMinimum']);
    expect(expectKind(outcome, 'refusal').isForceable).toBe(true);
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
    const forced = done(await new Crew(on).drain(pod, { force: true }));
    expect(codes(forced.plan, 'overridden')).toEqual(['BelowMinimum']);
  });

  rule('drain refuses a pod of a StatefulSet, whose name stays taken', async (on) => {
    await on.service();
    await on.statefulSet({ replicas: 2 });
    await on.podsInRotation(2);
    const { outcome } = await new Crew(on, { minReady: 1 }).drain('web-0');
    expect(codes(outcome, 'refusal')).toEqual(['NameStaysTaken']);
  });

  rule('drain refuses a pod if the disruption budget is exhausted', async (on) => {
    const [pod] = await fourInRotation(on);
    await on.budget({ minAvailable: 4 });
    await untilBudgetCounts(on, 4);
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'refusal')).toEqual(['BudgetExhausted']);
  });

  rule('drain refuses a second pod if one drained pod is the maximum', async (on) => {
    const pods = await fourInRotation(on);
    const crew = new Crew(on, { maxDrained: 1 });
    done(await crew.drain(pods[0] as Pod));
    const { outcome } = await crew.drain(pods[1] as Pod);
    expect(codes(outcome, 'refusal')).toEqual(['TooManyDrained']);
  });

  rule('drain refuses an unknown pod with the nearest name', async (on) => {
    const [pod] = await fourInRotation(on);
    const name = nameOf(pod);
    const last = name.endsWith('x') ? 'z' : 'x';
    const { outcome } = await new Crew(on).drain(`${name.slice(0, -1)}${last}`);
    const { message, instead } = expectKind(outcome, 'notUnderstood');
    expect(message).toContain(`${name.slice(0, -1)}${last}`);
    expect(instead.join()).toContain(name);
  });

  rule('drain refuses a pod of the namespace that is not a member of the service', async (on) => {
    await oneInRotation(on);
    await on.readyPod({ name: 'bystander', labels: { app: 'other' } });
    const { outcome } = await new Crew(on).drain('bystander');
    expect(outcome).toMatchObject({
      kind: 'notUnderstood',
      message: expect.stringMatching(/\bbystander\b.*\bweb\b/),
    });
  });

  rule('drain refuses a missing Service with the nearest name', async (on) => {
    await on.service({ name: 'wed' });
    const { outcome } = await new Crew(on).drain('web-x');
    expect(outcome).toMatchObject({
      kind: 'notUnderstood',
      message: expect.stringMatching(/\bweb\b.*\bwed\b/),
    });
  });

  rule('drain of a bare pod needs a confirmation, because nothing replaces it', async (on) => {
    await on.service();
    for (const name of ['one', 'two']) await on.readyPod({ name });
    await on.untilListed(['one', 'two']);
    const crew = new Crew(on, { minReady: 1 });
    const requestId = 'trigger-1';
    const { outcome } = await crew.drain('one', { requestId, confirmed: undefined as never });
    const { why, plan } = expectKind(outcome, 'proposal');
    expect([why, codes(outcome, 'warning')]).toEqual(['needsConfirmation', ['NothingReplacesIt']]);
    await on.untilListed(['one', 'two']);
    const { operation, fingerprint } = plan;
    const confirmed = { id: operation.id, request: operation.request, pod: operation.pod, fingerprint };
    done(await crew.drain('one', { requestId, confirmed }));
    await on.untilListed(['two']);
  });

  rule('drain needs a new confirmation if the plan changed since the first one', async (on) => {
    await on.service();
    for (const name of ['one', 'two', 'three']) await on.readyPod({ name });
    await on.untilListed(['one', 'two', 'three']);
    const crew = new Crew(on, { minReady: 1 });
    const requestId = 'trigger-1';
    const { outcome } = await crew.drain('one', { requestId, confirmed: undefined as never });
    const { operation, fingerprint } = expectKind(outcome, 'proposal').plan;
    await on.budget({ minAvailable: 1 });
    await untilBudgetCounts(on, 3);
    const confirmed = { id: operation.id, request: operation.request, pod: operation.pod, fingerprint };
    const second = await crew.drain('one', { requestId, confirmed });
    expect(second.outcome).toMatchObject({ kind: 'proposal', why: 'changed' });
    await on.untilListed(['one', 'two', 'three']);
  });
};
