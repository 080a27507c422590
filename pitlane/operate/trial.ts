import { type Tried, tryOut } from '../cluster/carry-out.ts';
import type { Connection } from '../cluster/connection.ts';
import { ClusterError, Conflict, NotFound } from '../cluster/errors.ts';
import { limited } from '../cluster/limited.ts';
import type { Plan, Refusal, Write } from '../rotation/plan.ts';
import type { Trial } from '../rotation/snapshot.ts';
import { touchesOf, trialFindings } from '../rotation/trial.ts';

/** What the dry runs of one attempt have found, by `keyOf` of the write. */
export class Trials {
  readonly #answers = new Map<string, Partial<Tried>>();

  /** Those that a plan has to know: the API server would not do what the write asks for. */
  get found(): readonly Trial[] {
    const trials = [...this.#answers.values()].flatMap(({ trial }) => trial ?? []);
    return trials.filter(({ rejected, unlike }) => rejected !== undefined || unlike.length > 0);
  }

  isTried(write: Write): boolean {
    return this.#answers.has(keyOf(write));
  }

  /** The answer of the API server in a sentence. */
  textOf(write: Write): string {
    return this.#answers.get(keyOf(write))?.text ?? `Not tried: ${write.title}.`;
  }

  async ask(connection: Connection, writes: readonly Write[]): Promise<void> {
    await limited(writes, async (write) => {
      this.#answers.set(keyOf(write), (await answerTo(connection, write)) ?? {});
    });
  }
}

/** Without an answer, or where the object has changed meanwhile, the write itself finds out. */
async function answerTo(connection: Connection, write: Write): Promise<Partial<Tried> | undefined> {
  try {
    return await tryOut(connection, write);
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound || (error instanceof ClusterError && error.isRetryable))
      return { text: `Not tried: ${write.title}. ${error.message}` };
    throw error;
  }
}

function keyOf(write: Write): string {
  return `${write.target.uid} ${touchesOf(write)}`;
}

/** Most plans that are tried one after the other: each answer may make the next one another. */
const MOST_PLANS = 6;

/**
 * Plans with what dry runs find: a plan that the API server would reject, or not carry out as asked, is planned again
 * until it is one that it takes, or a refusal. Costs one request for each write, once in an attempt.
 */
export async function planTried<T extends { readonly kind: string }>(
  trials: Trials,
  connection: Connection,
  plan: () => T | Plan | Refusal,
  toTry: (plan: Plan) => readonly Write[] = podWrites,
): Promise<T | Plan | Refusal> {
  for (let planned = plan(), count = 1; ; planned = plan(), count += 1) {
    if (!isPlan(planned)) return planned;
    const open = toTry(planned).filter((write) => !trials.isTried(write));
    const before = trials.found.length;
    if (count <= MOST_PLANS) await trials.ask(connection, open);
    // The plan knows of all that was found.
    if (trials.found.length === before) return refusedByTrials(planned, trials) ?? planned;
  }
}

function isPlan(planned: { readonly kind: string }): planned is Plan {
  return planned.kind === 'plan';
}

/**
 * The first patch of each pod, without those that only remove marks, and the first pod that an operation creates. Later ones
 * rely on its effects, and an operation on a service may patch hundreds. Of an operation that has begun, the writes themselves
 * say what has become of it.
 */
function podWrites({ operation, phases, hasBegun }: Plan): readonly Write[] {
  if (hasBegun) return [];
  const writes = phases.flatMap((phase) => (phase.lease === 'namespace' ? phase.writes : []));
  const created = writes.filter(({ kind, target }) => kind === 'create' && target.kind === 'Pod').slice(0, 1);
  if (operation.subject.kind !== 'pods') return created;
  const patches = writes.filter(({ kind }) => kind === 'patch');
  return [...Map.groupBy(patches, ({ target }) => target.uid).values()].flatMap(([first]) => first ?? []);
}

/** All writes that do not rely on the effects of others. */
export function firstWrites(plan: Plan): readonly Write[] {
  const first = plan.phases[0]?.writes ?? [];
  return plan.operation.subject.kind === 'pods' ? [...new Set([...podWrites(plan), ...first])] : first;
}

/** An operation on the service has no pods to leave out: the plan is refused if the API server would not do it as asked. */
function refusedByTrials(plan: Plan, trials: Trials): Refusal | undefined {
  const writes = plan.phases.flatMap((phase) => phase.writes);
  const found = trialFindings({ trials: trials.found }, writes);
  if (plan.operation.subject.kind === 'pods' || found.length === 0) return undefined;
  return { kind: 'refusal', operation: plan.operation, checks: [...plan.checks, ...found], isForceable: false };
}
