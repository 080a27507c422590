import type { Report } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';

/** The evidence bundle of a pod. */
export interface Evidence {
  readonly kind: 'evidence';
  readonly service: { readonly key: string; readonly namespace: string };
  readonly pod: PodRef;
  /** The place of the drain's report. Absent: it is not drained, or this is unknown. */
  readonly report?: Report;
  readonly at: number;
  /** Relative paths with `/`, the summary first. Secrets are redacted. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly isCut: boolean }[];
  /** Sentences: what is missing, and why. */
  readonly notes: readonly string[];
}
