import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { kubectlPath } from '../control-plane/build.ts';
import { compareClusters } from './chapter/compared.ts';
import { daemonSet } from './chapter/daemon-set.ts';
import { debugging } from './chapter/debugging.ts';
import { end, nodes } from './chapter/nodes.ts';
import { reading } from './chapter/reading.ts';
import { rollouts } from './chapter/rollouts.ts';
import { rotation } from './chapter/rotation.ts';
import { Shell } from './chapter/shell.ts';
import { openEmbeddedCluster, openRealCluster, type TrainingCluster } from './chapter/training-cluster.ts';

/**
 * Types the commands of docs/chapter.md, and more, on a real control plane and on the embedded cluster, and expects the
 * same output; with the kubectl of the control plane's release and with the one of this machine.
 */
const sections = [...daemonSet, ...rotation, ...reading, ...debugging, ...nodes, ...rollouts, ...end];

const onPath = kubectlOnPath();
const kubectls = [
  { version: "of the cluster's release", path: kubectlPath },
  ...(onPath === undefined ? [] : [{ version: 'of this machine', path: async () => onPath }]),
];

let clusters: { real: TrainingCluster; embedded: TrainingCluster };

beforeAll(async () => {
  const [real, embedded] = await Promise.all([openRealCluster(), openEmbeddedCluster()]);
  clusters = { real, embedded };
});
afterAll(() => Promise.all([clusters.real.stop(), clusters.embedded.stop()]));

describe.each(kubectls)('the chapter with the kubectl $version', ({ path }) => {
  let shells: { real: Shell; embedded: Shell };

  beforeAll(async () => {
    const kubectl = await path();
    const [real, embedded] = await Promise.all([
      Shell.open(clusters.real, kubectl),
      Shell.open(clusters.embedded, kubectl),
    ]);
    shells = { real, embedded };
  });
  afterAll(() => Promise.all([shells.real.close(), shells.embedded.close()]));

  test.each(sections)('$name', ({ run }) => compareClusters(shells, run));
});

function kubectlOnPath(): string | undefined {
  const isExecutable = (path: string) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  const directories = (process.env.PATH ?? '').split(':').filter((directory) => directory.startsWith('/'));
  return directories.map((directory) => join(directory, 'kubectl')).find(isExecutable);
}
