import type { ChangeRequest } from '../command/request.ts';
import type { Condition, Progress } from '../rotation/plan.ts';
import type { Asker } from './asker.ts';
import { type House, idOf } from './house.ts';
import type { ChangeOutcome, OperationEvent } from './outcome.ts';

/** What became of an operation in this process, for logs and metrics. */
export interface Operated {
  /** The id of the operation. */
  readonly operation: string;
  readonly command: ChangeRequest['command'];
  /** The key of the service. Without cluster and namespace: it is not configured. */
  readonly service: string;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly by: string;
  /** `error`: an internal one. */
  readonly outcome: ChangeOutcome['kind'] | 'error';
  /** Codes: of the failure, of the checks that refuse it, or the kinds of the milestones that were not reached. */
  readonly code: string | undefined;
  /** Undefined: it has not ended. The tick or another process continues it, or a person has to confirm or choose. */
  readonly ended: 'done' | 'cancelled' | 'refused' | 'failed' | undefined;
  readonly times: Times;
}

/** Milliseconds. Undefined: that did not happen in this process. */
interface Times {
  /** From the request until the change is planned, entered into the journal and announced. */
  readonly planMs: number | undefined;
  /** From then until the first write. */
  readonly writeMs: number | undefined;
  /** From the first write until the last pod is out of the endpoints. */
  readonly outOfEndpointsMs: number | undefined;
  /** From the first write until the last replacement is ready. */
  readonly readyMs: number | undefined;
  readonly totalMs: number;
}

/** Takes the times of an operation from its events. */
export class Stopwatch {
  readonly #now: () => number;
  readonly #startedAt: number;
  #plannedAt: number | undefined;
  #wroteAt: number | undefined;
  #outAt: number | undefined;
  #readyAt: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  see(event: OperationEvent): void {
    const at = this.#now();
    if (event.kind === 'planned') this.#plannedAt ??= at;
    if (event.kind === 'wrote') this.#wroteAt ??= at;
    if (event.kind !== 'progress') return;
    this.#outAt = areMet(event.proof, 'unlisted') ? (this.#outAt ?? at) : undefined;
    this.#readyAt = areMet(event.proof, 'replacementReady') ? (this.#readyAt ?? at) : undefined;
  }

  times(): Times {
    return {
      planMs: between(this.#startedAt, this.#plannedAt),
      writeMs: between(this.#plannedAt, this.#wroteAt),
      outOfEndpointsMs: between(this.#wroteAt, this.#outAt),
      readyMs: between(this.#wroteAt, this.#readyAt),
      totalMs: this.#now() - this.#startedAt,
    };
  }
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

/** All milestones of that kind, and there is one. */
function areMet(proof: readonly Progress[], kind: Condition['kind']): boolean {
  const those = proof.filter(({ milestone }) => milestone.condition.kind === kind);
  return those.length > 0 && those.every(({ isMet }) => isMet);
}

/** Does the work of an operation, and reports the result to the house. */
export async function operate(
  { now, service, operated }: House,
  request: ChangeRequest,
  asker: Asker,
  work: (stopwatch: Stopwatch) => Promise<ChangeOutcome>,
): Promise<ChangeOutcome> {
  const stopwatch = new Stopwatch(now);
  let outcome: ChangeOutcome | undefined;
  try {
    outcome = await work(stopwatch);
    return outcome;
  } finally {
    const { cluster, namespace } = service(request.service) ?? {};
    operated?.({
      operation: idOf(asker),
      command: request.command,
      service: request.service,
      cluster,
      namespace,
      by: asker.by,
      outcome: outcome?.kind ?? 'error',
      code: outcome && codeOf(outcome),
      ended: outcome === undefined ? 'failed' : endOf(outcome),
      times: stopwatch.times(),
    });
  }
}

function endOf(outcome: ChangeOutcome): Operated['ended'] {
  switch (outcome.kind) {
    case 'done':
    case 'cancelled':
      return outcome.kind;
    case 'refusal':
    case 'denied':
      return 'refused';
    case 'failed':
      return outcome.isRetried ? undefined : 'failed';
    case 'unfinished':
      return outcome.goesOn ? undefined : 'failed';
    default:
      return undefined;
  }
}

function codeOf(outcome: ChangeOutcome): string | undefined {
  switch (outcome.kind) {
    case 'failed':
    case 'notUnderstood':
      return outcome.code;
    case 'refusal':
      return listed(outcome.checks.flatMap(({ level, code }) => (level === 'refusal' ? code : [])));
    case 'unfinished':
      return listed(outcome.proof.flatMap(({ isMet, milestone }) => (isMet ? [] : milestone.condition.kind)));
    default:
      return undefined;
  }
}

function listed(codes: readonly string[]): string {
  return [...new Set(codes)].join(', ');
}
