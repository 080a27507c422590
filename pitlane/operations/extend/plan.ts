import { checkRestoring, recordOrRefusal } from '../../rotation/drained-checks.ts';
import { expiryText } from '../../rotation/expiry.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { DRAIN, type DrainRecord, extensionsOf } from '../../rotation/marks.ts';
import {
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  type Refusal,
  refOf,
  THE_POD,
} from '../../rotation/plan.ts';
import { kubectlLine, podPatch } from '../../rotation/pod-patch.ts';
import {
  type Checker,
  checkEnded,
  checkInStages,
  checkTerminating,
  refusal,
  type View,
} from '../../rotation/safety.ts';
import type { Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { nameOf, ownedPods, workloadOf } from '../../rotation/workload.ts';
import { formatDuration, LONGEST_SECONDS, SHORTEST_SECONDS } from '../../text/duration.ts';
import { compact, count, duration, time, timestamp } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';

interface ExtendView extends View {
  readonly record: DrainRecord;
  /** The start of the new time: the end of the old one, or now where that has passed. */
  readonly from: number;
  /** Added to it. */
  readonly seconds: number;
}

/** Plans more time for the pod: one write, or, once the record has it, only the proof. */
function planExtend(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const record = recordOrRefusal(snapshot, operation, pod);
  if ('kind' in record) return record;
  const view = viewOf(snapshot, operation, pod, record);
  const until = [milestone({ kind: 'extended', pod: refOf(pod), id: operation.id }, `${pod.name} has more time`, 30)];
  const phase = { title: `extend ${pod.name}`, until, lease: 'service' } as const;
  if (extensionsOf(record).includes(operation.id)) return makePlan(operation, { phases: [{ ...phase, writes: [] }] });
  const checks = checkInStages(view, safetyChecks);
  if ('kind' in checks) return checks;
  return makePlan(
    operation,
    {
      checks,
      effects: effectsOf(view),
      phases: [{ ...phase, writes: [writeOf(view)] }],
      undo: [kubectlLine('annotate', snapshot, pod, { [DRAIN]: pod.annotations[DRAIN] ?? null })],
    },
    // The effects hold times.
    [],
  );
}

function viewOf(snapshot: Snapshot, operation: Operation, pod: TargetPod, record: DrainRecord): ExtendView {
  // A record edited by hand may hold an invalid time.
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

/** A drain ends at most 7 days from now. */
const checkLimit: Checker<ExtendView> = (view) => {
  const { snapshot, pod, from, seconds } = view;
  const latest = snapshot.at + LONGEST_SECONDS * 1000;
  if (untilOf(view) <= latest) return undefined;
  // Whole minutes, rounded down: time passes until it is typed.
  const fits = Math.floor((latest - from) / 60_000) * 60;
  const text = `${pod.name} is drained until ${time(from)}. Adding ${duration(seconds)} exceeds the limit of ${duration(LONGEST_SECONDS)} from now`;
  return fits < SHORTEST_SECONDS
    ? refusal('TooLong', `${text}.`)
    : refusal(
        'TooLong',
        `${text}; at most ${duration(fits)} can be added.`,
        `extend ${pod.name} ${formatDuration(fits)}`,
      );
};

const safetyChecks: readonly Checker<ExtendView>[] = [checkTerminating, checkEnded, checkRestoring, checkLimit];

/** More than can be in progress at a time. */
const MOST_KNOWN = 5;

function writeOf(view: ExtendView): PatchWrite {
  const { snapshot, operation, pod, record } = view;
  const before = extensionsOf(record).slice(0, MOST_KNOWN);
  const extended: DrainRecord = {
    ...record,
    until: timestamp(untilOf(view)),
    extended: { id: operation.id, by: operation.by, at: timestamp(snapshot.at), ...(before.length > 0 && { before }) },
  };
  const title = `extend the drain of ${pod.name} by ${duration(view.seconds)}`;
  return podPatch('extend', title, snapshot, pod, { annotations: { [DRAIN]: JSON.stringify(extended) } });
}

function effectsOf(view: ExtendView): readonly string[] {
  const { snapshot, operation, pod, record, workload } = view;
  const until = untilOf(view);
  const owner = workload?.owner;
  const node = owner?.kind === 'DaemonSet' ? pod.nodeName : undefined;
  const there = owner ? ownedPods(snapshot, owner, node).length : 0;
  const wanted = node === undefined ? (owner?.desired ?? 0) : 1;
  return compact(
    `${THE_POD} stays drained until ${time(until)}, for another ${duration((until - snapshot.at) / 1000)}.${operation.hasTick ? ` Then ${expiryText(record.then)}.` : ''}`,
    owner &&
      wanted > 0 &&
      there >= wanted &&
      `${nameOf(owner)} has ${there} of ${count(wanted, 'pod')}; drained pods do not count.`,
  );
}

export const planExtensions = planEach({ plan: planExtend, sideBySide: 10 });
