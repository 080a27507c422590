import { expect } from 'vitest';
import { startTraffic } from '../../sandbox/traffic/traffic.ts';
import { isLeaving, nameOf, ownerOf, type Pod } from './objects.ts';
import { beforeTheWrite, Crew, done, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** Nothing pitlane has written is on the pod. */
function isUntouched({ metadata }: Pod): boolean {
  const keys = [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})];
  return !keys.some((key) => key.startsWith('pitlane.dev/'));
}

/** What others do while pitlane is at work, and what clients notice of it. */
export const meanwhile: Theme = (rule) => {
  rule(
    'meanwhile: the label is taken off by hand between plan and write: planned anew, nothing half done',
    async (on) => {
      const [pod] = (await fourInRotation(on)) as [Pod];
      const crew = new Crew(
        on,
        {},
        beforeTheWrite(() => on.label(pod, { app: null })),
      );
      const { outcome, events } = await crew.drain(pod);
      expect(events.filter(({ kind }) => kind === 'wrote')).toEqual([]);
      expect(['refusal', 'notUnderstood']).toContain(outcome.kind);
      expect(isUntouched(await on.getPod(nameOf(pod)))).toBe(true);
    },
  );

  rule('meanwhile: another label comes on between plan and write: planned anew if need be, and drained', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(
      on,
      {},
      beforeTheWrite(() => on.label(pod, { note: 'mine' })),
    );
    done(await crew.drain(pod));
    const { metadata } = await on.getPod(nameOf(pod));
    expect([metadata.labels?.note, metadata.labels?.app]).toEqual(['mine', undefined]);
  });

  rule('meanwhile: the pod is deleted between plan and write: no other pod is touched', async (on) => {
    const pods = await fourInRotation(on);
    const [pod] = pods as [Pod];
    const crew = new Crew(
      on,
      {},
      beforeTheWrite(async () => {
        await on.delete('pods', nameOf(pod));
        await on.untilGone('pods', nameOf(pod));
      }),
    );
    const { outcome } = await crew.drain(pod);
    expect(outcome.kind).not.toBe('done');
    expect((await on.readyPods(4)).every(isUntouched)).toBe(true);
  });

  rule(
    'meanwhile: the pod is given back by hand between plan and write of a restore: no cost stays on it',
    async (on) => {
      const [pod] = (await fourInRotation(on)) as [Pod];
      done(await new Crew(on).drain(pod));
      await on.readyPods(4, 'app=web');
      const byHand = () =>
        on.patch('pods', nameOf(pod), {
          metadata: { labels: { 'pitlane.dev/drained-from': null }, annotations: { 'pitlane.dev/drain': null } },
        });
      const { outcome } = await new Crew(on, {}, beforeTheWrite(byHand)).restore(pod);
      expect(outcome.kind).not.toBe('done');
      const left = await on.getPod(nameOf(pod));
      expect([isUntouched(left), isLeaving(left), left.metadata.labels?.app]).toEqual([true, false, undefined]);
      expect(Object.keys(left.metadata.annotations ?? {})).not.toContain('controller.kubernetes.io/pod-deletion-cost');
    },
  );

  rule('meanwhile: a run that ends after the first of two writes is taken up where it stood', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(on);
    done(await crew.drain(pod));
    await on.readyPods(4, 'app=web');
    const request = { command: 'restore', service: 'web', pods: [nameOf(pod)], dryRun: false, force: false };
    const stopping = new AbortController();
    await crew.run(request, {
      requestId: 'trigger-1',
      signal: stopping.signal,
      onEvent: (event) => event.kind === 'wrote' && stopping.abort(),
    });
    done(await crew.run(request, { requestId: 'trigger-1' }));
    const back = await on.getPod(nameOf(pod));
    expect([isUntouched(back), ownerOf(back), back.metadata.annotations]).toEqual([true, ownerOf(pod), undefined]);
  });

  rule('meanwhile: clients of the service notice neither a drain nor a restore', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const traffic = await startTraffic({
      kubeConfig: on.cluster.kubeConfig,
      namespace: on.name,
      service: 'web',
      ratePerSecond: 50,
      findServer: (podUid, port) => on.cluster.kubelet.endpoint(podUid, port),
    });
    try {
      const served = (pods: Pod[]) =>
        until(
          'each pod serving',
          () => traffic.stats().pods,
          (seen) => pods.every((each) => (seen[nameOf(each)]?.requests ?? 0) > 3),
        );
      await served(await on.readyPods(4));
      const crew = new Crew(on);
      done(await crew.drain(pod));
      await served(await on.readyPods(4, 'app=web'));
      done(await crew.restore(pod));
      await served(await on.readyPods(4));
    } finally {
      const { failures, lowestReadyEndpoints } = await traffic.stop();
      expect([Object.values(failures).reduce((sum, count) => sum + count), lowestReadyEndpoints]).toEqual([0, 3]);
    }
  });
};
