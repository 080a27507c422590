import { afterEach, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';

const rng = new RngOnEmbedded();

function cordon(unschedulable: boolean): void {
  for (const { metadata } of rng.cluster.api.list('nodes', undefined)) {
    rng.cluster.api.mergePatch('nodes', undefined, metadata.name, { spec: { unschedulable } } as never);
  }
}
afterEach(() => cordon(false));

test('a drain that waits only for its replacement is done when it is cancelled, and names the person', async () => {
  cordon(true);
  const pod = await rng.somePod();
  let isAsked = false;
  const { outcome } = await rng.carryOut(
    { ...DRAIN_IT, pods: [pod] },
    {
      onEvent: (event) => {
        if (event.kind !== 'progress' || event.proof.filter(({ isMet }) => isMet).length < 2 || isAsked) return;
        isAsked = true;
        const asker = { by: 'U0GRACE000', role: 'operator' as const, requestId: 'stop' };
        void rng.pitlane.propose({ command: 'cancel', service: 'rng' }, asker);
      },
    },
  );
  expect(outcome).toMatchObject({ kind: 'done' });
  expect(outcome.kind === 'done' && outcome.notes.at(-1)).toContain('U0GRACE000');
  expect((await rng.list()).counts.drained).toBe(1);
});
