import type { Request } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import { type EntryData, entryData } from '../pitlane/journal/entry-data.ts';
import { askedFor, ENDINGS } from '../pitlane/journal/words.ts';
import { type DrainedData, drainedData } from '../pitlane/operate/drained-data.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { isOperation } from '../pitlane/operations/table.ts';
import type { Member } from '../pitlane/rotation/membership.ts';
import { type Check, type Operation, type Progress, podsIn, subjectText } from '../pitlane/rotation/plan.ts';
import { count } from '../pitlane/text/words.ts';

/** What a runbook gets back. Fields are added, but none changes its meaning or goes away. */
export interface RunbookAnswer {
  /** It was answered, or carried out and proven (with `dryRun`: it could be). */
  readonly ok: boolean;
  /** `done`, `proposal`, `refusal`, `listed`, …: the outcome's kind; `invalidInput` and `error` when there is none. */
  readonly outcome: Outcome['kind'] | 'invalidInput' | 'error';
  /** For people: one paragraph. */
  readonly message: string;
  /** Of a change: the id that is written on the pod, and the pod. */
  readonly operation?: {
    readonly id: string;
    /** The only pod; absent: there are several, or none. */
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly pods: readonly { readonly name: string; readonly uid: string }[];
  };
  /** Of a plan; send it back as `confirm`. */
  readonly fingerprint?: string;
  readonly checks?: readonly Pick<Check, 'code' | 'level' | 'message' | 'instead' | 'pod'>[];
  readonly effects?: readonly string[];
  readonly proof?: readonly {
    readonly title: string;
    readonly met: boolean;
    readonly seen: string;
    readonly tookMs?: number;
  }[];
  /** kubectl lines. */
  readonly undo?: readonly string[];
  readonly notes?: readonly string[];
  /** What to send instead. */
  readonly instead?: readonly string[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly members?: readonly RunbookMember[];
  readonly logs?: readonly {
    readonly pod: string;
    readonly container: string;
    readonly text: string;
    readonly isCut: boolean;
  }[];
  /** Of `drained`: drained pods and canaries of all services, the oldest first. */
  readonly drained?: readonly DrainedData[];
  /** Of `evidence`: the summary first. Together at most 1 MiB. */
  readonly files?: Evidence['files'];
  /** Of `inspect`: containers, conditions and events, as `pitlane inspect -o json` gives them. */
  readonly pod?: object;
  /** The operation as pitlane keeps it, of `running`, `repeated` and `cancelled`. */
  readonly entry?: EntryData;
  /** Of `operations`: the oldest first. */
  readonly underWay?: readonly EntryData[];
  /** Of `operations`: the newest first. */
  readonly ended?: readonly EntryData[];
  /** To find the log lines of a failure. */
  readonly reference?: string;
}

interface RunbookMember {
  readonly name: string;
  readonly uid: string;
  readonly kind: Member['kind'];
  readonly state: Member['state'];
  readonly ready: boolean;
  readonly node: string | null;
  readonly restarts: number;
  readonly drained: Member['drained'] | null;
}

/** The outcome of a command as data. */
export function answerOf(outcome: Outcome, command: Request['command']): RunbookAnswer {
  const { kind } = outcome;
  switch (outcome.kind) {
    case 'listed':
      return {
        ok: true,
        outcome: kind,
        message: `${outcome.service.name}: ${
          Object.entries(outcome.counts)
            .map(([state, count]) => `${count} ${state}`)
            .join(', ') || 'no pods'
        }.`,
        counts: outcome.counts,
        members: outcome.members.map(member),
        notes: outcome.notes,
      };
    case 'denied':
      return { ok: false, outcome: kind, message: outcome.message };
    case 'running':
    case 'repeated':
    case 'cancelled':
      return known(outcome, command);
    case 'operations':
      return {
        ok: true,
        outcome: kind,
        message: `${outcome.service}: ${outcome.underWay.length} under way, ${outcome.ended.length} ended in the last 24 hours.`,
        underWay: outcome.underWay.map(entryData),
        ended: outcome.ended.map(entryData),
      };
    case 'drainedList':
      return {
        ok: true,
        outcome: kind,
        message:
          outcome.drained.length === 1
            ? '1 drained pod or canary.'
            : `${outcome.drained.length} drained pods and canaries.`,
        drained: outcome.drained.map((one) => drainedData(one, outcome.at)),
        notes: outcome.notes,
      };
    case 'evidence':
      return {
        ok: true,
        outcome: kind,
        message: `${count(outcome.files.length, 'file')} of evidence of ${outcome.pod.name}.`,
        files: outcome.files,
        notes: outcome.notes,
      };
    case 'inspected': {
      const { service: _, kind: __, ...pod } = outcome;
      return {
        ok: true,
        outcome: kind,
        message: `${pod.member.pod.name} is ${pod.member.state}.`,
        pod,
        members: [member(pod.member)],
      };
    }
    case 'logged':
      return {
        ok: true,
        outcome: kind,
        message: `${outcome.logs.length} ${outcome.logs.length === 1 ? 'log' : 'logs'}.`,
        logs: outcome.logs,
        notes: outcome.notes,
      };
    case 'helped':
      return { ok: true, outcome: kind, message: outcome.text };
    case 'notUnderstood':
      return { ok: false, outcome: kind, message: outcome.message, instead: outcome.instead };
    case 'choice':
      return { ok: false, outcome: kind, message: outcome.message, members: outcome.candidates.map(member) };
    case 'refusal':
      return {
        ok: false,
        outcome: kind,
        message: `${sentencesOf(outcome.checks, 'refusal')}${outcome.isForceable ? ' "force": true overrides this.' : ''}`,
        operation: operation(outcome.operation),
        checks: outcome.checks.map(check),
      };
    case 'proposal':
      return {
        ok: outcome.why === 'dryRun',
        outcome: kind,
        message: PROPOSALS[outcome.why],
        ...planned(outcome.plan),
        ...(outcome.tried !== undefined && { notes: outcome.tried }),
      };
    case 'done':
      return {
        ok: true,
        outcome: kind,
        message: `${outcome.operation.request.command} of ${subjectText(outcome.operation.subject)} is done and proven.`,
        ...planned(outcome.plan),
        operation: operation(outcome.operation),
        proof: outcome.proof.map((progress, index) => proven(progress, outcome.tookMs[index])),
        notes: outcome.notes,
      };
    case 'unfinished':
      return {
        ok: false,
        outcome: kind,
        message: `${outcome.left === undefined ? 'Everything is written' : `Still to do: ${outcome.left.join('; ')}`}, but ${outcome.proof.filter(({ isMet }) => !isMet).length} of ${outcome.proof.length} milestones were not seen in time.${outcome.goesOn ? ' Pitlane goes on by itself within two minutes.' : ''}`,
        ...planned(outcome.plan),
        operation: operation(outcome.operation),
        proof: outcome.proof.map((progress) => proven(progress, undefined)),
        ...(outcome.trouble !== undefined && { notes: [outcome.trouble] }),
      };
    case 'failed':
      return {
        ok: false,
        outcome: kind,
        message: outcome.message,
        notes: outcome.stands,
        undo: outcome.undo,
        ...(outcome.operation !== undefined && { operation: operation(outcome.operation) }),
      };
  }
}

/** Of an operation that is not, or no longer, carried out for this invocation: how it stands with it. */
function known(
  outcome: Extract<Outcome, { kind: 'running' | 'repeated' | 'cancelled' }>,
  command: Request['command'],
): RunbookAnswer {
  const { kind, entry } = outcome;
  const asked = askedFor(entry);
  const said = entry.ended?.message ?? '';
  const messages = {
    running: `${asked} is under way already, and was not begun a second time.`,
    repeated: `${asked}: asked before, and ${entry.ended === undefined ? 'ended' : ENDINGS[entry.ended.kind]}. It was not carried out again. ${said}`,
    cancelled: `${asked} ${entry.ended === undefined ? 'is being cancelled' : 'was cancelled'}. ${said}`,
  };
  return {
    // To cancel was what was asked; who wanted the operation itself did not get it.
    ok: kind === 'cancelled' ? !isOperation(command) : entry.ended?.kind === 'done',
    outcome: kind,
    message: messages[kind].trim(),
    operation: operation(entry),
    entry: entryData(entry),
    ...(outcome.kind === 'cancelled' && { undo: outcome.undo }),
  };
}

const PROPOSALS = {
  dryRun: 'Dry run: nothing was changed.',
  needsConfirmation:
    'Nothing was changed: the plan has warnings. Send it again with confirm: true, or with confirm: its fingerprint.',
  changed: 'Nothing was changed: the plan is no longer the one with that fingerprint.',
} as const;

function planned(plan: Extract<Outcome, { kind: 'proposal' }>['plan']) {
  return {
    operation: operation(plan.operation),
    fingerprint: plan.fingerprint,
    checks: plan.checks.map(check),
    effects: plan.effects,
    undo: plan.undo,
  };
}

function operation({ id, subject }: Pick<Operation, 'id' | 'subject'>) {
  const pods = podsIn(subject).map(({ name, uid }) => ({ name, uid }));
  const [pod, ...others] = pods;
  return { id, ...(pod !== undefined && others.length === 0 && { pod }), pods };
}

function check({ code, level, message, instead, pod }: Check) {
  return { code, level, message, ...(pod !== undefined && { pod }), ...(instead !== undefined && { instead }) };
}

function proven({ milestone, isMet, seen }: Progress, tookMs: number | undefined) {
  return { title: milestone.title, met: isMet, seen, ...(tookMs !== undefined && { tookMs }) };
}

function member({ pod, kind, state, isReady, drained }: Member): RunbookMember {
  const { name, uid, restarts, nodeName } = pod;
  return { name, uid, kind, state, ready: isReady, node: nodeName ?? null, restarts, drained: drained ?? null };
}

function sentencesOf(checks: readonly Check[], level: Check['level']): string {
  return checks
    .filter((each) => each.level === level)
    .map(({ message }) => message)
    .join(' ');
}
