import { effectsOfStaying, effectsOnOthers } from '../../rotation/bystanders.ts';
import { expiryText } from '../../rotation/expiry.ts';
import { inRotation } from '../../rotation/membership.ts';
import { type Check, THE_POD, TRAFFIC_LAGS } from '../../rotation/plan.ts';
import { isAdmitted, replacementNode } from '../../rotation/replacement.ts';
import { roomFor, roomText } from '../../rotation/room.ts';
import type { View } from '../../rotation/safety.ts';
import type { TargetPod } from '../../rotation/snapshot.ts';
import { isBuiltIn, nameOf, type Workload } from '../../rotation/workload.ts';
import { compact, duration, list } from '../../text/words.ts';
import type { DrainView } from './checks.ts';

/** `2 of 3 nodes have room`, or why that is unknown. */
export function placementText({ snapshot: { headroom }, pod, workload }: DrainView): string {
  const onNode = replacementNode(pod, workload);
  const room = headroom.kind === 'seen' ? roomText(roomFor(pod, headroom.value, onNode), onNode) : headroom.why;
  // Anti-affinity among the replicas counts the drained pod too (interpodaffinity/filtering.go).
  // The affinity of a DaemonSet's pod only names its node.
  const isUnchecked = pod.detail.hasPlacementRules && onNode === undefined;
  return `${room.replace(/\.$/, '')}${isUnchecked ? ' (its affinity and spread rules are not checked)' : ''}`;
}

function replacementText({ snapshot, pod, workload: ours }: DrainView, { ref }: Workload, room: string): string {
  const { headroom, replacements } = snapshot;
  const answer = replacements?.[ref.uid];
  if (answer?.kind === 'refused') return `${nameOf(ref)} can't start a replacement for ${THE_POD} now.`;
  const asked =
    answer?.kind === 'notAsked' ? ` The API server was not asked if it accepts the replacement: ${answer.why}` : '';
  const seen = headroom.kind === 'seen' && !isAdmitted(snapshot, ours);
  const quotas = seen ? roomFor(pod, headroom.value, replacementNode(pod, ours)).quotas : [];
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

/** `room`: empty for the fingerprint. */
export function effectsOf(view: DrainView, checks: readonly Check[], room: string): readonly string[] {
  const { snapshot, operation, pod, workload, after } = view;
  const { bystanders, policy } = snapshot;
  const { request } = operation;
  const replaced = checks.some(({ code }) => code === 'OwnerReplacesIt');
  const time = duration(request.forSeconds ?? policy.drain.forSeconds);
  return compact(
    lastInRotation(view, replaced),
    snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid)
      ? `${THE_POD} leaves the endpoints of ${snapshot.service.name}. ${TRAFFIC_LAGS}`
      : `${THE_POD} is not in the endpoints of ${snapshot.service.name}, and stays out while it is drained.`,
    replaced && workload && replacementText(view, workload, room),
    ...(bystanders.kind === 'seen'
      ? [...effectsOfStaying(bystanders.value, pod, after), ...effectsOnOthers(bystanders.value, pod, after, workload)]
      : []),
    livenessText(pod),
    remainsText(view),
    operation.hasTick ? `In ${time}, ${expiryText(policy.drain.then)}.` : `${THE_POD} is drained for ${time}.`,
  );
}

export function livenessText({ detail }: TargetPod): string | undefined {
  const probed = detail.containers.filter(({ hasLivenessProbe }) => hasLivenessProbe).map(({ name }) => name);
  if (probed.length === 0) return undefined;
  return `Liveness probes still restart ${probed.length === 1 ? 'container' : 'containers'} ${list(probed)} of ${THE_POD}.`;
}

/** The service will be down until the replacement is ready, so a number alone is not enough. */
export function lastInRotation({ snapshot, pod }: View, isReplaced: boolean): string | undefined {
  const [only, ...others] = inRotation(snapshot);
  if (only?.uid !== pod.uid || others.length > 0) return undefined;
  return `${snapshot.service.name} will have NO pods in rotation${isReplaced ? ' until the replacement is ready' : ''}.`;
}
