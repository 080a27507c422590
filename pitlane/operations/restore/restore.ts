import { dryRunField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { withoutPods, withPod } from '../../rotation/foresee.ts';
import { proofOf } from '../../rotation/plan.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { isFinished, workloadOf } from '../../rotation/workload.ts';
import { planEach } from '../each-pod.ts';
import type { Planned } from '../merge-plans.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planRestore } from './plan.ts';
import { surplusOf } from './surplus.ts';

/** The snapshot once the pod is adopted and the surplus is gone. */
function adopted(seen: Snapshot, { pod, plan }: Planned): Snapshot {
  const adoption = proofOf(plan).find(({ condition }) => condition.kind === 'adopted')?.condition;
  const restored = seen.pods.find(({ uid }) => uid === pod.uid);
  if (adoption?.kind !== 'adopted' || restored === undefined) return seen;
  const { owner } = adoption;
  const { count, pods } = surplusOf(seen, restored, workloadOf(seen, owner));
  const gone = pods.slice(0, count).map(({ uid }) => uid);
  return withoutPods(
    withPod(seen, pod.uid, (released) => ({ ...released, owner })),
    gone.filter((uid) => uid !== pod.uid),
  );
}

/** Puts drained pods back into the state before the drain. */
export const restore: OperationSpec = {
  name: 'restore',
  fields: [podsField, dryRunField, forceField],
  aliases: ['uncordon', 'undrain'],
  help: {
    summary: 'Put drained pods back into rotation.',
    description:
      'Puts the labels back, so that the pod returns to the endpoints. Its controller adopts it and deletes a surplus pod; ' +
      'the plan names that pod. Refuses where the restored pod would be deleted. Several pods are restored one after the ' +
      'other.',
    examples: [
      ['Restore a pod', 'restore b85tm'],
      ['Show which pod would be deleted', 'restore b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: [...FOLLOW, ...PATCH_PODS, ...RECORD],
  words: { ask: 'Restore', doing: 'Restoring', done: 'Restored', event: 'Restored', was: 'was restored' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'drained' && !isFinished(pod),
    none: (service) => `${service} has no drained pod to restore.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true, headroom: false },
  plan: (snapshot, operation) =>
    planEach(snapshot, operation, {
      plan: planRestore,
      // The surplus pod is only known for one restored pod at a time.
      sideBySide: 1,
      settle: (seen, turn) => turn.reduce(adopted, seen),
    }),
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'drain',
};
