import { effectsOfStaying, effectsOnOthers } from '../../rotation/bystanders.ts';
import { expiryText } from '../../rotation/expiry.ts';
import { inRotation } from '../../rotation/membership.ts';
import { type Check, THE_POD, TRAFFIC_LAGS } from '../../rotation/plan.ts';
import { preemptionText, victimText } from '../../rotation/preemption.ts';
import { trackingEffects } from '../../rotation/pruners.ts';
import { isAdmitted, REPLACED } from '../../rotation/replacement.ts';
import { replacementOf, roomFor, roomText } from '../../rotation/room.ts';
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
  };
}

/** For the fingerprint: the number of nodes with room changes all the time, and so do the pods of a workload. */
export function lastingPlacement({ snapshot: { headroom }, pod, workload }: DrainView): Placement {
  const room = headroom.kind === 'seen' ? roomFor(replacementOf(pod, workload), headroom.value) : undefined;
  const workloads = (room?.preemptions ?? []).flatMap(({ victims }) =>
    victims.map((victim) => victim.workload ?? victim.name),
  );
  return { room: '', victims: [...new Set(workloads)].sort().join() };
}

function replacementText({ snapshot, pod, workload }: DrainView, { ref }: Workload, room: string): string {
  const { headroom, replacements } = snapshot;
  const answer = replacements?.[ref.uid];
  if (answer?.kind === 'refused') return `${nameOf(ref)} can't start a replacement for ${THE_POD} now.`;
  const asked =
    answer?.kind === 'notAsked' ? ` The API server was not asked if it accepts the replacement: ${answer.why}` : '';
  const seen = headroom.kind === 'seen' && !isAdmitted(snapshot, workload);
  const quotas = seen ? roomFor(replacementOf(pod, workload), headroom.value).quotas : [];
  return quotas.length > 0
    ? `${nameOf(ref)} can't start a replacement for ${THE_POD}: ResourceQuota ${list(quotas)} leaves too little.`
    : `${nameOf(ref)} starts a replacement for ${THE_POD}: ${room}.${asked}`;
}

function remainsText({ pod, workload }: DrainView): string {
  if (pod.nodeName === undefined)
    return `${THE_POD} stays pending. Once scheduled, it takes its CPU, memory, ports and volumes.`;
  // An unknown operator's controller may keep the pod.
  const alone =
    workload && !isBuiltIn(workload.ref)
      ? ''
      : ` It has no controller, so it blocks scale-down and kubectl drain of ${pod.nodeName}.`;
  return `${THE_POD} stays alive on ${pod.nodeName} and keeps its CPU, memory, ports and volumes.${alone}`;
}

export function effectsOf(view: DrainView, checks: readonly Check[], placement: Placement): readonly string[] {
  const { snapshot, operation, pod, workload, after } = view;
  const { bystanders, policy } = snapshot;
  const { request } = operation;
  const replaced = checks.some(({ code }) => REPLACED.includes(code));
  const time = duration(request.forSeconds ?? policy.drain.forSeconds);
  return compact(
    lastInRotation(view, replaced),
    snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid)
      ? `${THE_POD} leaves the endpoints of ${snapshot.service.name}. ${TRAFFIC_LAGS}`
      : `${THE_POD} is not in the endpoints of ${snapshot.service.name}, and stays out while it is drained.`,
    replaced && workload && replacementText(view, workload, placement.room),
    replaced &&
      placement.victims !== '' &&
      `To make room for it, the scheduler may end pods of lower priority: ${placement.victims}.`,
    ...(bystanders.kind === 'seen'
      ? [...effectsOfStaying(bystanders.value, pod, after), ...effectsOnOthers(bystanders.value, pod, after, workload)]
      : []),
    ...trackingEffects(pod.labels, after),
    livenessText(pod),
    remainsText(view),
    operation.hasTick
      ? `In ${time}, ${expiryText(policy.drain.then)}.`
      : `Nothing happens in ${time}, and no reminder comes: no tick of Pitlane is known to look after ${snapshot.service.name}. ${THE_POD} stays drained until it is restored or finished.`,
  );
}

export function livenessText({ detail }: TargetPod): string | undefined {
  const sidecars = detail.initContainers.filter(({ isSidecar }) => isSidecar);
  const probed = [...detail.containers, ...sidecars]
    .filter(({ hasLivenessProbe }) => hasLivenessProbe)
    .map(({ name }) => name);
  if (probed.length === 0) return undefined;
  return `Liveness probes still restart ${probed.length === 1 ? 'container' : 'containers'} ${list(probed)} of ${THE_POD}.`;
}

/** The service will be down until the replacement is ready, so a number alone is not enough. */
export function lastInRotation({ snapshot, pod }: View, isReplaced: boolean): string | undefined {
  const [only, ...others] = inRotation(snapshot);
  if (only?.uid !== pod.uid || others.length > 0) return undefined;
  return `${snapshot.service.name} will have NO pods in rotation${isReplaced ? ' until the replacement is ready' : ''}.`;
}
