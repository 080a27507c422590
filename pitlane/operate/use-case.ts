import type { ChangeRequest, LogsRequest, ReadRequest, Request } from '../command/request.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Asker, Door, Reporter } from './asker.ts';
import type { FollowMark } from './follow-marks.ts';
import type { House } from './house.ts';
import type { ChangeOutcome, Denied, Outcome } from './outcome.ts';
import type { Overview } from './overview.ts';
import type { Courier } from './tick/courier.ts';

interface ProposeOptions {
  /** Milliseconds since the epoch; absent: 25 s from now. */
  readonly deadline?: number;
  /** Reports the end of a cancelled operation that no process works on. */
  readonly reporterOf?: (entry: JournalEntry) => Reporter;
}

/** The one use case: every door calls it and renders the outcome. */
export interface Pitlane {
  /**
   * Answers reads. Changes come back as a proposal, refusal or choice, without any effect. `cancel` cancels at once.
   */
  propose(request: Request, asker: Asker, options?: ProposeOptions): Promise<Outcome>;

  /** What is drained, disabled, started and scheduled in all services, as far as it can be read. */
  overview(asker: Asker, deadline: number): Promise<Overview | Denied>;

  /**
   * Carries a change out as carry-out.ts describes, once for each request. The reporter is told of every outcome, also of
   * a refusal.
   */
  carryOut(request: ChangeRequest, asker: Asker, door: Door): Promise<ChangeOutcome>;

  /**
   * Continues an operation of the journal that no process works on. `asAdmin`: the journal that only admins may write has
   * the same operation. Otherwise it has an operator's rights, and overrides nothing.
   */
  resume(
    service: string,
    entry: JournalEntry,
    asAdmin: boolean,
    door: Pick<Door, 'deadline' | 'reporter'>,
  ): Promise<ChangeOutcome>;

  /** Continues unfinished operations and looks after drained pods; called each minute. */
  tick(options: TickOptions): Promise<TickReport>;

  /**
   * Answers a read at once and after each change, until the signal. Returns an outcome only if there is nothing to watch.
   */
  watch(request: ReadRequest, asker: Asker, listener: WatchListener, signal: AbortSignal): Promise<Outcome | undefined>;

  /**
   * Follows logs until the signal. Pods that begin to match the selector are followed too. The log of one pod ends with
   * the pod.
   */
  followLogs(request: LogsRequest, listener: LogListener, signal: AbortSignal): Promise<Outcome>;
}

export interface WatchListener {
  readonly seen: (outcome: Outcome) => void;
  /** A sentence about why changes may be seen late. It may come again. */
  readonly trouble: (text: string) => void;
}

export interface LogListener {
  /** A line, with the pod's name in front unless it is the only container that can come. Reading waits for the promise. */
  readonly line: (text: string) => void | Promise<void>;
  /** Something happened to a followed pod. */
  readonly mark: (mark: FollowMark) => void;
}

/** The use case, and the configuration that a door needs besides. */
export interface OpenHouse extends Pick<House, 'service'>, Required<Pick<House, 'access'>> {
  readonly pitlane: Pitlane;
}

export interface TickOptions {
  /** Milliseconds since the epoch: the rest is left to the next tick. */
  readonly deadline: number;
  readonly courier: Courier;
  /** Looks after this cluster only. Absent: after all of them. */
  readonly cluster?: string;
  /** Lets another process look after a cluster. Rejects if that is not sure. Absent: there is no other. */
  readonly handOver?: (cluster: string) => Promise<void>;
}

/** For the log. */
export interface TickReport {
  /** That this process has looked after. */
  readonly namespaces: number;
  /** A sentence each: `prod/dockercoins rng: resumed drain of rng-b85tm (…): done`. */
  readonly did: readonly string[];
  readonly trouble: readonly TickTrouble[];
}

export interface TickTrouble {
  /** `prod/dockercoins`, or `prod/dockercoins rng`. */
  readonly where: string;
  readonly error: unknown;
}
