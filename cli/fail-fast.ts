import type { Connection } from '../pitlane/cluster/connection.ts';
import { type CallSite, ClusterError, Unavailable } from '../pitlane/cluster/errors.ts';

/** The cluster has never answered. Not to be tried again: a wrong address or a dead tunnel does not heal by waiting. */
class NeverAnswered extends ClusterError {
  readonly isRetryable = false;

  constructor(site: CallSite, address: string, cause: Unavailable) {
    super(site, `${cause.message} The kubeconfig says ${address}.`, { cause });
  }
}

/**
 * The same connection for somebody who sits in front of it: until the cluster has answered once, a missing answer is
 * final. Later ones may pass, and are tried again as everywhere. `address`: the server and its context, for the error.
 */
export function failFast(connection: Connection, address: string): Connection {
  let hasAnswered = false;
  const settled = async <T>(site: CallSite, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      hasAnswered = true;
      return answer;
    } catch (error) {
      const isSilent = error instanceof Unavailable && error.status === undefined;
      if (isSilent && !hasAnswered) throw new NeverAnswered(site, address, error);
      hasAnswered ||= !isSilent;
      throw error;
    }
  };
  const wrap = (inner: Connection): Connection => ({
    name: inner.name,
    usage: inner.usage,
    as: (identity) => wrap(inner.as(identity)),
    send: (call) => settled(call, inner.send(call)),
    open: (call) => settled(call, inner.open(call)),
  });
  return wrap(connection);
}
