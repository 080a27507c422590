import type { Connection } from '../pitlane/cluster/connection.ts';
import { type CallSite, ClusterError, Unavailable } from '../pitlane/cluster/errors.ts';

/** The cluster has never answered. Not retryable: a wrong address or a dead tunnel does not recover. */
class NeverAnswered extends ClusterError {
  constructor(site: CallSite, address: string, cause: Unavailable) {
    super(site, `${cause.message} The kubeconfig points to ${address}.`, { cause });
  }
}

/**
 * Makes a missing answer final until the cluster has answered once, instead of retrying a wrong address.
 * `address`: the server and its context, for the error.
 */
export function failFast(connection: Connection, address: string): Connection {
  let hasAnswered = false;
  const track = async <T>(site: CallSite, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      hasAnswered = true;
      return answer;
    } catch (error) {
      const isUnanswered = error instanceof Unavailable && error.status === undefined;
      if (isUnanswered && !hasAnswered) throw new NeverAnswered(site, address, error);
      hasAnswered ||= !isUnanswered;
      throw error;
    }
  };
  const wrap = (inner: Connection): Connection => ({
    name: inner.name,
    usage: inner.usage,
    as: (identity) => wrap(inner.as(identity)),
    send: (call) => track(call, inner.send(call)),
    open: (call) => track(call, inner.open(call)),
  });
  return wrap(connection);
}
