import { randomUUID } from 'node:crypto';
import { type Call, type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import type { ChangeRequest, Request } from '../../pitlane/command/request.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import type { Done, OperationEvent, Outcome } from '../../pitlane/operate/outcome.ts';
import { createPitlane, type Pitlane } from '../../pitlane/operate/pitlane.ts';
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

/** Pitlane at work on the Service `web` of one namespace. */
export class Crew {
  readonly pitlane: Pitlane;

  /** `through`: what stands between pitlane and the cluster. */
  constructor(on: Space, policy: Partial<Policy> = {}, through = (connection: Connection): Connection => connection) {
    const service: ServiceConfig = {
      key: 'web',
      cluster: 'tested',
      namespace: on.name,
      service: 'web',
      policy: { ...DEFAULT_POLICY, ...policy },
    };
    this.pitlane = createPitlane({
      service: (key) => (key === 'web' ? service : undefined),
      connect: () => through(connectionTo(on.cluster.kubeConfig)),
      now: Date.now,
    });
  }

  read(request: Request): Promise<Outcome> {
    return this.pitlane.propose(request, { by: 'U0000000AB', role: 'admin', requestId: randomUUID() });
  }

  run(request: ChangeRequest, { by = 'U0000000AB', requestId = randomUUID(), ...options }: Asking = {}): Promise<Ran> {
    return carryOut(
      this.pitlane,
      request,
      { by, role: 'admin', requestId },
      { deadline: Date.now() + 20_000, ...options },
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

  finish(pod: Pod | string, { dryRun = false, ...asking }: Asking & { dryRun?: boolean } = {}): Promise<Ran> {
    return this.run({ command: 'finish', service: 'web', pods: [nameIn(pod)], dryRun, force: false }, asking);
  }
}

export function drainRequest(pod: Pod | string, change: { because?: string; force?: boolean; dryRun?: boolean } = {}) {
  return { command: 'drain', service: 'web', pods: [nameIn(pod)], dryRun: false, force: false, ...change };
}

const nameIn = (pod: Pod | string) => (typeof pod === 'string' ? pod : nameOf(pod));

/** The outcome of a change that must have been carried out and proven. */
export function done({ outcome }: Ran): Done {
  if (outcome.kind !== 'done') throw new Error(`not done: ${JSON.stringify(outcome, undefined, 1)}`);
  return outcome;
}

/** The codes of what was found, at the levels asked for. */
export function codes(outcome: Outcome | Plan, ...levels: string[]): string[] {
  const checks = 'checks' in outcome ? outcome.checks : 'plan' in outcome ? outcome.plan.checks : [];
  return checks.filter(({ level }) => levels.includes(level)).map(({ code }) => code);
}

export function recordOn(pod: Pod): DrainRecord {
  return JSON.parse(pod.metadata.annotations?.['pitlane.dev/drain'] ?? 'null') as DrainRecord;
}

/** A drained pod of four, and the four that are there now. */
export async function drainedOfFour(
  on: Space,
  part: Parameters<Space['deployment']>[0] = {},
): Promise<{ crew: Crew; pod: Pod; others: Pod[] }> {
  const [pod] = (await fourInRotation(on, part)) as [Pod];
  const crew = new Crew(on);
  done(await crew.drain(pod));
  return { crew, pod, others: await on.readyPods(4, 'app=web') };
}

/** Lets somebody else act in the moment before pitlane's first write to a pod. */
export function beforeTheWrite(act: () => Promise<unknown>): (connection: Connection) => Connection {
  let acted: Promise<unknown> | undefined;
  return (connection) => ({
    ...connection,
    async send<T>(call: Call) {
      if (call.place.resource.plural === 'pods' && (call.verb === 'patch' || call.verb === 'delete')) {
        acted ??= act();
        await acted;
      }
      return connection.send<T>(call);
    },
  });
}

/** Four pods of a Deployment behind the Service `web`. */
export async function fourInRotation(on: Space, part: Parameters<Space['deployment']>[0] = {}): Promise<Pod[]> {
  await on.service();
  await on.deployment({ replicas: 4, ...part });
  const pods = await on.readyPods(4);
  await on.untilListed(pods.map(nameOf));
  return pods;
}
