import { afterAll, beforeAll, describe, test } from 'vitest';
import { kubectlPath } from '../control-plane/build.ts';
import { daemonSetPages } from './chapter/daemon-set-pages.ts';
import { untilRotation } from './chapter/rotation-of.ts';
import { rotationPages } from './chapter/rotation-pages.ts';
import { Shell } from './chapter/shell.ts';
import { openEmbeddedCluster, openRealCluster, type TrainingCluster } from './chapter/training-cluster.ts';

/**
 * Replays the training chapter from its first page to its last, side by side in two namespaces: by hand with kubectl, and
 * with Pitlane. After every page that changes something both have the same pods in rotation. The tests have the headings of
 * the chapter.
 */
describe.each([
  { name: 'real', open: openRealCluster },
  { name: 'embedded', open: openEmbeddedCluster },
])('the chapter on the $name cluster', ({ open }) => {
  let cluster: TrainingCluster;
  let shells: { byHand: Shell; withPitlane: Shell };

  beforeAll(async () => {
    cluster = await open();
    const kubectl = await kubectlPath();
    const [byHand, withPitlane] = await Promise.all([
      Shell.open(cluster, kubectl, 'by-hand'),
      Shell.open(cluster, kubectl, 'with-pitlane'),
    ]);
    shells = { byHand, withPitlane };
  });
  afterAll(async () => {
    await Promise.all([shells.byHand.close(), shells.withPitlane.close()]);
    await cluster.stop();
  });

  test.each([...daemonSetPages, ...rotationPages])('$heading', async ({ both, byHand, withPitlane, leaves }) => {
    const steps = { byHand: byHand ?? both, withPitlane: withPitlane ?? both };
    await Promise.all([steps.byHand?.(shells.byHand), steps.withPitlane?.(shells.withPitlane)]);
    if (leaves === undefined) return;
    await Promise.all([untilRotation(shells.byHand, leaves), untilRotation(shells.withPitlane, leaves)]);
  });
});
