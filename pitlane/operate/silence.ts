import { limited } from '../cluster/limited.ts';
import { readLastLineAt } from '../cluster/logs.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import { operationNamed } from '../operations/table.ts';
import { podsChanged, writesOf } from '../rotation/plan.ts';
import { ifSeen, type PodRef, type Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, hasWritten } from './attempt.ts';
import { containersOf } from './logs.ts';
import type { ChangeOutcome, Done, LogSilence, Unfinished } from './outcome.ts';

/** A report waits no longer for the logs. */
const MOST_MS = 2_000;
/** The same where the time of the operation is over. */
const MOST_MS_AT_THE_END = 1_000;
/** A container whose last line is older is silent, at least for now. */
const STILL_WRITES_MS = 2_000;
/** A log is not read again so soon: what a pod writes right after it is out says nothing yet. */
const JUST_READ_MS = 1_000;
/** Logs of more pods are not read. */
const MOST_PODS = 50;

/** Notes the containers of the observed pods, whose logs are read at the end. */
export function noteContainers({ request, containers }: Attempt, { targets }: Snapshot): void {
  if (!operationNamed(request.command).reportsSilence) return;
  for (const pod of targets) containers.set(pod.uid, containersOf(pod, undefined));
}

/** Adds for how long the log of each changed pod has been silent. Without it where logs can't be read; never rejects. */
export async function withSilence(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const isReport = outcome.kind === 'done' || outcome.kind === 'unfinished';
  if (!isReport || !operationNamed(attempt.request.command).reportsSilence) return outcome;
  const { patience, house, door } = attempt;
  // The person wants to wait no longer.
  if (patience.signal?.aborted) return outcome;
  const time = AbortSignal.timeout(Math.min(MOST_MS, Math.max(MOST_MS_AT_THE_END, door.deadline - house.now())));
  const signal = patience.signal === undefined ? time : AbortSignal.any([time, patience.signal]);
  const pods = changedPods(attempt, outcome).slice(0, MOST_PODS);
  const outSince = unlistedTimes(attempt, outcome);
  const found = await limited(pods, (pod) => silenceOf(attempt, pod, outSince.get(pod.uid) ?? 0, signal));
  const silence = found.filter((each) => each !== undefined);
  return silence.length === 0 ? outcome : { ...outcome, silence };
}

/** Those of which something is written. */
function changedPods(attempt: Attempt, { kind, plan }: Done | Unfinished): readonly PodRef[] {
  const pods = podsChanged(plan);
  if (kind === 'done' || !hasWritten(attempt)) return pods;
  const written = new Set(attempt.writes.done.map(({ key }) => key));
  const left = new Set(writesOf(plan).flatMap(({ key, target }) => (written.has(key) ? [] : target.uid)));
  return pods.filter(({ uid }) => !left.has(uid));
}

/** When each pod was seen out of the endpoints, by its uid. */
function unlistedTimes({ proof }: Attempt, { plan }: Done | Unfinished): ReadonlyMap<string, number | undefined> {
  const milestones = plan.phases.flatMap(({ until }) => until);
  return new Map(
    milestones.flatMap(({ key, condition }) =>
      condition.kind === 'unlisted' ? [[condition.pod.uid, proof.metAt.get(key)] as const] : [],
    ),
  );
}

/** Undefined: it has written no line, or some of its logs could not be read. */
async function silenceOf(
  attempt: Attempt,
  pod: PodRef,
  outSince: number,
  signal: AbortSignal,
): Promise<LogSilence | undefined> {
  const { plainConnection, service, house } = attempt;
  const names = attempt.containers.get(pod.uid) ?? [];
  const known = silentIn(attempt, pod, names);
  if (known !== undefined) return known;
  const reads = await limited(names, async (container) => {
    const source = { namespace: service.namespace, pod: pod.name, container };
    return [container, await tolerateErrors(readLastLineAt(plainConnection, source, signal))] as const;
  });
  // A container that can't be read may write the most.
  if (reads.some(([, seen]) => seen.kind === 'notSeen')) return undefined;
  const [newest] = newestFirst(reads.map(([container, seen]) => [container, ifSeen(seen)]));
  if (newest === undefined) return undefined;
  const [container, at] = newest;
  // The clock of the node may be ahead.
  const silentMs = Math.max(0, house.now() - at);
  const isWriting = silentMs < STILL_WRITES_MS && at > outSince;
  return { pod: pod.name, uid: pod.uid, container, silentMs, isWriting };
}

/** The silence as the evidence has it. Undefined: the evidence is too old. */
function silentIn(
  { lastLines, house }: Attempt,
  { name, uid }: PodRef,
  containers: readonly string[],
): LogSilence | undefined {
  const { readAt, times } = lastLines.get(uid) ?? { readAt: 0, times: new Map<string, number>() };
  const lines = newestFirst([...times].filter(([container]) => containers.includes(container)));
  const [newest] = lines;
  if (newest === undefined || lines.length < containers.length) return undefined;
  const [container, at] = newest;
  if (house.now() - readAt > JUST_READ_MS) return undefined;
  return { pod: name, uid, container, silentMs: Math.max(0, house.now() - at), isWriting: false };
}

/** A container, and when it wrote its last line. */
type LastLine<At = number> = readonly [container: string, at: At];

/** The containers that have written a line. */
function newestFirst(lines: readonly LastLine<number | undefined>[]): readonly LastLine[] {
  return lines.filter((line): line is LastLine => line[1] !== undefined).sort(([, one], [, other]) => other - one);
}
