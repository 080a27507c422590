import { isReady, until } from '@pitlane/embedded-cluster/kubelet/contract/playground';
import type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';
import type { Shell } from './shell.ts';

/** The selector of the Service rng, and its pods without their generated names, in alphabetical order. */
export interface Rotation {
  readonly selector: Readonly<Record<string, string>>;
  /** Owner, labels that the chapter is about, and if the pod is a ready endpoint. */
  readonly pods: readonly string[];
}

async function rotationOf(shell: Shell): Promise<Rotation> {
  const { namespace, api } = shell;
  const [{ spec }, pods, listed] = await Promise.all([
    api.get<{ spec: { selector: Record<string, string> } }>(`/api/v1/namespaces/${namespace}/services/rng`),
    shell.pods(''),
    shell.listed(),
  ]);
  const ours = pods.filter(({ metadata }) => /^(rng|one-shot)-/.test(metadata.name));
  return { selector: spec.selector, pods: ours.map((pod) => described(pod, listed)).toSorted() };
}

/** Resolves once the rotation is as expected; fails with the last one that was seen. */
export async function untilRotation(shell: Shell, expected: Rotation): Promise<void> {
  const right = JSON.stringify(expected);
  await until(
    `${shell.namespace}: ${right}`,
    () => rotationOf(shell),
    (seen) => JSON.stringify(seen) === right,
  );
}

function described(pod: Pod, listed: readonly string[]): string {
  const { name, ownerReferences, labels, deletionTimestamp } = pod.metadata;
  const owner = ownerReferences?.find(({ controller }) => controller)?.kind ?? 'no owner';
  const shown = ['app', 'enabled'].flatMap((key) => (labels?.[key] === undefined ? [] : [`${key}=${labels[key]}`]));
  const state = deletionTimestamp !== undefined ? 'terminating' : listed.includes(name) ? 'in rotation' : 'out';
  return [owner, ...shown, isReady(pod) ? state : `not ready, ${state}`].join(' ');
}
