import { isChange, type Request } from '../command/request.ts';
import { covers } from '../command/role.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { leftOutOf } from '../journal/history.ts';
import { roleFor } from '../operations/table.ts';
import { type Plan, podsChanged, podsIn, podsLeftOut } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { hash64 } from '../text/hash.ts';
import { list } from '../text/words.ts';
import type { Asker, Reporter } from './asker.ts';
import { operationId } from './house.ts';
import type { NotUnderstood, Outcome } from './outcome.ts';
import { meantBy } from './own-entry.ts';
import type { Pitlane } from './use-case.ts';
import { needsConfirmation } from './words.ts';

/** When a step runs: all steps before were done, one of them was not, or in either case. */
type When = 'success' | 'failure' | 'always';

/** A command of a list that is carried out in order. */
export interface Step {
  /** Unique in the list. */
  readonly name: string;
  readonly request: Request;
  readonly when: When;
  /** The pods of the request are those that this earlier step has changed. */
  readonly podsOf?: string;
}

/**
 * `done`, `partlyDone` (pods were left out), `refused`, `failed`; `inProgress`: begun, and not proven in time; `skipped` by its
 * condition; `notReached`: the list has ended before. Of a plan: `planned`, or `unknown`, which depends on a step before.
 */
type StepState =
  | 'done'
  | 'partlyDone'
  | 'refused'
  | 'failed'
  | 'inProgress'
  | 'skipped'
  | 'notReached'
  | 'planned'
  | 'unknown';

export interface StepResult {
  readonly name: string;
  readonly request: Request;
  readonly state: StepState;
  /** Absent: it was not carried out. */
  readonly outcome?: Outcome;
  /** Why it has this state, as a sentence; absent: the outcome says it. */
  readonly because?: string;
  /** Milliseconds. */
  readonly tookMs: number;
}

/** The report of a list. */
export interface StepsReport {
  readonly kind: 'steps';
  /** `planned` and `needsConfirmation`: nothing was changed. */
  readonly state: 'done' | 'failed' | 'inProgress' | 'refused' | 'planned' | 'needsConfirmation' | 'changed';
  readonly steps: readonly StepResult[];
  /** Identifies the list and its plans. Absent: it was carried out. */
  readonly fingerprint?: string;
}

export interface StepsOptions {
  readonly dryRun: boolean;
  /** `true`: any plans; a fingerprint: only the plans that had it. Absent: only plans that need no confirmation. */
  readonly confirm?: true | string | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly now: () => number;
  readonly reporter: Reporter;
  /** Refuses a step that the door does not take, such as one with a part of a pod's name. */
  readonly objection: (name: string, outcome: Outcome) => NotUnderstood | undefined;
}

type Carrier = Pick<Pitlane, 'carryOut' | 'propose'>;

/** A list under way. */
interface Run extends StepsOptions {
  readonly pitlane: Carrier;
  readonly steps: readonly Step[];
  readonly asker: Asker;
}

/** The request ids in the journal, and the warnings that were confirmed, by the names of the steps. */
interface Agreed {
  readonly known: readonly JournalEntry[];
  /** Absent: any plan of the step is confirmed. */
  readonly accepted: (name: string) => ReadonlySet<string> | undefined;
}

const ANY: Agreed['accepted'] = () => undefined;
const NONE: Agreed['accepted'] = () => new Set();

/**
 * Carries out a list of commands, each by the protocol of single commands, and the next one when the one before is proven.
 * Sent again under the same request id, it repeats no change and continues with the first that is open.
 */
export async function runSteps(
  pitlane: Carrier,
  steps: readonly Step[],
  asker: Asker,
  options: StepsOptions,
): Promise<StepsReport> {
  const denied = steps.flatMap(({ name, request }) => (covers(asker.role, roleFor(request)) ? [] : name));
  if (denied.length > 0) return notCovered(steps, denied);
  const { dryRun, confirm } = options;
  const run: Run = { ...options, pitlane, steps, asker };
  const known = await knownOf(run);
  if (typeof known === 'string') return notBegun(steps, 'failed', () => known);
  if (known.some(({ digest }) => digest !== meantBy(asker).digest))
    return notBegun(steps, 'refused', () => 'The requestId was used for a different list. Each list needs its own.');
  // The plans of a list that has begun are no longer those of its fingerprint, so only `true` confirms the rest.
  const isCertain = confirm === true || known.length > 0;
  if (!dryRun && isCertain) return carryOutAll(run, { known, accepted: confirm === true ? ANY : NONE });
  const preview = await planAll(run);
  if (dryRun || preview.state === 'refused') return preview;
  if (confirm === undefined && preview.state === 'needsConfirmation') return preview;
  if (confirm !== undefined && confirm !== preview.fingerprint) return { ...preview, state: 'changed' };
  return carryOutAll(run, { known, accepted: confirm === undefined ? NONE : acceptedIn(preview) });
}

/** The warnings of each plan that was shown. A step whose plan was unknown is confirmed as it will be. */
function acceptedIn({ steps }: StepsReport): Agreed['accepted'] {
  return (name) => {
    const { outcome } = steps.find((step) => step.name === name) ?? {};
    return outcome?.kind === 'proposal' ? new Set(warningsOf(outcome.plan)) : undefined;
  };
}

function warningsOf({ checks }: Plan): readonly string[] {
  return checks.filter(({ level }) => level !== 'ok').map(({ code }) => code);
}

function notCovered(steps: readonly Step[], denied: readonly string[]): StepsReport {
  const report = notBegun(steps, 'refused', () => `The role does not cover ${list(denied)}.`);
  return {
    ...report,
    steps: report.steps.map((step) => (denied.includes(step.name) ? { ...step, state: 'refused' } : step)),
  };
}

function notBegun(steps: readonly Step[], state: StepsReport['state'], because: (name: string) => string): StepsReport {
  return {
    kind: 'steps',
    state,
    steps: steps.map(({ name, request }) => ({
      name,
      request,
      state: 'notReached',
      because: because(name),
      tookMs: 0,
    })),
  };
}

/** Every step has an id of its own, the same for each delivery of the list. */
function askerOf(asker: Asker, index: number): Asker {
  return { ...asker, requestId: `${asker.requestId}/${index + 1}` };
}

/** The operations of the list that the journal has, from earlier deliveries; a sentence if it can't be read. */
async function knownOf({ pitlane, steps, asker, deadline }: Run): Promise<readonly JournalEntry[] | string> {
  const ids = steps.map((_, index) => operationId(askerOf(asker, index).requestId));
  const services = new Set(steps.flatMap(({ request }) => (isChange(request) ? request.service : [])));
  const known: JournalEntry[] = [];
  for (const service of services) {
    const found = await pitlane.propose({ command: 'operations', service }, asker, { deadline });
    if (found.kind !== 'operations') return 'message' in found ? found.message : 'The journal could not be read.';
    known.push(...[...found.underWay, ...found.ended].filter(({ id }) => ids.includes(id)));
  }
  return known;
}

/** Plans every step on the cluster as it is. A step that is refused now may be possible after those before it. */
async function planAll({ pitlane, steps, asker, deadline, now, objection }: Run): Promise<StepsReport> {
  const results: StepResult[] = [];
  let asks = false;
  for (const { name, request, podsOf, when } of steps) {
    const startedAt = now();
    const isFirst = !results.some((each) => isChange(each.request));
    const said = (state: StepState, more: Pick<StepResult, 'outcome' | 'because'> = {}) =>
      results.push({ name, request, state, ...more, tookMs: now() - startedAt });
    if (!isChange(request)) {
      said('planned', { because: `It only reads${WHEN_TEXT[when]}.` });
      continue;
    }
    const planned =
      podsOf === undefined ? await pitlane.propose({ ...request, dryRun: true }, asker, { deadline }) : undefined;
    const refused = planned && objection(name, planned);
    if (planned !== undefined && (refused !== undefined || (isFirst && planned.kind !== 'proposal'))) {
      said('refused', { outcome: refused ?? planned });
      const rest = notBegun(steps.slice(results.length), 'refused', () => `Step ${name} is refused.`);
      return { kind: 'steps', state: 'refused', steps: [...results, ...rest.steps] };
    }
    if (planned?.kind === 'proposal') {
      asks ||= needsConfirmation(planned.plan);
      said('planned', { outcome: planned });
    } else {
      asks = true;
      said('unknown', { because: 'Its plan is unknown until the steps before it are done.' });
    }
  }
  const plans = results.map(({ outcome }) => (outcome?.kind === 'proposal' ? outcome.plan.fingerprint : ''));
  const hash = hash64(JSON.stringify([steps, plans]));
  const fingerprint = hash.toString(16).padStart(16, '0');
  return { kind: 'steps', state: asks ? 'needsConfirmation' : 'planned', steps: results, fingerprint };
}

const WHEN_TEXT: { readonly [W in When]: string } = {
  success: '',
  failure: ', if a step before it is not done',
  always: ', even if a step before it is not done',
};

async function carryOutAll(run: Run, agreed: Agreed): Promise<StepsReport> {
  const { steps, asker, now } = run;
  const results: StepResult[] = [];
  const isKnown = steps.map((_, index) => {
    const id = operationId(askerOf(asker, index).requestId);
    return agreed.known.some((entry) => entry.id === id);
  });
  for (const [index, step] of steps.entries()) {
    const startedAt = now();
    const request = withPods(step, results);
    const reason = isKnown[index] ? undefined : notNow(step, request, results, isKnown.includes(true, index), run);
    const result =
      reason === undefined && request !== undefined
        ? await carryOutStep(run, { ...step, request }, askerOf(asker, index), agreed)
        : (reason ?? NO_PODS);
    const { name } = step;
    results.push({ name, request: request ?? step.request, ...result, tookMs: now() - startedAt });
  }
  return { kind: 'steps', state: stateOfAll(results), steps: results };
}

type Result = Pick<StepResult, 'state' | 'outcome' | 'because'>;

const NO_PODS: Result = {
  state: 'failed',
  because: 'The step of podsOf has changed no pod, or too many for this one.',
};

/** The reason why a step is not carried out. `isPassed`: an earlier delivery has carried out a later step. */
function notNow(
  step: Step,
  request: Request | undefined,
  results: readonly StepResult[],
  isPassed: boolean,
  { now, deadline }: Run,
): Result | undefined {
  const open = results.find(({ state }) => state === 'inProgress' || state === 'notReached');
  if (open !== undefined) return { state: 'notReached', because: `Step ${open.name} is not done yet. ${SEND_AGAIN}` };
  const skipped = skippedBecause(step, results);
  if (skipped !== undefined) return { state: 'skipped', because: skipped };
  if (isPassed) {
    return isChange(step.request)
      ? { state: 'refused', because: 'It was not done when the list was sent before, and a later step was.' }
      : { state: 'skipped', because: 'It was answered when the list was sent before.' };
  }
  if (request === undefined) return NO_PODS;
  return now() < deadline ? undefined : { state: 'notReached', because: `The time is over. ${SEND_AGAIN}` };
}

const SEND_AGAIN = 'Send the same request again to continue.';

async function carryOutStep(
  { pitlane, deadline, reporter, objection }: Run,
  { name, request }: Step,
  asker: Asker,
  { accepted }: Agreed,
): Promise<Result> {
  if (!isChange(request)) {
    const read = await pitlane.propose(request, asker, { deadline });
    const outcome = objection(name, read) ?? read;
    return { state: stateOf(outcome), outcome };
  }
  const outcome = await pitlane.carryOut(request, asker, {
    deadline,
    reporter,
    async decide(proposal) {
      const refused = objection(name, proposal);
      if (refused !== undefined) return { kind: 'refuse', outcome: refused };
      const agreed = accepted(name);
      const isAgreed =
        agreed === undefined ||
        !needsConfirmation(proposal.plan) ||
        (agreed.size > 0 && warningsOf(proposal.plan).every((code) => agreed.has(code)));
      return isAgreed ? { kind: 'carryOut', confirmed: 'any' } : { kind: 'leave' };
    },
  });
  return { state: stateOf(outcome), outcome };
}

function stateOfAll(results: readonly StepResult[]): StepsReport['state'] {
  const has = (...states: readonly StepState[]) => results.some(({ state }) => states.includes(state));
  if (has('inProgress', 'notReached')) return 'inProgress';
  return has(...NOT_DONE) ? 'failed' : 'done';
}

const NOT_DONE: readonly StepState[] = ['partlyDone', 'refused', 'failed'];

/** Undefined: the step runs. */
function skippedBecause({ when }: Step, results: readonly StepResult[]): string | undefined {
  const failed = results.find(({ state }) => NOT_DONE.includes(state));
  if (when === 'always') return undefined;
  if (when === 'failure') return failed === undefined ? 'All steps before it are done.' : undefined;
  return failed === undefined ? undefined : `Step ${failed.name} is not done.`;
}

/** The request about the pods of the earlier step. Undefined: there are none, or too many for a command about one pod. */
function withPods({ request, podsOf }: Step, results: readonly StepResult[]): Request | undefined {
  if (podsOf === undefined) return request;
  const names = podsChangedBy(results.find(({ name }) => name === podsOf)?.outcome).map(({ name }) => name);
  if (isChange(request)) return names.length > 0 ? { ...request, pods: names } : undefined;
  const [pod, ...others] = names;
  return pod === undefined || others.length > 0 ? undefined : ({ ...request, pod } as Request);
}

function podsChangedBy(outcome: Outcome | undefined): readonly PodRef[] {
  if (outcome?.kind === 'done' || outcome?.kind === 'unfinished') return podsChanged(outcome.plan);
  if (outcome?.kind !== 'repeated') return [];
  const out = leftOutOf(outcome.entry);
  return podsIn(outcome.entry.subject).filter((pod) => !out.includes(pod));
}

/** The state of a step that was carried out, by this delivery or an earlier one. */
function stateOf(outcome: Outcome): StepState {
  switch (outcome.kind) {
    case 'done':
      return podsLeftOut(outcome.plan).length > 0 ? 'partlyDone' : 'done';
    case 'repeated':
      if (outcome.entry.ended?.kind !== 'done') return 'failed';
      return leftOutOf(outcome.entry).length > 0 ? 'partlyDone' : 'done';
    case 'running':
    case 'unfinished':
      return 'inProgress';
    case 'refusal':
    case 'denied':
    case 'notUnderstood':
    case 'choice':
    case 'proposal':
      return 'refused';
    case 'failed':
      return outcome.isRetried ? 'inProgress' : 'failed';
    case 'cancelled':
      return 'failed';
    default:
      return 'done';
  }
}
