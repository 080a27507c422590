import { DRY_RUN, FORCE, PODS } from '../../command/fields.ts';
import { withoutPods, withPod } from '../../rotation/foresee.ts';
import { readDrain } from '../../rotation/marks.ts';
import { isFinished, workloadOf } from '../../rotation/workload.ts';
import { planEach } from '../each-pod.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planRestore } from './plan.ts';
import { surplusOf } from './surplus.ts';

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
      settled(seen, _, pod) {
        const drain = readDrain(pod);
        const owner = drain.kind === 'record' ? drain.record.owner : undefined;
        if (owner === undefined) return seen;
        const { count, pods } = surplusOf(snapshot, pod, workloadOf(snapshot, owner));
        const owned = withPod(seen, pod.uid, (restored) => ({ ...restored, owner }));
        const gone = pods.slice(0, count).map(({ uid }) => uid);
        return withoutPods(
          owned,
          gone.filter((uid) => uid !== pod.uid),
        );
      },
    }),
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'drain',
};
