import { tryOut } from './cluster/carry-out.ts';
import type { Connection } from './cluster/connection.ts';
import { CannotConnect, ClusterError } from './cluster/errors.ts';
import { patiently } from './cluster/retry.ts';
import { help } from './command/help.ts';
import { quote } from './command/misread.ts';
import type { ChangeRequest, Request } from './command/request.ts';
import type { ServiceConfig } from './config.ts';
import type { AdvanceOptions, Asker } from './operate/asker.ts';
import { change } from './operate/change.ts';
import { channel } from './operate/channel.ts';
import { followLogs } from './operate/follow-logs.ts';
import { type House, patienceOf } from './operate/house.ts';
import { look } from './operate/look.ts';
import { notThere } from './operate/missing.ts';
import { read } from './operate/reads.ts';
import type { Failed, NotUnderstood, OperationEvent, Outcome } from './outcome.ts';
import type { PatchStep, Plan } from './rotation/plan.ts';

export type { AdvanceOptions, Asker };

/** The one use case. Doors call this and render what comes back. */
export interface Pitlane {
  /** Observes and plans; changes nothing. Reads are answered, changes come back as a proposal, refusal or choice. */
  propose(request: Request, asker: Asker): Promise<Outcome>;

  /**
   * Carries a change out: observes, plans, writes, waits for the proof, again and again until it is done or given up.
   * A plan with warnings is carried out only with a confirmation of exactly that plan (or `confirmed: 'any'`, for doors
   * whose caller has said yes in advance); else it comes back as a proposal.
   */
  advance(request: ChangeRequest, asker: Asker, options: AdvanceOptions): AsyncGenerator<OperationEvent, Outcome>;

  /** The log of a pod as it grows, a line at a time with the pod's name in front when there are several. Ends with the signal. */
  followLogs(request: Extract<Request, { command: 'logs' }>, signal: AbortSignal): AsyncGenerator<string, Outcome>;
}

/** A proposal that takes longer is no use to somebody who waits for it. */
const PROPOSAL_TIME_MS = 25_000;

export function createPitlane(house: House): Pitlane {
  return {
    async propose(request, asker) {
      if (request.command === 'help') {
        return { kind: 'helped', text: help(request) };
      }
      const service = house.service(request.service);
      if (service === undefined) {
        return unknownService(house, request.service);
      }
      const patience = patienceOf(house, house.now() + PROPOSAL_TIME_MS);
      return orFailed(async () => {
        const connection = patiently(await house.connect(service.cluster, asker), patience);
        switch (request.command) {
          case 'list':
          case 'inspect':
          case 'logs':
            return read(house, connection, service, request);
          case 'drained':
          case 'evidence':
          case 'operations':
          case 'cancel':
            throw new Error('not answered yet');
          case 'drain':
          case 'restore':
          case 'extend':
          case 'finish':
            return proposeChange(house, connection, service, request, asker);
        }
      });
    },

    async *advance(request, asker, options) {
      const service = house.service(request.service);
      if (service === undefined) {
        return unknownService(house, request.service);
      }
      if (request.dryRun) {
        return await this.propose(request, asker);
      }
      const ending = new AbortController();
      const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
      const events = channel<OperationEvent>();
      const work = orFailed(async () => {
        const connection = await house.connect(service.cluster, asker);
        return change({
          house,
          connection,
          service,
          request,
          asker,
          options: { ...options, signal },
          emit: events.push,
        });
      }).finally(events.close);
      try {
        yield* events.all();
        return await work;
      } finally {
        // Somebody who no longer listens ends the operation where it stands; the tick goes on from there.
        ending.abort();
        await work;
      }
    },

    async *followLogs(request, signal) {
      const service = house.service(request.service);
      if (service === undefined) {
        return unknownService(house, request.service);
      }
      return yield* followLogs(house, service, request, signal);
    },
  };
}

async function proposeChange(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: ChangeRequest,
  asker: Asker,
): Promise<Outcome> {
  const seen = await look(house, connection, service, request, asker);
  if (seen.kind !== 'look') {
    return seen;
  }
  if (seen.result.kind === 'refusal') {
    return seen.result;
  }
  const plan = seen.result;
  return request.dryRun
    ? { kind: 'proposal', plan, why: 'dryRun', tried: await tryAll(connection, plan) }
    : { kind: 'proposal', plan, why: 'needsConfirmation' };
}

/** Steps behind a wait, or behind another step on the same object, rely on what is not there yet: only the first are tried. */
async function tryAll(connection: Connection, plan: Plan): Promise<readonly string[]> {
  const firstWait = plan.steps.findIndex(({ kind }) => kind === 'await');
  const before = plan.steps.slice(0, firstWait < 0 ? undefined : firstWait);
  const steps = before.filter((step): step is PatchStep => step.kind === 'patch');
  return Promise.all(steps.map((step) => tryOut(connection, step)));
}

function unknownService(house: House, key: string): NotUnderstood {
  return notThere(`No service is configured as ${quote(key)}`, key, house.keys ?? []);
}

/** What the cluster could not do is an outcome; anything else is a bug, and thrown. */
async function orFailed<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect) {
      return { kind: 'failed', message: error.message, stands: [], undo: [] };
    }
    throw error;
  }
}
