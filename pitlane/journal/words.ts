import { format } from '../operations/commands.ts';
import { concealed } from '../operations/conceal.ts';
import { subjectText } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { compact, list } from '../text/words.ts';
import type { EndKind, JournalEntry, PastChange } from './entry.ts';
import { leftOutOf } from './history.ts';

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
  const { because: _, undoes: __, ...asked } = request;
  const command = format(concealed(asked));
  if (subject.kind === 'service') return `${command} of ${subjectText(subject)}`;
  return command.replace(request.command, `${request.command} ${subjectText(subject)}`);
}

/**
 * The state of an unfinished operation, in a few words. A process notes its writes some seconds later, so only an
 * operation that was left (`heldUntil` is 0) is known to have written nothing.
 */
export function standing({ heldUntil, written = [], cancel }: JournalEntry, now: number): readonly string[] {
  return compact(
    heldUntil > now ? 'in progress' : 'about to be resumed',
    written.length > 0 && 'some changes are made',
    written.length === 0 && heldUntil === 0 && 'no changes are made yet',
    cancel !== undefined && 'being cancelled',
  );
}

const MOST_NAMED = 5;

/** `left out: rng-b and rng-c`. Undefined: no pod is. */
export function leftOutText(entry: JournalEntry): string | undefined {
  return namesLeftOut(leftOutOf(entry));
}

/** What one does not see of a change in its request, its pods and its outcome. */
export function moreOfChange(
  { leftOut = [], request }: PastChange,
  undoneBy: PastChange | undefined,
): readonly string[] {
  const { undoes } = request;
  return compact(namesLeftOut(leftOut), undoes && `undoes ${undoes.id}`, undoneBy && `undone by ${undoneBy.id}`);
}

/** `the last change`, `the last 5 changes`, `the last 20 of 50 changes` */
export function lastText(shown: number, all: number): string {
  if (shown < all) return `the last ${shown} of ${all} changes, newest first`;
  return all === 1 ? 'the last change' : `the last ${all} changes, newest first`;
}

function namesLeftOut(pods: readonly PodRef[]): string | undefined {
  const names = pods.map(({ name }) => name);
  return names.length === 0 ? undefined : `left out: ${list(names, MOST_NAMED)}`;
}
