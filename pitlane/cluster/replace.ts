import type { Connection } from './connection.ts';
import { collectionOf, type Place } from './resource.ts';

/**
 * Creates an object, or replaces `current`, the version that was read. Returns the stored object. Throws Conflict or
 * NotFound if another client was faster.
 */
export async function createOrReplace<J>(
  connection: Connection,
  place: Place,
  current: J | undefined,
  body: J,
  signal?: AbortSignal,
): Promise<J> {
  const answer = await (current === undefined
    ? connection.send<J>({ verb: 'create', place: collectionOf(place), body, signal })
    : connection.send<J>({ verb: 'update', place, body, signal }));
  return answer.body;
}
