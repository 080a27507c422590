import { limited } from '../cluster/limited.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { type Attempt, emit } from './attempt.ts';
import { entryIn } from './books.ts';
import { takeEvidence } from './evidence.ts';

/**
 * Takes the evidence of the pod and has it kept, once for each attempt and each operation. The answer is why it could not
 * be kept; undefined: it was. Never rejects.
 */
export function keepEvidence(attempt: Attempt, pod: PodRef): Promise<string | undefined> {
  const begun = attempt.evidence.get(pod.uid);
  if (begun !== undefined) return begun;
  const taking = take(attempt, pod).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  attempt.evidence.set(pod.uid, taking);
  return taking;
}

/** Of several pods, some at a time. */
export function keepEvidenceOf(attempt: Attempt, pods: readonly PodRef[]): Promise<readonly (string | undefined)[]> {
  return limited(pods, (pod) => keepEvidence(attempt, pod));
}

/** Once all that was begun is over: why the first of them could not be kept. */
export async function evidenceKept({ evidence }: Attempt): Promise<string | undefined> {
  return (await Promise.all(evidence.values())).find((why) => why !== undefined);
}

async function take(attempt: Attempt, pod: PodRef): Promise<undefined> {
  const { house, connection, service, door, books } = attempt;
  if (entryIn(attempt)?.evidence?.includes(pod.uid)) return;
  const evidence = await takeEvidence(connection, service, pod, { deadline: door.deadline, now: house.now });
  if (door.reporter?.keep !== undefined) {
    await door.reporter.keep(evidence);
    books.evidence.add(pod.uid);
  }
  emit(attempt, { kind: 'evidence', evidence });
}
