import { redactObject } from '../pitlane/evidence/pod-json.ts';
import { changeData, entryData } from '../pitlane/journal/entry-data.ts';
import { drainedData } from '../pitlane/operate/drained-data.ts';
import { ownerText } from '../pitlane/operate/listed-text.ts';
import type { Listed, Outcome } from '../pitlane/operate/outcome.ts';
import { scheduleData } from '../pitlane/operate/schedules.ts';
import type { Member } from '../pitlane/rotation/membership.ts';
import type { Plan, Write } from '../pitlane/rotation/plan.ts';
import { type PodRow, podRows, refusedRows } from '../pitlane/rotation/pod-rows.ts';
import { age } from '../pitlane/text/age.ts';
import { isoTime } from '../pitlane/text/words.ts';

/**
 * An outcome for programs (`-o json`, `-o yaml`), a stable format that docs/command-line.md describes. Lists, pods and
 * operations are converted; every other outcome is returned unchanged.
 */
export function dataOf(outcome: Outcome, now: number): object {
  switch (outcome.kind) {
    case 'listed':
      return listedData(outcome);
    case 'choice':
      return { ...outcome, candidates: outcome.candidates.map((member) => memberData(member, now)) };
    case 'inspected':
      return { ...outcome, at: isoTime(outcome.at), member: memberData(outcome.member, outcome.at) };
    case 'gate':
      return { ...outcome, at: isoTime(outcome.at), hasRule: outcome.hasRule ?? null };
    case 'manifest':
      return outcome.manifest;
    case 'schedules':
      return { ...outcome, at: isoTime(outcome.at), schedules: outcome.schedules.map(scheduleData) };
    case 'operations': {
      const { at, underWay, ended } = outcome;
      return { ...outcome, at: isoTime(at), underWay: underWay.map(entryData), ended: ended.map(entryData) };
    }
    case 'history': {
      const { changes, last, ...history } = outcome;
      const shown = changes.slice(0, last).map((change) => changeData(change, changes));
      return { ...history, at: isoTime(outcome.at), changes: shown };
    }
    case 'drainedList': {
      const { at, drained } = outcome;
      return { ...outcome, at: isoTime(at), drained: drained.map((one) => drainedData(one, at)) };
    }
    case 'evidence':
      return { ...outcome, at: isoTime(outcome.at), report: undefined };
    case 'proposal':
      return { ...outcome, plan: planData(outcome.plan), pods: podRows(outcome.plan).map(podData) };
    case 'done':
    case 'unfinished':
      return { ...outcome, plan: planData(outcome.plan), pods: podRows(outcome.plan, outcome).map(podData) };
    case 'refusal':
      return { ...outcome, pods: refusedRows(outcome).map(podData) };
    case 'running':
    case 'repeated':
    case 'cancelled':
      return { ...outcome, entry: entryData(outcome.entry) };
    default:
      return outcome;
  }
}

function listedData({ service, at, members, all: _, ...listed }: Listed): object {
  return {
    ...listed,
    service: { name: service.name, namespace: service.namespace, selector: service.selector ?? null },
    at: isoTime(at),
    members: members.map((member) => memberData(member, at)),
  };
}

/** One pod. The field names are stable. */
function memberData(
  { pod, kind, state, isReady, isStillListed, drained, canary, disabled }: Member,
  at: number,
): object {
  return {
    name: pod.name,
    uid: pod.uid,
    kind,
    state,
    ready: isReady,
    stillListed: isStillListed === true,
    containers: pod.containers,
    status: pod.status,
    restarts: pod.restarts,
    age: age(pod.createdAt, at),
    createdAt: isoTime(pod.createdAt),
    node: pod.nodeName ?? null,
    owner: ownerText(pod.owner) || null,
    drained: drained ?? null,
    canary: canary ?? null,
    disabled: disabled ?? null,
    labels: pod.labels,
  };
}

/** New objects may have the environment of a workload. */
function planData(plan: Plan): Plan {
  const shown = (write: Write) => (write.kind === 'create' ? { ...write, object: redactObject(write.object) } : write);
  return { ...plan, phases: plan.phases.map((phase) => ({ ...phase, writes: phase.writes.map(shown) })) };
}

/** One pod of a change. */
function podData({ name, uid, turn, state, findings, seen, tookMs }: PodRow): object {
  return { name, uid, turn: turn ?? null, state, findings, seen: seen ?? null, tookMs: tookMs ?? null };
}
