import { randomUUID } from 'node:crypto';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Call, type Connection, connectionTo } from '../pitlane/cluster/connection.ts';
import { pathOf } from '../pitlane/cluster/resource.ts';
import type { ChangeRequest, ListRequest } from '../pitlane/command/request.ts';
import type { Asker } from '../pitlane/operate/asker.ts';
import type { Listed, OperationEvent, Outcome } from '../pitlane/operate/outcome.ts';
import { createPitlane, type Pitlane } from '../pitlane/operate/pitlane.ts';
import { type CarryOutOptions, carryOut } from './builders/carry-out.ts';
import { rngDeployment, serviceOf } from './rng-objects.ts';
import { during, startVirtualTime, stopVirtualTime, until } from './virtual-time.ts';

const LIST: ListRequest = { command: 'list', service: 'rng', all: true };
export const DRAIN_IT: ChangeRequest = { command: 'drain', service: 'rng', dryRun: false, force: false };
export const RESTORE_IT: ChangeRequest = { command: 'restore', service: 'rng', dryRun: false, force: false };

type Created = Parameters<EmbeddedCluster['api']['create']>[1];

/**
 * For each test of a file: the service rng with four pods in rotation, in a namespace of its own, on one embedded
 * cluster reached over real HTTP.
 */
export class RngOnEmbedded {
  cluster!: EmbeddedCluster;
  namespace!: string;
  pitlane!: Pitlane;
  /** What pitlane asked of the API server, watches as `WATCH`, without the names of generated objects. */
  calls: string[] = [];

  constructor() {
    beforeAll(async () => {
      startVirtualTime();
      this.cluster = await during(startEmbeddedCluster({ kubelet: { startMs: 5 } }));
    });
    afterAll(async () => {
      await during(this.cluster.stop());
      stopVirtualTime();
    });
    beforeEach(() => this.#deploy());
    afterEach(() => {
      this.cluster.setIntercept(undefined);
      this.cluster.api.delete('namespaces', undefined, this.namespace);
    });
  }

  async #deploy(): Promise<void> {
    this.namespace = `test-${randomUUID().slice(0, 8)}`;
    const { namespace } = this;
    this.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    this.create('deployments', rngDeployment(namespace));
    this.create('services', serviceOf('rng', namespace));
    this.pitlane = this.#pitlane();
    await this.untilInRotation(4);
    this.calls = [];
  }

  #pitlane(): Pitlane {
    const { namespace } = this;
    const connection = this.recorded(connectionTo(this.cluster.kubeConfig));
    const pitlane = createPitlane({
      now: Date.now,
      connect: () => connection,
      service: (key) =>
        key === 'rng'
          ? {
              key,
              cluster: 'test',
              namespace,
              service: 'rng',
              policy: {
                maxDrained: 3,
                gate: { key: 'enabled', value: 'yes' },
                drain: { forSeconds: 3600, then: 'remind' },
              },
            }
          : undefined,
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

  create(resource: string, object: object): void {
    this.cluster.api.create(resource, object as Created);
  }

  pod(name: string) {
    return this.cluster.api.get('pods', this.namespace, name);
  }

  async untilInRotation(count: number): Promise<void> {
    await until(`${count} pods are in rotation`, async () => {
      const { counts, members } = await this.list();
      return (counts['in rotation'] ?? 0) === count && members.length === count;
    });
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
