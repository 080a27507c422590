import type { Call, Connection } from './connection.ts';
import { ClusterError, NotFound, Rejected, Stopped } from './errors.ts';
import { LogPosition } from './log-position.ts';
import type { SeenContainer } from './pod-feed.ts';
import { PODS } from './resource.ts';
import { type Patience, retryDelayMs } from './retry.ts';

/** A container whose log is followed through restarts and broken connections. */
export interface FollowedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Lines from the end to begin with. Undefined: all lines. */
  readonly tail: number | undefined;
  /** The lines to begin with are of so many seconds. Undefined: of any time. */
  readonly sinceSeconds?: number | undefined;
  /** The container as it was seen last. `ended`: it does not start again. `gone`: its pod does not exist any more. */
  readonly look: () => SeenContainer | 'ended' | 'gone';
  /** Resolves at the next change of the pod, and at the signal. */
  readonly news: () => Promise<void>;
}

/** A container may be silent for hours; TCP keep-alive detects a dead connection. */
const MAX_SILENCE_MS = 24 * 60 * 60 * 1000;
/** The lines from the end arrive within this time, if there are any. */
const TAIL_ARRIVES_MS = 10_000;

/**
 * Yields the lines of a container, each once, until it has ended or the signal is aborted. Waits for a container that has
 * not started, and for its restarts. Resumes a broken stream from the last line. Throws Rejected if a container that has
 * ended has no log, and any error that a retry does not cure.
 */
export async function* followLog(connection: Connection, log: FollowedLog, patience: Patience): AsyncGenerator<string> {
  const position = new LogPosition();
  let isTailRead = false;
  let failures = 0;
  /** The restarts of the container in the last stream, if that broke. */
  let brokenRun: number | undefined;

  async function* lines(query: Call['query'], timeoutMs?: number) {
    position.rewind();
    const { sinceTime } = position;
    const from =
      sinceTime !== undefined
        ? { sinceTime }
        : isTailRead
          ? {}
          : { tailLines: log.tail, sinceSeconds: log.sinceSeconds };
    const { namespace, pod, container } = log;
    const call: Call = {
      verb: 'get',
      place: { resource: PODS, namespace, name: pod, subresource: 'log' },
      query: { container, timestamps: true, ...from, ...query },
      ...(patience.signal && { signal: patience.signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
    for await (const line of await connection.open(call)) {
      const text = position.next(line);
      if (text === undefined) continue;
      failures = 0;
      yield text;
    }
  }

  while (!patience.signal?.aborted) {
    const before = await untilStarted(log, patience);
    if (before === 'gone') return;
    const openedAt = patience.now();
    let problem: ClusterError | undefined;
    try {
      // A stream that broke may have missed the last lines of a run that has ended since.
      if (brokenRun !== undefined && before !== 'ended' && before.restarts > brokenRun)
        yield* lines({ previous: true });
      brokenRun = undefined;
      yield* lines({ follow: true }, MAX_SILENCE_MS);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error instanceof Stopped) return;
      const mayComeLater = error instanceof Rejected || error instanceof NotFound;
      if (!error.isRetryable && (!mayComeLater || before === 'ended')) throw error;
      problem = error;
      if (before !== 'ended' && (mayComeLater || brokenRun === undefined)) brokenRun = before.restarts;
    }
    isTailRead ||= problem === undefined || patience.now() - openedAt > TAIL_ARRIVES_MS;
    if (problem === undefined && before === 'ended') return;
    const after = log.look();
    if (problem === undefined && isOver(after)) continue;
    failures += 1;
    if (failures > 1 && problem?.isRetryable) patience.report?.(problem.message, 'Reconnecting.');
    await patience.sleep(retryDelayMs(failures, problem), patience.signal);
    // The stream ended with the run: the next run begins a new stream.
    if (problem === undefined) await untilRunning(log, patience, after);
  }
}

function isOver(seen: SeenContainer | 'ended' | 'gone'): boolean {
  return seen === 'ended' || seen === 'gone';
}

/** Waits until the container has a log. */
async function untilStarted(log: FollowedLog, { signal }: Patience): Promise<SeenContainer | 'ended' | 'gone'> {
  for (;;) {
    const seen = log.look();
    if (typeof seen === 'string' || seen.hasStarted || signal?.aborted) return seen;
    await log.news();
  }
}

/** Waits until the container runs, or has run again. */
async function untilRunning(
  log: FollowedLog,
  { signal }: Patience,
  before: SeenContainer | 'ended' | 'gone',
): Promise<void> {
  for (;;) {
    const seen = log.look();
    if (typeof seen === 'string' || typeof before === 'string' || signal?.aborted) return;
    if (seen.isRunning || seen.restarts > before.restarts) return;
    await log.news();
  }
}
