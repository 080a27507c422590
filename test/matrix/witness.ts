import type { ApiEvent, KubeObject } from '@pitlane/embedded-cluster/api';

/** A change of a pod, or of the Service. */
export type Deed =
  | 'taken out'
  | 'put back'
  | 'deleted'
  | 'given more time'
  /** Its gate label was changed while it had no effect. */
  | 'relabelled'
  | 'started as a canary'
  | 'given another selector';

export type Labels = Readonly<Record<string, string>>;

/** Records the changes of the pods of a namespace that must not happen too often. */
export class Witness {
  readonly deeds: { readonly deed: Deed; readonly name: string }[] = [];
  /** The smallest number of pods in rotation so far. */
  fewest = Number.POSITIVE_INFINITY;
  #selector: Labels;
  readonly #pods = new Map<string, KubeObject>();
  #inRotation = 0;

  constructor(pods: readonly KubeObject[], selector: Labels) {
    this.#selector = selector;
    for (const pod of pods) this.#pods.set(pod.metadata.uid, pod);
    this.#count();
  }

  /** The number of pods in rotation. */
  get inRotation(): number {
    return this.#inRotation;
  }

  /** Forgets what was before. */
  begin(): void {
    this.deeds.splice(0);
    this.fewest = this.#inRotation;
  }

  /** The Service was written. */
  seeService({ metadata: { name }, spec }: KubeObject): void {
    const selector: Labels = spec.selector ?? {};
    if (JSON.stringify(selector) === JSON.stringify(this.#selector)) return;
    this.#selector = selector;
    this.deeds.push({ deed: 'given another selector', name });
    this.#count();
  }

  see({ type, object, previous }: Pick<ApiEvent, 'type' | 'object' | 'previous'>): void {
    const { name, uid, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') this.#pods.delete(uid);
    else this.#pods.set(uid, object);
    this.#count();
    const note = (deed: Deed) => this.deeds.push({ deed, name });
    if (type === 'ADDED' && isCanary(object)) note('started as a canary');
    if (previous === undefined) return;
    const [was, is] = [previous, object].map((pod) => isSelected(pod, this.#selector));
    if (was && !is) note('taken out');
    if (!was && is) note('put back');
    if (was === is && gateLabelOf(previous) !== gateLabelOf(object)) note('relabelled');
    if (isMarked(previous) && isMarked(object) && untilOf(previous) !== untilOf(object)) note('given more time');
    const wasLeaving = previous.metadata.deletionTimestamp !== undefined;
    if (!wasLeaving && (deletionTimestamp !== undefined || type === 'DELETED')) note('deleted');
  }

  #count(): void {
    this.#inRotation = [...this.#pods.values()].filter((pod) => isInRotation(pod, this.#selector)).length;
    this.fewest = Math.min(this.fewest, this.#inRotation);
  }
}

function isInRotation(pod: KubeObject, selector: Labels): boolean {
  const isReady = pod.status?.conditions?.some(
    ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
  );
  return isSelected(pod, selector) && isReady && pod.metadata.deletionTimestamp === undefined;
}

export function isSelected({ metadata: { labels = {} } }: KubeObject, selector: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function gateLabelOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.enabled;
}

export function isCanary({ metadata }: KubeObject): boolean {
  return metadata.labels?.['pitlane.dev/canary'] !== undefined;
}

export function isMarked({ metadata }: KubeObject): boolean {
  return metadata.labels?.['pitlane.dev/drained-from'] !== undefined;
}

/** The end of a pod's drain. */
export function untilOf({ metadata }: KubeObject): string {
  const record = metadata.annotations?.['pitlane.dev/drain'];
  return record === undefined ? '' : String((JSON.parse(record) as { until?: string }).until);
}
