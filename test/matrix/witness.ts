import type { ApiEvent, KubeObject } from '@pitlane/embedded-cluster/api';

/** A change of a pod. */
export type Deed = 'taken out' | 'put back' | 'deleted' | 'given more time';

/** Records the changes of the pods of a namespace that must not happen too often. */
export class Witness {
  readonly deeds: { readonly deed: Deed; readonly pod: string }[] = [];
  /** The smallest number of pods in rotation so far. */
  fewest = Number.POSITIVE_INFINITY;
  readonly #inRotation = new Set<string>();

  constructor(pods: readonly KubeObject[]) {
    for (const pod of pods) this.#count(pod);
  }

  /** The number of pods in rotation. */
  get inRotation(): number {
    return this.#inRotation.size;
  }

  /** Forgets what was before. */
  begin(): void {
    this.deeds.splice(0);
    this.fewest = this.#inRotation.size;
  }

  see({ type, object, previous }: Pick<ApiEvent, 'type' | 'object' | 'previous'>): void {
    if (type === 'DELETED') this.#inRotation.delete(object.metadata.uid);
    else this.#count(object);
    this.fewest = Math.min(this.fewest, this.#inRotation.size);
    if (previous === undefined) return;
    const pod = object.metadata.name;
    const note = (deed: Deed) => this.deeds.push({ deed, pod });
    if (isSelected(previous) && !isSelected(object)) note('taken out');
    if (!isSelected(previous) && isSelected(object)) note('put back');
    if (isMarked(previous) && isMarked(object) && untilOf(previous) !== untilOf(object)) note('given more time');
    const wasLeaving = previous.metadata.deletionTimestamp !== undefined;
    const isLeaving = object.metadata.deletionTimestamp !== undefined || type === 'DELETED';
    if (!wasLeaving && isLeaving) note('deleted');
  }

  #count(pod: KubeObject): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const isReady = pod.status?.conditions?.some(
      ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
    );
    if (isSelected(pod) && isReady && deletionTimestamp === undefined) this.#inRotation.add(uid);
    else this.#inRotation.delete(uid);
  }
}

/** Pod label: the Service selects it by the gate label too. */
export const GATED = 'gated';

export function isSelected({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels.app === 'rng' && (labels[GATED] === undefined || labels.enabled === 'yes');
}

export function isMarked({ metadata }: KubeObject): boolean {
  return metadata.labels?.['pitlane.dev/drained-from'] !== undefined;
}

/** The end of a pod's drain. */
export function untilOf({ metadata }: KubeObject): string {
  const record = metadata.annotations?.['pitlane.dev/drain'];
  return record === undefined ? '' : String((JSON.parse(record) as { until?: string }).until);
}
