import { DRY_RUN, FORCE, PODS } from '../../command/fields.ts';
import { withoutPods, withPod } from '../../rotation/foresee.ts';
import { proofOf } from '../../rotation/plan.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { isFinished, workloadOf } from '../../rotation/workload.ts';
import { type Planned, planEach } from '../each-pod.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planRestore } from './plan.ts';
import { surplusOf } from './surplus.ts';

/** With the pod owned again, and without the pods that are too many then. */
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

/** Back into the state that the pod was in before the drain. */
export const restore: OperationSpec = {
  name: 'restore',
  fields: [PODS, DRY_RUN, FORCE],
  aliases: ['uncordon', 'undrain'],
  help: {
    summary: 'Put drained pods back into rotation.',
    description:
      'Puts the labels back as they were, so that the service lists the pod again and its controller takes it back and ' +
      'removes the pod that is then one too many; which one, it says before. Refused where the pod would not survive. ' +
      'Several pods go back one after the other.',
    examples: [
      ['Put a pod back', 'restore b85tm'],
      ['See which pod would go', 'restore b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: [...FOLLOW, ...PATCH_PODS, ...RECORD],
  words: { ask: 'Restore', doing: 'Restoring', done: 'Restored', event: 'Restored', was: 'was restored' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'drained' && !isFinished(pod),
    none: (service) => `No pod of ${service} is drained, so there is none to restore.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true, headroom: false },
  plan: (snapshot, operation) =>
    planEach(snapshot, operation, {
      plan: planRestore,
      // Which pod is one too many is known for one restored pod at a time.
      sideBySide: 1,
      settle: (seen, turn) => turn.reduce(adopted, seen),
    }),
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'drain',
};
