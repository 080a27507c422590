import { effectsOfStaying, effectsOnOthers } from '../../rotation/bystanders.ts';
import { type Effect, effect, type Facts } from '../../rotation/effect.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import { inRotation } from '../../rotation/membership.ts';
import { type Check, THE_POD, TRAFFIC_LAGS } from '../../rotation/plan.ts';
import { preemptionText, victimText } from '../../rotation/preemption.ts';
import { trackingEffects } from '../../rotation/pruners.ts';
import { creationObstacle, DOUBTFUL_REPLACEMENT, REPLACED } from '../../rotation/replacement.ts';
import { type Room, replacementOf, roomFor, roomText } from '../../rotation/room.ts';
import type { View } from '../../rotation/safety.ts';
import type { TargetPod } from '../../rotation/snapshot.ts';
import { isBuiltIn, nameOf, type Workload } from '../../rotation/workload.ts';
import { compact, duration, list } from '../../text/words.ts';
import type { DrainView } from './checks.ts';

/** Where the replacement comes. */
export interface Placement {
  /** `2 of 3 nodes have room`, or why that is unknown. */
  readonly room: string;
  /** Who may have to go for it. */
  readonly victims: string;
  /** Absent where it is unknown, and from the fingerprint. */
  readonly facts?: Facts;
}

export function placementOf({ snapshot, pod, workload }: DrainView): Placement {
  const { headroom, service } = snapshot;
  if (headroom.kind === 'notSeen') return { room: headroom.why.replace(/\.$/, ''), victims: '' };
  const wanted = replacementOf(pod, workload);
  const room = roomFor(wanted, headroom.value);
  // Anti-affinity among the replicas counts the drained pod too (interpodaffinity/filtering.go).
  const unknown = room.notChecked.length > 0 ? ` (not checked: ${list(room.notChecked)})` : '';
  return {
    room: `${roomText(room, wanted.onNode)}${unknown}`,
    victims: preemptionText(room.preemptions, (victim) => victimText(victim, service.namespace)),
    facts: factsOf(room),
  };
}

function factsOf({ fits, of, notChecked, preemptions }: Room): Facts {
  const names = (which: 'victims' | 'alike'): Facts[string] =>
    Object.fromEntries(preemptions.map((found) => [found.node, found[which].map(({ name }) => name)]));
  return { fits, nodes: of, notChecked, victims: names('victims'), alike: names('alike') };
}

/** For the fingerprint: the number of nodes with room changes all the time, and so do the pods of a workload. */
export function lastingPlacement({ snapshot: { headroom }, pod, workload }: DrainView): Placement {
  const room = headroom.kind === 'seen' ? roomFor(replacementOf(pod, workload), headroom.value) : undefined;
  const workloads = (room?.preemptions ?? []).flatMap(({ victims }) =>
    victims.map((victim) => victim.workload ?? victim.name),
  );
  return { room: '', victims: [...new Set(workloads)].sort().join() };
}

function replacementEffect(view: DrainView, { ref }: Workload, { room, facts = {} }: Placement): Effect {
  const { snapshot } = view;
  const obstacle = creationObstacle(view);
  const owner = nameOf(ref);
  if (obstacle !== undefined) {
    const text = `${owner} can't start a replacement for ${THE_POD} now${obstacle.why}.`;
    return effect('CannotStartReplacement', text, { owner, quotas: obstacle.quotas });
  }
  const answer = snapshot.replacements?.[ref.uid];
  const asked =
    answer?.kind === 'notAsked' ? ` The API server was not asked if it accepts the replacement: ${answer.why}` : '';
  const text = `${owner} starts a replacement for ${THE_POD}: ${room}.${asked}`;
  return effect('StartsReplacement', text, { ...facts, owner });
}

function remainsEffect({ pod, workload }: DrainView): Effect {
  if (pod.nodeName === undefined) {
    const text = `${THE_POD} stays pending. Once scheduled, it takes its CPU, memory, ports and volumes.`;
    return effect('StaysPending', text);
  }
  // An unknown operator's controller may keep the pod.
  const isAlone = !(workload && !isBuiltIn(workload.ref));
  const alone = isAlone ? ` It has no controller, so it blocks scale-down and kubectl drain of ${pod.nodeName}.` : '';
  const text = `${THE_POD} stays alive on ${pod.nodeName} and keeps its CPU, memory, ports and volumes.${alone}`;
  return effect('StaysAlive', text, { node: pod.nodeName, isAlone });
}

export function effectsOf(view: DrainView, checks: readonly Check[], placement: Placement): readonly Effect[] {
  const { snapshot, pod, workload, after } = view;
  const { bystanders } = snapshot;
  const isFound = (codes: readonly string[]): boolean => checks.some(({ code }) => codes.includes(code));
  const isReplaced = isFound(REPLACED);
  return compact(
    lastInRotation(view, isReplaced && !isFound([...DOUBTFUL_REPLACEMENT, 'ReplacementStaysOut'])),
    leavesEndpoints(view, 'drained'),
    isReplaced && workload && replacementEffect(view, workload, placement),
    isReplaced &&
      placement.victims !== '' &&
      creationObstacle(view) === undefined &&
      effect(
        'MayEndPods',
        `To make room for it, the scheduler may end pods of lower priority: ${placement.victims}.`,
        placement.facts,
      ),
    ...effectsOfStaying(bystanders, pod, after),
    ...effectsOnOthers(bystanders, pod, after, workload),
    ...trackingEffects(pod.labels, after),
    livenessEffect(pod),
    remainsEffect(view),
    endEffect(view),
  );
}

export function leavesEndpoints({ snapshot: { service, endpoints }, pod }: View, state: string): Effect {
  return endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid)
    ? effect('LeavesEndpoints', `${THE_POD} leaves the endpoints of ${service.name}. ${TRAFFIC_LAGS}`)
    : effect(
        'NotInEndpoints',
        `${THE_POD} is not in the endpoints of ${service.name}, and stays out while it is ${state}.`,
      );
}

function endEffect({ snapshot: { policy, service }, operation }: DrainView): Effect {
  const seconds = operation.request.forSeconds ?? policy.drain.forSeconds;
  const time = duration(seconds);
  const { then } = policy.drain;
  if (operation.hasTick) return effect('TimeEnds', `In ${time}, ${expiryText(then)}.`, { seconds, then });
  const text = `Nothing happens in ${time}, and no reminder comes: no tick of Pitlane is known to look after ${service.name}. ${THE_POD} stays drained until it is restored or finished.`;
  return effect('NothingAtEnd', text, { seconds });
}

export function livenessEffect({ detail }: TargetPod): Effect | undefined {
  const sidecars = detail.initContainers.filter(({ isSidecar }) => isSidecar);
  const containers = [...detail.containers, ...sidecars]
    .filter(({ hasLivenessProbe }) => hasLivenessProbe)
    .map(({ name }) => name);
  if (containers.length === 0) return undefined;
  const text = `Liveness probes still restart ${containers.length === 1 ? 'container' : 'containers'} ${list(containers)} of ${THE_POD}.`;
  return effect('LivenessRestarts', text, { containers });
}

/** The service will be down until the replacement is ready, so a number alone is not enough. */
export function lastInRotation({ snapshot, pod }: View, isReplaced: boolean): Effect | undefined {
  const [only, ...others] = inRotation(snapshot);
  if (only?.uid !== pod.uid || others.length > 0) return undefined;
  const until = isReplaced ? ' until the replacement is ready' : '';
  return effect('LeavesNone', `${snapshot.service.name} will have NO pods in rotation${until}.`, { isReplaced });
}

/** The tick's action when the time of a drained pod is up: `Pitlane reminds you to restore or finish rng-a`. */
export function expiryText(then: DrainRecord['then']): string {
  switch (then) {
    case 'remind':
      return `Pitlane reminds you to restore or finish ${THE_POD}`;
    case 'restore':
      return `Pitlane restores ${THE_POD} if it is ready and has not restarted, and reminds you otherwise`;
    case 'finish':
      return `Pitlane saves the evidence of ${THE_POD} and deletes it`;
  }
}
