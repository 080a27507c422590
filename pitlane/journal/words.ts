import { format } from '../operations/commands.ts';
import type { EndKind, JournalEntry } from './entry.ts';

/** How an operation ended: `drain rng-b85tm: given up`. */
export const ENDINGS: Readonly<Record<EndKind, string>> = {
  done: 'done',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  superseded: 'overtaken by another request',
  givenUp: 'given up',
};

/** `drain rng-b85tm`, `extend rng-b85tm 1h`: what was asked, without the reason. */
export function askedFor({ request, pod }: Pick<JournalEntry, 'request' | 'pod'>): string {
  const asked = { ...request, pod: pod.name };
  if (asked.command !== 'drain') return format(asked);
  const { because: _, ...rest } = asked;
  return format(rest);
}

/**
 * How it stands with an operation that is under way, in a few words. A process notes a write some seconds later, so that
 * nothing is written is known only of an operation that was left (`heldUntil` is 0).
 */
export function standing({ heldUntil, hasWritten, cancel }: JournalEntry, now: number): readonly string[] {
  return [
    heldUntil > now ? 'a process is at work on it' : 'pitlane is about to go on with it',
    ...(hasWritten ? ['something is written'] : heldUntil === 0 ? ['nothing is written yet'] : []),
    ...(cancel === undefined ? [] : ['it is being cancelled']),
  ];
}
