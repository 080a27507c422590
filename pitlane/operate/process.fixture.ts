import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type CarryOutOptions, carryOut } from '../../test/builders/carry-out.ts';
import type { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during } from '../../test/virtual-time.ts';
import { type Call, type Connection, connectionTo } from '../cluster/connection.ts';
import type { KubeObject } from '../cluster/json.ts';
import { NEW_EVENTS, PODS } from '../cluster/resource.ts';
import type { ChangeRequest, Request } from '../command/request.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../config/config.ts';
import { EMPTY_JOURNAL, type JournalEntry } from '../journal/entry.ts';
import { journalData } from '../journal/text.ts';
import { DELETION_COST, DRAIN } from '../rotation/marks.ts';
import type { Plan } from '../rotation/plan.ts';
import type { Policy } from '../rotation/snapshot.ts';
import type { Asker, Reporter } from './asker.ts';
import { leftOutOf } from './attempt.ts';
import type { ChangeOutcome, OperationEvent, Outcome } from './outcome.ts';
import { createPitlane } from './pitlane.ts';
import type { Courier } from './tick/courier.ts';
import type { Pitlane, TickReport } from './use-case.ts';

const REPORT = { channel: 'C0OPS00000', ts: '1.2' };
const HOLD_MS = 61_000;
const ADMIN_JOURNAL = 'pitlane-rng.admin';

/** The reports of one operation. */
export interface Told {
  readonly begun: Plan[];
  /** The names of the pods whose evidence was kept. */
  readonly evidence: string[];
  readonly ended: ChangeOutcome[];
  readonly reporter: Required<Omit<Reporter, 'event'>>;
}

function listener(): Told {
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
  /** The roles that it has reached the cluster with. */
  readonly roles: (string | undefined)[] = [];
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
      hasTick: true,
      keys: ['rng'],
      service: (key) => (key === 'rng' ? service : undefined),
      connect: (_, asker) => {
        if (asker !== undefined) this.roles.push(asker.role);
        return this.#mortal(connectionTo(rng.cluster.kubeConfigInProcess));
      },
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
        // An Event is written beside the work, which does not wait for it.
        if (call.place.resource === NEW_EVENTS) return connection.send(call);
        alive();
        const answer = await connection.send<never>(call);
        const { verb, place, dryRun, body } = call;
        if (place.resource === PODS && ['create', 'patch', 'delete'].includes(verb) && !dryRun)
          this.writes.push(place.name ?? (body as KubeObject).metadata.name);
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
      { deadline: Date.now() + 60_000, reporter: told.reporter, ...options },
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

  propose(request: Request, asker: Asker): Promise<Outcome> {
    return during(this.pitlane.propose(request, asker));
  }

  /** Until no dead process holds its operations any more. */
  waitUntilLeft(): Promise<void> {
    return during(wait(HOLD_MS));
  }

  async tick(told: Told = listener()): Promise<{ report: TickReport; told: Told }> {
    await this.waitUntilLeft();
    const work = this.pitlane.tick({ deadline: Date.now() + 60_000, courier: courierTo(told) });
    return { report: await during(work), told };
  }

  /** As a person with kubectl does. */
  writeEntries(entries: readonly JournalEntry[]): void {
    const { namespace, cluster } = this.#rng;
    const data = journalData({ ...EMPTY_JOURNAL, operations: entries });
    if (cluster.api.get('configmaps', namespace, 'pitlane-rng') !== undefined)
      cluster.api.mergePatch('configmaps', namespace, 'pitlane-rng', { data } as never);
    else
      this.#rng.create('configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'pitlane-rng',
          namespace,
          labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': 'rng' },
        },
        data,
      });
  }

  get hasAdminJournal(): boolean {
    return this.#rng.cluster.api.get('configmaps', this.#rng.namespace, ADMIN_JOURNAL) !== undefined;
  }

  get entries(): readonly JournalEntry[] {
    return entriesIn(this.#rng, 'pitlane-rng');
  }

  /** The entries of the journal of admin operations. */
  get adminEntries(): readonly JournalEntry[] {
    return entriesIn(this.#rng, ADMIN_JOURNAL);
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
    warn: async () => {},
    close: async () => {},
    scheduleFailed: async () => {},
    tellOfOutage: async () => {},
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

/** `AlreadyDrained rng-a` of each pod that is left out. */
export function leftOut(outcome: ChangeOutcome): readonly string[] {
  return 'plan' in outcome ? leftOutOf(outcome.plan).map(({ code, pod }) => `${code} ${pod}`) : [];
}

/** As a person does with kubectl: the labels of the drained pod are back, the marks are off, and another pod goes. */
export function putBackByHand(rng: RngOnEmbedded, name: string, others: readonly string[] = []): void {
  const edit = (pod: string, metadata: object) =>
    rng.cluster.api.mergePatch('pods', rng.namespace, pod, { metadata } as never);
  for (const other of others) edit(other, { annotations: { [DELETION_COST]: '1' } });
  const marks = Object.keys(rng.pod(name)?.metadata.annotations ?? {});
  edit(name, {
    labels: { app: 'rng', 'pitlane.dev/drained-from': null },
    annotations: { ...Object.fromEntries(marks.map((key) => [key, null])), [DELETION_COST]: '1' },
  });
}
