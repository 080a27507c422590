import { createHash } from 'node:crypto';
import type { Container, ContainerRole, ContainerStatus } from '../pod.ts';

/** The state of one container, from which its ContainerStatus is made. */
export interface ContainerState {
  container: Container;
  role: ContainerRole;
  state: NonNullable<ContainerStatus['state']>;
  lastState: NonNullable<ContainerStatus['lastState']>;
  /** Empty before the first start. */
  containerId: string;
  restartCount: number;
  isStarted: boolean;
  isReady: boolean;
}

export function waiting(container: Container, role: ContainerRole, reason: string): ContainerState {
  return {
    container,
    role,
    state: { waiting: { reason } },
    lastState: {},
    containerId: '',
    restartCount: 0,
    isStarted: false,
    isReady: false,
  };
}

export function containerStatus(container: ContainerState): ContainerStatus {
  const image = container.container.image ?? '';
  return {
    name: container.container.name,
    image: container.containerId === '' ? image : fullImageName(image),
    imageID: container.containerId === '' ? '' : imageId(image),
    ...(container.containerId === '' ? {} : { containerID: container.containerId }),
    restartCount: container.restartCount,
    ready: container.isReady,
    started: container.isStarted,
    state: container.state,
    lastState: container.lastState,
  };
}

/** The full name with registry, path and tag, as containerd reports it. */
export function fullImageName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const path = hasRegistry ? image : `docker.io/${rest.length === 0 ? 'library/' : ''}${image}`;
  return /[:@][^/]+$/.test(path) ? path : `${path}:latest`;
}

/**
 * A made-up digest that is the same for the same image name.
 */
export function imageId(image: string): string {
  const name = fullImageName(image).replace(/[:@][^/]*$/, '');
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  return `${name}@${digest ?? `sha256:${createHash('sha256').update(fullImageName(image)).digest('hex')}`}`;
}
