import { count, list, pairs, time } from '../text/words.ts';
import { FOLLOWED_SECONDS, secondsSince } from './data-planes.ts';
import { lookAtGate } from './gate-proof.ts';
import {
  canaryRecordOn,
  DRAIN,
  DRAINED_FROM,
  disabledRecordOn,
  drainRecordOn,
  extensionsOf,
  stoppingRecordOn,
} from './marks.ts';
import { isPodReady, isSelected, labelsPutBack, readyUids } from './membership.ts';
import {
  type Condition,
  type GateCondition,
  type Look,
  looked,
  type Milestone,
  type Progress,
  type SpreadCondition,
  type SwitchCondition,
} from './plan.ts';
import { slicesWith, sliceText } from './slices.ts';
import type { ObjectRef, Pod, PodRef, Snapshot } from './snapshot.ts';
import { isAboutSpread, lookAtSpread } from './spread.ts';
import { isAboutSwitch, lookAtSwitch } from './switch.ts';
import { isTerminating, terminatingText } from './terminating.ts';
import { isActive, nameOf, ownedPods } from './workload.ts';

/** Each milestone as the snapshot shows it, in order. */
export function progressOf(proof: readonly Milestone[], snapshot: Snapshot): readonly Progress[] {
  return proof.map((milestone) => ({ milestone, ...look(milestone.condition, snapshot) }));
}

/** Their titles do not say what was seen. */
const WITH_DETAILS: readonly Condition['kind'][] = ['replacementCreated', 'unchanged'];

/** The title of a milestone that is met, with the name of a created replacement. */
export function saysMet({ milestone, seen }: Progress): string {
  return WITH_DETAILS.includes(milestone.condition.kind) ? `${milestone.title}: ${seen}` : milestone.title;
}

function look(condition: Condition, snapshot: Snapshot): Look {
  if ('pods' in condition) return lookAtReplacement(condition, snapshot);
  if (isAboutSwitch(condition)) return lookAtSwitch(condition, snapshot);
  if (isAboutSpread(condition)) return lookAtSpread(condition, snapshot);
  if (!('pod' in condition)) return lookAtGate(condition, snapshot);
  if (condition.kind === 'canaryReady') return lookAtCanary(condition, snapshot);
  const pod = snapshot.pods.find(({ uid }) => uid === condition.pod.uid);
  if (condition.kind === 'unlisted') {
    const listing = slicesWith(snapshot, condition.pod);
    const back =
      pod === undefined || condition.id === undefined ? [] : pairs(labelsPutBack(snapshot, pod, condition.id));
    if (back.length > 0) return lost(`${list(back)} is on ${condition.pod.name} again`, 'LabelPutBack');
    return listing.length === 0
      ? met(`${condition.pod.name} is in no EndpointSlice`)
      : waiting(`${condition.pod.name} is still in ${list(listing.map(sliceText))}`);
  }
  if (pod === undefined) {
    const seen = `${condition.pod.name} is gone`;
    return condition.kind === 'gone' || condition.kind === 'outLongEnough' ? met(seen) : lost(seen);
  }
  return lookAtPod(condition, pod, snapshot);
}

function lookAtPod(
  condition: Exclude<
    Condition,
    ReplacementCondition | GateCondition | SwitchCondition | SpreadCondition | { kind: 'unlisted' | 'canaryReady' }
  >,
  pod: Pod,
  snapshot: Snapshot,
): Look {
  switch (condition.kind) {
    case 'released': {
      const { owner } = pod;
      if (owner === undefined) return met(`${pod.name} has no controller`);
      const former = drainRecordOn(pod)?.owner;
      return former === undefined || former.uid === owner.uid
        ? waiting(`${nameOf(owner)} still owns ${pod.name}`)
        : lost(`${nameOf(owner)} has adopted ${pod.name}`, 'AdoptedByAnother');
    }
    case 'inRotation':
      return readyUids(snapshot.endpoints).has(pod.uid) && isSelected(snapshot.service, pod.labels)
        ? met(`${pod.name} is a ready endpoint`)
        : waiting(`${pod.name} is not a ready endpoint yet`);
    case 'selected':
      return isSelected(snapshot.service, pod.labels)
        ? met(`${snapshot.service.name} selects ${pod.name}`)
        : waiting(`${snapshot.service.name} does not select ${pod.name} yet`);
    case 'adopted':
      return pod.owner?.uid === condition.owner.uid
        ? met(`${nameOf(condition.owner)} owns ${pod.name}`)
        : notAdopted(condition.owner, pod, snapshot);
    case 'surplusGone': {
      // Before the adoption there is no surplus to count.
      if (pod.owner?.uid !== condition.owner.uid) return notAdopted(condition.owner, pod, snapshot);
      const owned = ownedPods(snapshot, condition.owner, condition.nodeName).length;
      const desired = desiredOf(condition, snapshot);
      const text = numbersText(condition.owner, owned, desired);
      return owned <= desired ? met(text) : waiting(text);
    }
    case 'unmarked': {
      const isMarked = pod.annotations[DRAIN] !== undefined || pod.labels[DRAINED_FROM] !== undefined;
      return isMarked ? waiting(`${pod.name} still has Pitlane's marks`) : met(`${pod.name} has no marks`);
    }
    case 'extended': {
      const drained = drainRecordOn(pod);
      const record = drained ?? disabledRecordOn(pod);
      return record?.until !== undefined && extensionsOf(record).includes(condition.id)
        ? met(`${pod.name} stays ${drained === undefined ? 'disabled' : 'drained'} until ${time(record.until)}`)
        : waiting(`${pod.name} does not have the new time yet`);
    }
    case 'outLongEnough': {
      const held = secondsSince(stoppingRecordOn(pod)?.outSince, snapshot.at) ?? 0;
      const shown = Math.min(FOLLOWED_SECONDS, Math.floor(held));
      const seen = `${pod.name} has been out of the endpoints for ${shown} of ${FOLLOWED_SECONDS} s`;
      return held >= FOLLOWED_SECONDS ? met(seen) : waiting(seen);
    }
    case 'debuggable': {
      const found = pod.detail?.debugContainers?.find(({ name }) => name === condition.container);
      if (found === undefined) return waiting(`${pod.name} has no container ${condition.container} yet`);
      if (found.hasEnded) return lost(`${found.name} has ended: ${found.state}`);
      return found.state === 'running' ? met(`${found.name} runs`) : waiting(`${found.name}: ${found.state}`);
    }
    case 'gone':
      return waiting(
        isTerminating(pod) ? `${pod.name} is ${terminatingText(pod, snapshot.at)}` : `${pod.name} still exists`,
      );
  }
}

function lookAtCanary(
  { pod: { name }, id, isOut }: Extract<Condition, { kind: 'canaryReady' }>,
  snapshot: Snapshot,
): Look {
  const pod = snapshot.pods.find((each) => each.name === name && canaryRecordOn(each)?.id === id);
  if (pod === undefined) return waiting(`${name} does not exist yet`);
  if (pod.owner !== undefined) return lost(`${nameOf(pod.owner)} has adopted ${name}`);
  if (!isActive(pod)) return lost(`${name} has ended (${pod.status})`);
  const ready = readyUids(snapshot.endpoints);
  const isIn = isSelected(snapshot.service, pod.labels);
  if (!isPodReady(pod, ready)) return waiting(`${name} is not ready: ${pod.detail?.obstacle ?? pod.status}`);
  if (isOut && (isIn || ready.has(pod.uid))) return waiting(`${name} is in the endpoints`);
  if (!isOut && !(isIn && ready.has(pod.uid))) return waiting(`${name} is ready, but not an endpoint yet`);
  return met(isOut ? `${name} is ready, outside of rotation` : `${name} is a ready endpoint`);
}

export type ReplacementCondition = Extract<Condition, { kind: 'replacementCreated' | 'replacementReady' }>;

/** The owner's pods without the replaced ones, the youngest first. Once there are enough, the first ones are the replacements. */
export function replacementPods(
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
  const { owned, desired } = replacementPods(condition, snapshot);
  if (owned.length < desired)
    return isGone(condition.owner, snapshot)
      ? lost(`${nameOf(condition.owner)} was deleted, so it creates no more pods`, 'OwnerGone')
      : waiting(`${numbersText(condition.owner, owned.length, desired)}${whyNone(condition, snapshot)}`);
  const ready = readyUids(snapshot.endpoints);
  const youngest = owned.slice(0, condition.pods.length);
  if (youngest.length === 0) return met(`${nameOf(condition.owner)} wants no pods`);
  const place = ({ name, nodeName }: Pod) =>
    `${name}, ${nodeName === undefined ? 'not scheduled yet' : `on ${nodeName}`}`;
  if (condition.kind === 'replacementCreated') return met(youngest.map(place).join('; '));
  const late = youngest.filter(({ uid }) => !ready.has(uid));
  if (late.length > 0)
    return waiting(late.map((pod) => `${place(pod)}: ${pod.status}${troubleText(pod, snapshot)}`).join('; '));
  const names = list(youngest.map(({ name }) => name));
  return met(youngest.length === 1 ? `${names} is a ready endpoint` : `${names} are ready endpoints`);
}

/** Said once: the replacement can't be ready for the same reason. */
function whyNone({ kind, owner }: ReplacementCondition, snapshot: Snapshot): string {
  return kind === 'replacementCreated' ? troubleText(owner, snapshot) : '';
}

/** The words of Kubernetes, where it has said why. */
function troubleText({ uid }: PodRef, { troubles }: Snapshot): string {
  const trouble = troubles?.[uid];
  return trouble === undefined ? '' : `. Kubernetes says: ${trouble}`;
}

function ownerText({ owner, name }: Pod): string {
  return owner ? `${nameOf(owner)} owns ${name}` : `${name} has no controller yet`;
}

function notAdopted(owner: ObjectRef, pod: Pod, snapshot: Snapshot): Look {
  if (pod.owner !== undefined) return lost(`${nameOf(pod.owner)} has adopted ${pod.name}`, 'AdoptedByAnother');
  if (isGone(owner, snapshot)) return lost(`${nameOf(owner)} was deleted, so it adopts no pod`, 'OwnerGone');
  return waiting(ownerText(pod));
}

/** It was there before: a kind that Pitlane does not know is not observed. */
function isGone(owner: ObjectRef, { controllers }: Snapshot): boolean {
  return controllers.some(({ uid, deletedAt }) => uid === owner.uid && deletedAt !== undefined);
}

function numbersText(owner: ObjectRef, has: number, wants: number): string {
  return `${nameOf(owner)} has ${count(has, 'pod')}, wants ${wants}`;
}

/** The number of pods that the owner wants now, on all nodes or on the given one. */
function desiredOf(condition: { readonly owner: PodRef; readonly nodeName?: string }, snapshot: Snapshot): number {
  const owner = snapshot.controllers.find(({ uid }) => uid === condition.owner.uid);
  return condition.nodeName === undefined ? (owner?.desired ?? 0) : 1;
}

function met(seen: string): Look {
  return looked(true, seen);
}

function waiting(seen: string): Look {
  return looked(false, seen);
}

function lost(seen: string, because?: Progress['because']): Look {
  return { isMet: false, isLost: true, seen, ...(because && { because }) };
}
