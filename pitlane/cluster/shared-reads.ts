import type { Answer, Call, Connection } from './connection.ts';
import { READS } from './retry.ts';

/** An answer this old is still the state of now. */
export const FRESH_MS = 3_000;

/** A connection that sends the same read once within a few seconds, for those who read the same for many pods. */
export function sharingReads(connection: Connection, now: () => number): Connection {
  const recent = new Map<string, { readonly at: number; readonly answer: Promise<Answer<unknown>> }>();
  return {
    ...connection,
    send<T>(call: Call): Promise<Answer<T>> {
      const { verb, place, query, form } = call;
      if (!READS.includes(verb)) return connection.send(call);
      for (const [key, { at }] of recent) if (now() - at > FRESH_MS) recent.delete(key);
      const key = JSON.stringify([verb, place, query, form]);
      const answer = recent.get(key)?.answer ?? connection.send<unknown>(call);
      if (!recent.has(key)) recent.set(key, { at: now(), answer });
      return answer as Promise<Answer<T>>;
    },
  };
}
