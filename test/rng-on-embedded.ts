import { randomUUID } from 'node:crypto';
import { type Call, type Connection, connectionTo } from '../pitlane/cluster/connection.ts';
import { pathOf } from '../pitlane/cluster/resource.ts';
import type { ChangeRequest, ListRequest } from '../pitlane/command/request.ts';
import type { ServiceConfig } from '../pitlane/config/config.ts';
import type { Asker } from '../pitlane/operate/asker.ts';
import type { Operated } from '../pitlane/operate/operated.ts';
import type { Listed, OperationEvent, Outcome } from '../pitlane/operate/outcome.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import type { Pitlane } from '../pitlane/operate/use-case.ts';
import { type CarryOutOptions, carryOut } from './builders/carry-out.ts';
import { RngCluster } from './rng-cluster.ts';
import { during } from './virtual-time.ts';

const LIST: ListRequest = { command: 'list', service: 'rng', all: true };
export const DRAIN_IT: ChangeRequest = { command: 'drain', service: 'rng', dryRun: false, force: false };
export const RESTORE_IT: ChangeRequest = { command: 'restore', service: 'rng', dryRun: false, force: false };

/** For each test of a file: the service rng on an embedded cluster, and the use case with its real client. */
export class RngOnEmbedded extends RngCluster {
  /** A tick runs for the service. */
  readonly #hasTick: boolean;
  pitlane!: Pitlane;
  /** What pitlane asked of the API server, without the names of generated objects. */
  calls: string[] = [];
  /** The operations that are over. */
  operated: Operated[] = [];

  constructor({ hasTick = false }: { readonly hasTick?: boolean } = {}) {
    super();
    this.#hasTick = hasTick;
  }

  protected override async deploy(): Promise<void> {
    await super.deploy();
    this.pitlane = this.#pitlane();
    this.calls = [];
    this.operated = [];
  }

  get scope(): ServiceConfig {
    return {
      key: 'rng',
      cluster: 'test',
      namespace: this.namespace,
      service: 'rng',
      policy: {
        maxDrained: 3,
        gate: { key: 'enabled', value: 'yes' },
        drain: { forSeconds: 3600, then: 'remind' },
      },
    };
  }

  #pitlane(): Pitlane {
    const connection = this.recorded(connectionTo(this.cluster.kubeConfigInProcess));
    const pitlane = createPitlane({
      now: Date.now,
      ...(this.#hasTick && { hasTick: true }),
      connect: () => connection,
      operated: (operated) => this.operated.push(operated),
      service: (key) => (key === 'rng' ? this.scope : undefined),
    });
    return {
      ...pitlane,
      propose: (...given) => during(pitlane.propose(...given)),
      resume: (...given) => during(pitlane.resume(...given)),
    };
  }

  recorded(connection: Connection): Connection {
    const note = (call: Call): Call => {
      const verb = call.verb === 'list' ? 'get' : call.verb;
      const path = pathOf(call.place).replace(this.namespace, 'NS');
      this.calls.push(`${verb} ${path.replace(/rng-[0-9a-z]+-[0-9a-z]{5}/, 'POD').replace(/rng-[0-9a-z]+$/, 'RS')}`);
      return call;
    };
    return {
      ...connection,
      send: (call) => connection.send(note(call)),
      open: (call) => connection.open(note(call)),
    };
  }

  async list(more: Partial<ListRequest> = {}): Promise<Listed> {
    const outcome = await this.pitlane.propose({ ...LIST, ...more }, { by: 'U042', role: 'admin', requestId: 'list' });
    if (outcome.kind !== 'listed') throw new Error(`not listed: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  async somePod(): Promise<string> {
    return (await this.list()).members[0]?.pod.name ?? '';
  }

  carryOut(
    request: ChangeRequest,
    { requestId = randomUUID(), ...options }: CarryOutOptions & { readonly requestId?: string } = {},
  ): Promise<{ outcome: Outcome; events: readonly OperationEvent[] }> {
    const asker: Asker = { by: 'U042', role: 'admin', requestId };
    return during(carryOut(this.pitlane, request, asker, { deadline: Date.now() + 15_000, ...options }));
  }
}

/** What was written, in order. */
export function titles(events: readonly OperationEvent[]): readonly string[] {
  return events.filter((event) => event.kind === 'wrote').map(({ title }) => title);
}
