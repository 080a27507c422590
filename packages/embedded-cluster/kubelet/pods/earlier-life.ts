import type { ContainerState } from '../containers/container-state.ts';
import { type Container, kubeTime, type Pod } from '../pod.ts';

/** A pod that ran under an earlier kubelet process has lost its apps, as after a reboot of the node. */
export function earlierLife(
  { status }: Pod,
  { name }: Container,
  now: number,
): Pick<ContainerState, 'restartCount' | 'lastState'> | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const before = all.find((known) => known.name === name);
  if (before === undefined) return undefined;
  const running = before.state?.running;
  if (running === undefined) return { restartCount: before.restartCount, lastState: before.lastState ?? {} };
  const { containerID } = before;
  const finishedAt = kubeTime(now);
  const terminated = { exitCode: 255, reason: 'Unknown', startedAt: running.startedAt, finishedAt, containerID };
  return { restartCount: before.restartCount + 1, lastState: { terminated } };
}
