import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import type { Failed, NotUnderstood } from './outcome.ts';

/** `instead`: commands to type. */
export function notUnderstood(
  code: NonNullable<NotUnderstood['code']>,
  message: string,
  instead: readonly string[] = ['list'],
): NotUnderstood {
  return { kind: 'notUnderstood', code, message, instead };
}

/** `why`: from the selector's parser, with the position. */
export function selectorInvalid(why: string, instead: string): NotUnderstood {
  return notUnderstood('SelectorInvalid', `The selector can't be read ${why}.`, [instead]);
}

/** Turns errors of the cluster into an outcome. Any other error is a bug, and thrown. */
export async function orFailed<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect)
      return { kind: 'failed', code: error.name, message: error.message, stands: [], undo: [] };
    throw error;
  }
}
