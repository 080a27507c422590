import { expect } from 'vitest';
import { type Budget, nameOf, namesOf, type Pod } from './objects.ts';
import { Crew, codes, done, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

async function oneInRotation(on: Space): Promise<Pod> {
  await on.service();
  await on.deployment({ replicas: 1 });
  const [pod] = (await on.readyPods(1)) as [Pod];
  await on.untilListed([nameOf(pod)]);
  return pod;
}

/** When pitlane does not do what it was asked, and what it says instead. */
export const refusing: Theme = (rule) => {
  rule('refused: draining the last ready pod, with the numbers, unless it is forced', async (on) => {
    const pod = await oneInRotation(on);
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'refusal')).toEqual(['BelowMinimum']);
    if (outcome.kind !== 'refusal') throw new Error('not refused');
    const said = outcome.checks.find(({ code }) => code === 'BelowMinimum')?.message ?? '';
    expect(said).toContain('web has 1 pod in rotation and must keep 1 of 1');
    expect(outcome.isForceable).toBe(true);
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
    const forced = done(await new Crew(on).drain(pod, { force: true }));
    expect(codes(forced.plan, 'overridden')).toEqual(['BelowMinimum']);
  });

  rule('refused: draining a pod of a StatefulSet, whose name stays taken', async (on) => {
    await on.service();
    await on.statefulSet({ replicas: 2 });
    await on.untilListed(namesOf(await on.readyPods(2)));
    const { outcome } = await new Crew(on, { minReady: 1 }).drain('web-0');
    expect(codes(outcome, 'refusal')).toEqual(['NameStaysTaken']);
  });

  rule('refused: draining what a disruption budget does not allow', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    await on.budget({ minAvailable: 4 });
    await until(
      'counted',
      () => on.get<Budget>('poddisruptionbudgets', 'web'),
      ({ status }) => status?.currentHealthy === 4,
    );
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'refusal')).toEqual(['BudgetExhausted']);
  });

  rule('refused: a fourth drained pod where three may be', async (on) => {
    const pods = await fourInRotation(on);
    const crew = new Crew(on, { maxDrained: 1 });
    done(await crew.drain(pods[0] as Pod));
    const { outcome } = await crew.drain(pods[1] as Pod);
    expect(codes(outcome, 'refusal')).toEqual(['TooManyDrained']);
  });

  rule('refused: a pod that nobody knows, with the nearest names', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const name = nameOf(pod);
    const last = name.endsWith('x') ? 'z' : 'x';
    const { outcome } = await new Crew(on).drain(`${name.slice(0, -1)}${last}`);
    if (outcome.kind !== 'notUnderstood') throw new Error(`understood: ${JSON.stringify(outcome)}`);
    expect(outcome.message).toContain(`No pod of web is called ${name.slice(0, -1)}${last}`);
    expect(outcome.instead.join()).toContain(name);
  });

  rule('refused: a pod of the namespace that has nothing to do with the service', async (on) => {
    await oneInRotation(on);
    await on.readyPod({ name: 'bystander', labels: { app: 'other' } });
    const { outcome } = await new Crew(on).drain('bystander');
    expect(outcome).toMatchObject({
      kind: 'notUnderstood',
      message: `bystander is a pod in ${on.name}, but web has nothing to do with it.`,
    });
  });

  rule('refused: draining from a Service that is not there', async (on) => {
    await on.service({ name: 'wed' });
    const { outcome } = await new Crew(on).drain('web-x');
    expect(outcome).toMatchObject({
      kind: 'notUnderstood',
      message: `There is no Service web in namespace ${on.name}, expected wed.`,
    });
  });

  rule('warned: a bare pod is drained only once somebody has confirmed that nothing replaces it', async (on) => {
    await on.service();
    for (const name of ['one', 'two']) await on.readyPod({ name });
    await on.untilListed(['one', 'two']);
    const crew = new Crew(on, { minReady: 1 });
    const requestId = 'trigger-1';
    const { outcome } = await crew.drain('one', { requestId, confirmed: 'not yet' });
    if (outcome.kind !== 'proposal') throw new Error(`no proposal: ${JSON.stringify(outcome)}`);
    expect([outcome.why, codes(outcome, 'warning')]).toEqual(['needsConfirmation', ['NothingReplacesIt']]);
    await on.untilListed(['one', 'two']);
    const { operation, fingerprint } = outcome.plan;
    const confirmed = { id: operation.id, request: operation.request, fingerprint };
    done(await crew.drain('one', { requestId, confirmed }));
    await on.untilListed(['two']);
  });

  rule('warned: a plan that is no longer the one confirmed is shown again, and not carried out', async (on) => {
    await on.service();
    for (const name of ['one', 'two', 'three']) await on.readyPod({ name });
    await on.untilListed(['one', 'two', 'three']);
    const crew = new Crew(on, { minReady: 1 });
    const requestId = 'trigger-1';
    const { outcome } = await crew.drain('one', { requestId, confirmed: 'not yet' });
    if (outcome.kind !== 'proposal') throw new Error(`no proposal: ${JSON.stringify(outcome)}`);
    const { operation, fingerprint } = outcome.plan;
    await on.budget({ minAvailable: 1 });
    await until(
      'counted',
      () => on.get<Budget>('poddisruptionbudgets', 'web'),
      ({ status }) => status?.currentHealthy === 3,
    );
    const confirmed = { id: operation.id, request: operation.request, fingerprint };
    const second = await crew.drain('one', { requestId, confirmed });
    expect(second.outcome).toMatchObject({ kind: 'proposal', why: 'changed' });
    await on.untilListed(['one', 'two', 'three']);
  });
};
