import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type CarryOutOptions, carryOut } from '../../test/builders/carry-out.ts';
import type { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during } from '../../test/virtual-time.ts';
import { type Call, type Connection, connectionTo } from '../cluster/connection.ts';
import { PODS } from '../cluster/resource.ts';
import type { ChangeRequest } from '../command/request.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { DRAIN } from '../rotation/marks.ts';
import type { Plan } from '../rotation/plan.ts';
import type { Policy } from '../rotation/snapshot.ts';
import type { Asker, Reporter } from './asker.ts';
import type { ChangeOutcome, OperationEvent } from './outcome.ts';
import { createPitlane, type Pitlane } from './pitlane.ts';
import type { Courier } from './tick/courier.ts';
import type { TickReport } from './tick/round.ts';

export const REPORT = { channel: 'C0OPS00000', ts: '1.2' };
const HOLD_MS = 61_000;

/** What was told of one operation. */
export interface Told {
  readonly begun: Plan[];
  /** The names of the pods whose evidence was kept. */
  readonly evidence: string[];
  readonly ended: ChangeOutcome[];
  readonly reporter: Required<Omit<Reporter, 'event'>>;
}

export function listener(): Told {
  const told = { begun: [] as Plan[], evidence: [] as string[], ended: [] as ChangeOutcome[] };
  return {
    ...told,
    reporter: {
      async begun(plan) {
        told.begun.push(plan);
        return REPORT;
      },
      async keep({ pod }) {
        told.evidence.push(pod.name);
      },
      async ended(outcome) {
        told.ended.push(outcome);
      },
    },
  };
}

/** A process with pitlane in it, on the cluster of the test. */
export class Process {
  readonly pitlane: Pitlane;
  readonly #rng: RngOnEmbedded;
  #isDead = false;
  /** The names of the pods that were written to, in order. */
  readonly writes: string[];
  /** Called after each answer. It may kill the process. */
  answered: (call: Call) => void = () => {};

  constructor(rng: RngOnEmbedded, { writes = [], ...policy }: Partial<Policy> & { writes?: string[] } = {}) {
    this.#rng = rng;
    this.writes = writes;
    const { namespace } = rng;
    const service: ServiceConfig = {
      key: 'rng',
      cluster: 'test',
      namespace,
      service: 'rng',
      policy: { ...DEFAULT_POLICY, ...policy },
    };
    this.pitlane = createPitlane({
      now: Date.now,
      keys: ['rng'],
      service: (key) => (key === 'rng' ? service : undefined),
      connect: () => this.#mortal(connectionTo(rng.cluster.kubeConfig)),
    });
  }

  /** Nothing reaches the cluster any more. */
  die(): void {
    this.#isDead = true;
  }

  #mortal(connection: Connection): Connection {
    const alive = () => {
      if (this.#isDead) throw new Error('the process is dead');
    };
    return {
      ...connection,
      send: async (call) => {
        alive();
        const answer = await connection.send<never>(call);
        const { verb, place, dryRun } = call;
        if (place.resource === PODS && (verb === 'patch' || verb === 'delete') && !dryRun)
          this.writes.push(place.name ?? '');
        this.answered(call);
        alive();
        return answer;
      },
      open: async (call) => {
        alive();
        return connection.open(call);
      },
    };
  }

  /** As `rng.carryOut`, with a tick to continue what is left. */
  async carryOut(
    request: ChangeRequest,
    { requestId = randomUUID(), role = 'admin', ...options }: CarryOutOptions & Partial<Asker> = {},
  ): Promise<{ outcome: ChangeOutcome; events: readonly OperationEvent[]; told: Told }> {
    const told = listener();
    const work = carryOut(
      this.pitlane,
      request,
      { by: 'U042', role, requestId },
      { hasTick: true, deadline: Date.now() + 60_000, reporter: told.reporter, ...options },
    );
    return { ...(await during(work)), told };
  }

  /** Carries out until the process is dead. `told`: by this process. */
  async untilDead(request: ChangeRequest, options: CarryOutOptions & Partial<Asker> = {}): Promise<Told> {
    const told = listener();
    const ended = this.carryOut(request, { reporter: told.reporter, ...options }).then(
      ({ outcome }) => outcome.kind,
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    const how = await ended;
    if (how !== 'the process is dead') throw new Error(`the process ended otherwise: ${how}`);
    return told;
  }

  /** A tick, once no process holds its operations any more. */
  async tick(told: Told = listener()): Promise<{ report: TickReport; told: Told }> {
    await during(wait(HOLD_MS));
    const work = this.pitlane.tick({ deadline: Date.now() + 60_000, courier: courierTo(told) });
    return { report: await during(work), told };
  }

  get entries(): readonly JournalEntry[] {
    return entriesIn(this.#rng, 'pitlane-rng');
  }

  /** Of the operations that take an admin. */
  get adminEntries(): readonly JournalEntry[] {
    return entriesIn(this.#rng, 'pitlane-rng-admin');
  }
}

function entriesIn(rng: RngOnEmbedded, name: string): readonly JournalEntry[] {
  const data = rng.cluster.api.get('configmaps', rng.namespace, name)?.data as Record<string, string> | undefined;
  return (JSON.parse(data?.operations ?? '{"items":[]}') as { items: JournalEntry[] }).items;
}

function courierTo({ reporter }: Told): Courier {
  return {
    reporterOf: () => reporter,
    reporterBeside: () => reporter,
    remind: async () => undefined,
    answered: async () => {},
    close: async () => {},
  };
}

export function isDrained(rng: RngOnEmbedded, name: string): boolean {
  return rng.pod(name)?.metadata.annotations?.[DRAIN] !== undefined;
}

/** The fewest ready endpoints that the service had since, counted in its slices. */
export function fewestReady(rng: RngOnEmbedded): () => number {
  const ready = () =>
    rng.cluster.api
      .list('endpointslices', rng.namespace)
      .flatMap(({ endpoints }) => (endpoints ?? []) as { conditions?: { ready?: boolean } }[])
      .filter(({ conditions }) => conditions?.ready !== false).length;
  let fewest = ready();
  const stop = rng.cluster.api.subscribe(() => {
    fewest = Math.min(fewest, ready());
  });
  return () => {
    stop();
    return fewest;
  };
}
