import { expect } from 'vitest';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { puttingBack } from '../put-back-policy.ts';
import { withObjects } from './gate-policy-scenes.ts';
import { type KubeObject, nameOf, type Pod } from './objects.ts';
import { beforeTheWrite, Crew, codes, done, drainRequest, expectKind, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** The labels of the answer to the dry run of a patch that removes the label. */
async function withoutLabel(on: Space, pod: Pod, key: string): Promise<Record<string, string>> {
  const sent = {
    query: { dryRun: 'All' },
    body: [{ op: 'remove', path: `/metadata/labels/${key}` }],
  };
  const { body } = await on.ask<Pod>('PATCH', 'pods', nameOf(pod), sent);
  return body.metadata.labels ?? {};
}

/** The API server learns of a new policy a moment after it is created. */
async function untilPutBack(on: Space, pod: Pod): Promise<void> {
  await until(
    'the policy in force',
    () => withoutLabel(on, pod, 'app'),
    ({ app }) => app === 'web',
  );
}

function isMarked({ metadata: { labels = {}, annotations = {} } }: Pod): boolean {
  return [...Object.keys(labels), ...Object.keys(annotations)].some((key) => key.startsWith('pitlane.dev/'));
}

/** What the API server and its policies make of a write, asked before it and read from its answer. */
export const asked: Theme = (rule) => {
  rule('drain is refused before the write where a policy puts the label back', async (on) => {
    const [pod] = await fourInRotation(on);
    await withObjects(on, puttingBack(on.name, 'app', 'web'), async () => {
      await untilPutBack(on, pod);
      for (const dryRun of [true, false]) {
        const { outcome, events } = await new Crew(on).run(drainRequest(pod, { dryRun }));
        expect(codes(outcome, 'refusal')).toEqual(['ChangedByCluster']);
        expect(events.filter(({ kind }) => kind === 'wrote')).toEqual([]);
      }
      expect(isMarked(await on.getPod(nameOf(pod)))).toBe(false);
    });
  });

  rule('drain removes other labels where a policy puts the first one back', async (on) => {
    const [pod] = await fourInRotation(on, { labels: { app: 'web', tier: 'front' }, selector: { app: 'web' } });
    await on.patch('services', 'web', { spec: { selector: { app: null, tier: 'front' } } });
    await withObjects(on, puttingBack(on.name, 'app', 'web'), async () => {
      await untilPutBack(on, pod);
      done(await new Crew(on).drain(pod));
      const { metadata } = await on.getPod(nameOf(pod));
      expect([metadata.labels?.app, metadata.labels?.tier, metadata.labels?.['pod-template-hash']]).toEqual([
        'web',
        undefined,
        undefined,
      ]);
    });
  });

  rule('drain takes its marks back where a policy that its dry run has not met puts the label back', async (on) => {
    const [pod] = await fourInRotation(on);
    const { promise: inForce, resolve: isInForce } = Promise.withResolvers<void>();
    const { promise: created, resolve: create } = Promise.withResolvers<void>();
    const crew = new Crew(
      on,
      {},
      beforeTheWrite(async () => {
        create();
        await inForce;
      }),
    );
    const drained = crew.drain(pod);
    await created;
    await withObjects(on, puttingBack(on.name, 'app', 'web'), async () => {
      await untilPutBack(on, pod);
      isInForce();
      const failed = expectKind((await drained).outcome, 'failed');
      expect([failed.code, failed.stands, failed.undo]).toEqual(['ChangedByCluster', [], []]);
      const left = await on.getPod(nameOf(pod));
      expect([left.metadata.labels, isMarked(left)]).toEqual([pod.metadata.labels, false]);
    });
  });

  rule('drain ends at once when the label is put back by hand, and takes its marks off', async (on) => {
    const [pod] = await fourInRotation(on);
    let isBack = false;
    const { outcome } = await new Crew(on).drain(pod, {
      onEvent: ({ kind }) => {
        if (kind !== 'wrote' || isBack) return;
        isBack = true;
        void on.label(pod, { app: 'web' });
      },
    });
    expect(expectKind(outcome, 'failed').code).toBe('LabelPutBack');
    const left = await on.getPod(nameOf(pod));
    expect([left.metadata.labels?.app, isMarked(left)]).toEqual(['web', false]);
  });

  rule('drain asks in the words of the API server where it would refuse the replacement', async (on) => {
    await on.create('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } });
    const [pod] = await fourInRotation(on, { spec: { serviceAccountName: 'web' } });
    await on.delete('serviceaccounts', 'web');
    const proposal = expectKind((await new Crew(on).run(drainRequest(pod, { dryRun: true }))).outcome, 'proposal');
    expect(codes(proposal, 'warning')).toEqual(['ReplacementRefused']);
    expect(proposal.plan.checks.find(({ level }) => level === 'warning')?.message).toContain(
      'serviceaccount "web" not found',
    );
    let seen = '';
    await new Crew(on).drain(pod, {
      deadline: Date.now() + 15_000,
      onEvent: (event) => {
        if (event.kind === 'progress') seen = event.proof.map((progress) => progress.seen).join(' ');
      },
    });
    expect(seen).toMatch(/has 3 pods, wants 4\. Kubernetes says: .*serviceaccount "web" not found/);
  });

  rule('drain names a full quota of limits, and none that is not about the pods', async (on) => {
    const limited = { resources: { limits: { cpu: '500m', memory: '64Mi' } } };
    const [pod] = await fourInRotation(on, { container: limited });
    const quota = (name: string, spec: object) =>
      on.create('resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec });
    await quota('best-effort', { hard: { pods: '0' }, scopes: ['BestEffort'] });
    await quota('limits', { hard: { 'limits.cpu': '2' } });
    await on.untilObject<KubeObject & { status?: { used?: Record<string, string> } }>(
      'counted',
      'resourcequotas',
      ({ status }) => status?.used?.['limits.cpu'] === '2',
      'limits',
    );
    const { plan } = expectKind((await new Crew(on).run(drainRequest(pod, { dryRun: true }))).outcome, 'proposal');
    const said = JSON.stringify([plan.checks, messagesOf(plan.effects)]);
    expect([codes(plan, 'warning'), said.includes('exceeded quota: limits'), said.includes('best-effort')]).toEqual([
      ['ReplacementRefused'],
      true,
      false,
    ]);
  });

  rule('the dry run of the pod of a DaemonSet is that of its node', async (on) => {
    await on.daemonSet();
    await on.service();
    const [pod] = await on.podsInRotation(3);
    if (pod === undefined) throw new Error('no pod');
    const created: Pod[] = [];
    const crew = new Crew(on, {}, (connection) => ({
      ...connection,
      async send(call) {
        const answer = await connection.send<never>(call);
        if (call.verb === 'create' && call.place.resource.plural === 'pods') created.push(answer.body as Pod);
        return answer;
      },
    }));
    const { plan } = expectKind((await crew.run(drainRequest(pod, { dryRun: true }))).outcome, 'proposal');
    expect(codes(plan, 'warning').filter((code) => code.startsWith('Replacement'))).toEqual([]);
    const [tried] = created;
    const like = await on.getPod(nameOf(pod));
    const { nodeName: _, ...spec } = like.spec as Record<string, unknown>;
    // The volume of the token has a name of its own.
    const comparable = (from: object) => JSON.stringify(from).replaceAll(/kube-api-access-\w+/g, 'token');
    expect(comparable(tried?.spec ?? {})).toEqual(comparable(spec));
    expect(tried?.metadata.labels).toEqual(like.metadata.labels);
  });
};
