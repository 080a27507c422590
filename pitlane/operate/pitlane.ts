import { tryOut } from '../cluster/carry-out.ts';
import type { Connection } from '../cluster/connection.ts';
import { limited } from '../cluster/limited.ts';
import { patiently } from '../cluster/retry.ts';
import { type ChangeRequest, isChange, type LogsRequest, type Request } from '../command/request.ts';
import { covers, ROLES, type Role } from '../command/role.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { roleFor } from '../operations/table.ts';
import { type Plan, podsIn } from '../rotation/plan.ts';
import { list } from '../text/words.ts';
import type { Asker, Decision, Door, Reporter } from './asker.ts';
import { carryOut } from './carry-out.ts';
import { followLogs } from './follow-logs.ts';
import { type House, patienceOf } from './house.ts';
import { look } from './look.ts';
import { unknownService } from './missing.ts';
import { knownAlready } from './operations.ts';
import type { ChangeOutcome, Denied, Outcome, Proposal } from './outcome.ts';
import { orFailed } from './problems.ts';
import { answerRead } from './reads.ts';
import type { TickOptions, TickReport } from './tick/round.ts';
import { tick } from './tick/tick.ts';
import { needsConfirmation } from './words.ts';

export interface ProposeOptions {
  /** Milliseconds since the epoch, where it comes before the time that a person waits. */
  readonly deadline?: number;
  /** Tells how an operation that is cancelled ended, where no process works on it that could. */
  readonly reporterOf?: (entry: JournalEntry) => Reporter;
}

/** The one use case. Doors call this and render what comes back. */
export interface Pitlane {
  /**
   * Observes and plans; changes nothing in the service. Reads are answered, changes come back as a proposal, refusal or
   * choice. To cancel an operation needs no plan: it is done at once.
   */
  propose(request: Request, asker: Asker, options?: ProposeOptions): Promise<Outcome>;

  /**
   * The one way of a change, for every door: it is proposed, the door decides, and it is carried out: observed, planned,
   * written and waited for, again and again until it is done or given up. The reporter hears of every end, also where
   * nothing was begun. The same request is carried out once.
   */
  carryOut(request: ChangeRequest, asker: Asker, door: Door): Promise<ChangeOutcome>;

  /**
   * Continues an operation of the journal that no process works on. `asAdmin`: the journal that only admins may write has
   * the same operation; else it is resumed with an operator's rights, and with nothing overridden.
   */
  resume(
    service: string,
    entry: JournalEntry,
    asAdmin: boolean,
    door: Pick<Door, 'deadline' | 'reporter'>,
  ): Promise<ChangeOutcome>;

  /** Runs each minute: resumes the operations that no process works on, and looks after drained pods. */
  tick(options: TickOptions): Promise<TickReport>;

  /** The log of a pod as it grows, a line at a time with the pod's name in front when there are several. Ends with the signal. */
  followLogs(request: LogsRequest, onLine: (line: string) => void, signal: AbortSignal): Promise<Outcome>;
}

/** A proposal that takes longer is of no use to a person who waits for it. */
const PROPOSAL_TIME_MS = 25_000;

export function createPitlane(house: House): Pitlane {
  const pitlane: Pitlane = {
    async propose(request, asker, { deadline = Number.POSITIVE_INFINITY, reporterOf } = {}) {
      const denied = deniedTo(house, request, asker);
      if (denied !== undefined) return denied;
      const until = Math.min(deadline, house.now() + PROPOSAL_TIME_MS);
      const patience = patienceOf(house, until);
      const inService = (work: (connection: Connection, service: ServiceConfig) => Promise<Outcome>) =>
        withService(house, request, asker, (connection, service) => work(patiently(connection, patience), service));
      if (!isChange(request)) return answerRead({ house, pitlane, asker, patience, inService, reporterOf }, request);
      return inService((connection, service) => proposeChange(house, connection, service, request, asker));
    },

    async carryOut(request, asker, door) {
      const outcome = await decided(pitlane, request, asker, door);
      if (outcome.kind !== 'proceed') {
        await door.reporter?.ended?.(outcome, []);
        return outcome;
      }
      return advance(house, request, asker, door, outcome);
    },

    async resume(key, entry, asAdmin, door) {
      const { id, request, by, report } = entry;
      // Whatever the record says: of this service and these pods, carried out, and with nothing overridden.
      const pods = podsIn(entry.subject).map(({ name }) => name);
      const meant: ChangeRequest = {
        ...request,
        service: key,
        ...(pods.length > 0 && { pods }),
        dryRun: false,
        force: asAdmin && request.force,
      };
      const asker: Asker = {
        by,
        role: asAdmin ? 'admin' : 'operator',
        requestId: id,
        resumes: id,
        ...(report === undefined ? {} : { report }),
      };
      return advance(house, meant, asker, { ...door, hasTick: true }, {});
    },

    tick: (options) => tick(house, pitlane, options),

    async followLogs(request, onLine, signal) {
      const service = house.service(request.service);
      return service === undefined
        ? unknownService(request.service, house.keys ?? [])
        : followLogs(house, service, request, { onLine, signal });
    },
  };
  return pitlane;
}

type Proceed = { readonly kind: 'proceed'; readonly proposed: Plan } & Pick<
  Parameters<typeof carryOut>[0],
  'confirmed'
>;

/** Proposes the change, and has the door decide. */
async function decided(
  pitlane: Pitlane,
  request: ChangeRequest,
  asker: Asker,
  door: Door,
): Promise<Proceed | ChangeOutcome> {
  const proposed = (await pitlane.propose(request, asker, { deadline: door.deadline })) as ChangeOutcome;
  if (proposed.kind !== 'proposal' || request.dryRun) return proposed;
  const decision = await (door.decide ?? ifHarmless)(proposed);
  switch (decision.kind) {
    case 'carryOut': {
      const { confirmed } = decision;
      return { kind: 'proceed', proposed: proposed.plan, ...(confirmed !== undefined && { confirmed }) };
    }
    case 'leave':
      return { ...proposed, why: decision.why ?? proposed.why };
    case 'refuse':
      return decision.outcome;
  }
}

async function ifHarmless({ plan }: Proposal): Promise<Decision> {
  return { kind: needsConfirmation(plan) ? 'leave' : 'carryOut' };
}

/** Carries a change out, and asks the door again where the plan became another one. */
async function advance(
  house: House,
  request: ChangeRequest,
  asker: Asker,
  door: Door,
  given: Partial<Proceed>,
): Promise<ChangeOutcome> {
  const { proposed, confirmed } = given;
  const task = { ...(proposed !== undefined && { proposed }), ...(confirmed !== undefined && { confirmed }) };
  const outcome = (await withService(house, request, asker, (connection, service) =>
    carryOut({ house, connection, service, request, asker, door, ...task }),
  )) as ChangeOutcome;
  if (outcome.kind !== 'proposal' || outcome.why === 'dryRun' || door.decide === undefined) return outcome;
  const decision = await door.decide(outcome);
  if (decision.kind !== 'carryOut') return outcome;
  return advance(house, request, asker, door, { ...decision, kind: 'proceed', proposed: outcome.plan });
}

/** With no more rights than the request needs. What the cluster could not do is an outcome. */
async function withService(
  house: House,
  request: Request,
  asker: Asker,
  work: (connection: Connection, service: ServiceConfig) => Promise<Outcome>,
): Promise<Outcome> {
  const denied = deniedTo(house, request, asker);
  if (denied !== undefined) return denied;
  const service = house.service(request.service ?? '');
  if (service === undefined) return unknownService(request.service ?? '', house.keys ?? []);
  return orFailed(async () => {
    const connection = await house.connect(service.cluster, { ...asker, role: roleFor(request) });
    return work(connection, service);
  });
}

function deniedTo({ access }: House, request: Request, { role }: Asker): Denied | undefined {
  const needed = roleFor(request);
  if (covers(role, needed)) return undefined;
  const has = role === 'none' ? 'you have no role' : `your role is ${role}`;
  const forced = 'force' in request && request.force ? ' --force' : '';
  return {
    kind: 'denied',
    request,
    needed,
    message: `${request.command}${forced} needs the role ${needed}; ${has}.${access === undefined ? '' : whoMay(access, needed)}`,
  };
}

/** Everyone who has the role or a higher one, as a sentence with a leading space. */
function whoMay(access: NonNullable<House['access']>, needed: Role): string {
  const grants = ROLES.filter((role) => covers(role, needed)).map((role) => access[role]);
  const named = new Set(grants.flatMap(({ users, userGroups }) => [...userGroups, ...users]));
  const who = [
    ...(grants.some(({ everyone }) => everyone) ? ['everyone in the workspace'] : []),
    ...named,
    ...(grants.some(({ runbooks }) => runbooks) ? ['runbooks'] : []),
  ];
  return who.length === 0 ? ' No one has that role.' : ` Granted to ${list(who, 10)}.`;
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
  const first = await look(house, connection, service, request, asker);
  const known = await knowing;
  if (known !== undefined && known.kind !== 'left') return known;
  // An operation that an earlier delivery began keeps its pods: its selector may match others by now.
  const seen = known ? await look(house, connection, service, request, asker, known.entry.subject) : first;
  if (seen.kind !== 'look') return seen;
  if (seen.result.kind === 'refusal') return seen.result;
  const plan = seen.result;
  return request.dryRun
    ? { kind: 'proposal', plan, why: 'dryRun', tried: await tryAll(connection, plan) }
    : { kind: 'proposal', plan, why: 'needsConfirmation' };
}

/** Later phases rely on what is not there yet: only the writes of the first one are tried. */
function tryAll(connection: Connection, { phases: [first] }: Plan): Promise<readonly string[]> {
  return limited(first?.writes ?? [], (write) => tryOut(connection, write));
}
