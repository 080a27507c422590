import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../cluster/connection.ts';
import type { Patience, Sleep } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { Config, ServiceConfig } from '../config/config.ts';
import type { Operation, Subject } from '../rotation/plan.ts';
import type { Asker } from './asker.ts';

/** What the use case stands on. Tests give their own. */
export interface House {
  /** Undefined: no such service is configured. */
  readonly service: (key: string) => ServiceConfig | undefined;
  /** What the configured services are called, to name the nearest; absent: it is not known. */
  readonly keys?: readonly string[];
  /** Who has which role, to say who may; absent: it is not known. */
  readonly access?: Config['access'];
  /** A way into a cluster of the configuration, acting as the asker where the door impersonates. */
  readonly connect: (cluster: string, asker?: Asker) => Connection | Promise<Connection>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep?: Sleep;
  /** A random text, different for each call: tells two processes with the same operation apart. */
  readonly ids?: () => string;
  /** Milliseconds between two looks of a waiting process into the journal; absent: 5 s. */
  readonly lookMs?: number;
}

const sleep: Sleep = async (ms, signal) => {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
};

export function patienceOf(house: House, deadline: number, more: Pick<Patience, 'signal' | 'report'> = {}): Patience {
  return { now: house.now, sleep: house.sleep ?? sleep, deadline, ...more };
}

/** The same for every delivery of a request, so that what one delivery wrote the next one recognises as its own. */
export function operationId(requestId: string): string {
  return createHash('sha256').update(requestId).digest('hex').slice(0, 10);
}

export function idOf({ resumes, requestId }: Asker): string {
  return resumes ?? operationId(requestId);
}

export function operationOf(house: House, request: ChangeRequest, subject: Subject, asker: Asker): Operation {
  return {
    id: idOf(asker),
    request,
    subject,
    by: asker.by,
    at: house.now(),
    ...(asker.report === undefined ? {} : { report: asker.report }),
    ...(asker.resumes === undefined ? {} : { isResumed: true }),
  };
}

/** The holder of a lease: the operation, and which process it is. */
export function holderOf(house: House, operation: string): string {
  return `${operation}/${(house.ids ?? randomUUID)()}`;
}
