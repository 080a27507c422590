import type { NewEvent } from '../cluster/events.ts';
import type { EndKind, JournalEntry } from '../journal/entry.ts';
import type { Known } from '../journal/journal.ts';
import { askedFor } from '../journal/words.ts';
import { operationNamed } from '../operations/table.ts';
import {
  type Check,
  changedText,
  type Operation,
  type Plan,
  type Progress,
  podsLeftOut,
  type Refusal,
  subjectText,
  type Write,
} from '../rotation/plan.ts';
import { sharedFindings } from '../rotation/shared-text.ts';
import type { Service } from '../rotation/snapshot.ts';
import { count, idAndName, list, time } from '../text/words.ts';
import type { ChangeOutcome, Confirmation, NotUnderstood, Repeated, Running } from './outcome.ts';
import { notUnderstood } from './problems.ts';

/** A plan with warnings may be carried out only if exactly that plan was confirmed. */
export function isConfirmed(
  plan: Plan,
  confirmed: Confirmation | 'any' | undefined,
): 'confirmed' | 'needsConfirmation' | 'changed' {
  if (confirmed === 'any' || !needsConfirmation(plan)) return 'confirmed';
  if (confirmed === undefined) return 'needsConfirmation';
  return confirmed.fingerprint === plan.fingerprint ? 'confirmed' : 'changed';
}

export function isWarning({ level }: Check): boolean {
  return level === 'warning';
}

/** It has a warning, or leaves a pod out. */
export function needsConfirmation({ checks }: Plan): boolean {
  return checks.some(({ level }) => level === 'warning' || level === 'leftOut');
}

/** The end of the operation in the journal. Undefined: nothing was changed, so its entry is removed. */
export function endOf(outcome: ChangeOutcome, isResumed: boolean): EndKind | undefined {
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'unfinished':
      return 'givenUp';
    case 'failed':
      return outcome.stands.length > 0 || isResumed ? 'failed' : undefined;
    default:
      return isResumed ? 'refused' : undefined;
  }
}

/** The journal has little room, and the message of a webhook may be long. */
const LONGEST_MESSAGE = 1_000;

export function messageOf(outcome: ChangeOutcome): string {
  const message = wholeMessageOf(outcome);
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}…`;
}

function wholeMessageOf(outcome: ChangeOutcome): string {
  switch (outcome.kind) {
    case 'done': {
      const { operation, plan } = outcome;
      const out = podsLeftOut(plan).length;
      const leftOut = out > 0 ? ` Left out: ${count(out, 'pod')}.` : '';
      return `${operation.request.command} of ${changedText(plan)} is done and proven.${leftOut}`;
    }
    case 'failed':
      return [outcome.message, ...outcome.stands].join(' ');
    case 'unfinished': {
      const missing = outcome.proof.filter(({ isMet }) => !isMet).map(({ milestone }) => milestone.title);
      return `Not seen in time: ${list(missing, 10)}.`;
    }
    case 'refusal':
      return refusalText(outcome);
    case 'cancelled':
      return outcome.entry.ended?.message ?? 'It was cancelled.';
    case 'proposal':
      return 'Nothing was changed: the plan changed, and was not confirmed again.';
    default:
      return 'message' in outcome ? outcome.message : 'Nothing was changed.';
  }
}

export function refusalText(refusal: Refusal): string {
  return sharedFindings(refusal)
    .flatMap(({ level, message }) => (level === 'refusal' ? message : []))
    .join(' ');
}

/** The entry of an operation that was cancelled or superseded. */
export function cancelledEntry(entry: JournalEntry, stands: readonly string[], now: number): JournalEntry {
  const { by = 'an unknown person', at = now, instead, to = 'change' } = entry.cancel ?? {};
  const kind = instead === undefined ? 'cancelled' : 'superseded';
  const why =
    instead === undefined
      ? `Cancelled by ${by} at ${time(at)}.`
      : `Superseded by ${by}'s ${to} of ${subjectText(entry.subject)} (operation ${instead}).`;
  const what = stands.length === 0 ? 'Nothing was changed.' : stands.join(' ');
  return { ...entry, heldUntil: 0, ended: { kind, at: now, message: `${why} ${what}` } };
}

/** The optional milestones that were not reached in time, or by the end of the wait. */
export function lateNotes(progress: readonly Progress[], waitedMs: number): readonly string[] {
  const waitedSeconds = Math.round(waitedMs / 1000);
  return progress
    .filter(({ isMet }) => !isMet)
    .map(({ milestone: { withinSeconds, title }, seen, isLost }) => {
      // More time would not help.
      if (isLost) return `Not so: ${title} (${seen}).`;
      return `Not yet after ${Math.min(withinSeconds, waitedSeconds)} s: ${title} (${seen}).`;
    });
}

/** One Event on the Service for all writes of a phase: an operation on the service may change hundreds of pods. */
export function happeningOfPhase(
  title: string,
  operation: Operation,
  { name, namespace, uid }: Service,
  at: number,
): NewEvent {
  const action = operation.request.command.replaceAll(' ', '-');
  return { ...happening(title, operation, at), namespace, action, regarding: { kind: 'Service', name, uid } };
}

/** One Event on the object that was written to, and one on the service. */
export function happeningsOf(
  { title, target }: Write,
  operation: Operation,
  service: Service,
  at: number,
): readonly NewEvent[] {
  const { namespace, ...object } = target;
  const serviceRef = { kind: 'Service', name: service.name, uid: service.uid };
  const common = { ...happening(title, operation, at), namespace, action: operation.request.command };
  if (service.isGone) return [{ ...common, regarding: object }];
  return [
    { ...common, regarding: object, related: serviceRef },
    { ...common, regarding: serviceRef, related: object },
  ];
}

function happening(title: string, operation: Operation, at: number) {
  const { command, because } = operation.request;
  const why = because === undefined ? '' : ` Because: ${because}`;
  const note = `Done for ${idAndName(operation)}: ${title} (operation ${operation.id}).${why}`;
  return { reason: operationNamed(command).words.event, note, at, id: operation.id };
}

/** The journal knows the id of the request, so it is not carried out again. */
export function outcomeOfKnown(
  kind: Exclude<Known['kind'], 'new' | 'left'>,
  entry: JournalEntry,
): Running | Repeated | NotUnderstood {
  if (kind !== 'another') return { kind, entry };
  const message = `The id was used for a different request: ${askedFor(entry)}, by ${idAndName(entry)} at ${time(entry.at)}. Each request needs its own id.`;
  return notUnderstood('RequestIdReused', message, []);
}
