import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Journal } from '../../pitlane/journal/entry.ts';
import { isMarked, isSelected, type Labels, untilOf } from './witness.ts';

/** A part of a cluster, and a pod in it. */
export interface Scene {
  readonly pod: { readonly name: string; readonly uid: string };
  pods(): readonly KubeObject[];
  object(resource: string, name: string): KubeObject | undefined;
  /** Milliseconds since the epoch, on Pitlane's clock. */
  now(): number;
}

export function selectorIn(scene: Scene): Labels {
  return scene.object('services', 'rng')?.spec.selector ?? {};
}

/** The state of the case's pod, read from the cluster and not from what Pitlane says. */
export type State = 'in rotation' | 'disabled' | 'drained' | 'half restored' | 'gone' | 'neither';

export function stateOf(scene: Scene): State {
  const pod = podOf(scene);
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return 'gone';
  const isOwned = (pod.metadata.ownerReferences ?? []).length > 0;
  const isDisabled = pod.metadata.annotations?.['pitlane.dev/disabled'] !== undefined;
  if (isSelected(pod, selectorIn(scene)))
    return isMarked(pod) ? 'half restored' : isOwned && !isDisabled ? 'in rotation' : 'neither';
  if (isDisabled && isOwned) return 'disabled';
  return isMarked(pod) && !isOwned ? 'drained' : 'neither';
}

/** The end of the drain in the pod's record; empty: there is none. */
export function endOf(scene: Scene): string {
  const pod = podOf(scene);
  return pod === undefined ? '' : untilOf(pod);
}

function podOf(scene: Scene): KubeObject | undefined {
  return scene.pods().find(({ metadata }) => metadata.uid === scene.pod.uid);
}

/** The journal, parsed without the product's code. */
export function journalOf(scene: Scene): Pick<Journal, 'operations' | 'drains' | 'gates'> & {
  readonly canaries: Journal['drains'];
} {
  const data = scene.object('configmaps', 'pitlane-rng')?.data as Record<string, string> | undefined;
  const items = (key: string) => (data?.[key] === undefined ? [] : JSON.parse(data[key]).items);
  return {
    operations: items('operations'),
    drains: items('drains'),
    canaries: items('canaries'),
    gates: items('gates'),
  };
}

/** An operation is in progress. */
export function isOpen(scene: Scene): boolean {
  return journalOf(scene).operations.some(({ ended }) => ended === undefined);
}

/** The holder of the service's lease, unless it has expired. */
export function leaseHolder(scene: Scene): string | undefined {
  const spec = scene.object('leases', 'pitlane')?.spec;
  const { holderIdentity, renewTime, leaseDurationSeconds } = spec ?? {};
  if (!holderIdentity) return undefined;
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 > scene.now() ? holderIdentity : undefined;
}
