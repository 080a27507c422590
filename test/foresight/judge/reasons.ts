import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import {
  annotationsOf,
  find,
  hasEnded,
  inRotation,
  isActive,
  isLeaving,
  isReady,
  labelsOf,
  nameOf,
  ownerOf,
  serviceSelects,
  uidOf,
} from '../scene.ts';
import { checksOf, hasCode } from './checks.ts';
import { type Fact, fact } from './fact.ts';
import { isEveryWayPutBack } from './put-back.ts';
import { quotasWithoutRoom } from './room.ts';

/** The reasons of a refusal, against what the cluster shows. */
export function factsOnReasons(story: Story): Fact[] {
  const { before, pod } = story;
  const name = nameOf(pod);
  const says = (code: string, isTrue: boolean): Fact =>
    fact('refusals', `${code} of ${name}`, isTrue ? `${code} of ${name}` : `not so: ${code} of ${name}`);
  const selector = before.objects.services.find((object) => nameOf(object) === SERVICE);
  const refusals = checksOf(story).filter(({ level }) => level === 'refusal' || level === 'overridden');
  return refusals.flatMap(({ code, facts = {} }): Fact[] => {
    switch (code) {
      case 'Terminating':
        return [says(code, isLeaving(pod))];
      case 'Finished':
        return [says(code, hasEnded(pod))];
      case 'AlreadyDrained':
        return [says(code, labelsOf(pod)['pitlane.dev/drained-from'] === SERVICE)];
      case 'NotAMember':
        return [says(code, selector !== undefined && !serviceSelects(selector, labelsOf(pod)))];
      case 'ServiceSelectsNothing':
        return [says(code, selector?.spec.selector === undefined)];
      case 'ChangedByCluster':
        return [says(code, isEveryWayPutBack(story) && `${facts.keys}` === story.putsBack?.key)];
      case 'LastOnItsNode': {
        const others = inRotation(before, SERVICE).filter(({ spec }) => spec.nodeName === pod.spec.nodeName);
        return [says(code, others.length === 1 && facts.node === pod.spec.nodeName)];
      }
      case 'TooManyDrained':
        return [fact('refusals', `${facts.drained}`, drainedPods(story).toSorted().join())];
      default:
        return [];
    }
  });
}

function drainedPods({ before }: Story): readonly string[] {
  return before.objects.pods
    .filter((pod) => labelsOf(pod)['pitlane.dev/drained-from'] === SERVICE && isActive(pod))
    .map(nameOf);
}

/** Nothing is deleted yet: a StatefulSet waits for its other pods, a DaemonSet for maxUnavailable, and any owner for its quota. */
function isHeldUp(story: Story): boolean {
  const { before, pod } = story;
  const record = JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}') as {
    owner?: { kind: string; name: string; uid: string };
  };
  const { kind, name, uid } = record.owner ?? {};
  // It may have been made anew, with another uid.
  const isOwners = (other: KubeObject): boolean => {
    const owner = ownerOf(other);
    return owner !== undefined && owner.kind === kind && owner.name === name;
  };
  if (quotasWithoutRoom(before, pod).length > 0) return true;
  if (kind === 'DaemonSet') return before.objects.pods.some((other) => isOwners(other) && !isReady(other));
  const isDrainedToo = (text = '{}'): boolean => (JSON.parse(text) as typeof record).owner?.uid === uid;
  const isUnhealthy = (other: KubeObject): boolean => isOwners(other) && (!isReady(other) || isLeaving(other));
  // It waits for a pod of its number to be ready before it looks at revisions (stateful_set_control.go, processReplica).
  if (kind === 'StatefulSet' && hasCode(story, 'OldRevision') && !isReady(pod)) return true;
  // Of its unhealthy pods only the first may go (stateful_set_control.go, processCondemned).
  return (
    kind === 'StatefulSet' &&
    before.objects.pods.some(
      (other) =>
        uidOf(other) !== uidOf(pod) &&
        (isDrainedToo(annotationsOf(other)['pitlane.dev/drain']) ||
          (isOwners(other) && isLeaving(other)) ||
          (!isReady(pod) && isUnhealthy(other))),
    )
  );
}

/** What actual when the restore that Pitlane refused was done by hand. */
export function factsByHand(story: Story): Fact[] {
  const { before, byHand, pod } = story;
  if (byHand === undefined || hasCode(story, 'AdoptedElsewhere', 'RolloutUnderWay')) return [];
  const name = nameOf(pod);
  const later = find(byHand, 'pods', uidOf(pod));
  const isDead = later === undefined || isLeaving(later);
  const dies = fact('refusals', `${name} dies`, isDead ? `${name} dies` : `${name} stays`);
  const owner = later && ownerOf(later);
  const refusals = checksOf(story).filter(({ level }) => level === 'refusal');
  const isRefusedFor = (...codes: readonly string[]): boolean => refusals.some(({ code }) => codes.includes(code));
  if (refusals.some(({ facts }) => facts?.isUndecided === true)) return [];
  if (refusals.some(({ facts }) => facts?.isHeldUp === true))
    return [fact('refusals', `${name} stays for now`, isDead ? `${name} dies` : `${name} stays for now`)];
  if (isRefusedFor('OwnerScaledDown', 'OldRevision', 'WouldBeDeleted')) return isHeldUp(story) ? [] : [dies];
  if (isRefusedFor('NotReady')) {
    const isReadyOneGone = before.objects.pods.some((other) => {
      const then = find(byHand, 'pods', uidOf(other));
      return isReady(other) && isActive(other) && (then === undefined || isLeaving(then));
    });
    return [
      fact(
        'refusals',
        `${name} dies or a ready pod does`,
        isDead || isReadyOneGone ? `${name} dies or a ready pod does` : 'no pod dies',
      ),
    ];
  }
  if (isRefusedFor('OwnerGone', 'OwnerInactive', 'OwnerSelectsOthers', 'OwnerBeingDeleted'))
    return [
      fact(
        'refusals',
        `nothing takes ${name} back`,
        owner === undefined ? `nothing takes ${name} back` : `${owner.kind} ${owner.name} does`,
      ),
    ];
  return [];
}
