import { expect } from 'vitest';
import { podsIn, writesOf } from '../../pitlane/rotation/plan.ts';
import { isReady, nameOf, namesOf, ownerOf, type Pod, type ReplicaSet, uidOf } from './objects.ts';
import { Crew, codes, done, drainRequest, fourInRotation, recordOn } from './pitlane.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** `drain`, as it is asked for, carried out and proven. */
export const draining: Theme = (rule) => {
  rule('drain: a pod of a Deployment leaves the rotation, is released and replaced, and says when', async (on) => {
    const before = await fourInRotation(on);
    const [bad] = before as [Pod];
    const { plan, proof, tookMs, notes } = done(await new Crew(on).drain(bad, { because: '5xx' }));
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
      ['unlisted', true],
      ['released', true],
      ['replacementCreated', true],
      ['replacementReady', true],
    ]);
    const times = tookMs.map((took) => took ?? -1);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBe(Math.max(...times));
    expect([notes, codes(plan, 'warning', 'refusal')]).toEqual([[], []]);
    const after = await on.readyPods(4, 'app=web');
    expect(namesOf(after)).not.toContain(nameOf(bad));
    await on.untilListed(namesOf(after));
    const drained = await on.getPod(nameOf(bad));
    expect([uidOf(drained), isReady(drained), ownerOf(drained)]).toEqual([uidOf(bad), true, undefined]);
  });

  rule('drain: what is written on the pod is enough to know who, why, until when, and how to undo it', async (on) => {
    const [bad] = (await fourInRotation(on, { annotations: { 'example.com/note': 'keep' } })) as [Pod];
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

  rule('drain: a pod of a DaemonSet is replaced on its node', async (on) => {
    await on.service();
    await on.daemonSet();
    const before = await on.readyPods(3);
    await on.untilListed(namesOf(before));
    const [bad] = before as [Pod];
    done(await new Crew(on, { minReady: 2 }).drain(bad));
    const after = await on.readyPods(3, 'app=web');
    const [replacement] = after.filter((pod) => !namesOf(before).includes(nameOf(pod)));
    expect(replacement?.spec.nodeName).toBe(bad.spec.nodeName);
    // They say which revision a pod is of; without them it would be rolled away at its return.
    const { metadata } = await on.getPod(nameOf(bad));
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual([
      'controller-revision-hash',
      'pitlane.dev/drained-from',
      'pod-template-generation',
    ]);
  });

  rule('drain: a pod that is not ready is drained although the service is at its minimum', async (on) => {
    const [bad, ...others] = (await fourInRotation(on)) as [Pod, ...Pod[]];
    await on.makeUnready(bad);
    await on.untilListed(namesOf(others));
    const { plan, operation } = done(await new Crew(on, { minReady: 3 }).drain(bad));
    expect([codes(plan, 'ok').includes('TakesNoTraffic'), podsIn(operation.subject)[0]?.uid]).toEqual([
      true,
      uidOf(bad),
    ]);
    expect(recordOn(await on.getPod(nameOf(bad))).was).toBe('not ready');
  });

  rule('drain: a unique end of the name is enough', async (on) => {
    const [bad] = (await fourInRotation(on)) as [Pod];
    const { operation } = done(await new Crew(on).drain(nameOf(bad).slice(-5)));
    expect(operation.subject).toEqual({ kind: 'pods', pods: [{ name: nameOf(bad), uid: uidOf(bad) }] });
  });

  rule('drain: a dry run is tried on the API server and changes nothing', async (on) => {
    const pods = await fourInRotation(on);
    const [bad] = pods as [Pod];
    const outcome = await new Crew(on).read(drainRequest(bad, { dryRun: true }));
    if (outcome.kind !== 'proposal') throw new Error(`no proposal: ${JSON.stringify(outcome)}`);
    expect([outcome.why, writesOf(outcome.plan).length, outcome.tried?.length]).toEqual(['dryRun', 1, 1]);
    const versions = (list: Pod[]) => list.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).sort();
    expect(versions(await on.pods())).toEqual(versions(pods));
    expect(await on.list('leases')).toEqual([]);
  });

  rule('drain: the same request delivered twice is carried out once', async (on) => {
    const [bad] = (await fourInRotation(on)) as [Pod];
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

  rule('drain: draining a drained pod answers who did it and why, and leaves the record as it is', async (on) => {
    const [bad] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(on);
    await crew.drain(bad, { by: 'U0000000AA', because: '5xx' });
    const before = recordOn(await on.getPod(nameOf(bad)));
    const { outcome } = await crew.drain(bad, { by: 'U0000000BB', because: 'me too' });
    expect([outcome.kind, codes(outcome, 'refusal')]).toEqual(['refusal', ['AlreadyDrained']]);
    const [said] = outcome.kind === 'refusal' ? outcome.checks : [];
    expect(said?.message).toContain('by U0000000AA at ');
    expect(said?.message).toContain('because 5xx');
    expect(recordOn(await on.getPod(nameOf(bad)))).toEqual(before);
  });

  rule('drain: two at once that would break the minimum together: exactly one is refused', async (on) => {
    await on.service();
    await on.deployment({ replicas: 3 });
    const pods = await on.readyPods(3);
    await on.untilListed(pods.map(nameOf));
    // The replacements find no node, so that only one pod may go; a Deployment that is not paused would set that right.
    await on.patch('deployments', 'web', { spec: { paused: true } });
    const template = { spec: { nodeSelector: { 'example.com/nowhere': 'yes' } } };
    const [set] = await on.list('replicasets');
    const { metadata: held } = await on.patch<ReplicaSet>('replicasets', nameOf(set), { spec: { template } });
    await until(
      'seen by its controller',
      () => on.get<ReplicaSet>('replicasets', held.name),
      ({ status }) => (status?.observedGeneration ?? 0) >= (held.generation ?? 0),
    );
    const crew = new Crew(on, { minReady: 2 });
    // The one that is carried out would wait for its replacement.
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

  rule('drain: Kubernetes Events on the pod and on the Service tell what was done', async (on) => {
    const [bad] = (await fourInRotation(on)) as [Pod];
    const { operation } = done(await new Crew(on).drain(bad, { because: '5xx' }));
    const note = `Drained: Pitlane was asked by U0000000AB to take the label app=web off ${nameOf(bad)}, and did (operation ${operation.id}). Because: 5xx`;
    expect(await on.untilEvent('Pod', nameOf(bad), 'Drained')).toContain(note);
    expect(await on.untilEvent('Service', 'web', 'Drained')).toContain(note);
  });
};
