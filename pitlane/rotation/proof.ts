import { count, list, time } from '../text/words.ts';
import { DRAIN, DRAINED_FROM, extensionsOf, readDrain } from './marks.ts';
import { isSelected, readyUids } from './membership.ts';
import type { Condition, Milestone, Progress } from './plan.ts';
import type { Pod, PodRef, Snapshot } from './snapshot.ts';
import { nameOf, ownedPods } from './workload.ts';

/** Each milestone as the snapshot shows it, in order. */
export function progressOf(proof: readonly Milestone[], snapshot: Snapshot): readonly Progress[] {
  return proof.map((milestone) => ({ milestone, ...look(milestone.condition, snapshot) }));
}

/** What to tell of a milestone that is met: its title, and for a replacement which pod it is. */
export function saysMet({ milestone, seen }: Progress): string {
  return milestone.condition.kind === 'replacementCreated' ? `${milestone.title}: ${seen}` : milestone.title;
}

type Look = Omit<Progress, 'milestone'>;

function look(condition: Condition, snapshot: Snapshot): Look {
  switch (condition.kind) {
    case 'unlisted': {
      const listed = snapshot.endpoints.filter(({ pod }) => pod?.uid === condition.pod.uid).length;
      return listed === 0
        ? met(`${condition.pod.name} is in no EndpointSlice`)
        : waiting(`${condition.pod.name} still stands in ${count(listed, 'EndpointSlice')}`);
    }
    case 'released': {
      const pod = find(snapshot, condition.pod);
      // It was to stay alive, to be looked at.
      if (!pod) return lost(condition.pod);
      return pod.owner ? waiting(`${nameOf(pod.owner)} still owns ${pod.name}`) : met(`${pod.name} has no controller`);
    }
    case 'replacementCreated':
    case 'replacementReady':
      return lookAtReplacement(condition, snapshot);
    case 'inRotation': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return lost(condition.pod);
      const isListed = readyUids(snapshot.endpoints).has(pod.uid);
      return isListed && isSelected(snapshot.service, pod.labels)
        ? met(`${pod.name} is a ready endpoint`)
        : waiting(`${pod.name} is no ready endpoint yet`);
    }
    case 'adopted': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return lost(condition.pod);
      return pod.owner?.uid === condition.owner.uid
        ? met(`${nameOf(condition.owner)} owns ${pod.name}`)
        : waiting(pod.owner ? `${nameOf(pod.owner)} owns ${pod.name}` : `nothing owns ${pod.name} yet`);
    }
    case 'surplusGone': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return lost(condition.pod);
      // Before it is taken back there is no surplus: that the numbers fit says nothing yet.
      if (pod.owner?.uid !== condition.owner.uid)
        return waiting(`${nameOf(condition.owner)} has not taken ${pod.name} back yet`);
      const owned = ownedPods(snapshot, condition.owner, condition.nodeName).length;
      const desired = desiredOf(condition, snapshot);
      const text = `${nameOf(condition.owner)} has ${owned} of ${count(desired, 'pod')}`;
      return owned <= desired ? met(text) : waiting(text);
    }
    case 'unmarked': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return lost(condition.pod);
      const isMarked = pod.annotations[DRAIN] !== undefined || pod.labels[DRAINED_FROM] !== undefined;
      return isMarked ? waiting(`${pod.name} still carries pitlane's marks`) : met(`${pod.name} carries no marks`);
    }
    case 'extended': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return lost(condition.pod);
      const drain = readDrain(pod);
      const record = drain.kind === 'record' ? drain.record : undefined;
      return record !== undefined && extensionsOf(record).includes(condition.id) && record.until !== undefined
        ? met(`${pod.name} stays drained until ${time(record.until)}`)
        : waiting(`the record on ${pod.name} does not have the new time yet`);
    }
    case 'gone': {
      const pod = find(snapshot, condition.pod);
      if (!pod) return met(`${condition.pod.name} is gone`);
      return pod.deletedAt === undefined
        ? waiting(`${pod.name} is still there`)
        : waiting(`${pod.name} is being deleted, to be gone by ${time(pod.deletedAt)}`);
    }
  }
}

export type ReplacementCondition = Extract<Condition, { kind: 'replacementCreated' | 'replacementReady' }>;

/** What the owner has without the replaced pods, the youngest first: those are the replacements, once it has enough. */
export function standIns(
  condition: ReplacementCondition,
  snapshot: Snapshot,
): { readonly owned: readonly Pod[]; readonly desired: number } {
  const replaced = new Set(condition.pods.map(({ uid }) => uid));
  const ready = readyUids(snapshot.endpoints);
  // Creation times are whole seconds: in the youngest second, the replacement is the pod that is not ready yet.
  const isReady = ({ uid }: Pod): number => Number(ready.has(uid));
  return {
    owned: ownedPods(snapshot, condition.owner, condition.nodeName)
      .filter(({ uid }) => !replaced.has(uid))
      .sort((a, b) => b.createdAt - a.createdAt || isReady(a) - isReady(b) || (a.name < b.name ? -1 : 1)),
    desired: desiredOf(condition, snapshot),
  };
}

function lookAtReplacement(condition: ReplacementCondition, snapshot: Snapshot): Look {
  const { owned, desired } = standIns(condition, snapshot);
  if (owned.length < desired)
    return waiting(`${nameOf(condition.owner)} has ${owned.length} of ${count(desired, 'pod')}`);
  const ready = readyUids(snapshot.endpoints);
  const youngest = owned.slice(0, condition.pods.length);
  if (youngest.length === 0) return met(`${nameOf(condition.owner)} wants no pod`);
  const place = ({ name, nodeName }: Pod) =>
    `${name}, ${nodeName === undefined ? 'not scheduled yet' : `on ${nodeName}`}`;
  if (condition.kind === 'replacementCreated') return met(youngest.map(place).join('; '));
  const late = youngest.filter(({ uid }) => !ready.has(uid));
  if (late.length > 0) return waiting(late.map((pod) => `${place(pod)}: ${pod.status}`).join('; '));
  const [only, ...others] = youngest.map(({ name }) => name);
  return met(
    others.length === 0 ? `${only} is a ready endpoint` : `${list([only ?? '', ...others])} are ready endpoints`,
  );
}

/** What the owner wants now: of all nodes, or of the one node. */
function desiredOf(condition: { readonly owner: PodRef; readonly nodeName?: string }, snapshot: Snapshot): number {
  const owner = snapshot.controllers.find(({ uid }) => uid === condition.owner.uid);
  return condition.nodeName === undefined ? (owner?.desired ?? 0) : 1;
}

function find(snapshot: Snapshot, ref: PodRef): Pod | undefined {
  return snapshot.pods.find(({ uid }) => uid === ref.uid);
}

function met(seen: string): Look {
  return { isMet: true, isLost: false, seen };
}

function waiting(seen: string): Look {
  return { isMet: false, isLost: false, seen };
}

function lost(ref: PodRef): Look {
  return { isMet: false, isLost: true, seen: `${ref.name} is gone` };
}
