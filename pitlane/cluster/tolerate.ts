import type { Seen } from '../rotation/snapshot.ts';
import { ClusterError, describePermission, Forbidden, NotFound } from './errors.ts';

/** A part of the snapshot that the operation does not need. */
export const NOT_ASKED: Seen<never> = { kind: 'notSeen', why: 'It was not asked for.' };

/** Turns a missing permission into `notSeen`: the plan names it, and the operation continues. Other errors are thrown. */
export async function tolerateForbidden<T>(read: Promise<T>): Promise<Seen<T>> {
  try {
    return { kind: 'seen', value: await read };
  } catch (error) {
    if (error instanceof Forbidden) {
      return { kind: 'notSeen', why: `Pitlane is not allowed to ${describePermission(error.missing)}.` };
    }
    throw error;
  }
}

/** Turns every error of the cluster into `notSeen`. For reads that the operation can do without. */
export async function tolerateErrors<T>(read: Promise<T>): Promise<Seen<T>> {
  try {
    return await tolerateForbidden(read);
  } catch (error) {
    if (error instanceof ClusterError) return { kind: 'notSeen', why: error.message };
    throw error;
  }
}

/** Undefined: the object, or its whole kind, does not exist. */
export const ignoreNotFound = ignoring(NotFound);

/** Undefined: Pitlane lacks the permission, which is usual for custom resources. */
export const ignoreForbidden = ignoring(Forbidden);

function ignoring(error: typeof NotFound | typeof Forbidden) {
  return <T>(read: Promise<T>): Promise<T | undefined> =>
    read.catch((thrown) => {
      if (thrown instanceof error) return undefined;
      throw thrown;
    });
}
