import type { Report } from '../rotation/plan.ts';
import type { EventReport, PodReport, Surroundings } from '../rotation/pod-report.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Finding } from './finding.ts';

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
  /** What may be wrong with the pod, the most telling first. */
  readonly findings: readonly Finding[];
  /** Sentences: what is missing, and why. */
  readonly notes: readonly string[];
}

/** Everything that was read about a pod. */
export interface EvidenceParts {
  readonly service: Evidence['service'];
  readonly at: number;
  /** Only what happened within so many seconds. Absent: of any time. */
  readonly sinceSeconds?: number | undefined;
  readonly report: PodReport;
  readonly events: readonly EventReport[];
  readonly logs: readonly EvidenceLog[];
  readonly around: Surroundings;
  /** Sentences: what is missing, and why. */
  readonly notes: readonly string[];
}

export interface EvidenceLog {
  readonly container: string;
  /** The log of the container's previous run. */
  readonly previous: boolean;
  readonly text: string;
  /** When each line of the text was written. Undefined: unknown. */
  readonly times: readonly (number | undefined)[];
  /** True: older lines were left out when it was read. */
  readonly isCut: boolean;
}
