import { foresee, withReplacements } from '../../rotation/foresee.ts';
import { proofOf } from '../../rotation/plan.ts';
import { type ReplacementCondition, replacementPods } from '../../rotation/proof.ts';
import { replacementOf, reserveRoom } from '../../rotation/room.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { workloadOf } from '../../rotation/workload.ts';
import type { Planned } from '../merge-plans.ts';

/** The replacement, where it is sure to come into rotation. */
function promisedReplacement({ plan }: Planned): ReplacementCondition | undefined {
  return proofOf(plan).flatMap(({ condition, isRequired }) =>
    condition.kind === 'replacementReady' && isRequired ? condition : [],
  )[0];
}

/** The snapshot with the replacements of the whole turn. Those of one owner are counted together. */
export function afterReplacement(snapshot: Snapshot, turn: readonly Planned[]): Snapshot {
  const conditions = turn.flatMap((planned) => promisedReplacement(planned) ?? []);
  const byOwner = Map.groupBy(conditions, ({ owner, nodeName }) => `${owner.uid} ${nodeName}`);
  return [...byOwner.values()].reduce((seen, same) => {
    const pods = same.flatMap((condition) => condition.pods);
    return same[0] === undefined ? seen : withReplacements(seen, { ...same[0], pods });
  }, snapshot);
}

/** The snapshot right after the drain, where the replacement has taken its room. */
export function afterDrain(before: Snapshot, planned: Planned): Snapshot {
  const snapshot = foresee(before, planned.plan);
  const replacement = promisedReplacement(planned);
  return replacement === undefined ? snapshot : withRoomTaken(answerTaken(snapshot, replacement), planned, replacement);
}

/** The API server was asked for one pod of the owner. */
function answerTaken(snapshot: Snapshot, { owner }: ReplacementCondition): Snapshot {
  const answer = snapshot.replacements?.[owner.uid];
  if (answer?.kind !== 'accepted') return snapshot;
  return { ...snapshot, replacements: { ...snapshot.replacements, [owner.uid]: { ...answer, isTaken: true } } };
}

function withRoomTaken(snapshot: Snapshot, planned: Planned, replacement: ReplacementCondition): Snapshot {
  const { headroom } = snapshot;
  if (headroom.kind === 'notSeen' || planned.target === undefined) return snapshot;
  if (planned.plan.hasBegun && hasPlace(snapshot, replacement)) return snapshot;
  const wanted = replacementOf(planned.target, workloadOf(snapshot, replacement.owner));
  const value = reserveRoom(wanted, headroom.value);
  return { ...snapshot, headroom: { kind: 'seen', value } };
}

/** The replacement of a pod that was drained before is on a node already. The first drained pods count as those without one. */
function hasPlace(snapshot: Snapshot, replacement: ReplacementCondition): boolean {
  const { owned, desired } = replacementPods(replacement, snapshot);
  const missing = desired - owned.filter(({ nodeName }) => nodeName !== undefined).length;
  const drained = snapshot.targets.filter(({ owner }) => owner === undefined);
  const index = drained.findIndex(({ uid }) => uid === replacement.pods[0]?.uid);
  return index >= missing;
}
