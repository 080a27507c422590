import { list, shellWord, time } from '../text/words.ts';
import { CANARY, DO_NOT_DISRUPT, DRAIN, DRAINED_FROM, GATE, readDrain, SAFE_TO_EVICT } from './marks.ts';
import { gateOf, memberOf } from './membership.ts';
import type { Check, Operation, Refusal } from './plan.ts';
import type { Snapshot, TargetPod } from './snapshot.ts';
import { isFinished, nameOf, type Workload } from './workload.ts';

/** What the rules of an operation look at: the snapshot, and what every one of them would have to work out again. */
export interface View {
  readonly snapshot: Snapshot;
  readonly operation: Operation;
  readonly pod: TargetPod;
  readonly workload: Workload | undefined;
}

/** One rule: what it finds, in words and numbers. Nothing: it does not apply. */
export type Rule<V extends View = View> = (view: V) => Check | readonly Check[] | undefined;

/** All findings of the rules, in their order; `--force` sets aside what it may. */
export function check<V extends View>(rules: readonly Rule<V>[], view: V): readonly Check[] {
  return rules
    .flatMap((rule) => rule(view) ?? [])
    .map((finding) =>
      finding.level === 'refusal' && finding.isForceable && view.operation.request.force
        ? { ...finding, level: 'overridden' }
        : finding,
    );
}

/** The refusal that the findings amount to; undefined when none stands in the way. */
export function refusalOf(operation: Operation, checks: readonly Check[]): Refusal | undefined {
  const refusals = checks.filter(({ level }) => level === 'refusal');
  if (refusals.length === 0) return undefined;
  return { kind: 'refusal', operation, checks, isForceable: refusals.every(({ isForceable }) => isForceable === true) };
}

export function ok(code: string, message: string): Check {
  return { code, level: 'ok', message };
}

export function warning(code: string, message: string, instead?: string): Check {
  return { code, level: 'warning', message, ...(instead === undefined ? {} : { instead }) };
}

/** A refusal that nobody may override. */
export function refusal(code: string, message: string, instead?: string): Check {
  return { code, level: 'refusal', message, isForceable: false, ...(instead === undefined ? {} : { instead }) };
}

/** A refusal that an admin may override with `--force`. Whether that is enough depends on the others: whoever shows the refusal says so. */
export function forceable(code: string, message: string, instead?: string): Check {
  return { code, level: 'refusal', message, isForceable: true, ...(instead === undefined ? {} : { instead }) };
}

/** Without a selector Kubernetes keeps no endpoints, so labels decide nothing (endpointslice_controller.go, syncService). */
export const serviceSelects: Rule = ({ snapshot: { service } }) => {
  if (service.type === 'ExternalName')
    return refusal('ServiceSelectsNothing', `Service ${service.name} is an ExternalName: no pod is in its rotation.`);
  if (Object.keys(service.selector ?? {}).length > 0) return undefined;
  return refusal(
    'ServiceSelectsNothing',
    `Service ${service.name} has no selector, so labels do not decide who gets its traffic.`,
  );
};

export const isNotTerminating: Rule = ({ pod }) =>
  pod.deletedAt === undefined
    ? undefined
    : refusal('Terminating', `${pod.name} is being deleted, to be gone by ${time(pod.deletedAt)}.`, 'list');

/** Of a pod that is being deleted its containers end too: that says nothing new. */
export const isNotFinished: Rule = ({ pod }) =>
  isFinished(pod) && pod.deletedAt === undefined
    ? refusal(
        'Finished',
        `${pod.name} has ended (${pod.status}): it takes no traffic and never will again.`,
        readDrain(pod).kind === 'none' ? 'list' : `finish ${pod.name}`,
      )
    : undefined;

export const recordIsReadable: Rule = ({ snapshot, pod }) => {
  const { service } = snapshot;
  const kubectl = `kubectl -n ${service.namespace}`;
  switch (readDrain(pod).kind) {
    case 'record':
      return undefined;
    case 'unreadable':
      return refusal(
        'UnreadableRecord',
        `The drain record on ${pod.name} can't be read (another version of pitlane, or edited by hand), so it is left alone: see which labels it holds, put them back by hand, and take ${DRAINED_FROM} and ${DRAIN} off.`,
        `${kubectl} get pod ${pod.name} -o jsonpath='{.metadata.annotations.${DRAIN.replaceAll('.', '\\.')}}'`,
      );
    case 'none': {
      if (memberOf(snapshot, pod)?.state !== 'drained') return undefined;
      const labels = Object.entries(service.selector ?? {});
      const overwrite = labels.some(([key]) => pod.labels[key] !== undefined) ? ' --overwrite' : '';
      const wanted = labels.map(([key, value]) => `${key}=${value}`);
      return refusal(
        'RecordGone',
        `${pod.name} is marked as drained from ${service.name}, but the record of it is gone, so pitlane does not know what was taken off. By hand it loses the marks and gets the labels that ${service.name} asks for; its controller may then delete it, or another, as a pod too many.`,
        [
          `${kubectl} annotate pod ${pod.name} ${SAFE_TO_EVICT}- ${DO_NOT_DISRUPT}-`,
          `${kubectl} label pod ${pod.name}${overwrite} ${[...wanted, `${DRAINED_FROM}-`].map(shellWord).join(' ')}`,
        ].join(' && '),
      );
    }
  }
};

export const isMember: Rule = ({ snapshot, pod, workload }) => {
  const { service, bystanders } = snapshot;
  const selectsNothing = Object.keys(service.selector ?? {}).length === 0;
  if (selectsNothing || memberOf(snapshot, pod) || readDrain(pod).kind !== 'none') return undefined;
  const others =
    bystanders.kind === 'seen'
      ? bystanders.value.services
          .filter(({ selector }) => Object.entries(selector).every(([key, value]) => pod.labels[key] === value))
          .map(({ name }) => name)
      : [];
  const wants = Object.entries(service.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  const owned = workload ? ` (of ${nameOf(workload.root ?? workload.ref)})` : '';
  const elsewhere = others.length > 0 ? ` It belongs to Service ${list(others)}.` : '';
  return refusal(
    'NotAMember',
    `${pod.name}${owned} is no pod of ${service.name}, which selects ${wants.join(',')}.${elsewhere}`,
    'list',
  );
};

/** A Deployment whose rollout is under way deletes and creates pods by itself meanwhile; with OnDelete nothing does. */
export const noRollout: Rule = ({ workload }) =>
  workload?.root?.isRollingOut && workload.root.update?.type !== 'OnDelete'
    ? warning(
        'RolloutUnderWay',
        `A rollout of ${nameOf(workload.root)} is under way: it deletes and creates pods by itself meanwhile.`,
      )
    : undefined;

/** pitlane has recorded a gate that the selector does not ask for (yet, or any more). */
export const gateIsWhole: Rule = ({ snapshot: { service, policy } }) => {
  if (service.annotations[GATE] === undefined || gateOf(service, policy) !== undefined) return undefined;
  return warning(
    'GateHalfDone',
    `A gate is recorded on Service ${service.name}, but its selector does not ask for it: somebody is setting it up or has stopped half way.`,
  );
};

export function isCanary(view: View): boolean {
  return view.pod.labels[CANARY] === view.snapshot.service.name;
}
