import { nameOf, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import { until } from './until.ts';

export const v2 = 'example/app:v2';

/** Waits until any new pod is younger by a second: Kubernetes keeps creation times in whole seconds. */
export async function untilOlderThanNewPods(...pods: Pod[]): Promise<void> {
  const newest = Math.max(...pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '')));
  await until('a second later', Date.now, (now) => now > newest + 1_000);
}

/** Removes `app` from one pod of the workload, and waits for the replacement. */
export async function drainOne(on: Space, count: number): Promise<{ drained: Pod; others: [Pod, ...Pod[]] }> {
  const [drained] = await on.readyPods(count);
  await untilOlderThanNewPods(drained);
  await on.label(drained, { app: null });
  await on.untilReleased(drained);
  return { drained, others: await on.readyPods(count, 'app=web') };
}

/** The pod that runs on the same node. */
export function onNodeOf({ spec }: Pod, pods: readonly Pod[]): Pod {
  const found = pods.find((pod) => pod.spec.nodeName === spec.nodeName);
  if (found === undefined) throw new Error(`none of ${pods.map(nameOf)} is on ${spec.nodeName}`);
  return found;
}

export async function rollOut(
  on: Space,
  resource: 'deployments' | 'daemonsets' | 'statefulsets',
  image = v2,
): Promise<void> {
  await on.patchStrategic(resource, 'web', { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
}

export const imageOf = ({ spec }: Pod) => spec.containers[0]?.image;

/** Waits until the workload has exactly so many pods, all of the image. */
export function untilRolledOut(on: Space, count: number, image = v2): Promise<Pod[]> {
  const areNew = (pods: Pod[]) => pods.length === count && pods.every((pod) => imageOf(pod) === image);
  return on.untilPods(`${count} pods of ${image} and no others`, areNew, 'app=web');
}
