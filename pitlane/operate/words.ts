import type { NewEvent } from '../cluster/events.ts';
import type { Known } from '../journal/journal.ts';
import type { Operation, Plan, Progress, WriteStep } from '../rotation/plan.ts';
import type { Service } from '../rotation/snapshot.ts';
import { time } from '../text/words.ts';
import type { AdvanceOptions } from './asker.ts';
import type { NotUnderstood, Repeated, Running } from './outcome.ts';

/** Whether the plan may be carried out as it is: one without warnings may; one with, if exactly it was confirmed. */
export function isConfirmed(
  plan: Plan,
  confirmed: AdvanceOptions['confirmed'],
): 'confirmed' | 'needsConfirmation' | 'changed' {
  if (confirmed === 'any' || !plan.checks.some(({ level }) => level === 'warning')) return 'confirmed';
  if (confirmed === undefined) return 'needsConfirmation';
  return confirmed.fingerprint === plan.fingerprint ? 'confirmed' : 'changed';
}

/** What a step left behind, as a sentence. */
export function stands({ title }: WriteStep): string {
  return `Pitlane was told to ${title}, and did.`;
}

/** What a step may have left behind whose write got no answer. */
export function mayStand({ title, target }: WriteStep): string {
  return `Pitlane was told to ${title}: whether that was done is not known, look at ${target.name} before you go on.`;
}

/** The optional milestones that did not come in time, or in as much of it as there was. */
export function lateNotes(progress: readonly Progress[], waitedMs: number): readonly string[] {
  const waitedSeconds = Math.round(waitedMs / 1000);
  return progress
    .filter(({ isMet }) => !isMet)
    .map(({ milestone: { withinSeconds, title }, seen }) => {
      return `Not yet after ${Math.min(withinSeconds, waitedSeconds)} s: ${title} (${seen}).`;
    });
}

/** Reasons of Kubernetes Events, by command. */
const REASONS: Readonly<Record<Operation['request']['command'], string>> = {
  drain: 'Drained',
  restore: 'Restored',
  extend: 'Extended',
  finish: 'Finished',
};

/** One Event on the object that was written to, and one on the service. */
export function happeningsOf(
  { title, target }: WriteStep,
  { id, by, request }: Operation,
  service: Service,
  at: number,
): readonly NewEvent[] {
  const because = request.command === 'drain' && request.because !== undefined ? ` Because: ${request.because}` : '';
  const { namespace, ...object } = target;
  const serviceRef = { kind: 'Service', name: service.name, uid: service.uid };
  const common = {
    namespace,
    reason: REASONS[request.command],
    action: request.command,
    note: `Pitlane was asked by ${by} to ${title}, and did (operation ${id}).${because}`,
    at,
    id,
  };
  return [
    { ...common, regarding: object, related: serviceRef },
    { ...common, regarding: serviceRef, related: object },
  ];
}

/** Of a request whose id the journal knows: it is not carried out again. */
export function outcomeOfKnown({
  kind,
  entry,
}: Exclude<Known, { kind: 'new' | 'left' }>): Running | Repeated | NotUnderstood {
  if (kind !== 'another') return { kind, entry };
  const { command } = entry.request;
  return {
    kind: 'notUnderstood',
    message: `The same id was given to another request: ${command} of ${entry.pod.name}, asked by ${entry.by} at ${time(entry.at)}. Each request needs an id of its own.`,
    instead: [],
  };
}
