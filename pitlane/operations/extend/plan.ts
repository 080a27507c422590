import { checkRestoring, recordOrRefusal } from '../../rotation/drained-checks.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { valueIn } from '../../rotation/labels.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import {
  DISABLED,
  type DisabledRecord,
  DRAIN,
  type DrainRecord,
  disabledRecordOn,
  extensionsOf,
  readDrain,
} from '../../rotation/marks.ts';
import { memberOf } from '../../rotation/membership.ts';
import { kubectlLine, podPatch } from '../../rotation/patch.ts';
import {
  milestone,
  type Operation,
  type PatchWrite,
  type Plan,
  type Refusal,
  refOf,
  THE_POD,
} from '../../rotation/plan.ts';
import {
  type Checker,
  checkEnded,
  checkInStages,
  checkTerminating,
  refusal,
  type View,
} from '../../rotation/safety.ts';
import type { Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { formerWorkloadOf, nameOf, ownedPods } from '../../rotation/workload.ts';
import { formatDuration, LONGEST_SECONDS, SHORTEST_SECONDS } from '../../text/duration.ts';
import { compact, count, duration, personOf, time, timestamp } from '../../text/words.ts';
import { expiryText } from '../drain/effects.ts';
import { planEach } from '../each-pod.ts';

interface ExtendView extends View {
  readonly record: DrainRecord | DisabledRecord;
  /** The start of the new time: the end of the old one, or now where that has passed. */
  readonly from: number;
  /** Added to it. */
  readonly seconds: number;
}

/** Plans more time for the pod: one write, or, once the record has it, only the proof. */
function planExtend(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const record = disabledWithEnd(pod) ?? recordOrRefusal(snapshot, operation, pod, [checkDisabled]);
  if ('kind' in record) return record;
  const view = viewOf(snapshot, operation, pod, record);
  const until = [milestone({ kind: 'extended', pod: refOf(pod), id: operation.id }, `${pod.name} has more time`, 30)];
  const phase = { title: `extend ${pod.name}`, until };
  if (extensionsOf(record).includes(operation.id)) return makePlan(operation, { phases: [phase] });
  const checks = checkInStages(view, safetyChecks);
  if ('kind' in checks) return checks;
  return makePlan(
    operation,
    {
      checks,
      effects: effectsOf(view),
      phases: [{ ...phase, writes: [writeOf(view)] }],
      undo: [
        kubectlLine('annotate', snapshot, pod, { [keyOf(record)]: valueIn(pod.annotations, keyOf(record)) ?? null }),
      ],
    },
    // The effects hold times.
    [],
  );
}

/** A pod that is drained as well gets more time for its drain. */
function disabledWithEnd(pod: TargetPod): DisabledRecord | undefined {
  const record = readDrain(pod).kind === 'none' ? disabledRecordOn(pod) : undefined;
  return record?.until === undefined ? undefined : record;
}

const checkDisabled: Checker = ({ snapshot, pod }) =>
  memberOf(snapshot, pod)?.state === 'disabled' &&
  refusal(
    'HasNoEnd',
    `${pod.name} is disabled without an end, so there is nothing to extend.`,
    `disable ${pod.name} for 1h`,
  );

function isDrained(record: DrainRecord | DisabledRecord): record is DrainRecord {
  return 'labels' in record;
}

function keyOf(record: DrainRecord | DisabledRecord): string {
  return isDrained(record) ? DRAIN : DISABLED;
}

function viewOf(
  snapshot: Snapshot,
  operation: Operation,
  pod: TargetPod,
  record: DrainRecord | DisabledRecord,
): ExtendView {
  const until = record.until === undefined ? snapshot.at : Date.parse(record.until);
  return {
    snapshot,
    operation,
    pod,
    record,
    workload: isDrained(record) ? formerWorkloadOf(snapshot, record.owner) : undefined,
    from: Math.max(until, snapshot.at),
    seconds: operation.request.forSeconds ?? snapshot.policy.drain.forSeconds,
  };
}

function untilOf({ from, seconds }: ExtendView): number {
  return from + seconds * 1000;
}

/** The time ends at most 7 days from now. */
const checkLimit: Checker<ExtendView> = (view) => {
  const { snapshot, pod, from, seconds } = view;
  const latest = snapshot.at + LONGEST_SECONDS * 1000;
  if (untilOf(view) <= latest) return undefined;
  // Whole minutes, rounded down: time passes until it is typed.
  const fits = Math.floor((latest - from) / 60_000) * 60;
  const text = `${pod.name} is ${isDrained(view.record) ? 'drained' : 'disabled'} until ${time(from)}. Adding ${duration(seconds)} exceeds the limit of ${duration(LONGEST_SECONDS)} from now`;
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
  const extended: DrainRecord | DisabledRecord = {
    ...record,
    until: timestamp(untilOf(view)),
    extended: {
      id: operation.id,
      ...personOf(operation),
      at: timestamp(snapshot.at),
      ...(before.length > 0 && { before }),
    },
  };
  const title = `extend the time of ${pod.name} by ${duration(view.seconds)}`;
  return podPatch('extend', title, snapshot, pod, { annotations: { [keyOf(record)]: JSON.stringify(extended) } });
}

function effectsOf(view: ExtendView): readonly Effect[] {
  const { snapshot, operation, pod, record, workload } = view;
  const until = untilOf(view);
  const owner = workload?.owner;
  const node = owner?.kind === 'DaemonSet' ? pod.nodeName : undefined;
  const there = owner ? ownedPods(snapshot, owner, node).length : 0;
  const wanted = node === undefined ? (owner?.desired ?? 0) : 1;
  const [state, then] = isDrained(record)
    ? ['drained', expiryText(record.then)]
    : ['disabled', `Pitlane enables ${THE_POD} again`];
  return compact(
    effect(
      'StaysUntil',
      `${THE_POD} stays ${state} until ${time(until)}, for another ${duration((until - snapshot.at) / 1000)}.${operation.hasTick ? ` Then ${then}.` : ''}`,
    ),
    owner &&
      wanted > 0 &&
      there >= wanted &&
      effect('OwnerHasEnough', `${nameOf(owner)} has ${there} of ${count(wanted, 'pod')}; drained pods do not count.`, {
        owner: nameOf(owner),
        pods: there,
        wanted,
      }),
  );
}

export const planExtensions = planEach({ plan: planExtend, sideBySide: 10 });
