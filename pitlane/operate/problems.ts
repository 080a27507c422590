import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { nearestNames } from '../text/nearest.ts';
import { alternatives, list } from '../text/words.ts';
import type { Failed, NotUnderstood } from './outcome.ts';

/** `instead`: commands that work; by default the one that shows the pods. */
export function notUnderstood(
  code: NonNullable<NotUnderstood['code']>,
  message: string,
  instead: readonly string[] = ['list'],
): NotUnderstood {
  return { kind: 'notUnderstood', code, message, instead };
}

/** `why`: the parser's words, with the position. */
export function selectorInvalid(why: string, instead: string): NotUnderstood {
  return notUnderstood('SelectorInvalid', `Invalid selector ${why}.`, [instead]);
}

const MOST_NAMES = 5;

/** ` Did you mean rng?`, or ` Known: rng and web.`, or nothing. */
export function nearestHint(name: string, known: readonly string[], label: string): string {
  const likely = nearestNames(name, known);
  if (likely.length > 0) return ` Did you mean ${alternatives(likely)}?`;
  return known.length === 0 ? '' : ` ${label}: ${list([...known].sort(), MOST_NAMES)}.`;
}

/** Turns the errors of the cluster into an outcome. Other errors are bugs, and are thrown. */
export async function orFailed<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect)
      return { kind: 'failed', code: error.name, message: error.message, stands: [], undo: [] };
    throw error;
  }
}
