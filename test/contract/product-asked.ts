import { expect } from 'vitest';
import { puttingBack } from '../put-back-policy.ts';
import { withObjects } from './gate-policy-scenes.ts';
import { nameOf, type Pod } from './objects.ts';
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
};
