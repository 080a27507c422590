import { format } from '../operations/commands.ts';
import { type Subject, subjectText } from '../rotation/plan.ts';
import type { EndKind, JournalEntry } from './entry.ts';

/** How an operation ended: `drain rng-b85tm: given up`. */
export const ENDINGS: Readonly<Record<EndKind, string>> = {
  done: 'done',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  superseded: 'superseded',
  givenUp: 'given up',
};

/** `drain rng-b85tm`, `extend rng-b85tm 1h`, `drain 12 pods`: what was asked, without the reason. */
export function askedFor({ request, subject }: Pick<JournalEntry, 'request' | 'subject'>): string {
  const { because: _, ...asked } = request;
  const command = format(asked);
  return command.replace(request.command, `${request.command} ${subjectText(subject)}`);
}

/**
 * The state of an operation in progress, in a few words. A process notes a write some seconds later, so that nothing is
 * written is known only of an operation that was left (`heldUntil` is 0).
 */
export function standing({ heldUntil, written = [], cancel }: JournalEntry, now: number): readonly string[] {
  return [
    heldUntil > now ? 'in progress' : 'waiting to be resumed',
    ...(written.length > 0 ? ['some changes are made'] : heldUntil === 0 ? ['nothing is changed yet'] : []),
    ...(cancel === undefined ? [] : ['being cancelled']),
  ];
}

/** `Superseded by bob's restore of rng-b85tm (operation 1).` */
export function supersededBy(
  {
    id,
    by,
    command = 'change',
  }: { readonly id: string; readonly by?: string | undefined; readonly command?: string | undefined },
  subject: Subject,
): string {
  const whose = by === undefined ? 'a' : `${by}'s`;
  return `Superseded by ${whose} ${command} of ${subjectText(subject)} (operation ${id}).`;
}
