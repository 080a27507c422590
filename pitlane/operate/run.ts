import { carryOut, type WriteTime } from '../cluster/carry-out.ts';
import type { Connection } from '../cluster/connection.ts';
import { acquireLease, LeaseLost, LeaseTaken } from '../cluster/lease.ts';
import type { Observation } from '../cluster/observe.ts';
import type { Patience } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { planOf } from '../operations/plan-of.ts';
import { isWrite, type Milestone, type Plan, type Refusal } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import type { AdvanceOptions, Asker } from './asker.ts';
import { Beginning } from './beginning.ts';
import { type Bookkeeping, cancelledEntry } from './bookkeeping.ts';
import { EvidenceKeeper } from './evidence-keeper.ts';
import { type House, operationOf } from './house.ts';
import { look } from './look.ts';
import type { ChangeOutcome, Failed, OperationEvent } from './outcome.ts';
import { isMetAsRequired, prove } from './prove.ts';
import type { Proven, Round, Seen } from './round.ts';
import { Tally } from './tally.ts';
import { isConfirmed, lateNotes } from './words.ts';
import { Writes } from './writes.ts';

/** How often the plan may meet a changed cluster before pitlane gives up. */
const MOST_CONFLICTS = 5;

/** A change that is to be carried out. */
export interface Change {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly request: ChangeRequest;
  readonly asker: Asker;
  readonly options: AdvanceOptions;
  readonly emit: (event: OperationEvent) => void;
}

interface ChangeTask extends Change {
  readonly books: Bookkeeping;
  /** As the lease and the journal name this process. */
  readonly holder: string;
}

/** How long a write that needs no lease may take. */
const WITHOUT_LEASE: WriteTime = { remainingMs: async () => 10_000 };

/** One attempt at a change, with what it has written so far. */
export class Run {
  readonly #task: ChangeTask;
  readonly #connection: Connection;
  readonly #patience: Patience;
  readonly #beginning: Beginning;
  readonly #writes: Writes;
  readonly #evidence: EvidenceKeeper;
  #pod: PodRef | undefined;
  #hasLooked = false;
  /** A milestone did not come within its time: to wait longer makes no sense. */
  isOverdue = false;
  /** As first made; until something is written, a later one takes its place. */
  #plan: Plan | undefined;
  readonly #startedAt: number;
  readonly #tally: Tally;

  constructor(task: ChangeTask, connection: Connection, patience: Patience) {
    this.#task = task;
    this.#connection = connection;
    this.#patience = patience;
    this.#startedAt = task.house.now();
    this.#tally = new Tally(task.house.now, task.emit);
    this.#writes = new Writes(connection, task.house.now, task.emit);
    this.#evidence = new EvidenceKeeper({ ...task, connection });
    this.#beginning = new Beginning({
      ...task,
      failed: (message) => this.failed(message),
      cancelled: (entry) => this.cancelled(entry),
      hasWritten: () => this.hasWritten,
    });
    const { confirmed } = task.options;
    this.#pod = confirmed === undefined || confirmed === 'any' ? undefined : confirmed.pod;
  }

  async untilDone(): Promise<ChangeOutcome> {
    if (this.#task.asker.resumes !== undefined) {
      const taken = await this.#beginning.takeUp();
      if ('kind' in taken) return taken;
      this.#pod = taken;
    }
    const { proposed } = this.#task.options;
    // Another pod of its name, a StatefulSet's for one, is not the one that was meant.
    this.#pod ??= proposed?.operation.pod;
    const ended = proposed && (await this.#beginning.make(proposed));
    if (ended !== undefined) return ended;
    if (proposed?.operation.request.command === 'finish') {
      // Before it is its turn: that the logs are long keeps nobody waiting.
      await this.#evidence.keep(proposed.operation.pod);
    }
    let round = await this.#writeRound();
    for (let conflicts = 0; ; ) {
      switch (round.kind) {
        case 'ended':
          return round.outcome;
        case 'changed':
          conflicts += 1;
          if (conflicts > MOST_CONFLICTS) return this.failed(`${round.why} That happened ${conflicts} times in a row.`);
          this.#patience.report?.(round.why, `Pitlane looks again (${conflicts} of ${MOST_CONFLICTS}).`);
          round = await this.#writeRound();
          break;
        case 'await': {
          const proven = await this.#prove(round, round.milestones);
          if (proven.kind === 'ended') return proven.outcome;
          conflicts = 0;
          round = await this.#goOn(proven.observation);
          break;
        }
        case 'written': {
          const proven = await this.#prove(round, this.#plan?.proof ?? []);
          return proven.kind === 'ended' ? proven.outcome : this.#done();
        }
      }
    }
  }

  /** Holds the lease from the look to the last write, and never longer. */
  async #writeRound(): Promise<Round> {
    const { namespace, service } = this.#task.service;
    const claim = { namespace, service, identity: this.#task.holder };
    const lease = await acquireLease(this.#connection, claim, this.#patience);
    try {
      return await this.#lookAndWrite(lease);
    } catch (error) {
      if (error instanceof LeaseLost) return { kind: 'changed', why: error.message };
      throw error;
    } finally {
      await lease.release();
    }
  }

  /** What is left after a wait. What only tidies up is planned on the cluster as the wait has left it, without another look. */
  async #goOn(observation: Observation): Promise<Round> {
    const plan = this.#pod && this.#planOn(observation.snapshot, this.#pod);
    const isTidying = plan?.kind === 'plan' && plan.steps.every((step) => !isWrite(step) || 'isTidying' in step);
    return isTidying ? this.#writeSteps(WITHOUT_LEASE, observation, plan) : this.#writeRound();
  }

  async #lookAndWrite(lease: WriteTime): Promise<Round> {
    const { house, service, request, emit, books } = this.#task;
    const seen = await look(house, this.#connection, service, request, this.#beginning.asker, this.#pod);
    if (seen.kind !== 'look') {
      return { kind: 'ended', outcome: this.#task.books.entry === undefined ? seen : this.failed(seen.message) };
    }
    const { observation, result } = seen;
    this.#hasLooked = true;
    this.#pod = result.operation.pod;
    if (result.kind === 'refusal') return this.#refused(result, observation);
    if (this.#writes.isAny) return this.#writeSteps(lease, observation, result);
    const isFirst = this.#plan === undefined;
    this.#plan = result;
    const why = isConfirmed(result, this.#task.options.confirmed);
    if (why !== 'confirmed') return { kind: 'ended', outcome: { kind: 'proposal', plan: result, why } };
    if (!isFirst) return this.#writeSteps(lease, observation, result);
    const ended = await this.#beginning.make(result);
    if (ended !== undefined) return { kind: 'ended', outcome: ended };
    emit({ kind: 'planned', plan: result });
    if (request.command === 'drain' && !isWrite(result.steps[0]) && books.entry?.hasEvidence !== true) {
      // An earlier process has drained it, and may have died before it looked.
      void this.#evidence.keep(result.operation.pod);
    }
    // The marks name the place of the report, which may stand only since.
    const plan = this.#planOn(observation.snapshot, result.operation.pod);
    return this.#writeSteps(lease, observation, plan.kind === 'plan' ? plan : result);
  }

  #planOn(snapshot: Snapshot, pod: PodRef): Plan | Refusal {
    const { house, request } = this.#task;
    return planOf(snapshot, operationOf(house, request, pod, this.#beginning.asker));
  }

  /** It goes on with what an earlier process has begun, and has not seen yet how that stands. */
  get isBlind(): boolean {
    return this.#beginning.isTakenUp && !this.#hasLooked;
  }

  /** Ended by somebody where it stands. */
  cancelled(entry: JournalEntry): ChangeOutcome {
    const isWritten = this.hasWritten;
    const isUndone = !isWritten && entry.hasWritten === true;
    const stands = isWritten
      ? this.#stands()
      : isUndone
        ? [`What it had written on ${entry.pod.name} is no longer so.`]
        : [];
    return {
      kind: 'cancelled',
      entry: cancelledEntry(entry, stands, this.#task.house.now()),
      // What takes its place changes what stands: how to undo that is its report's to say.
      undo: isWritten && entry.cancel?.instead === undefined ? (this.#plan?.undo ?? []) : [],
    };
  }

  /** Something is written, or may be. */
  get hasWritten(): boolean {
    return this.#isUnderWay || this.#writes.uncertain !== undefined;
  }

  async #writeSteps(time: WriteTime, observation: Observation, plan: Plan): Promise<Round> {
    let isStale = false;
    for (const step of plan.steps) {
      if (step.kind === 'await') {
        if (isStale || !isMetAsRequired(progressOf(step.milestones, observation.snapshot))) {
          return { kind: 'await', observation, isStale, milestones: step.milestones };
        }
        continue;
      }
      if (step.kind === 'delete') {
        const why = await this.#withoutEvidence(plan.operation.pod);
        if (why !== undefined) return { kind: 'ended', outcome: this.failed(why) };
      }
      const result = await carryOut(this.#connection, step, this.#patience, time);
      if (result.kind === 'changedMeanwhile') return { kind: 'changed', why: result.why };
      if (result.kind === 'unknown') {
        this.#writes.uncertain = step;
        return { kind: 'ended', outcome: this.failed(result.why) };
      }
      isStale = true;
      this.#writes.note(step, plan, observation.snapshot.service);
      this.#task.books.noteWrite();
      if (plan.operation.request.command === 'drain') {
        // Before a liveness probe destroys it, and beside the proof.
        void this.#evidence.keep(plan.operation.pod);
      }
    }
    return { kind: 'written', observation, isStale };
  }

  /**
   * Nothing is left to do where the proof holds: another process with the same operation may have taken the last step,
   * or a write of our own came late.
   */
  #refused(refusal: Refusal, observation: Observation): Round {
    if (!this.#isUnderWay) return { kind: 'ended', outcome: refusal };
    return isMetAsRequired(progressOf(this.#plan?.proof ?? [], observation.snapshot))
      ? { kind: 'written', observation, isStale: false }
      : { kind: 'ended', outcome: this.#stopped(refusal.checks) };
  }

  /** Something stands already: written by this run, or by an earlier one whose work this one goes on with. */
  get #isUnderWay(): boolean {
    return this.#writes.isAny || (this.#plan !== undefined && !isWrite(this.#plan.steps[0]));
  }

  /** Why a pod is not deleted. Undefined: its evidence is kept, or an admin wants it gone without. */
  async #withoutEvidence(pod: PodRef): Promise<string | undefined> {
    const why = await this.#evidence.keep(pod);
    return why === undefined || this.#task.request.force
      ? undefined
      : `The evidence of ${pod.name} could not be kept, so nothing was deleted; an admin may say --force. ${why}`;
  }

  /** Waits for the milestones, until they hold or the operation has ended otherwise. */
  async #prove({ observation, isStale }: Seen, milestones: readonly Milestone[]): Promise<Proven> {
    const plan = this.#plan;
    const pod = this.#pod;
    if (plan === undefined || pod === undefined) return { kind: 'proven', observation };
    const since = this.#writes.lastAt ?? observation.snapshot.at;
    const onLook = (snapshot: Snapshot): void => this.#tally.look(plan.proof, snapshot);
    this.#tally.expect(plan.proof, observation.snapshot, isStale);
    const {
      kind,
      progress,
      observation: last,
    } = await prove(this.#connection, observation, { milestones, pod, since, isStale, onLook }, this.#patience);
    switch (kind) {
      case 'met':
        return { kind: 'proven', observation: last };
      case 'lost': {
        const why = progress.find(({ milestone, isLost }) => milestone.isRequired && isLost)?.seen;
        return { kind: 'ended', outcome: this.failed(`${why}.`) };
      }
      case 'timeUp':
        this.isOverdue = progress.some(
          ({ milestone, isMet }) =>
            milestone.isRequired && !isMet && since + milestone.withinSeconds * 1000 <= this.#patience.now(),
        );
        return { kind: 'ended', outcome: this.#unfinished(plan) };
    }
  }

  /** Waits until everything besides the change is written down, or could not be. */
  async recorded(): Promise<void> {
    await Promise.all([this.#writes.recorded(), this.#evidence.over()]);
  }

  async #done(): Promise<ChangeOutcome> {
    const plan = this.#plan as Plan;
    const [problems, unkept] = await Promise.all([this.#writes.recorded(), this.#evidence.over()]);
    return {
      kind: 'done',
      operation: plan.operation,
      plan,
      proof: this.#tally.progress,
      tookMs: this.#tally.took(this.#writes.firstAt),
      notes: [
        ...lateNotes(this.#tally.progress, this.#task.house.now() - (this.#writes.lastAt ?? this.#startedAt)),
        ...problems.slice(0, 1).map((problem) => `No Kubernetes Event was written: ${problem}`),
        ...(unkept === undefined ? [] : [`The evidence could not be kept: ${unkept}`]),
      ],
    };
  }

  /** Refused in the middle, after something was written. */
  #stopped(checks: Plan['checks']): ChangeOutcome {
    const refusals = checks.filter(({ level }) => level === 'refusal').map(({ message }) => message);
    return this.failed(refusals.join(' '));
  }

  /** Out of time, or told to stop, between two writes: what is left is for the next run. Undefined: it was something else. */
  interrupted(error: Error): ChangeOutcome | undefined {
    const { now, deadline, signal } = this.#patience;
    const isOver = error instanceof LeaseTaken || signal?.aborted === true || now() >= deadline;
    return isOver && this.#isUnderWay && this.#plan ? this.#unfinished(this.#plan) : undefined;
  }

  #unfinished(plan: Plan): ChangeOutcome {
    const left = plan.steps
      .filter(isWrite)
      .filter((step) => !this.#writes.has(step))
      .map(({ title }) => title);
    const { operation } = plan;
    return { kind: 'unfinished', operation, plan, proof: this.#tally.progress, ...(left.length > 0 && { left }) };
  }

  failed(message: string): Failed {
    const operation = this.#plan?.operation;
    return {
      kind: 'failed',
      ...(operation === undefined ? {} : { operation }),
      message,
      stands: this.#stands(),
      undo: this.hasWritten ? (this.#plan?.undo ?? []) : [],
    };
  }

  #stands(): readonly string[] {
    const name = this.#pod?.name;
    return [
      ...(this.isBlind ? [`What an earlier process has done on ${name} is not known: nobody could look.`] : []),
      ...(this.#isUnderWay && !this.#writes.isAny ? [`An earlier run has changed ${name} already.`] : []),
      ...this.#writes.stands(),
    ];
  }
}
