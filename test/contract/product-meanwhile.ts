import { expect } from 'vitest';
import { startTraffic } from '../../sandbox/traffic/traffic.ts';
import { deletionCostKey } from './manifests.ts';
import { isTerminating, nameOf, ownerOf, type Pod } from './objects.ts';
import { beforeTheWrite, Crew, done, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** The pod has no label or annotation of Pitlane. */
function isUntouched({ metadata }: Pod): boolean {
  const keys = [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})];
  return !keys.some((key) => key.startsWith('pitlane.dev/'));
}

/** Changes by others while Pitlane works, and the effect of Pitlane on clients. */
export const meanwhile: Theme = (rule) => {
  rule('drain writes nothing if the label is removed by hand between plan and write', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(
      on,
      {},
      beforeTheWrite(() => on.label(pod, { app: null })),
    );
    const { outcome, events } = await crew.drain(pod);
    expect(events.filter(({ kind }) => kind === 'wrote')).toEqual([]);
    expect(['refusal', 'notUnderstood']).toContain(outcome.kind);
    expect(isUntouched(await on.getPod(nameOf(pod)))).toBe(true);
  });

  rule('drain keeps a label that is added between plan and write', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(
      on,
      {},
      beforeTheWrite(() => on.label(pod, { note: 'mine' })),
    );
    done(await crew.drain(pod));
    const { metadata } = await on.getPod(nameOf(pod));
    expect([metadata.labels?.note, metadata.labels?.app]).toEqual(['mine', undefined]);
  });

  rule('drain touches no other pod if the pod is deleted between plan and write', async (on) => {
    const pods = await fourInRotation(on);
    const [pod] = pods;
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

  rule('restore leaves no deletion cost if the marks are removed by hand between plan and write', async (on) => {
    const [pod] = await fourInRotation(on);
    done(await new Crew(on).drain(pod));
    await on.readyPods(4, 'app=web');
    const byHand = () =>
      on.patch('pods', nameOf(pod), {
        metadata: { labels: { 'pitlane.dev/drained-from': null }, annotations: { 'pitlane.dev/drain': null } },
      });
    const { outcome } = await new Crew(on, {}, beforeTheWrite(byHand)).restore(pod);
    expect(outcome.kind).not.toBe('done');
    const left = await on.getPod(nameOf(pod));
    expect([isUntouched(left), isTerminating(left), left.metadata.labels?.app]).toEqual([true, false, undefined]);
    expect(Object.keys(left.metadata.annotations ?? {})).not.toContain(deletionCostKey);
  });

  rule('restore continues after the first of two writes if its process ended there', async (on) => {
    const [pod] = await fourInRotation(on);
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

  rule('drain and restore cause no failed request to a pod that stays', async (on) => {
    const [pod] = await fourInRotation(on);
    const traffic = await startTraffic({
      kubeConfig: on.cluster.kubeConfig,
      namespace: on.name,
      service: 'web',
      ratePerSecond: 50,
      findServer: (podUid, port) => on.cluster.kubelet.endpoint(podUid, port),
    });
    let left: Pod[] = [];
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
      left = await on.readyPods(4);
      await served(left);
    } finally {
      const { failures, pods, lowestReadyEndpoints } = await traffic.stop();
      // The surplus pod is deleted: a client that is slow to hear of it may lose a request, as with any deletion.
      const lost = left.map((each) => pods[nameOf(each)]?.failures ?? 0);
      expect([failures.noEndpoint, ...lost, lowestReadyEndpoints]).toEqual([0, 0, 0, 0, 0, 3]);
    }
  });
};
