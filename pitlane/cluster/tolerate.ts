import type { Seen } from '../rotation/snapshot.ts';
import { ClusterError, describePermission, Forbidden, NotFound } from './errors.ts';

/** A part of the snapshot that nobody asked for. */
export const NOT_ASKED: Seen<never> = { kind: 'notSeen', why: 'It was not asked for.' };

/** What pitlane may not see is said in the plan; it does not keep anybody from acting. Other errors pass. */
export async function tolerateForbidden<T>(read: Promise<T>): Promise<Seen<T>> {
  try {
    return { kind: 'seen', value: await read };
  } catch (error) {
    if (error instanceof Forbidden) {
      return { kind: 'notSeen', why: `Pitlane may not ${describePermission(error.missing)}.` };
    }
    throw error;
  }
}

/** The same, for what only makes an answer fuller: no error of the cluster about it stops the operation. */
export async function tolerateErrors<T>(read: Promise<T>): Promise<Seen<T>> {
  try {
    return await tolerateForbidden(read);
  } catch (error) {
    if (error instanceof ClusterError) return { kind: 'notSeen', why: error.message };
    throw error;
  }
}

/** Undefined where the object, or the whole kind, does not exist. */
export async function ignoreNotFound<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
