import { carryOut } from '../cluster/carry-out.ts';
import type { Connection } from '../cluster/connection.ts';
import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { record } from '../cluster/events.ts';
import { type Held, LeaseLost, LeaseTaken, takeLease } from '../cluster/lease.ts';
import type { Observation } from '../cluster/observe.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config.ts';
import type { AdvanceOptions, Asker } from '../operate.ts';
import type { ChangeOutcome, OperationEvent } from '../outcome.ts';
import type { Milestone, PatchStep, Plan } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { type House, holderOf, operationId, patienceOf } from './house.ts';
import { look } from './look.ts';
import { isMetAsRequired, prove } from './prove.ts';
import { Tally } from './tally.ts';
import { happeningsOf, isConfirmed, lateNotes, stands } from './words.ts';

/** How often the plan may meet a changed cluster before pitlane gives up. */
const MOST_CONFLICTS = 5;

export interface ChangeTask {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly request: ChangeRequest;
  readonly asker: Asker;
  readonly options: AdvanceOptions;
  readonly emit: (event: OperationEvent) => void;
}

/** What one holding of the lease came to. */
type Round =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  /** The cluster is not as it was seen: look again. */
  | { readonly kind: 'changed'; readonly why: string }
  /** Nothing can be written before these hold. */
  | ({ readonly kind: 'await'; readonly milestones: readonly Milestone[] } & Seen)
  /** Everything is written. */
  | ({ readonly kind: 'written' } & Seen);

interface Seen {
  readonly observation: Observation;
  /** Something was written since: the observation says nothing of what comes after. */
  readonly isStale: boolean;
}

/**
 * Carries a change out: observe, plan, write, prove, again and again. Nothing is remembered between two looks but what
 * this run has written, so a run that dies is taken up by the next one where the cluster stands.
 */
export async function change(task: ChangeTask): Promise<ChangeOutcome> {
  const { house, emit, options } = task;
  const report = (why: string): void => emit({ kind: 'retrying', why });
  const patience = patienceOf(house, options.deadline, {
    report,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const run = new Run(task, patiently(task.connection, patience), patience);
  try {
    return await run.untilDone();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect || error instanceof LeaseTaken) {
      return run.interrupted() ?? run.failed(error.message);
    }
    throw error;
  } finally {
    await run.recorded();
  }
}

class Run {
  readonly #task: ChangeTask;
  readonly #connection: Connection;
  readonly #patience: Patience;
  readonly #written: PatchStep[] = [];
  readonly #records: Promise<string | undefined>[] = [];
  #pod: PodRef | undefined;
  /** As first made; until something is written, a later one takes its place. */
  #plan: Plan | undefined;
  #firstWriteAt: number | undefined;
  #lastWriteAt: number | undefined;
  readonly #tally: Tally;
  /** As the lease names us. */
  readonly #identity: string;

  constructor(task: ChangeTask, connection: Connection, patience: Patience) {
    this.#task = task;
    this.#connection = connection;
    this.#patience = patience;
    this.#tally = new Tally(task.house.now, task.emit);
    this.#identity = holderOf(task.house, operationId(task.asker.requestId));
    const { confirmed } = task.options;
    this.#pod = confirmed === undefined || confirmed === 'any' ? undefined : confirmed.pod;
  }

  async untilDone(): Promise<ChangeOutcome> {
    for (let conflicts = 0; ; ) {
      const round = await this.#writeRound();
      switch (round.kind) {
        case 'ended':
          return round.outcome;
        case 'changed':
          conflicts += 1;
          if (conflicts > MOST_CONFLICTS) {
            return this.failed(`${round.why} That happened ${conflicts} times in a row.`);
          }
          this.#patience.report?.(`${round.why} Pitlane looks again (${conflicts} of ${MOST_CONFLICTS}).`);
          break;
        case 'await': {
          const proof = await this.#prove(round, round.milestones);
          if (proof !== undefined) {
            return proof;
          }
          conflicts = 0;
          break;
        }
        case 'written':
          return (await this.#prove(round, this.#plan?.proof ?? [])) ?? this.#done();
      }
    }
  }

  /** Holds the lease from the look to the last write, and never longer. */
  async #writeRound(): Promise<Round> {
    const { namespace, service } = this.#task.service;
    const claim = { namespace, service, identity: this.#identity };
    const lease = await takeLease(this.#connection, claim, this.#patience);
    try {
      return await this.#lookAndWrite(lease);
    } catch (error) {
      if (error instanceof LeaseLost) {
        return { kind: 'changed', why: error.message };
      }
      throw error;
    } finally {
      await lease.release();
    }
  }

  async #lookAndWrite(lease: Held): Promise<Round> {
    const { house, service, request, asker, emit } = this.#task;
    const seen = await look(house, this.#connection, service, request, asker, this.#pod);
    if (seen.kind !== 'look') {
      return { kind: 'ended', outcome: seen };
    }
    const { observation, result } = seen;
    this.#pod = result.operation.pod;
    if (result.kind === 'refusal') {
      return { kind: 'ended', outcome: this.#written.length > 0 ? this.#stopped(result.checks) : result };
    }
    if (this.#written.length === 0) {
      const isFirst = this.#plan === undefined;
      this.#plan = result;
      const why = isConfirmed(result, this.#task.options.confirmed);
      if (why !== 'confirmed') {
        return { kind: 'ended', outcome: { kind: 'proposal', plan: result, why } };
      }
      if (isFirst) {
        emit({ kind: 'planned', plan: result });
      }
    }
    return this.#writeSteps(lease, observation, result);
  }

  async #writeSteps(lease: Held, observation: Observation, plan: Plan): Promise<Round> {
    let isStale = false;
    for (const step of plan.steps) {
      if (step.kind === 'await') {
        if (isStale || !isMetAsRequired(progressOf(step.milestones, observation.snapshot))) {
          return { kind: 'await', observation, isStale, milestones: step.milestones };
        }
        continue;
      }
      const result = await carryOut(this.#connection, step, this.#patience, lease);
      if (result.kind === 'changedMeanwhile') {
        return { kind: 'changed', why: result.why };
      }
      isStale = true;
      this.#note(step, plan, observation.snapshot);
    }
    return { kind: 'written', observation, isStale };
  }

  #note(step: PatchStep, plan: Plan, snapshot: Snapshot): void {
    const at = this.#task.house.now();
    this.#written.push(step);
    this.#firstWriteAt ??= at;
    this.#lastWriteAt = at;
    this.#task.emit({ kind: 'wrote', title: step.title });
    this.#records.push(record(this.#connection, happeningsOf(step, plan.operation, snapshot.service, at)));
  }

  /** Waits for the milestones; undefined when they hold, else how the operation ended. */
  async #prove({ observation, isStale }: Seen, milestones: readonly Milestone[]): Promise<ChangeOutcome | undefined> {
    const plan = this.#plan;
    const pod = this.#pod;
    if (plan === undefined || pod === undefined) {
      return undefined;
    }
    const since = this.#lastWriteAt ?? observation.snapshot.at;
    const onLook = (snapshot: Snapshot): void => this.#tally.look(plan.proof, snapshot);
    this.#tally.expect(plan.proof, observation.snapshot);
    const { kind, progress } = await prove(
      this.#connection,
      observation,
      { milestones, pod, since, isStale, onLook },
      this.#patience,
    );
    switch (kind) {
      case 'met':
        return undefined;
      case 'lost':
        return this.failed(`${progress.find(({ milestone, isLost }) => milestone.isRequired && isLost)?.seen}.`);
      case 'timeUp':
        return { kind: 'unfinished', operation: plan.operation, plan, proof: this.#tally.progress };
    }
  }

  /** Waits until every Event is written, or could not be; says why. */
  async recorded(): Promise<readonly string[]> {
    return (await Promise.all(this.#records)).filter((problem) => problem !== undefined);
  }

  async #done(): Promise<ChangeOutcome> {
    const plan = this.#plan as Plan;
    const problems = await this.recorded();
    return {
      kind: 'done',
      operation: plan.operation,
      plan,
      proof: this.#tally.progress,
      tookMs: this.#tally.took(this.#firstWriteAt),
      notes: [
        ...lateNotes(this.#tally.progress),
        ...problems.slice(0, 1).map((problem) => `No Kubernetes Event was written: ${problem}`),
      ],
    };
  }

  /** Refused in the middle, after something was written. */
  #stopped(checks: Plan['checks']): ChangeOutcome {
    const refusals = checks.filter(({ level }) => level === 'refusal').map(({ message }) => message);
    return this.failed(refusals.join(' '));
  }

  /** Out of time, or told to stop, between two writes: what is left is for the next run. Undefined: it was something else. */
  interrupted(): ChangeOutcome | undefined {
    const { now, deadline, signal } = this.#patience;
    const isOver = signal?.aborted === true || now() >= deadline;
    const plan = this.#plan;
    return isOver && plan !== undefined && this.#written.length > 0
      ? { kind: 'unfinished', operation: plan.operation, plan, proof: this.#tally.progress }
      : undefined;
  }

  failed(message: string): ChangeOutcome {
    const operation = this.#plan?.operation;
    return {
      kind: 'failed',
      ...(operation === undefined ? {} : { operation }),
      message,
      stands: this.#written.map(stands),
      undo: this.#written.length > 0 ? (this.#plan?.undo ?? []) : [],
    };
  }
}
