import type { Report } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';

/** What is known of a pod, for the incident. */
export interface Evidence {
  readonly kind: 'evidence';
  readonly service: { readonly key: string; readonly namespace: string };
  readonly pod: PodRef;
  /** Where the drain of the pod is reported; absent: it is not drained, or nobody knows. */
  readonly report?: Report;
  readonly at: number;
  /** Relative paths with `/`; the summary comes first. What looks like a secret is blacked out. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly isCut: boolean }[];
  /** Sentences: what could not be had, and why. */
  readonly notes: readonly string[];
}
