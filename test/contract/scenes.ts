import { nameOf, ownerOf, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import { until } from './until.ts';

export const v2 = 'example/app:v2';

/** Takes `app` off one pod of the workload, and waits for the replacement. */
export async function drainOne(on: Space, count: number): Promise<{ drained: Pod; others: Pod[] }> {
  const [drained] = (await on.readyPods(count)) as [Pod];
  // Kubernetes compares whole seconds, and the replacement is to be the younger one.
  await until(
    'a second later',
    () => Date.now(),
    (now) => now > Date.parse(drained.metadata.creationTimestamp ?? '') + 1_000,
  );
  await on.label(drained, { app: null });
  await on.untilPod('released', nameOf(drained), (pod) => ownerOf(pod) === undefined);
  return { drained, others: await on.readyPods(count, 'app=web') };
}

export async function rollOut(
  on: Space,
  resource: 'deployments' | 'daemonsets' | 'statefulsets',
  image = v2,
): Promise<void> {
  await on.patchStrategic(resource, 'web', { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
}
