import type { Answer, Call, Connection } from '../connection.ts';
import { NotFound } from '../errors.ts';
import { pathOf } from '../resource.ts';

export interface Stub {
  readonly connection: Connection;
  /** `get /api/v1/nodes?limit=500`, of each call in order. */
  readonly calls: readonly string[];
}

/** A connection that answers by a function, without HTTP. Undefined: 404. An error that it returns is thrown. */
export function stubConnection(answer: (path: string, call: Call) => unknown): Stub {
  const calls: string[] = [];
  const connection: Connection = {
    name: 'stub',
    usage: { requests: 0, received: 0 },
    as: () => connection,
    open: async (call) => Promise.reject(new NotFound(call, { status: 404 })),
    async send<T>(call: Call): Promise<Answer<T>> {
      const path = pathOf(call.place);
      const query = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : `${name}=${value}`,
      );
      calls.push(`${call.verb} ${path}${query.length > 0 ? `?${query.join('&')}` : ''}`);
      const body = answer(path, call) ?? new NotFound(call, { status: 404 });
      if (body instanceof Error) throw body;
      return { body: body as T, warnings: [] };
    },
  };
  return { connection, calls };
}
