import { foresee, withReplacements } from '../../rotation/foresee.ts';
import { proofOf } from '../../rotation/plan.ts';
import { type ReplacementCondition, standIns } from '../../rotation/proof.ts';
import { withPlaced } from '../../rotation/room.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import type { Planned } from '../each-pod.ts';

/** The replacement that is sure to come into rotation. */
function replacementOf({ plan }: Planned): ReplacementCondition | undefined {
  return proofOf(plan).flatMap(({ condition, isRequired }) =>
    condition.kind === 'replacementReady' && isRequired ? condition : [],
  )[0];
}

/** With the replacements of all pods of the turn: those of one owner are counted together. */
export function replaced(snapshot: Snapshot, turn: readonly Planned[]): Snapshot {
  const conditions = turn.flatMap((planned) => replacementOf(planned) ?? []);
  const byOwner = Map.groupBy(conditions, ({ owner, nodeName }) => `${owner.uid} ${nodeName}`);
  return [...byOwner.values()].reduce((seen, same) => {
    const pods = same.flatMap((condition) => condition.pods);
    return same[0] === undefined ? seen : withReplacements(seen, { ...same[0], pods });
  }, snapshot);
}

/** Right after the drain: its replacement takes room before it is ready. */
export function drained(before: Snapshot, planned: Planned): Snapshot {
  const snapshot = foresee(before, planned.plan);
  const { headroom } = snapshot;
  const replacement = replacementOf(planned);
  if (headroom.kind === 'notSeen' || planned.target === undefined || replacement === undefined) return snapshot;
  if (planned.plan.hasBegun && hasPlace(snapshot, replacement)) return snapshot;
  const value = withPlaced(planned.target, headroom.value, replacement.nodeName);
  return { ...snapshot, headroom: { kind: 'seen', value } };
}

/** Whether the replacement of a pod that was drained before is on a node already. The first drained pods count as the ones without. */
function hasPlace(snapshot: Snapshot, replacement: ReplacementCondition): boolean {
  const { owned, desired } = standIns(replacement, snapshot);
  const missing = desired - owned.filter(({ nodeName }) => nodeName !== undefined).length;
  const drained = snapshot.targets.filter(({ owner }) => owner === undefined);
  const index = drained.findIndex(({ uid }) => uid === replacement.pods[0]?.uid);
  return index >= missing;
}
