import { drainOf, isNotBeingRestored } from '../../rotation/drained-checks.ts';
import { saysExpiry } from '../../rotation/expiry.ts';
import { fingerprintOf } from '../../rotation/fingerprint.ts';
import { changed, metadataPatch } from '../../rotation/json-patch.ts';
import { DRAIN, type DrainRecord, extensionsOf } from '../../rotation/marks.ts';
import { milestone, type Operation, type PatchWrite, type Plan, type Refusal, THE_POD } from '../../rotation/plan.ts';
import {
  check,
  isNotFinished,
  isNotTerminating,
  type Rule,
  refusal,
  refusalOf,
  type View,
} from '../../rotation/safety.ts';
import type { Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { nameOf, ownedPods, workloadOf } from '../../rotation/workload.ts';
import { formatDuration, LONGEST_SECONDS, SHORTEST_SECONDS } from '../../text/duration.ts';
import { count, duration, shellWord, time, timestamp } from '../../text/words.ts';

interface ExtendView extends View {
  readonly record: DrainRecord;
  /** What the new time is counted from: the end of the old one, or now where that has passed. */
  readonly from: number;
  /** Added to it. */
  readonly seconds: number;
}

/** What is left to do to give the pod more time: one write, or, once the record says that this operation did, only the proof. */
export function planExtend(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const drain = drainOf(snapshot, operation, pod);
  if (drain.kind === 'refusal') return drain;
  const { record } = drain;
  const view = viewOf(snapshot, operation, pod, record);
  if (extensionsOf(record).includes(operation.id)) return planWith(view, [], [], []);
  const checks = check(RULES, view);
  return refusalOf(operation, checks) ?? planWith(view, checks, effectsOf(view), [writeOf(view)]);
}

function planWith(
  { snapshot, operation, pod }: ExtendView,
  checks: Plan['checks'],
  effects: Plan['effects'],
  writes: readonly PatchWrite[],
): Plan {
  const ref = { name: pod.name, uid: pod.uid };
  const title = `${pod.name} has more time`;
  const extended = milestone({ kind: 'extended', pod: ref, id: operation.id }, title, 30);
  const before = shellWord(`${DRAIN}=${pod.annotations[DRAIN]}`);
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases: [{ title, writes, until: [extended], lease: 'service' }],
    hasBegun: writes.length === 0,
    undo:
      writes.length === 0
        ? []
        : [`kubectl -n ${snapshot.service.namespace} annotate pod ${pod.name} --overwrite ${before}`],
    // The effects tell the time.
    fingerprint: fingerprintOf(checks, [], writes),
  };
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): ExtendView {
  // Whoever has edited the record by hand may have left a time that is none.
  const until = Date.parse(record.until ?? '') || snapshot.at;
  return {
    snapshot,
    operation,
    pod,
    record,
    workload: workloadOf(snapshot, record.owner),
    from: Math.max(until, snapshot.at),
    seconds: operation.request.forSeconds ?? snapshot.policy.drain.forSeconds,
  };
}

function untilOf({ from, seconds }: ExtendView): number {
  return from + seconds * 1000;
}

/** As long as a drain may last at most, counted from now. */
const isWithinLimit: Rule<ExtendView> = (view) => {
  const { snapshot, pod, from, seconds } = view;
  const latest = snapshot.at + LONGEST_SECONDS * 1000;
  if (untilOf(view) <= latest) return undefined;
  // Whole minutes, and never more than fit: time goes on until it is typed.
  const fits = Math.floor((latest - from) / 60_000) * 60;
  const said = `${pod.name} stays drained until ${time(from)}, and ${duration(seconds)} more would be over ${duration(LONGEST_SECONDS)} from now`;
  return fits < SHORTEST_SECONDS
    ? refusal('TooLong', `${said}: it has the longest time already.`)
    : refusal('TooLong', `${said}: at most ${duration(fits)} more fit.`, `extend ${pod.name} ${formatDuration(fits)}`);
};

const RULES: readonly Rule<ExtendView>[] = [isNotTerminating, isNotFinished, isNotBeingRestored, isWithinLimit];

/** More than can be under way at a time. */
const MOST_KNOWN = 5;

function writeOf(view: ExtendView): PatchWrite {
  const { snapshot, operation, pod, record } = view;
  const before = extensionsOf(record).slice(0, MOST_KNOWN);
  const extended: DrainRecord = {
    ...record,
    until: timestamp(untilOf(view)),
    extended: { id: operation.id, by: operation.by, at: timestamp(snapshot.at), ...(before.length > 0 && { before }) },
  };
  const change = { annotations: { [DRAIN]: JSON.stringify(extended) } };
  const afterwards = { ...pod, annotations: changed(pod.annotations, change.annotations) };
  return {
    kind: 'patch',
    key: `extend ${pod.uid}`,
    title: `give ${pod.name} ${duration(view.seconds)} more`,
    target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: snapshot.service.namespace },
    patch: metadataPatch(pod, change),
    inverse: metadataPatch(afterwards, { annotations: { [DRAIN]: pod.annotations[DRAIN] ?? null } }),
  };
}

function effectsOf(view: ExtendView): readonly string[] {
  const { snapshot, pod, record, workload } = view;
  const until = untilOf(view);
  const owner = workload?.owner;
  const node = owner?.kind === 'DaemonSet' ? pod.nodeName : undefined;
  const there = owner ? ownedPods(snapshot, owner, node).length : 0;
  const wanted = node === undefined ? (owner?.desired ?? 0) : 1;
  return [
    `${THE_POD} stays drained until ${time(until)}, for another ${duration((until - snapshot.at) / 1000)}; then ${saysExpiry(record.then)}.`,
    ...(owner && wanted > 0 && there >= wanted
      ? [`Meanwhile another stands in for it: ${nameOf(owner)} has ${there} of ${count(wanted, 'pod')} without it.`]
      : []),
  ];
}
