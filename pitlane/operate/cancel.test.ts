import { afterEach, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';

const rng = new RngOnEmbedded();

function cordon(unschedulable: boolean): void {
  for (const { metadata } of rng.cluster.api.list('nodes', undefined)) {
    rng.cluster.api.mergePatch('nodes', undefined, metadata.name, { spec: { unschedulable } } as never);
  }
}
afterEach(() => cordon(false));

test('a drain whose replacement alone is missing is done when its wait is ended, and says by whom', async () => {
  cordon(true);
  const pod = await rng.somePod();
  let isAsked = false;
  const { outcome } = await rng.advance(
    { ...DRAIN_IT, pod },
    {
      onEvent: (event) => {
        if (event.kind !== 'progress' || event.proof.filter(({ isMet }) => isMet).length < 2 || isAsked) return;
        isAsked = true;
        const asker = { by: 'U0GRACE000', role: 'operator' as const, requestId: 'stop' };
        void rng.pitlane.cancel({ command: 'cancel', service: 'rng' }, asker, { deadline: Date.now() + 10_000 });
      },
    },
  );
  expect(outcome).toMatchObject({ kind: 'done' });
  expect(outcome.kind === 'done' && outcome.notes.at(-1)).toBe(
    'The wait was ended by U0GRACE000; what is said to be done was seen by then.',
  );
  expect((await rng.list()).counts.drained).toBe(1);
});
