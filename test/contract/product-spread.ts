import { expect } from 'vitest';
import type { ChangeRequest, Request } from '../../pitlane/command/request.ts';
import type { GateWay } from '../../pitlane/rotation/gate-record.ts';
import { CANARY, SPREAD } from '../../pitlane/rotation/marks.ts';
import { installGatePolicy } from './gate-policy-scenes.ts';
import { fewestReady, mortal } from './mortal.ts';
import { ownNode } from './nodes.ts';
import { namesOf, ownerOf, type Pod } from './objects.ts';
import { Crew, codes, done, expectKind } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const asked = (command: string, change: object = {}) =>
  ({ command, service: 'web', dryRun: false, force: false, ...change }) as ChangeRequest;
const SPREAD_IT = asked('spread');
const BACK = asked('spread back');
const FINISH = asked('spread finish');

const replicasOf = async (on: Space) =>
  (await on.get<{ spec: { replicas: number } }>('deployments', 'web')).spec.replicas;
const nodesOf = (pods: readonly Pod[]) => pods.map(({ spec }) => spec.nodeName).sort();
const ownersOf = (pods: readonly Pod[]) => [...new Set(pods.map((pod) => ownerOf(pod)?.split('/')[0]))].sort();

async function deployed(on: Space, replicas: number, spec?: object): Promise<readonly Pod[]> {
  await on.service();
  await on.deployment({ replicas, ...(spec && { spec }) });
  return on.podsInRotation(replicas);
}

/** One node, then another, in rotation with the label of the gate. */
async function joinAfterSpread(on: Space, via: GateWay): Promise<void> {
  const { spec } = await ownNode(on);
  await deployed(on, 1, spec);
  const crew = new Crew(on);
  const gateOn = (dryRun: boolean) => crew.run(asked('gate on', { label: 'enabled=yes', via, dryRun }));
  // The API server takes up a policy some time after it is created.
  await until(
    'the gate is possible',
    () => gateOn(true),
    ({ outcome }) => outcome.kind === 'proposal',
  );
  done(await gateOn(false));
  done(await crew.run(SPREAD_IT));
  const [first] = await on.podsInRotation(1);
  const { name } = await ownNode(on, {}, 'b');
  const both = await on.podsInRotation(2);
  expect(nodesOf(both)).toEqual([first?.spec.nodeName, name].sort());
  expect(both.map(({ metadata }) => metadata.labels?.enabled)).toEqual(['yes', 'yes']);
}

export const spreadingByAdmission: Theme = (rule) => {
  rule('a node that joins after a spread gets a pod, in rotation, with a gate by admission', async (on) => {
    await installGatePolicy(on);
    await joinAfterSpread(on, 'admission');
  });
};

/** The commands around `spread`. */
export const spreading: Theme = (rule) => {
  rule(
    'spread runs one pod on each node before the Deployment goes to 0, and undo goes all the way back',
    async (on) => {
      await deployed(on, 2);
      const crew = new Crew(on);
      const run = crew.run(SPREAD_IT);
      expect(await fewestReady(on, run)).toBeGreaterThanOrEqual(2);
      const { proof } = done(await run);
      expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
        ['daemonSetServes', true],
        ['deploymentServes', true],
      ]);
      const spread = await on.podsInRotation(3);
      expect([new Set(nodesOf(spread)).size, ownersOf(spread), await replicasOf(on)]).toEqual([3, ['DaemonSet'], 0]);
      const undoing = crew.undo();
      expect(await fewestReady(on, undoing)).toBeGreaterThanOrEqual(2);
      done(await undoing);
      expect([ownersOf(await on.podsInRotation(2)), await replicasOf(on)]).toEqual([['ReplicaSet'], 2]);
      expect(await on.list('daemonsets')).toEqual([]);
      const { metadata } = await on.get('deployments', 'web');
      expect(metadata.annotations?.[SPREAD]).toBeUndefined();
    },
  );

  rule(
    'spread that is killed at any write is finished or undone by the next one, and never serves with fewer pods',
    async (on) => {
      await deployed(on, 3);
      const crew = new Crew(on);
      const watched = (async () => {
        for (let at = 0; ; at += 1) {
          const life = mortal(at);
          const outcome = await new Crew(on, {}, life.through).run(SPREAD_IT).catch(() => undefined);
          if (at % 2 === 1) done(await crew.run(SPREAD_IT));
          const half = mortal(at);
          await new Crew(on, {}, half.through).run(BACK).catch(() => undefined);
          const { outcome: back } = await crew.run(BACK);
          if (back.kind !== 'done') expect(codes(back, 'refusal')).toEqual(['NotSpread']);
          expect([ownersOf(await on.podsInRotation(3)), await replicasOf(on)]).toEqual([['ReplicaSet'], 3]);
          if (outcome !== undefined && life.wrote() < at && half.wrote() < at) return;
        }
      })();
      expect(await fewestReady(on, watched)).toBeGreaterThanOrEqual(3);
    },
  );

  rule('spread --keep leaves the Deployment as it is, and a second spread scales it down', async (on) => {
    await deployed(on, 1);
    const crew = new Crew(on);
    done(await crew.run(asked('spread', { keep: true })));
    expect(ownersOf(await on.podsInRotation(4))).toEqual(['DaemonSet', 'ReplicaSet']);
    done(await crew.run(SPREAD_IT));
    expect([ownersOf(await on.podsInRotation(3)), await replicasOf(on)]).toEqual([['DaemonSet'], 0]);
    const { plan } = done(await crew.run(SPREAD_IT));
    expect(plan.effects.map(({ code }) => code)).toEqual(['NothingLeft']);
  });

  rule('spread finish asks, deletes the Deployment, and leaves the DaemonSet', async (on) => {
    await deployed(on, 1);
    const crew = new Crew(on);
    expect(codes((await crew.run(FINISH)).outcome, 'refusal')).toEqual(['NotSpread']);
    done(await crew.run(SPREAD_IT));
    const { plan } = done(await crew.run(FINISH));
    expect(codes(plan, 'warning')).toEqual(['DeletedForGood']);
    expect(await on.list('deployments')).toEqual([]);
    await on.untilPods('no ReplicaSet has pods', (pods) => ownersOf(pods).join() === 'DaemonSet');
    expect(codes((await crew.run(BACK)).outcome, 'refusal')).toEqual(['NoWorkload']);
  });

  rule('spread finish keeps a Deployment that was scaled up again', async (on) => {
    await deployed(on, 1);
    const crew = new Crew(on);
    done(await crew.run(SPREAD_IT));
    await on.patch('deployments', 'web', { spec: { replicas: 1 } });
    await on.podsInRotation(4);
    expect(codes((await crew.run(FINISH)).outcome, 'refusal')).toEqual(['NotSpread']);
  });

  rule(
    'the manifest of spread -o yaml is accepted with strict validation, and spread takes over its DaemonSet',
    async (on) => {
      await deployed(on, 1);
      const crew = new Crew(on);
      const { manifest } = expectKind(
        await crew.read({ command: 'spread manifest', service: 'web' } as Request),
        'manifest',
      );
      const { status } = await on.ask('POST', 'daemonsets', '', {
        body: manifest,
        query: { fieldValidation: 'Strict' },
      });
      expect(status).toBe(201);
      await on.podsInRotation(4);
      done(await crew.run(SPREAD_IT));
      expect(ownersOf(await on.podsInRotation(3))).toEqual(['DaemonSet']);
      done(await crew.run(BACK));
      expect(await replicasOf(on)).toBe(1);
    },
  );

  rule('a node that joins after a spread gets a pod, in rotation, with a gate by template', (on) =>
    joinAfterSpread(on, 'template'),
  );

  rule('spread is refused while pods are drained from the Deployment, and changes nothing', async (on) => {
    const [pod] = await deployed(on, 3);
    const crew = new Crew(on);
    done(await crew.drain(pod as Pod));
    const { outcome } = await crew.run(SPREAD_IT);
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['DrainedFirst']);
    expect([await on.list('daemonsets'), await replicasOf(on)]).toEqual([[], 3]);
  });

  rule('spread is refused where the nodes are too few, and where another DaemonSet has its name', async (on) => {
    await deployed(on, 8);
    const crew = new Crew(on);
    const refused = async (request: ChangeRequest) => codes((await crew.run(request)).outcome, 'refusal');
    expect(await refused(SPREAD_IT)).toEqual(['BelowMinimum']);
    await on.patch('deployments', 'web', { spec: { replicas: 3 } });
    await on.podsInRotation(3);
    await on.daemonSet({ labels: { app: 'web', other: 'yes' } });
    await on.podsInRotation(6);
    expect(await refused(SPREAD_IT)).toEqual(['DaemonSetDiffers']);
  });

  rule('spread is refused while the pods of the Deployment hold the host port', async (on) => {
    await on.service();
    await on.deployment({
      replicas: 2,
      container: { ports: [{ name: 'http', containerPort: 8080, hostPort: 18_080 }] },
    });
    const nodes = nodesOf(await on.podsInRotation(2));
    const { outcome } = await new Crew(on).run(SPREAD_IT);
    const { checks } = expectKind(outcome, 'refusal');
    expect(checks.find(({ code }) => code === 'NoRoom')?.facts).toEqual({ nodes });
  });

  rule('spread names a canary, which the DaemonSet adopts and replaces by a pod of its own', async (on) => {
    await deployed(on, 1);
    const crew = new Crew(on);
    done(await crew.run(asked('canary start', { count: 1, out: false })));
    const [canary] = (await on.podsInRotation(2)).filter((pod) => CANARY in (pod.metadata.labels ?? {}));
    const { plan } = done(await crew.run(SPREAD_IT));
    expect(plan.checks.find(({ code }) => code === 'AdoptsPods')?.facts).toEqual({ names: namesOf([canary as Pod]) });
    const spread = await on.podsInRotation(3);
    expect([ownersOf(spread), namesOf(spread)]).toEqual([
      ['DaemonSet'],
      expect.not.arrayContaining(namesOf([canary as Pod])),
    ]);
  });

  rule('spread is refused where a quota holds too few pods more', async (on) => {
    await deployed(on, 1);
    await on.create('resourcequotas', { metadata: { name: 'small' }, spec: { hard: { pods: '3' } } });
    await on.untilObject<{ status?: { used?: object } }>(
      'the quota is counted',
      'resourcequotas',
      ({ status }) => status?.used !== undefined,
      'small',
    );
    const { outcome } = await new Crew(on).run(SPREAD_IT);
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['QuotaExhausted']);
    expect(await on.list('daemonsets')).toEqual([]);
  });

  rule('spread names budgets that count no pods of a DaemonSet, and pods that it would adopt', async (on) => {
    await deployed(on, 1);
    await on.budget({ selector: { matchLabels: { app: 'web' } }, maxUnavailable: 1 });
    const bare = await on.readyPod({ name: 'bare', labels: { app: 'web' } });
    await on.podsInRotation(2);
    const { outcome } = await new Crew(on).run(asked('spread', { dryRun: true }));
    const { plan } = expectKind(outcome, 'proposal');
    expect(codes(plan, 'warning')).toEqual(['AdoptsPods', 'BudgetCannotCount']);
    expect(plan.checks.find(({ code }) => code === 'AdoptsPods')?.facts).toEqual({ names: namesOf([bare]) });
  });
};
