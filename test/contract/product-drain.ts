import { expect } from 'vitest';
import { beat } from '../../pitlane/cluster/heartbeat.ts';
import { podsIn, writesOf } from '../../pitlane/rotation/plan.ts';
import { fitsNoNode } from './manifests.ts';
import { isReady, nameOf, namesOf, namesOnlyIn, ownerOf, type Pod, type ReplicaSet, uidOf } from './objects.ts';
import {
  Crew,
  codes,
  daemonSetInRotation,
  done,
  drainRequest,
  expectEvents,
  expectKind,
  fourInRotation,
  recordOn,
} from './pitlane.ts';
import { onNodeOf } from './scenes.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** The command `drain`. */
export const draining: Theme = (rule) => {
  rule(
    'drain takes a pod of a Deployment out of rotation, its ReplicaSet replaces it, and each milestone has its time',
    async (on) => {
      const before = await fourInRotation(on);
      const [bad] = before;
      const { plan, proof, tookMs, notes } = done(await new Crew(on).drain(bad, { because: '5xx' }));
      expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', true],
        ['replacementReady', true],
      ]);
      const times = tookMs.map((took) => took ?? -1);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
      const [created = 0, inRotation = 0] = times.slice(-2);
      expect(inRotation).toBeGreaterThanOrEqual(created);
      expect([notes, codes(plan, 'warning', 'refusal')]).toEqual([[], []]);
      const after = await on.readyPods(4, 'app=web');
      expect(namesOf(after)).not.toContain(nameOf(bad));
      await on.untilListed(namesOf(after));
      const drained = await on.getPod(nameOf(bad));
      expect([uidOf(drained), isReady(drained), ownerOf(drained)]).toEqual([uidOf(bad), true, undefined]);
    },
  );

  rule('drain records on the pod who drained it, why, until when, and how to undo it', async (on) => {
    const [bad] = await fourInRotation(on, { annotations: { 'example.com/note': 'keep' } });
    await beat(on.cluster.connection, on.name, ['web'], Date.now());
    const { operation } = done(await new Crew(on).drain(bad, { because: '5xx', by: 'U0123456789' }));
    const { metadata } = await on.getPod(nameOf(bad));
    const { app: _, ...kept } = bad.metadata.labels ?? {};
    expect(metadata.labels).toEqual({ ...kept, 'pitlane.dev/drained-from': 'web' });
    expect(metadata.annotations).toEqual({
      'example.com/note': 'keep',
      'pitlane.dev/drain': expect.any(String),
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
    });
    const record = recordOn({ metadata } as Pod);
    const [owner] = bad.metadata.ownerReferences ?? [];
    expect(record).toMatchObject({
      v: 1,
      id: operation.id,
      service: 'web',
      labels: { app: 'web' },
      was: 'in rotation',
      owner: { kind: 'ReplicaSet', name: owner?.name, uid: owner?.uid },
      by: 'U0123456789',
      because: '5xx',
      restarts: 0,
      then: 'remind',
    });
    expect(Date.parse(record.until ?? '') - Date.parse(record.at)).toBe(3_600_000);
  });

  rule('drain of a pod of a DaemonSet gets a replacement on the same node', async (on) => {
    const before = await daemonSetInRotation(on);
    const [bad] = before;
    done(await new Crew(on, { minReady: 2 }).drain(bad));
    const after = await on.readyPods(3, 'app=web');
    expect(namesOnlyIn(after, before)).toEqual([nameOf(onNodeOf(bad, after))]);
    // Without the labels of its revision, the DaemonSet would replace the pod when it returns.
    const { metadata } = await on.getPod(nameOf(bad));
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual([
      'controller-revision-hash',
      'pitlane.dev/drained-from',
      'pod-template-generation',
    ]);
  });

  rule('drain takes a pod that is not ready although the service is at its minimum', async (on) => {
    const [bad, ...others] = await fourInRotation(on);
    await on.makeUnready(bad);
    await on.untilListed(namesOf(others));
    const { plan, operation } = done(await new Crew(on, { minReady: 3 }).drain(bad));
    expect([codes(plan, 'ok').includes('TakesNoTraffic'), podsIn(operation.subject)[0]?.uid]).toEqual([
      true,
      uidOf(bad),
    ]);
    expect(recordOn(await on.getPod(nameOf(bad))).was).toBe('not ready');
  });

  rule('drain accepts a unique end of the pod name', async (on) => {
    const [bad] = await fourInRotation(on);
    const { operation } = done(await new Crew(on).drain(nameOf(bad).slice(-5)));
    expect(operation.subject).toEqual({ kind: 'pods', pods: [{ name: nameOf(bad), uid: uidOf(bad) }] });
  });

  rule('drain with --dry-run is tried on the API server and changes nothing', async (on) => {
    const pods = await fourInRotation(on);
    const [bad] = pods;
    const outcome = expectKind(await new Crew(on).read(drainRequest(bad, { dryRun: true })), 'proposal');
    expect([outcome.why, writesOf(outcome.plan).length, outcome.tried?.length]).toEqual(['dryRun', 1, 1]);
    const versions = (list: Pod[]) => list.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).sort();
    expect(versions(await on.pods())).toEqual(versions(pods));
    expect(await on.list('leases')).toEqual([]);
  });

  rule('drain runs once for a request that is delivered twice', async (on) => {
    const [bad] = await fourInRotation(on);
    const crew = new Crew(on);
    const first = done(await crew.drain(bad, { requestId: 'trigger-1' }));
    const before = await on.getPod(nameOf(bad));
    const again = await crew.drain(bad, { requestId: 'trigger-1' });
    expect(again.outcome).toMatchObject({
      kind: 'repeated',
      entry: { id: first.operation.id, ended: { kind: 'done' } },
    });
    expect(again.events.filter(({ kind }) => kind === 'wrote')).toEqual([]);
    expect((await on.getPod(nameOf(bad))).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  rule('drain refuses a drained pod with who drained it and why, and keeps its record', async (on) => {
    const [bad] = await fourInRotation(on);
    const crew = new Crew(on);
    await crew.drain(bad, { by: 'U0000000AA', because: '5xx' });
    const before = recordOn(await on.getPod(nameOf(bad)));
    const { outcome } = await crew.drain(bad, { by: 'U0000000BB', because: 'me too' });
    expect([outcome.kind, codes(outcome, 'refusal')]).toEqual(['refusal', ['AlreadyDrained']]);
    const [check] = expectKind(outcome, 'refusal').checks;
    expect(check?.message).toContain('U0000000AA');
    expect(check?.message).toContain('5xx');
    expect(recordOn(await on.getPod(nameOf(bad)))).toEqual(before);
  });

  rule('drain refuses exactly one of two concurrent requests that together would go below the minimum', async (on) => {
    await on.service();
    await on.deployment({ replicas: 3 });
    const pods = await on.podsInRotation(3);
    // Replacements fit no node, so only one pod can go. A Deployment that is not paused would restore the template.
    await on.patch('deployments', 'web', { spec: { paused: true } });
    const template = { spec: fitsNoNode };
    const [set] = await on.list('replicasets');
    const { metadata: held } = await on.patch<ReplicaSet>('replicasets', nameOf(set), { spec: { template } });
    await on.untilObject<ReplicaSet>(
      'observed by its controller',
      'replicasets',
      ({ status }) => (status?.observedGeneration ?? 0) >= (held.generation ?? 0),
      held.name,
    );
    const crew = new Crew(on, { minReady: 2 });
    // Else the drain that runs would wait for its replacement.
    const oneHasEnded = new AbortController();
    const ends = await Promise.all(
      pods.slice(0, 2).map((pod) => crew.drain(pod, { signal: oneHasEnded.signal }).finally(() => oneHasEnded.abort())),
    );
    const refused = ends.filter(({ outcome }) => outcome.kind === 'refusal');
    expect(refused.map(({ outcome }) => codes(outcome, 'refusal'))).toEqual([['BelowMinimum']]);
    const drained = (await on.pods()).filter(({ metadata }) => metadata.labels?.['pitlane.dev/drained-from'] === 'web');
    expect(drained).toHaveLength(1);
    await until(
      'two in rotation',
      () => on.endpoints(),
      (seen) => seen.filter(({ conditions }) => conditions?.ready).length === 2,
    );
  });

  rule('drain writes Events on the pod and on the Service', async (on) => {
    const [bad] = await fourInRotation(on);
    const drained = done(await new Crew(on).drain(bad, { because: '5xx' }));
    await expectEvents(on, 'Drained', drained, bad, 'app=web', '5xx');
  });
};
