import { format } from '../operations/commands.ts';
import { subjectText } from '../rotation/plan.ts';
import type { EndKind, JournalEntry } from './entry.ts';

/** How an operation ended: `drain rng-b85tm: given up`. */
export const ENDINGS: Readonly<Record<EndKind, string>> = {
  done: 'done',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  superseded: 'superseded by another request',
  givenUp: 'given up',
};

/** The request without its reason: `drain rng-b85tm`, `extend rng-b85tm 1h`, `drain 12 pods`. */
export function askedFor({ request, subject }: Pick<JournalEntry, 'request' | 'subject'>): string {
  const { because: _, ...asked } = request;
  const command = format(asked);
  if (subject.kind === 'service') return `${command} of ${subjectText(subject)}`;
  return command.replace(request.command, `${request.command} ${subjectText(subject)}`);
}

/**
 * The state of an unfinished operation, in a few words. A process notes its writes some seconds later, so only an
 * operation that was left (`heldUntil` is 0) is known to have written nothing.
 */
export function standing({ heldUntil, written = [], cancel }: JournalEntry, now: number): readonly string[] {
  return [
    heldUntil > now ? 'in progress' : 'about to be resumed',
    ...(written.length > 0 ? ['some changes are made'] : heldUntil === 0 ? ['no changes are made yet'] : []),
    ...(cancel === undefined ? [] : ['being cancelled']),
  ];
}
