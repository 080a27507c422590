import { gateOf } from '../../rotation/gate-record.ts';
import { CANARY } from '../../rotation/marks.ts';
import { inRotation, isSelected, memberLabels } from '../../rotation/membership.ts';
import type { Wanted } from '../../rotation/node-fit.ts';
import { preemptionText, victimText } from '../../rotation/preemption.ts';
import { reserveRoom, roomFor, roomText } from '../../rotation/room.ts';
import { type Checker, refusal, type View, warning } from '../../rotation/safety.ts';
import { ifSeen, type Labels, type TargetPod } from '../../rotation/snapshot.ts';
import { isActive, nameOf } from '../../rotation/workload.ts';
import { count, list, percent } from '../../text/words.ts';
import type { CanaryRequest } from './canary.ts';
import type { CanaryLabels } from './labels.ts';
import type { Templated } from './workload.ts';

export interface CanaryView extends Pick<View, 'snapshot' | 'operation'> {
  readonly request: CanaryRequest;
  readonly workload: Templated;
  readonly labels: CanaryLabels;
  /** A pod of the workload; absent: none is running. */
  readonly model: TargetPod | undefined;
}

const checkGateOfOut: Checker<CanaryView> = ({ snapshot: { service, policy }, request }) => {
  if (!request.out) return undefined;
  const stay = "so a canary can't stay outside.";
  if (gateOf(service, policy) === undefined) {
    const text = `The selector of ${service.name} has no gate, ${stay} Set up a gate first, or start it in rotation.`;
    return refusal('NoGate', text, 'canary start');
  }
  // Without the gate label it would be no member any more, and nothing would show it.
  if (Object.keys(memberLabels(service, policy) ?? {}).length < Object.keys(service.selector ?? {}).length)
    return undefined;
  return refusal('NoGate', `The gate is the whole selector of ${service.name}, ${stay}`, 'canary start');
};

const checkWorkload: Checker<CanaryView> = ({ workload }) =>
  workload.deletedAt !== undefined && refusal('WorkloadBeingDeleted', `${nameOf(workload)} is being deleted.`, 'list');

/** A StatefulSet makes these claims for each of its own pods only. */
const checkClaimTemplates: Checker<CanaryView> = ({ workload }) =>
  workload.template.claims.length > 0 &&
  refusal(
    'NeedsOwnVolume',
    `Each pod of ${nameOf(workload)} has volumes of its own (${list(workload.template.claims)}), which a canary would lack.`,
    'list',
  );

const checkAdopters: Checker<CanaryView> = ({ snapshot: { adoptersNotSeen } }) =>
  adoptersNotSeen !== undefined &&
  refusal('AdoptersNotSeen', `A controller could adopt the canaries. ${adoptersNotSeen}`, 'list');

/** A pod that a Service controls makes such a budget fail, and then it allows no eviction of any pod. */
const checkBudgets: Checker<CanaryView> = ({ snapshot, labels: { guardedFrom, breaks } }) => {
  const { namespace } = snapshot.service;
  const adopters = list(guardedFrom.map(nameOf));
  if (guardedFrom.length > 0 && snapshot.bystanders.kind === 'notSeen')
    return refusal(
      'BudgetsNotSeen',
      `${adopters} would adopt the canaries, and keeping it off could stop a PodDisruptionBudget from counting. ${snapshot.bystanders.why}`,
    );
  return breaks.map(({ name }) =>
    refusal(
      'BudgetWouldBreak',
      `${adopters} would adopt the canaries. Keeping it off would stop PodDisruptionBudget ${name} from counting, so that no pod could be evicted. Give ${name} a number for minAvailable, or recreate ${adopters} with a narrower selector.`,
      `kubectl -n ${namespace} edit pdb ${name}`,
    ),
  );
};

/** How many canaries the quotas admit is sure; where the scheduler finds room may change. */
const checkRoom: Checker<CanaryView> = ({ snapshot: { service, headroom }, model, labels, workload, request }) => {
  if (model === undefined || headroom.kind === 'notSeen') return undefined;
  const wanted = canaryLike(model, labels.labels, workload);
  let left = headroom.value;
  for (let number = 0; number < request.count; number += 1) {
    const room = roomFor(wanted, left);
    const { quotas, preemptions } = room;
    const some = `${number === 0 ? 'none' : `only ${number}`} of ${count(request.count, 'canary pod')}`;
    if (quotas.length > 0) {
      const describe = `kubectl -n ${service.namespace} describe quota ${quotas[0]}`;
      return refusal('QuotaExhausted', `ResourceQuota ${list(quotas)} admits ${some}.`, describe);
    }
    const places = `The nodes have room for ${some}`;
    if (preemptions.length > 0) {
      const victims = preemptionText(preemptions, (victim) => victimText(victim, service.namespace));
      return warning('MayPreempt', `${places}. The scheduler may end pods of lower priority: ${victims}.`);
    }
    if (room.fits.length === 0) return warning('NoRoom', `${places}: ${roomText(room)}.`);
    left = reserveRoom(wanted, left);
  }
  return undefined;
};

/** The API server was asked for one canary, and a dry run takes nothing from a quota. */
const checkOtherQuotas: Checker<CanaryView> = ({ snapshot: { headroom }, request }) => {
  const others = (ifSeen(headroom)?.quotas ?? []).filter(({ hasMore }) => hasMore).map(({ name }) => name);
  if (request.count === 1 || others.length === 0) return undefined;
  const text = `ResourceQuota ${list(others)} may admit fewer than ${count(request.count, 'canary pod')}: the API server was asked for one, and only it knows scopes, limits, ephemeral storage and devices.`;
  return warning('QuotaNotCounted', text, undefined, { quotas: others });
};

/** The workload's pods have a lower priority than those without a class. */
export function isLowPriority(model: TargetPod | undefined): boolean {
  return (model?.detail.needs.priority ?? 0) < 0;
}

/**
 * Without the host ports and the priority of the workload's pods, as `canaryPod` makes it. The pods of a DaemonSet are bound
 * to their nodes by an affinity and tolerations that its template lacks.
 */
function canaryLike(model: TargetPod, labels: Labels, { kind, needs: made }: Templated): Wanted {
  const { detail } = model;
  const { nodeAffinity, tolerations, ...needs } = detail.needs;
  const placing = kind === 'DaemonSet' && made !== undefined ? made : { nodeAffinity, tolerations };
  const containers = needs.containers.map((container) =>
    detail.hostNetwork ? container : { ...container, hostPorts: [] },
  );
  const priority = isLowPriority(model) ? {} : { priority: 0, preempts: true };
  return {
    labels,
    needs: {
      ...needs,
      ...(placing.nodeAffinity && { nodeAffinity: placing.nodeAffinity }),
      tolerations: placing.tolerations,
      ...priority,
      containers,
    },
    claims: detail.claims,
    unrequested: detail.unrequested,
  };
}

/** The workload's pods use the same claim, and would see what a canary writes. */
const checkVolumes: Checker<CanaryView> = ({ workload: { template } }) => {
  const volumes = Array.isArray(template.spec.volumes) ? template.spec.volumes : [];
  const claims = volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  if (claims.length === 0) return undefined;
  const text = `The canaries share volume claim ${list(claims)} with the workload's pods, and can write to it.`;
  return warning('SharesVolume', text);
};

/** A canary is an experiment on some of the traffic. */
const checkShare: Checker<CanaryView> = ({ snapshot, request }) => {
  if (request.out) return undefined;
  const { canaries, all } = shareAfter(snapshot, request.count);
  return (
    canaries * 2 > all &&
    warning(
      'LargeShare',
      `${canaries} of ${count(all, 'pod')} in rotation would be canaries: ${percent(canaries, all)} of the traffic.`,
    )
  );
};

export const canaryChecks: readonly Checker<CanaryView>[] = [
  checkWorkload,
  checkGateOfOut,
  checkClaimTemplates,
  checkAdopters,
  checkBudgets,
  checkRoom,
  checkOtherQuotas,
  checkVolumes,
  checkShare,
];

/** The pods in rotation once that many more canaries are ready. */
export function shareAfter(snapshot: CanaryView['snapshot'], more: number): { canaries: number; all: number } {
  const now = inRotation(snapshot);
  const before = snapshot.pods.filter(
    (pod) => pod.labels[CANARY] === snapshot.service.name && isActive(pod) && isSelected(snapshot.service, pod.labels),
  );
  const waiting = before.filter(({ uid }) => !now.some((pod) => pod.uid === uid)).length;
  return { canaries: before.length + more, all: now.length + waiting + more };
}
