import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Call, Connection } from '../../pitlane/cluster/connection.ts';
import type { ChangeRequest, Request } from '../../pitlane/command/request.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import type { Done, OperationEvent, Outcome } from '../../pitlane/operate/outcome.ts';
import type { Courier } from '../../pitlane/operate/tick/courier.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import type { DrainRecord } from '../../pitlane/rotation/marks.ts';
import type { Plan } from '../../pitlane/rotation/plan.ts';
import type { Policy } from '../../pitlane/rotation/snapshot.ts';
import { type CarryOutOptions, carryOut } from '../builders/carry-out.ts';
import { nameOf, type Pod } from './objects.ts';
import type { Space } from './space.ts';

export interface Ran {
  outcome: Outcome;
  events: OperationEvent[];
}

export interface Asking extends CarryOutOptions {
  by?: string;
  requestId?: string;
}

/** The deadline of a change: longer than it takes on a busy machine. */
const generousMs = 60_000;

/** Runs Pitlane on the Service `web` of one namespace, and on others with the same policy. */
export class Crew {
  readonly pitlane: Pitlane;

  /** `through` wraps the connection to the cluster. */
  constructor(
    on: Space,
    policy: Partial<Policy> = {},
    through = (connection: Connection): Connection => connection,
    others: readonly string[] = [],
  ) {
    const keys = ['web', ...others];
    const service = (key: string): ServiceConfig => ({
      key,
      cluster: 'tested',
      namespace: on.name,
      service: key,
      policy: { ...DEFAULT_POLICY, ...policy },
    });
    const { connection, create } = on.cluster.pitlane;
    this.pitlane = create({
      service: (key) => (keys.includes(key) ? service(key) : undefined),
      keys,
      connect: () => through(connection),
      now: Date.now,
    });
  }

  /** One run of the tick: what it did, and the codes of the troubles of a gate that it told. */
  async tick(): Promise<{ did: readonly string[]; told: readonly string[] }> {
    const told: string[] = [];
    const courier: Courier = {
      reporterOf: () => ({}),
      reporterBeside: () => ({}),
      remind: async () => undefined,
      answered: async () => {},
      close: async () => {},
      scheduleFailed: async () => {},
      tellOfOutage: async () => {},
      async warn({ troubles }) {
        told.push(...troubles.map(({ code }) => code));
      },
    };
    const { did, trouble } = await this.pitlane.tick({ deadline: Date.now() + generousMs, courier });
    expect(trouble).toEqual([]);
    return { did, told };
  }

  read(request: Request): Promise<Outcome> {
    return this.pitlane.propose(request, { by: 'U0000000AB', role: 'admin', requestId: randomUUID() });
  }

  run(request: ChangeRequest, { by = 'U0000000AB', requestId = randomUUID(), ...options }: Asking = {}): Promise<Ran> {
    return carryOut(
      this.pitlane,
      request,
      { by, role: 'admin', requestId },
      { deadline: Date.now() + generousMs, ...options },
    );
  }

  drain(
    pod: Pod | string,
    { because, force = false, ...asking }: Asking & { because?: string; force?: boolean } = {},
  ): Promise<Ran> {
    return this.run(drainRequest(pod, { force, ...(because === undefined ? {} : { because }) }), asking);
  }

  restore(pod: Pod | string, asking: Asking = {}): Promise<Ran> {
    return this.run({ command: 'restore', service: 'web', pods: [nameIn(pod)], dryRun: false, force: false }, asking);
  }

  extend(pod: Pod | string, { forSeconds = 3_600, ...asking }: Asking & { forSeconds?: number } = {}): Promise<Ran> {
    const request = { command: 'extend', service: 'web', pods: [nameIn(pod)], forSeconds };
    return this.run({ ...request, dryRun: false, force: false }, asking);
  }

  /** Without an id, the last change. */
  undo({ operation, ...asking }: Asking & { operation?: string } = {}): Promise<Ran> {
    const which = operation === undefined ? {} : { operation };
    return this.run({ command: 'undo', service: 'web', ...which, dryRun: false, force: false }, asking);
  }

  finish(pod: Pod | string, { dryRun = false, ...asking }: Asking & { dryRun?: boolean } = {}): Promise<Ran> {
    return this.run({ command: 'finish', service: 'web', pods: [nameIn(pod)], dryRun, force: false }, asking);
  }
}

export function drainRequest(pod: Pod | string, change: { because?: string; force?: boolean; dryRun?: boolean } = {}) {
  return { command: 'drain', service: 'web', pods: [nameIn(pod)], dryRun: false, force: false, ...change };
}

const nameIn = (pod: Pod | string) => (typeof pod === 'string' ? pod : nameOf(pod));

/** Throws unless the change is carried out and proven. */
export function done({ outcome }: Ran): Done {
  return expectKind(outcome, 'done');
}

/** Throws, with the outcome, unless it is of that kind. */
export function expectKind<K extends Outcome['kind']>(outcome: Outcome, kind: K): Extract<Outcome, { kind: K }> {
  if (outcome.kind !== kind) throw new Error(`not ${kind}: ${JSON.stringify(outcome, undefined, 1)}`);
  return outcome as Extract<Outcome, { kind: K }>;
}

/** Waits for an Event on the pod and one on the Service; both have the operation, the person, the pod and the details. */
export async function expectEvents(
  on: Space,
  reason: string,
  { operation: { id, by } }: Done,
  pod: Pod,
  ...details: string[]
): Promise<void> {
  const start = `${reason}: `;
  for (const events of [await on.untilEvent('Pod', nameOf(pod), start), await on.untilEvent('Service', 'web', start)]) {
    const message = events.find((event) => event.startsWith(start));
    for (const detail of [id, by, nameOf(pod), ...details]) expect(message).toContain(detail);
  }
}

/** The codes of the checks at these levels. */
export function codes(outcome: Outcome | Plan, ...levels: string[]): string[] {
  const checks = 'checks' in outcome ? outcome.checks : 'plan' in outcome ? outcome.plan.checks : [];
  return checks.filter(({ level }) => levels.includes(level)).map(({ code }) => code);
}

export function recordOn(pod: Pod): DrainRecord {
  return JSON.parse(pod.metadata.annotations?.['pitlane.dev/drain'] ?? 'null') as DrainRecord;
}

/** Drains one of four pods; `others` are the four pods in rotation after that. */
export async function drainedOfFour(
  on: Space,
  part: Parameters<Space['deployment']>[0] = {},
): Promise<{ crew: Crew; pod: Pod; others: [Pod, ...Pod[]] }> {
  const [pod] = await fourInRotation(on, part);
  const crew = new Crew(on);
  done(await crew.drain(pod));
  return { crew, pod, others: await on.readyPods(4, 'app=web') };
}

/** Runs `act` once, right before Pitlane's first write to a pod. */
export function beforeTheWrite(act: () => Promise<unknown>): (connection: Connection) => Connection {
  let acted: Promise<unknown> | undefined;
  return (connection) => ({
    ...connection,
    async send<T>(call: Call) {
      const isWrite = !call.dryRun && (call.verb === 'patch' || call.verb === 'delete');
      if (call.place.resource.plural === 'pods' && isWrite) {
        acted ??= act();
        await acted;
      }
      return connection.send<T>(call);
    },
  });
}

/** Four pods of a Deployment behind the Service `web`. */
export async function fourInRotation(
  on: Space,
  part: Parameters<Space['deployment']>[0] = {},
): Promise<[Pod, ...Pod[]]> {
  await on.service();
  await on.deployment({ replicas: 4, ...part });
  return on.podsInRotation(4);
}

/** Three pods of a DaemonSet behind the Service `web`, one on each node. */
export async function daemonSetInRotation(on: Space): Promise<[Pod, ...Pod[]]> {
  await on.service();
  await on.daemonSet();
  return on.podsInRotation(on.cluster.nodeNames.length);
}
