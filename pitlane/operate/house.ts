import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../cluster/connection.ts';
import type { Patience, Sleep } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { Config, ServiceConfig } from '../config/config.ts';
import type { Operation, Subject } from '../rotation/plan.ts';
import type { Policy, Snapshot } from '../rotation/snapshot.ts';
import type { Asker } from './asker.ts';
import type { Operated } from './operated.ts';

/** The environment of the use case. */
export interface House {
  /** Undefined: no such service is configured. */
  readonly service: (key: string) => ServiceConfig | undefined;
  /** The keys of the configured services; absent: unknown. */
  readonly keys?: readonly string[];
  /** The grants, to name the people with a role; absent: unknown. */
  readonly access?: Config['access'];
  /** Connects to a configured cluster, as the asker if the door impersonates. */
  readonly connect: (cluster: string, asker?: Asker) => Connection | Promise<Connection>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * A tick runs for the configured services: it continues unfinished operations, so the journal must know of them, and it
   * reminds people of drained pods. Absent: the tick's heartbeat tells.
   */
  readonly hasTick?: true;
  /** Called after each change that this process worked on. */
  readonly operated?: ((operated: Operated) => void) | undefined;
}

/** A namespace of a cluster, with its configured services. */
export interface NamespaceOf {
  readonly cluster: string;
  readonly namespace: string;
  /** Each Kubernetes Service once, by the first of its keys. */
  readonly services: readonly ServiceConfig[];
}

export function namespacesOf({ service }: House, keys: readonly string[]): readonly NamespaceOf[] {
  const services = keys.map(service).filter((each) => each !== undefined);
  const groups = Map.groupBy(services, ({ cluster, namespace }) => JSON.stringify([cluster, namespace]));
  return [...groups.values()].map((group) => {
    const [{ cluster, namespace }] = group as [ServiceConfig];
    const once = Map.groupBy(group, (each) => each.service);
    return { cluster, namespace, services: [...once.values()].flatMap(([first]) => first ?? []) };
  });
}

/** The policy of another Service of the same namespace; undefined: it is not configured. */
export function policiesBeside({ house, service }: Pick<OpenService, 'house' | 'service'>) {
  const configured = (house.keys ?? []).map(house.service).filter((each) => each !== undefined);
  return (name: string): Policy | undefined =>
    configured.find(
      (each) => each.cluster === service.cluster && each.namespace === service.namespace && each.service === name,
    )?.policy;
}

const sleep: Sleep = async (ms, signal) => {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
};

/** A configured service, and a connection to its cluster with the rights of the request. */
export interface OpenService {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
}

/** A request for a change, and the service that it is about. */
export interface Asking extends OpenService {
  readonly request: ChangeRequest;
  readonly asker: Asker;
  /** The objects of the request, where they are known already. */
  readonly known?: Subject;
}

export function patienceOf(house: House, deadline: number, more: Pick<Patience, 'signal' | 'report'> = {}): Patience {
  return { now: house.now, sleep, deadline, ...more };
}

/** A person waits no longer for a proposal. */
const PROPOSAL_TIME_MS = 25_000;

export function timeToPropose({ now }: House, deadline = Number.POSITIVE_INFINITY): number {
  return Math.min(deadline, now() + PROPOSAL_TIME_MS);
}

/** The same for every delivery of a request, so that each recognises the writes of the others. */
export function operationId(requestId: string): string {
  return createHash('sha256').update(requestId).digest('hex').slice(0, 10);
}

export function idOf({ resumes, requestId }: Asker): string {
  return resumes?.id ?? operationId(requestId);
}

/** `isResumed`: this process or an earlier one may have written something already. */
export function operationOf(
  { house, request, asker }: Pick<Asking, 'house' | 'request' | 'asker'>,
  subject: Subject,
  { hasTick }: Pick<Snapshot, 'hasTick'>,
  isResumed = false,
): Operation {
  return {
    id: idOf(asker),
    request,
    subject,
    by: asker.by,
    byName: asker.byName,
    at: house.now(),
    report: asker.report,
    hasTick: house.hasTick ?? hasTick,
    isResumed: isResumed || undefined,
  };
}
