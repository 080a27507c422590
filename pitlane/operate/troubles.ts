import type { Connection } from '../cluster/connection.ts';
import { readEvents } from '../cluster/inspect.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import type { Milestone } from '../rotation/plan.ts';
import { type ReplacementCondition, replacementPods } from '../rotation/proof.ts';
import { ifSeen, type Snapshot } from '../rotation/snapshot.ts';

/** Events may have times of another clock, and the controller may have failed already when the pod was drained. */
const OLDEST_MS = 60_000;
const LONGEST = 300;

/**
 * What Kubernetes says about replacements that do not come, by the uid of their owner or of the waiting pod: why the owner
 * creates none, or why the scheduler finds no node. One request for each.
 */
export async function readTroubles(
  connection: Connection,
  milestones: readonly Milestone[],
  snapshot: Snapshot,
  since: number,
): Promise<Readonly<Record<string, string>>> {
  const { namespace } = snapshot.service;
  const conditions = milestones.flatMap(({ condition }) => ('pods' in condition ? condition : []));
  const asked = new Map(conditions.flatMap((condition) => doubtsAbout(condition, snapshot)));
  const found = await Promise.all(
    [...asked].map(async ([uid, reason]) => {
      const events = ifSeen(await tolerateErrors(readEvents(connection, namespace, uid, reason))) ?? [];
      return events
        .slice(0, 1)
        .map(({ at, message }) => (at < since - OLDEST_MS ? [] : [[uid, quote(message)] as const]));
    }),
  );
  return Object.fromEntries(found.flat(2));
}

/** The objects whose events tell more, with the reason of the events. */
function doubtsAbout(
  condition: ReplacementCondition,
  snapshot: Snapshot,
): readonly (readonly [uid: string, reason: string])[] {
  const { owned, desired } = replacementPods(condition, snapshot);
  if (owned.length < desired) return [[condition.owner.uid, 'FailedCreate']];
  const youngest = owned.slice(0, condition.pods.length);
  return youngest.filter(({ nodeName }) => nodeName === undefined).map(({ uid }) => [uid, 'FailedScheduling']);
}

/** Controllers and webhooks put texts of others into events. */
function quote(message: string): string {
  // The recorder of events adds this to messages that differ only in names.
  const own = message.replace(/^\(combined from similar events\): /, '');
  const line = own.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ').trim();
  return (line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()} …` : line).replace(/\.$/, '');
}
