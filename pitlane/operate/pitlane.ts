import { tryOut } from '../cluster/carry-out.ts';
import type { Connection } from '../cluster/connection.ts';
import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { patiently } from '../cluster/retry.ts';
import type { CancelRequest, ChangeRequest, Request } from '../command/request.ts';
import { covers, ROLES, type Role } from '../command/role.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { help } from '../operations/commands.ts';
import { roleFor } from '../operations/table.ts';
import type { Plan, WriteStep } from '../rotation/plan.ts';
import { list, quote } from '../text/words.ts';
import type { AdvanceOptions, Asker, Reminder, Reporter } from './asker.ts';
import { change } from './change.ts';
import { channel } from './channel.ts';
import { drained } from './drained.ts';
import { evidence } from './evidence.ts';
import { followLogs } from './follow-logs.ts';
import { type House, patienceOf } from './house.ts';
import { look } from './look.ts';
import { notThere } from './missing.ts';
import { cancelOperation, knownAlready, listOperations } from './operations.ts';
import type { ChangeOutcome, Denied, Failed, NotUnderstood, OperationEvent, Outcome } from './outcome.ts';
import { read } from './reads.ts';
import type { Resuming, TickOptions, TickReport } from './tick/round.ts';
import { tick } from './tick/tick.ts';

export type { AdvanceOptions, Asker, Reminder, Reporter };

/** The one use case. Doors call this and render what comes back. */
export interface Pitlane {
  /**
   * Observes and plans; changes nothing in the service. Reads are answered, changes come back as a proposal, refusal or
   * choice. To cancel an operation needs no plan: it is done at once. `deadline`: milliseconds since the epoch, where it
   * comes before the time that a person waits.
   */
  propose(request: Request, asker: Asker, deadline?: number): Promise<Outcome>;

  /**
   * Carries a change out: observes, plans, writes, waits for the proof, again and again until it is done or given up.
   * A plan with warnings is carried out only with a confirmation of exactly that plan (or `confirmed: 'any'`, for doors
   * whose caller has said yes in advance); else it comes back as a proposal. The same request is carried out once.
   */
  advance(request: ChangeRequest, asker: Asker, options: AdvanceOptions): AsyncGenerator<OperationEvent, ChangeOutcome>;

  /** Goes on with an operation of the journal that no process is at work on, with an operator's rights. */
  resume(service: string, entry: JournalEntry, options: Resuming): Promise<ChangeOutcome>;

  /** Ends an operation where it stands. `reporter`: tells of its end where no process is at work on it that could. */
  cancel(
    request: CancelRequest,
    asker: Asker,
    options: { readonly deadline: number; readonly reporter?: (entry: JournalEntry) => Reporter },
  ): Promise<Outcome>;

  /** What the clock does each minute: goes on with what was left, and looks after drained pods. */
  tick(options: TickOptions): Promise<TickReport>;

  /** The log of a pod as it grows, a line at a time with the pod's name in front when there are several. Ends with the signal. */
  followLogs(request: Extract<Request, { command: 'logs' }>, signal: AbortSignal): AsyncGenerator<string, Outcome>;
}

/** A proposal that takes longer is no use to somebody who waits for it. */
const PROPOSAL_TIME_MS = 25_000;

export function createPitlane(house: House): Pitlane {
  return {
    async propose(request, asker, deadline = Number.POSITIVE_INFINITY) {
      if (request.command === 'help') return { kind: 'helped', text: help(request) };
      const denied = deniedTo(house, request, asker);
      if (denied !== undefined) return denied;
      const patience = patienceOf(house, Math.min(deadline, house.now() + PROPOSAL_TIME_MS));
      if (request.command === 'cancel') {
        return this.cancel(request, asker, { deadline: house.now() + PROPOSAL_TIME_MS });
      }
      if (request.command === 'drained') {
        return drained(
          house,
          request,
          (cluster) => house.connect(cluster, { ...asker, role: roleFor(request) }),
          patience,
        );
      }
      const service = house.service(request.service);
      if (service === undefined) return unknownService(house, request.service);
      return orFailed(async () => {
        const connection = patiently(await connectFor(house, service, request, asker), patience);
        switch (request.command) {
          case 'list':
          case 'inspect':
          case 'logs':
            return read(house, connection, service, request);
          case 'evidence':
            return evidence(house, connection, service, request);
          case 'operations':
            return listOperations(connection, service, house.now());
          case 'drain':
          case 'restore':
          case 'extend':
          case 'finish':
            return proposeChange(house, connection, service, request, asker);
        }
      });
    },

    async *advance(request, asker, options) {
      const denied = deniedTo(house, request, asker);
      if (denied !== undefined) return denied;
      const service = house.service(request.service);
      if (service === undefined) return unknownService(house, request.service);
      const ending = new AbortController();
      const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
      const events = channel<OperationEvent>();
      const work = orFailed(async () => {
        const connection = await connectFor(house, service, request, asker);
        return request.dryRun
          ? proposeChange(house, connection, service, request, asker)
          : change({
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

    async resume(key, entry, options) {
      const { id, request, by, report, confirmed, pod } = entry;
      // Whatever the record says: of this service and pod, carried out, and with nothing set aside.
      const meant: ChangeRequest = { ...request, service: key, pod: pod.name, dryRun: false, force: false };
      const asker: Asker = {
        by,
        role: 'operator',
        requestId: id,
        resumes: id,
        ...(report === undefined ? {} : { report }),
      };
      const confirmation = confirmed === undefined ? undefined : { id, request: meant, pod, fingerprint: confirmed };
      const events = this.advance(meant, asker, {
        ...options,
        hasTick: true,
        ...(confirmation === undefined ? {} : { confirmed: confirmation }),
      });
      for (;;) {
        const next = await events.next();
        if (next.done) return next.value;
      }
    },

    async cancel(request, asker, { deadline, reporter }) {
      const denied = deniedTo(house, request, asker);
      if (denied !== undefined) return denied;
      const service = house.service(request.service);
      if (service === undefined) return unknownService(house, request.service);
      return orFailed(async () => {
        const connection = await connectFor(house, service, request, asker);
        const cancelling = await cancelOperation(house, connection, service, request, asker, deadline);
        if (cancelling.kind === 'notUnderstood') return cancelling;
        const { entry } = cancelling;
        // Where people read how it goes and this door can't tell them, the tick ends it.
        const isReported = reporter === undefined && entry.report?.ts !== undefined;
        if (cancelling.kind === 'told' || isReported) return { kind: 'cancelled', entry, undo: [] };
        return this.resume(service.key, entry, {
          deadline,
          ...(reporter === undefined ? {} : { reporter: reporter(entry) }),
        });
      });
    },

    async tick(options) {
      return tick(house, this, options);
    },

    async *followLogs(request, signal) {
      const service = house.service(request.service);
      if (service === undefined) return unknownService(house, request.service);
      return yield* followLogs(house, service, request, signal);
    },
  };
}

/** With no more rights than the request needs. */
function connectFor(
  house: House,
  service: ServiceConfig,
  request: Request,
  asker: Asker,
): Connection | Promise<Connection> {
  return house.connect(service.cluster, { ...asker, role: roleFor(request) });
}

function deniedTo({ access }: House, request: Request, { role }: Asker): Denied | undefined {
  const needed = roleFor(request);
  if (covers(role, needed)) return undefined;
  const has = role === 'none' ? 'you have no role' : `you are ${role === 'viewer' ? 'a viewer' : `an ${role}`}`;
  const forced = 'force' in request && request.force ? ' with --force' : '';
  return {
    kind: 'denied',
    request,
    needed,
    message: `${request.command}${forced} is for ${needed}s, and ${has}.${access === undefined ? '' : whoMay(access, needed)}`,
  };
}

/** Everybody who has the role or one above it, in a sentence with a space in front. */
function whoMay(access: NonNullable<House['access']>, needed: Role): string {
  const grants = ROLES.filter((role) => covers(role, needed)).map((role) => access[role]);
  const named = new Set(grants.flatMap(({ users, userGroups }) => [...userGroups, ...users]));
  const who = [
    ...(grants.some(({ everyone }) => everyone) ? ['everyone of the workspace itself'] : []),
    ...named,
    ...(grants.some(({ runbooks }) => runbooks) ? ['runbooks'] : []),
  ];
  return ` ${who.length === 0 ? 'Nobody has that role' : `Who may: ${list(who, 10)}`}.`;
}

async function proposeChange(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: ChangeRequest,
  asker: Asker,
): Promise<ChangeOutcome> {
  const knowing = request.dryRun ? undefined : knownAlready(house, connection, service, asker);
  // Side by side; what is wrong with the service says more than what is wrong with its journal.
  knowing?.catch(() => {});
  const seen = await look(house, connection, service, request, asker);
  const known = await knowing;
  if (known !== undefined) return known;
  if (seen.kind !== 'look') return seen;
  if (seen.result.kind === 'refusal') return seen.result;
  const plan = seen.result;
  return request.dryRun
    ? { kind: 'proposal', plan, why: 'dryRun', tried: await tryAll(connection, plan) }
    : { kind: 'proposal', plan, why: 'needsConfirmation' };
}

/** Steps behind a wait, or behind another step on the same object, rely on what is not there yet: only the first are tried. */
async function tryAll(connection: Connection, plan: Plan): Promise<readonly string[]> {
  const firstWait = plan.steps.findIndex(({ kind }) => kind === 'await');
  const before = plan.steps.slice(0, firstWait < 0 ? undefined : firstWait);
  const steps = before.filter((step): step is WriteStep => step.kind !== 'await');
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
