import { compact, list, pairs } from '../text/words.ts';
import type { Facts } from './effect.ts';
import { gateOf } from './gate-record.ts';
import { valueIn } from './labels.ts';
import { CANARY, DO_NOT_DISRUPT, DRAIN, DRAINED_FROM, GATE, readDrain, SAFE_TO_EVICT } from './marks.ts';
import { isBeingStopped, memberOf } from './membership.ts';
import { kubectlLine } from './patch.ts';
import type { Check, Operation, Refusal } from './plan.ts';
import { matches, selectorOf } from './selector.ts';
import { type Controller, ifSeen, type Snapshot, type TargetPod } from './snapshot.ts';
import { isTerminating, terminatingText } from './terminating.ts';
import { isFinished, nameOf, type Workload } from './workload.ts';

/** The input of an operation's checkers. */
export interface View {
  readonly snapshot: Snapshot;
  readonly operation: Operation;
  readonly pod: TargetPod;
  readonly workload: Workload | undefined;
}

type Found = Check | false | undefined;

/** Finds what is right or wrong, in words and numbers. Undefined or false: it does not apply. */
export type Checker<V = View> = (view: V) => Found | readonly Found[];

/** All findings of the checkers, in their order; `--force` overrides what it may. */
export function runChecks<V extends Pick<View, 'operation'>>(
  checkers: readonly Checker<V>[],
  view: V,
): readonly Check[] {
  return compact(...checkers.flatMap((checker) => checker(view))).map((check) =>
    check.level === 'refusal' && check.isForceable && view.operation.request.force
      ? { ...check, level: 'overridden' }
      : check,
  );
}

/** The findings of all stages; a refusal after the first stage that has one. */
export function checkInStages<V extends Pick<View, 'operation'>>(
  view: V,
  ...stages: readonly (readonly Checker<V>[])[]
): readonly Check[] | Refusal {
  const checks: Check[] = [];
  for (const stage of stages) {
    checks.push(...runChecks(stage, view));
    const refused = refusalOf(view.operation, checks);
    if (refused) return refused;
  }
  return checks;
}

function refusalOf(operation: Operation, checks: readonly Check[]): Refusal | undefined {
  const refusals = checks.filter(({ level }) => level === 'refusal');
  if (refusals.length === 0) return undefined;
  return { kind: 'refusal', operation, checks, isForceable: refusals.every(({ isForceable }) => isForceable === true) };
}

/** A refusal that nothing overrides. */
export function refuse(operation: Operation, ...checks: readonly Check[]): Refusal {
  return { kind: 'refusal', operation, checks, isForceable: false };
}

export function ok(code: string, message: string, facts?: Facts): Check {
  return { code, level: 'ok', message, ...(facts && { facts }) };
}

export function warning(code: string, message: string, instead?: string, facts?: Facts): Check {
  return { code, level: 'warning', message, instead, ...(facts && { facts }) };
}

/** A refusal that can't be overridden. */
export function refusal(code: string, message: string, instead?: string, facts?: Facts): Check {
  return { code, level: 'refusal', message, isForceable: false, instead, ...(facts && { facts }) };
}

/** A refusal that an admin may override with `--force`. */
export function forceable(code: string, message: string, instead?: string, facts?: Facts): Check {
  return { ...refusal(code, message, instead, facts), isForceable: true };
}

/** Without a selector Kubernetes keeps no endpoints (endpointslice_controller.go, syncService). */
export const checkSelector: Checker<Pick<View, 'snapshot'>> = ({ snapshot: { service } }) => {
  if (service.type === 'ExternalName')
    return refusal('ServiceSelectsNothing', `Service ${service.name} has type ExternalName, so it has no pods.`);
  if (Object.keys(service.selector ?? {}).length > 0) return undefined;
  const text = `Service ${service.name} has no selector, so labels do not control its traffic.`;
  return refusal('ServiceSelectsNothing', text);
};

export const checkTerminating: Checker = ({ pod, snapshot: { at } }) =>
  isTerminating(pod) && refusal('Terminating', `${pod.name} is ${terminatingText(pod, at)}.`, 'list');

/** Skips terminating pods: their containers end anyway. */
export const checkEnded: Checker = ({ pod }) =>
  isFinished(pod) &&
  pod.deletedAt === undefined &&
  refusal(
    'Finished',
    `${pod.name} has ended (${pod.status}) and gets no traffic.`,
    readDrain(pod).kind === 'none' ? 'list' : `finish ${pod.name}`,
  );

export const checkRecord: Checker = ({ snapshot, pod }) => {
  const { name, namespace, selector = {} } = snapshot.service;
  const { kind } = readDrain(pod);
  if (kind === 'unreadable') {
    const text = `The drain record of ${pod.name} can't be read: it was edited, or another version of Pitlane wrote it. Read it, put its labels back by hand, and remove ${DRAINED_FROM} and ${DRAIN}.`;
    return refusal('UnreadableRecord', text, recordLine({ snapshot, pod }));
  }
  if (kind === 'record' || memberOf(snapshot, pod)?.state !== 'drained') return undefined;
  const overwrites = Object.keys(selector).some((key) => valueIn(pod.labels, key) !== undefined);
  const unmark = `kubectl -n ${namespace} annotate pod ${pod.name} ${SAFE_TO_EVICT}- ${DO_NOT_DISRUPT}-`;
  const label = kubectlLine('label', snapshot, pod, { ...selector, [DRAINED_FROM]: null }, overwrites);
  const text = `${pod.name} is marked as drained from ${name}, but its drain record is gone, so Pitlane does not know which labels were removed. Remove the marks and add the selector labels of ${name} by hand; its controller may then delete ${pod.name} or another pod.`;
  return refusal('RecordGone', text, `${unmark} && ${label}`);
};

/** Prints the record that a drain has left on the pod. */
export function recordLine({ snapshot, pod }: Pick<View, 'snapshot' | 'pod'>): string {
  const path = `{.metadata.annotations.${DRAIN.replaceAll('.', '\\.')}}`;
  return `kubectl -n ${snapshot.service.namespace} get pod ${pod.name} -o jsonpath='${path}'`;
}

export const checkMember: Checker = ({ snapshot, pod, workload }) => {
  const { service, bystanders } = snapshot;
  const selectsNothing = Object.keys(service.selector ?? {}).length === 0;
  if (isBeingStopped(service, pod)) {
    const text = `${pod.name} is being stopped: it has left the endpoints of ${service.name} and is deleted next.`;
    return refusal('BeingStopped', text, `finish ${pod.name}`);
  }
  if (selectsNothing || memberOf(snapshot, pod) || readDrain(pod).kind !== 'none') return undefined;
  const others = (ifSeen(bystanders)?.services ?? [])
    .filter(({ selector }) => matches(selectorOf(selector), pod.labels))
    .map(({ name }) => name);
  const owned = workload ? ` (${nameOf(workload.root ?? workload.ref)})` : '';
  const elsewhere = others.length > 0 ? ` It belongs to Service ${list(others)}.` : '';
  const text = `${pod.name}${owned} is not a pod of ${service.name} (selector ${pairs(service.selector ?? {}).join(',')}).${elsewhere}`;
  return refusal('NotAMember', text, 'list');
};

/** A rollout deletes and creates pods meanwhile; with OnDelete nothing does. */
export const checkRollout: Checker = ({ workload }) => rolloutFinding(workload);

/** `ofOld`: what a paused rollout means for a pod of the old revision, as a clause. */
export function rolloutFinding(workload: Workload | undefined, ofOld?: string): Check | undefined {
  const root = workload?.root;
  if (!root?.isRollingOut || root.update?.type === 'OnDelete') return undefined;
  if (!root.rollout?.isPaused)
    return warning(
      'RolloutUnderWay',
      `A rollout of ${nameOf(root)} is in progress: it deletes and creates pods meanwhile.`,
    );
  const isOld = isOfOldRevision(root, workload?.owner);
  const then = ofOld !== undefined && isOld ? `; ${ofOld}` : '';
  const text = `${nameOf(root)} is paused with a changed template: nothing is rolled out until it is resumed${then}.`;
  return warning('RolloutPaused', text, undefined, { isOld });
}

/** While it is paused, a Deployment makes no ReplicaSet of its new template (deployment/sync.go, sync), and keeps the hash of the last. */
function isOfOldRevision(root: Controller, owner: Controller | undefined): boolean {
  const hash = owner?.templateLabels?.['pod-template-hash'];
  return root.updatedPods === 0 || (hash !== undefined && root.currentHash !== undefined && hash !== root.currentHash);
}

/** A gate is recorded that the selector does not have (yet, or any more). */
export const checkGate: Checker = ({ snapshot: { service, policy } }) => {
  if (service.annotations[GATE] === undefined || gateOf(service, policy) !== undefined) return undefined;
  const text = `Service ${service.name} has a recorded gate that is not in its selector: its setup is in progress or has stopped half way.`;
  return warning('GateHalfDone', text);
};

export function isCanary(view: View): boolean {
  return view.pod.labels[CANARY] === view.snapshot.service.name;
}
