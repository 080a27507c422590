import type { Request } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import { type ChangeData, changeData, type EntryData, entryData } from '../pitlane/journal/entry-data.ts';
import { askedFor, ENDINGS, lastText } from '../pitlane/journal/words.ts';
import { type DrainedData, drainedData, drainedSummary } from '../pitlane/operate/drained-data.ts';
import { gateSummary } from '../pitlane/operate/gate.ts';
import { countsText } from '../pitlane/operate/listed-text.ts';
import type { Done, Logged, Outcome } from '../pitlane/operate/outcome.ts';
import { scheduleData, schedulesSummary } from '../pitlane/operate/schedules.ts';
import { refusalText } from '../pitlane/operate/words.ts';
import { isChangeCommand } from '../pitlane/operations/table.ts';
import { messagesOf } from '../pitlane/rotation/effect.ts';
import type { Member } from '../pitlane/rotation/membership.ts';
import {
  type Check,
  type Operation,
  type Plan,
  type Progress,
  podsChanged,
  podsIn,
  subjectText,
} from '../pitlane/rotation/plan.ts';
import { count, onlyOf } from '../pitlane/text/words.ts';

/** The answer to a runbook. Fields are added, but none changes its meaning or goes away. */
export interface RunbookAnswer {
  /** It was answered, or carried out and proven; with `dryRun`: it could be carried out. */
  readonly ok: boolean;
  /** `done`, `proposal`, `refusal`, `listed`, …: the outcome's kind; `invalidInput` and `error` when there is none. */
  readonly outcome: Outcome['kind'] | 'steps' | 'invalidInput' | 'error';
  /** For people: one paragraph. */
  readonly message: string;
  /** A change: the id that is written on the pods, and the pods. */
  readonly operation?: ReturnType<typeof operation>;
  /** Identifies the plan; send it back as `confirm`. */
  readonly fingerprint?: string;
  readonly checks?: readonly Check[];
  readonly effects?: readonly string[];
  /** The manifest that is created, against the one that it comes from: lines that begin with `-` or `+`. */
  readonly diff?: readonly string[];
  /** kubectl lines for a person to run once it is done. */
  readonly next?: readonly string[];
  /** The object that an operation would create. */
  readonly manifest?: object;
  readonly proof?: readonly ReturnType<typeof proven>[];
  /** For how long the log of each drained pod had been silent at the end of the proof. */
  readonly silence?: Done['silence'];
  readonly undo?: readonly string[];
  readonly notes?: readonly string[];
  /** For a list of steps: `done`, `failed`, `inProgress`, `refused`, `planned`, `needsConfirmation` or `changed`. */
  readonly state?: string;
  /** For a list: what became of each step. */
  readonly steps?: readonly StepAnswer[];
  /** Requests that work, as text. */
  readonly instead?: readonly string[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly members?: readonly ReturnType<typeof member>[];
  readonly logs?: Logged['logs'];
  /** For `drained`: drained and disabled pods and canaries of all services, the oldest first. */
  readonly drained?: readonly DrainedData[];
  /** For `gate`: as `pitlane gate -o json` gives it, with the time in milliseconds. */
  readonly gate?: object;
  /** For `schedule list`: as `pitlane schedule list -o json` gives them. */
  readonly schedules?: readonly object[];
  /** For `evidence`: what may be wrong with the pod, the most telling first. */
  readonly findings?: Evidence['findings'];
  /** For `evidence`: the summary first. Together at most 1 MiB. */
  readonly files?: Evidence['files'];
  /** For `inspect`: containers, conditions and events, as `pitlane inspect -o json` gives them. */
  readonly pod?: object;
  /** The operation in the journal, of `running`, `repeated` and `cancelled`. */
  readonly entry?: EntryData;
  /** For `operations`: the oldest first. */
  readonly underWay?: readonly EntryData[];
  /** For `operations`: the newest first. */
  readonly ended?: readonly EntryData[];
  /** For `history`: the newest first. */
  readonly changes?: readonly ChangeData[];
  /** To find the log lines of a failure. */
  readonly reference?: string;
}

/** A step, with the answer of its command if it was carried out. Its `state` is that of the step. */
export interface StepAnswer extends Partial<Omit<RunbookAnswer, 'steps' | 'state'>> {
  readonly name: string;
  readonly command: string;
  readonly state: string;
  readonly message: string;
  readonly tookMs: number;
}

type Said = Omit<RunbookAnswer, 'outcome'>;

export function answerOf(outcome: Outcome, command: Request['command']): RunbookAnswer {
  const { ok, ...said } = sayOf(outcome, command);
  return { ok, outcome: outcome.kind, ...said };
}

function sayOf(outcome: Outcome, command: Request['command']): Said {
  switch (outcome.kind) {
    case 'listed': {
      const { service, counts, notes } = outcome;
      return {
        ok: true,
        message: `${service.name}: ${countsText(counts)}.`,
        counts,
        members: outcome.members.map(member),
        notes,
      };
    }
    case 'drainedList': {
      const { drained, notes, at } = outcome;
      return { ok: true, message: drainedSummary(outcome), drained: drained.map((one) => drainedData(one, at)), notes };
    }
    case 'operations': {
      const { service, underWay, ended } = outcome;
      const message = `${service}: ${underWay.length} in progress, ${ended.length} ended in the last 24 hours.`;
      return { ok: true, message, underWay: underWay.map(entryData), ended: ended.map(entryData) };
    }
    case 'history': {
      const { service, changes, last } = outcome;
      const shown = changes.slice(0, last).map((change) => changeData(change, changes));
      return { ok: true, message: `${service}: ${lastText(shown.length, changes.length)}.`, changes: shown };
    }
    case 'gate': {
      const { kind: _, ...gate } = outcome;
      const notes = outcome.troubles.map(({ message }) => message);
      return { ok: true, message: gateSummary(outcome), gate, notes };
    }
    case 'manifest':
      return { ok: true, message: outcome.text, manifest: outcome.manifest };
    case 'schedules': {
      const { schedules, notes } = outcome;
      return { ok: true, message: schedulesSummary(outcome), schedules: schedules.map(scheduleData), notes };
    }
    case 'evidence': {
      const { files, findings, notes } = outcome;
      const message = `${count(files.length, 'file')} of evidence of ${outcome.pod.name}.`;
      return { ok: true, message, findings, files, notes };
    }
    case 'inspected': {
      const { service: _, kind: __, ...pod } = outcome;
      const message = `${pod.member.pod.name} is ${pod.member.state}.`;
      return { ok: true, message, pod, members: [member(pod.member)] };
    }
    case 'logged':
      return { ok: true, message: `${count(outcome.logs.length, 'log')}.`, logs: outcome.logs, notes: outcome.notes };
    case 'helped':
      return { ok: true, message: outcome.text };
    case 'denied':
      return { ok: false, message: outcome.message };
    case 'running':
    case 'repeated':
    case 'cancelled':
      return known(outcome, command);
    case 'notUnderstood':
      return { ok: false, message: outcome.message, instead: outcome.instead };
    case 'choice':
      return { ok: false, message: outcome.message, members: outcome.candidates.map(member) };
    case 'refusal': {
      const way = outcome.isForceable ? ' "force": true overrides this.' : '';
      const message = `${refusalText(outcome)}${way}`;
      return { ok: false, message, operation: operation(outcome.operation), checks: outcome.checks };
    }
    case 'proposal': {
      const { plan, why, tried: notes } = outcome;
      return { ok: why === 'dryRun', message: PROPOSALS[why], ...planned(plan), notes };
    }
    case 'done': {
      const { request, subject } = outcome.operation;
      const pods = podsChanged(outcome.plan);
      const out = podsIn(subject).length - pods.length;
      const about = subject.kind === 'pods' ? { kind: subject.kind, pods } : subject;
      const message = `${request.command} ${subjectText(about)}: done.${out > 0 ? ` Left out: ${count(out, 'pod')}.` : ''}`;
      const proof = outcome.proof.map((progress, index) => proven(progress, outcome.tookMs[index]));
      return { ok: true, message, ...planned(outcome.plan), proof, notes: outcome.notes, silence: outcome.silence };
    }
    case 'unfinished': {
      const { plan, left, goesOn, trouble, silence } = outcome;
      const missing = outcome.proof.filter(({ isMet }) => !isMet).length;
      const message = [
        left === undefined ? 'All changes are made.' : `Still to do: ${left.join('; ')}.`,
        `${missing} of ${count(outcome.proof.length, 'check')} did not pass in time.`,
        ...(goesOn ? ['Pitlane continues within two minutes.'] : []),
      ].join(' ');
      const proof = outcome.proof.map((progress) => proven(progress, undefined));
      const notes = trouble === undefined ? undefined : [trouble];
      return { ok: false, message, ...planned(plan), proof, notes, silence };
    }
    case 'failed': {
      const { message, stands: notes, undo } = outcome;
      return { ok: false, message, notes, undo, operation: outcome.operation && operation(outcome.operation) };
    }
  }
}

/** An operation that is not, or no longer, carried out for this invocation. */
function known(
  outcome: Extract<Outcome, { kind: 'running' | 'repeated' | 'cancelled' }>,
  command: Request['command'],
): Said {
  const { kind, entry } = outcome;
  const { ended } = entry;
  const asked = askedFor(entry);
  const messages = {
    running: `${asked} is already in progress; it does not start twice.`,
    repeated: `${asked}: already ${ended === undefined ? 'ended' : ENDINGS[ended.kind]}. Not repeated.`,
    cancelled: `${asked} ${ended === undefined ? 'is being cancelled' : 'was cancelled'}.`,
  };
  return {
    // The caller of `cancel` got what it asked for; the caller of the operation did not.
    ok: kind === 'cancelled' ? !isChangeCommand(command) : ended?.kind === 'done',
    message: `${messages[kind]} ${ended?.message ?? ''}`.trim(),
    operation: operation(entry),
    entry: entryData(entry),
    ...(kind === 'cancelled' && { undo: outcome.undo }),
  };
}

const PROPOSALS = {
  dryRun: 'Dry run: nothing was changed.',
  needsConfirmation:
    'Nothing was changed: the plan has warnings. To confirm, send it again with "confirm": true or with the fingerprint.',
  changed: 'Nothing was changed: the plan has changed since it had that fingerprint.',
} as const;

function planned(plan: Plan) {
  return {
    operation: operation(plan.operation),
    fingerprint: plan.fingerprint,
    checks: plan.checks,
    effects: messagesOf(plan.effects),
    ...(plan.diff && { diff: plan.diff }),
    ...(plan.next && { next: plan.next }),
    undo: plan.undo,
  };
}

/** `pod`: the only one; absent: there are several, or none. `undoes`: the operation that it undoes. */
function operation({ id, subject, request: { undoes } }: Pick<Operation, 'id' | 'subject' | 'request'>) {
  const pods = podsIn(subject).map(({ name, uid }) => ({ name, uid }));
  return { id, pod: onlyOf(pods), pods, undoes: undoes && { id: undoes.id, by: undoes.by } };
}

function proven({ milestone, isMet, seen }: Progress, tookMs: number | undefined) {
  return { title: milestone.title, met: isMet, seen, tookMs };
}

function member({ pod, kind, state, isReady, drained, disabled }: Member) {
  const { name, uid, restarts, nodeName } = pod;
  const records = { drained: drained ?? null, disabled: disabled ?? null };
  return { name, uid, kind, state, ready: isReady, node: nodeName ?? null, restarts, ...records };
}
