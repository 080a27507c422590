import { expect } from 'vitest';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { FOLLOWED_SECONDS } from '../../pitlane/rotation/data-planes.ts';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { fewestReady, mortal } from './mortal.ts';
import { namesOf } from './objects.ts';
import { Crew, codes, done, expectKind } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

interface Service {
  spec: { selector: Record<string, string> };
}

const to = (value: string, change: object = {}) =>
  ({
    command: 'switch',
    service: 'web',
    label: `version=${value}`,
    dryRun: false,
    force: false,
    ...change,
  }) as ChangeRequest;
const GREEN = to('green');
const BLUE = to('blue');
const WAYS = [
  ['the selector', false, {}],
  ['the selector with --widen', false, { widen: true }],
  ['the gate', true, {}],
] as const;

const selectorOf = async (on: Space) => (await on.get<Service>('services', 'web')).spec.selector;

/** Two Deployments, of which the Service lists the blue one. */
export async function deployBlueGreen(on: Space, isByGate = false, { blue = 2, green = 2 } = {}) {
  const isServing: Record<string, string> = isByGate ? { enabled: 'yes' } : { version: 'blue' };
  await on.service({ selector: { app: 'web', ...isServing } });
  for (const [version, replicas] of Object.entries({ blue, green }))
    await on.deployment({ name: `web-${version}`, labels: { app: 'web', version }, replicas });
  const pods = {
    blue: await on.readyPods(blue, 'version=blue'),
    green: await on.readyPods(green, 'version=green'),
  };
  if (isByGate) for (const pod of pods.blue) await on.label(pod, { enabled: 'yes' });
  await on.untilListed(namesOf(pods.blue));
  return pods;
}

/** What decides about the traffic of each pod. */
async function stateOf(on: Space): Promise<object> {
  const pods = await on.pods('app=web');
  const labels = pods.map(({ metadata }) => [metadata.name, metadata.labels] as const).sort();
  return { selector: await selectorOf(on), labels };
}

/** The command `switch`. */
export const switching: Theme = (rule) => {
  for (const [way, isByGate, change] of WAYS) {
    rule(`switch by ${way} moves all traffic, loses no endpoint, and undo moves it back`, async (on) => {
      const { blue, green } = await deployBlueGreen(on, isByGate, { blue: 5, green: 5 });
      const before = await stateOf(on);
      const crew = new Crew(on);
      const run = crew.run({ ...GREEN, ...change } as ChangeRequest);
      expect(await fewestReady(on, run)).toBe(5);
      const { proof } = done(await run);
      expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
        ['setsInRotation', true],
        ['othersOut', true],
      ]);
      await on.untilListed(namesOf(green));
      expect(namesOf(await on.readyPods(10)).sort()).toEqual(namesOf([...blue, ...green]).sort());
      expect(messagesOf(done(await crew.run(GREEN)).plan.effects)).toEqual([
        expect.stringContaining('Nothing is left to do.'),
      ]);
      done(await crew.undo());
      await on.untilListed(namesOf(blue));
      expect(await stateOf(on)).toEqual(before);
    });

    rule(`switch by ${way} that is killed at any write is finished or taken back by the next one`, async (on) => {
      await deployBlueGreen(on, isByGate);
      const before = await stateOf(on);
      const crew = new Crew(on);
      const watched = (async () => {
        for (let at = 0; ; at += 1) {
          const life = mortal(at);
          const request = { ...GREEN, ...change } as ChangeRequest;
          const outcome = await new Crew(on, {}, life.through).run(request).catch(() => undefined);
          // Taken back on even turns, finished first on odd ones.
          if (at % 2 === 1) done(await crew.run(GREEN));
          done(await crew.run(BLUE));
          expect(await stateOf(on)).toEqual(before);
          if (outcome !== undefined && life.wrote() < at) return;
        }
      })();
      expect(await fewestReady(on, watched)).toBe(2);
    });
  }

  rule('switch --widen has both sets in the endpoints for some seconds', async (on) => {
    const { blue, green } = await deployBlueGreen(on);
    const run = new Crew(on).run(to('green', { widen: true }));
    await on.untilListed(namesOf([...blue, ...green]));
    const since = Date.now();
    expect(await selectorOf(on)).toEqual({ app: 'web' });
    done(await run);
    expect(Date.now() - since).toBeGreaterThan((FOLLOWED_SECONDS - 1) * 1_000);
    await on.untilListed(namesOf(green));
  });

  rule('switch of a Service that selects by that label alone finds the other set', async (on) => {
    const { green } = await deployBlueGreen(on);
    await on.patch('services', 'web', { spec: { selector: { app: null } } });
    done(await new Crew(on).run(GREEN));
    expect(await selectorOf(on)).toEqual({ version: 'green' });
    await on.untilListed(namesOf(green));
  });

  rule('switch is refused while the target has too few ready pods, and changes nothing', async (on) => {
    await deployBlueGreen(on, false, { blue: 3, green: 2 });
    const before = await stateOf(on);
    const { outcome } = await new Crew(on).run(GREEN);
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['TargetTooSmall']);
    const none = await new Crew(on).run(to('red'));
    expect(codes(expectKind(none.outcome, 'refusal'), 'refusal')).toEqual(['NoTargetPods']);
    expect(await stateOf(on)).toEqual(before);
  });

  rule('switch with --dry-run changes nothing and is accepted by the API server', async (on) => {
    await deployBlueGreen(on);
    const before = await stateOf(on);
    for (const widen of [false, true]) {
      const outcome = await new Crew(on).read(to('green', { dryRun: true, widen }));
      const { tried } = expectKind(outcome, 'proposal');
      expect(tried?.length).toBeGreaterThan(0);
      expect(tried?.every((text) => text.startsWith('Accepted'))).toBe(true);
    }
    expect(await stateOf(on)).toEqual(before);
  });
};
