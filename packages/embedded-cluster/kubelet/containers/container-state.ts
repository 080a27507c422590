import { type Container, type ContainerRole, type ContainerStatus, kubeTime, type Pod } from '../pod.ts';
import { fullImageName, imageId } from './image.ts';

/** A container, as the pod's status has it. */
export interface ContainerState {
  role: ContainerRole;
  status: ContainerStatus;
}

/** The status of a container before its first start. */
export function waiting({ name, image = '' }: Container, reason: string): ContainerStatus {
  return {
    name,
    image,
    imageID: '',
    restartCount: 0,
    ready: false,
    started: false,
    state: { waiting: { reason } },
    lastState: {},
  };
}

/** The status after the start of a container from `image`. */
export function running(status: ContainerStatus, image: string, containerID: string, now: number): ContainerStatus {
  return {
    ...status,
    image: fullImageName(image),
    imageID: imageId(image),
    containerID,
    started: false,
    state: { running: { startedAt: kubeTime(now) } },
  };
}

/**
 * What a new kubelet takes over from the pod's status. The app of a container that ran under an earlier process is lost,
 * as after a reboot of the node.
 */
export function earlierLife({ status }: Pod, name: string, now: number): Partial<ContainerStatus> {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const before = all.find((known) => known.name === name);
  if (before === undefined) return {};
  const { containerID, restartCount, lastState = {}, state: { running } = {} } = before;
  if (running === undefined) return { restartCount, lastState };
  const { startedAt } = running;
  const terminated = { exitCode: 255, reason: 'Unknown', startedAt, finishedAt: kubeTime(now), containerID };
  return { restartCount: restartCount + 1, lastState: { terminated } };
}
