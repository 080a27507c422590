import { expect } from 'vitest';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { gateRuleName } from '../../pitlane/rotation/gate-rule.ts';
import { GATE } from '../../pitlane/rotation/marks.ts';
import { installGatePolicy } from './gate-policy-scenes.ts';
import { fewestReady, mortal } from './mortal.ts';
import { nameOf, namesOf, uidOf } from './objects.ts';
import { Crew, done } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const ON = { command: 'gate on', service: 'web', dryRun: false, force: false };
const BY_TEMPLATE = { ...ON, via: 'template' } as ChangeRequest;
const OFF = { ...ON, command: 'gate off' };

interface Service {
  metadata: { annotations?: Record<string, string> };
  spec: { selector: Record<string, string> };
}
interface Workload {
  metadata: { annotations?: Record<string, string>; generation?: number };
  spec: { template: { metadata: { labels: Record<string, string> } } };
}

const serviceOf = (on: Space) => on.get<Service>('services', 'web');
const deploymentOf = (on: Space) => on.get<Workload>('deployments', 'web');

/** Everything that a gate changes. */
async function stateOf(on: Space): Promise<object> {
  const [service, deployment, pods, rules] = await Promise.all([
    serviceOf(on),
    deploymentOf(on),
    on.pods('app=web'),
    on.list<{ metadata: { name: string } }>('configmaps'),
  ]);
  return {
    selector: service.spec.selector,
    record: service.metadata.annotations?.[GATE],
    template: deployment.spec.template.metadata.labels,
    mark: deployment.metadata.annotations?.[GATE],
    labels: pods.map(({ metadata: { labels = {} } }) => Object.keys(labels).sort().join()).sort(),
    rules: rules.map(({ metadata }) => metadata.name).filter((name) => name === gateRuleName('web')),
  };
}

async function deployed(on: Space, replicas: number) {
  await on.service();
  await on.deployment({ replicas });
  return on.podsInRotation(replicas);
}

/** The commands `gate on` and `gate off` without the admission policy. */
export const gatingByTemplate: Theme = (rule) => {
  rule('gate on and gate off by template roll the pods, and leave everything as it was', async (on) => {
    await deployed(on, 4);
    const before = await stateOf(on);
    const crew = new Crew(on, { minReady: 3 });
    const up = crew.run(BY_TEMPLATE);
    expect(await fewestReady(on, up)).toBeGreaterThanOrEqual(3);
    done(await up);
    // Pods of the former revision may still be terminating.
    await on.untilPods('four pods', (pods) => pods.length === 4, 'app=web');
    expect(await stateOf(on)).toMatchObject({
      selector: { app: 'web', enabled: 'yes' },
      template: { app: 'web', enabled: 'yes' },
      mark: 'web',
      labels: Array.from({ length: 4 }, () => 'app,enabled,pod-template-hash'),
    });
    const down = crew.run(OFF);
    expect(await fewestReady(on, down)).toBeGreaterThanOrEqual(3);
    done(await down);
    await until(
      'four pods without the label',
      () => stateOf(on),
      (seen) => JSON.stringify(seen) === JSON.stringify(before),
    );
  });
};

/** With it. */
export const gatingByAdmission: Theme = (rule) => {
  rule('gate on by the admission policy labels 30 pods, restarts none, and keeps all in rotation', async (on) => {
    await installGatePolicy(on);
    const before = await deployed(on, 30);
    const { metadata } = await deploymentOf(on);
    const run = new Crew(on).run(ON);
    expect(await fewestReady(on, run)).toBe(30);
    const { proof } = done(await run);
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
      ['gateRecorded', true],
      ['ruleInForce', true],
      ['gateLabelled', true],
      ['gateInForce', true],
      ['unchanged', true],
    ]);
    expect(proof.at(-1)?.seen).toBe('30 of 30 pods are the same, 0 restarts, Deployment web still at revision 1');
    const after = await on.podsInRotation(30);
    expect(after.map(uidOf).sort()).toEqual(before.map(uidOf).sort());
    expect((await deploymentOf(on)).metadata.generation).toBe(metadata.generation);
    expect((await serviceOf(on)).spec.selector).toEqual({ app: 'web', enabled: 'yes' });
    await on.patch('deployments', 'web', { spec: { replicas: 31 } });
    await on.podsInRotation(31);
  });

  rule('gate off by the admission policy leaves everything as it was, with all pods in rotation', async (on) => {
    await installGatePolicy(on);
    await deployed(on, 4);
    const before = await stateOf(on);
    const crew = new Crew(on);
    done(await crew.run(ON));
    const run = crew.run(OFF);
    expect(await fewestReady(on, run)).toBe(4);
    done(await run);
    expect(await stateOf(on)).toEqual(before);
  });

  rule('gate on takes over a gate that was made by hand, and labels its stragglers', async (on) => {
    await installGatePolicy(on);
    const pods = await deployed(on, 3);
    for (const pod of pods.slice(1)) await on.label(pod, { enabled: 'yes' });
    await on.patch('services', 'web', { spec: { selector: { enabled: 'yes' } } });
    await on.untilListed(namesOf(pods.slice(1)));
    const run = new Crew(on).run(ON);
    expect(await fewestReady(on, run)).toBeGreaterThanOrEqual(2);
    done(await run);
    await on.podsInRotation(3);
    expect(Object.keys((await serviceOf(on)).metadata.annotations ?? {})).toContain(GATE);
  });

  rule('gate on and gate off that are killed at any write are finished or taken back by the next one', async (on) => {
    await installGatePolicy(on);
    await deployed(on, 2);
    const before = await stateOf(on);
    const crew = new Crew(on);
    const watched = (async () => {
      for (let at = 0; ; at += 1) {
        const life = mortal(at);
        const outcome = await new Crew(on, {}, life.through).run(ON).catch(() => undefined);
        if (outcome === undefined || life.wrote() <= at) {
          // Taken back on even turns, finished and then removed on odd ones.
          if (at % 2 === 1) done(await crew.run(ON));
          const removal = mortal(at % 4);
          await new Crew(on, {}, removal.through).run(OFF).catch(() => undefined);
          done(await crew.run(OFF));
          expect(await stateOf(on)).toEqual(before);
        }
        if (outcome !== undefined && life.wrote() < at) return;
      }
    })();
    expect(await fewestReady(on, watched)).toBe(2);
  });

  rule('the tick labels a straggler, and tells once of a selector and a rule that were reverted', async (on) => {
    await installGatePolicy(on);
    const [pod] = await deployed(on, 3);
    const crew = new Crew(on);
    done(await crew.run(ON));
    expect(await crew.tick()).toEqual({ did: [], told: [] });
    await on.label(pod, { enabled: null });
    await on.untilListed(namesOf(await on.pods('app=web,enabled=yes')));
    const { did } = await crew.tick();
    expect(did).toEqual([expect.stringContaining(nameOf(pod))]);
    await on.podsInRotation(3);
    // As a deployment tool that applies its own manifests.
    await on.patch('services', 'web', {
      spec: { selector: { enabled: null } },
      metadata: { annotations: { [GATE]: null } },
    });
    await on.delete('configmaps', gateRuleName('web'));
    const [one, other] = await Promise.all([crew.tick(), crew.tick()]);
    expect([...one.told, ...other.told]).toEqual(['GateRecordGone', 'GateNotInSelector', 'GateRuleGone']);
    expect(await crew.tick()).toEqual({ did: [], told: [] });
    done(await crew.run(ON));
    expect(await crew.tick()).toEqual({ did: [], told: [] });
    expect((await serviceOf(on)).spec.selector).toEqual({ app: 'web', enabled: 'yes' });
  });

  rule('gate on with --dry-run changes nothing and is accepted by the API server', async (on) => {
    await installGatePolicy(on);
    await deployed(on, 2);
    const before = await stateOf(on);
    const outcome = await new Crew(on).read({ ...ON, dryRun: true } as ChangeRequest);
    if (outcome.kind !== 'proposal') throw new Error(`not a proposal: ${outcome.kind}`);
    expect(outcome.tried?.every((text) => text.startsWith('Accepted'))).toBe(true);
    expect(await stateOf(on)).toEqual(before);
  });
};
