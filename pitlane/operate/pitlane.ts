import { patiently } from '../cluster/retry.ts';
import { type ChangeRequest, isChange, type Request } from '../command/request.ts';
import { covers, ROLES, type Role } from '../command/role.ts';
import { planOf } from '../operations/planners.ts';
import { isUndo, roleFor } from '../operations/table.ts';
import { podsIn, type Refusal, type Subject } from '../rotation/plan.ts';
import { list, quote } from '../text/words.ts';
import type { Asker, Door } from './asker.ts';
import { carryOut } from './carry-out.ts';
import { followLogs } from './follow-logs.ts';
import { type Asking, type House, type OpenService, operationOf, patienceOf, timeToPropose } from './house.ts';
import { lookFirst } from './look.ts';
import { notThere } from './missing.ts';
import { operate } from './operated.ts';
import type { ChangeOutcome, Denied, Failed, NotUnderstood } from './outcome.ts';
import { ALL_SERVICES, overviewOf } from './overview.ts';
import { withUnknownDrains } from './plan-left.ts';
import { orFailed } from './problems.ts';
import { answerRead, type Reading } from './reads.ts';
import { newTickMemory, type TickMemory, tick } from './tick/tick.ts';
import { firstWrites, planTried, Trials } from './trial.ts';
import { resolveUndo } from './undo.ts';
import type { Pitlane } from './use-case.ts';
import { watchAnswer } from './watched.ts';

export function createPitlane(house: House): Pitlane {
  let memory: TickMemory | undefined;
  const pitlane: Pitlane = {
    async propose(request, asker, { deadline, reporterOf } = {}) {
      const denied = deniedTo(house, request, asker);
      if (denied !== undefined) return denied;
      const patience = patienceOf(house, timeToPropose(house, deadline));
      const inService: Reading['inService'] = async (work) => {
        const opened = await open(house, request, asker);
        if (opened.kind !== 'open') return opened;
        const connection = patiently(opened.connection, patience);
        return orFailed(() => work({ ...opened, connection }));
      };
      if (!isChange(request)) return answerRead({ house, pitlane, asker, patience, inService, reporterOf }, request);
      const opened = await openChange(house, request, asker, patience.deadline);
      if (opened.kind !== 'open') return opened;
      return orFailed(() => proposeChange({ ...opened, asker, connection: patiently(opened.connection, patience) }));
    },

    async overview(asker, deadline) {
      const denied = deniedTo(house, ALL_SERVICES, asker);
      return denied ?? overviewOf(house, asker, patienceOf(house, timeToPropose(house, deadline)));
    },

    async carryOut(request, asker, door) {
      const tell = async (outcome: ChangeOutcome) => {
        await door.reporter?.ended?.(outcome, []);
        return outcome;
      };
      if (request.dryRun)
        return tell((await pitlane.propose(request, asker, { deadline: door.deadline })) as ChangeOutcome);
      return advance(house, request, asker, door, tell);
    },

    async resume(key, entry, asAdmin, door) {
      const { id, request, by, byName, report } = entry;
      // Always this service and these pods, carried out, and without overrides unless an admin asked for them.
      const pods = podsIn(entry.subject).map(({ name }) => name);
      const meant: ChangeRequest = {
        ...request,
        service: key,
        ...(pods.length > 0 && { pods }),
        dryRun: false,
        force: asAdmin && request.force,
      };
      const asker: Asker = { by, byName, role: asAdmin ? 'admin' : 'operator', requestId: id, resumes: entry, report };
      if (covers(asker.role, roleFor(meant))) return advance(house, meant, asker, door);
      // With the rights to end it, and no more.
      return operate(house, meant, asker, async (stopwatch) => {
        const opened = await connected(house, meant, asker, asker.role);
        return opened.kind === 'open'
          ? carryOut({ ...opened, request: meant, asker, door, stopwatch, isUnconfirmed: true })
          : opened;
      });
    },

    tick(options) {
      memory ??= newTickMemory(house);
      return tick(house, pitlane, memory, options);
    },

    watch: (request, asker, listener, signal) =>
      watchAnswer(house, request, asker, () => pitlane.propose(request, asker), listener, signal),

    async followLogs(request, listener, signal) {
      const service = house.service(request.service);
      return service === undefined
        ? unknownService(house, request.service)
        : followLogs(house, service, request, listener, signal);
    },
  };
  return pitlane;
}

/** Carries a change out. `tell`: reports an outcome that comes before the first request to the cluster. */
async function advance(
  house: House,
  request: ChangeRequest,
  asker: Asker,
  door: Door,
  tell: (outcome: ChangeOutcome) => Promise<ChangeOutcome> = async (outcome) => outcome,
): Promise<ChangeOutcome> {
  return operate(house, request, asker, async (stopwatch) => {
    const opened = await openChange(house, request, asker, timeToPropose(house, door.deadline));
    return opened.kind === 'open' ? carryOut({ ...opened, asker, door, stopwatch }) : tell(opened);
  });
}

interface Opened extends OpenService {
  readonly kind: 'open';
}

/** Connects to the cluster of the request's service, with no more rights than the request needs. */
async function open(house: House, request: Request, asker: Asker): Promise<Opened | Denied | NotUnderstood | Failed> {
  const denied = deniedTo(house, request, asker);
  return denied ?? connected(house, request, asker, roleFor(request));
}

async function connected(
  house: House,
  request: Request,
  asker: Asker,
  role: Asker['role'],
): Promise<Opened | NotUnderstood | Failed> {
  const service = house.service(request.service ?? '');
  if (service === undefined) return unknownService(house, request.service ?? '');
  return orFailed(async () => {
    const connection = await house.connect(service.cluster, { ...asker, role });
    return { kind: 'open', house, connection, service };
  });
}

interface OpenedChange extends Opened {
  readonly request: ChangeRequest;
  readonly known?: Subject;
}

/** The same for a change. `undo` becomes the request for the opposite operation, with the rights that this one needs. */
async function openChange(
  house: House,
  request: ChangeRequest,
  asker: Asker,
  deadline: number,
): Promise<OpenedChange | Denied | NotUnderstood | Refusal | Failed> {
  const opened = await open(house, request, asker);
  if (opened.kind !== 'open' || !isUndo(request)) return opened.kind === 'open' ? { ...opened, request } : opened;
  const connection = patiently(opened.connection, patienceOf(house, deadline));
  const undoing = await orFailed(() => resolveUndo(connection, opened.service, request, asker));
  if (undoing.kind !== 'undoing') return undoing;
  const again = await open(house, undoing.request, asker);
  return again.kind === 'open' ? { ...again, request: undoing.request, known: undoing.subject } : again;
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

/** The people with the role or one above it, in a sentence with a space in front. */
function whoMay(access: NonNullable<House['access']>, needed: Role): string {
  const grants = ROLES.filter((role) => covers(role, needed)).map((role) => access[role]);
  const named = new Set(grants.flatMap(({ users, userGroups }) => [...userGroups, ...users]));
  const who = [
    ...(grants.some(({ everyone }) => everyone) ? ['everyone of the workspace'] : []),
    ...named,
    ...(grants.some(({ runbooks }) => runbooks) ? ['runbooks'] : []),
  ];
  return ` ${who.length === 0 ? 'No person has that role' : `Who may: ${list(who, 10)}`}.`;
}

async function proposeChange(asking: Asking): Promise<ChangeOutcome> {
  const { connection, request } = asking;
  const seen = await lookFirst(asking);
  if (seen.kind !== 'seen') return seen;
  const snapshot = withUnknownDrains(seen.observation.snapshot, seen.kept);
  const operation = operationOf(asking, seen.subject, snapshot, seen.isResumed);
  const trials = new Trials();
  const plan = await planTried(
    trials,
    connection,
    () => planOf({ ...snapshot, trials: trials.found }, operation),
    ...(request.dryRun ? [firstWrites] : []),
  );
  if (plan.kind === 'refusal') return plan;
  if (!request.dryRun) return { kind: 'proposal', plan, why: 'needsConfirmation' };
  const tried = (plan.phases[0]?.writes ?? []).map((write) => trials.textOf(write));
  return { kind: 'proposal', plan, why: 'dryRun', tried };
}

function unknownService(house: House, key: string): NotUnderstood {
  return notThere('ServiceUnknown', `Unknown service ${quote(key)}`, key, house.keys ?? []);
}
