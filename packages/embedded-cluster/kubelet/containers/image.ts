import { createHash } from 'node:crypto';
import type { PodEvent } from '../events.ts';
import type { Container } from '../pod.ts';

/** Why a container waits for its image, with the Events that say so. */
export interface ImageProblem {
  reason: string;
  message: string;
  events: readonly PodEvent[];
  /** What the kubelet reports until it tries again. */
  meanwhile?: Omit<ImageProblem, 'meanwhile'>;
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const reference = new RegExp(
  String.raw`^(?:[A-Za-z0-9.-]+(?::\d+)?/)?${component}(?:/${component})*(?::\w[\w.-]{0,127})?(?:@\w[\w+.-]*:[0-9a-fA-F]{32,})?$`,
);

/**
 * EnsureImageExists (kubelet/images/image_manager.go). Images are there, except below `.invalid` (RFC 6761, 6.4) and with the
 * tag `non-existent`, as Kubernetes' own tests name them.
 */
export function imageProblem({ image = '', imagePullPolicy }: Container): ImageProblem | undefined {
  if (!reference.test(image)) return invalidName(image);
  const [, host] = /^([^/]*\.invalid(?::\d+)?)\//.exec(image) ?? [];
  const isMissing = image.endsWith(':non-existent');
  if (host === undefined && !isMissing) return undefined;
  if (imagePullPolicy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    return problem('ErrImageNeverPull', message, warning('ErrImageNeverPull', message));
  }
  const name = fullImageName(image);
  const cause = host === undefined ? `${name}: not found` : `dial tcp: lookup ${host}: no such host`;
  const why = `failed to resolve reference "${name}": ${cause}`;
  const message = `failed to pull and unpack image "${name}": ${why}`;
  const pulling = { type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"` } as const;
  const backOff = { type: 'Normal', reason: 'BackOff', message: `Back-off pulling image "${image}"` } as const;
  return {
    ...problem('ErrImagePull', message, pulling, warning('Failed', `Failed to pull image "${image}": ${message}`)),
    meanwhile: problem('ImagePullBackOff', `${backOff.message}: ErrImagePull: ${message}`, backOff),
  };
}

function invalidName(image: string): ImageProblem {
  const repository = imageName(fullImageName(image)).replace(/^[^/]*\//, '');
  const isLower = repository === repository.toLowerCase();
  const why = `invalid reference format${isLower ? '' : `: repository name (${repository}) must be lowercase`}`;
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${why}`;
  return problem('InvalidImageName', message, warning('InspectFailed', message));
}

function problem(reason: string, message: string, ...events: PodEvent[]): ImageProblem {
  return { reason, message, events: [...events, warning('Failed', `Error: ${reason}`)] };
}

function warning(reason: string, message: string): PodEvent {
  return { type: 'Warning', reason, message };
}

/** The full name with registry, path and tag, as containerd reports it. */
export function fullImageName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const path = hasRegistry ? image : `docker.io/${rest.length === 0 ? 'library/' : ''}${image}`;
  return /[:@][^/]+$/.test(path) ? path : `${path}:latest`;
}

/** A made-up digest that is the same for the same image name. */
export function imageId(image: string): string {
  const name = imageName(fullImageName(image));
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  return `${name}@${digest ?? `sha256:${createHash('sha256').update(fullImageName(image)).digest('hex')}`}`;
}

/** Without tag and digest. */
export function imageName(image: string): string {
  return image.replace(/[:@][^/]*$/, '');
}
