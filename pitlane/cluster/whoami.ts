import { isObject } from '../text/shape.ts';
import type { Connection } from './connection.ts';
import { CannotConnect, ClusterError } from './errors.ts';
import type { Resource } from './resource.ts';

const SELF_REVIEWS: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  isNamespaced: false,
};

const TIMEOUT_MS = 3_000;
const ANONYMOUS = 'system:anonymous';

/** The user that the API server takes the caller for, as `kubectl auth whoami`. Undefined: it is not known. */
export async function readUser(connection: Connection): Promise<string | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: SELF_REVIEWS.kind };
  const call = { verb: 'create', place: { resource: SELF_REVIEWS }, body, timeoutMs: TIMEOUT_MS } as const;
  try {
    const answer = await connection.send<{ readonly status?: { readonly userInfo?: unknown } }>(call);
    const user = answer.body.status?.userInfo;
    const name = isObject(user) && typeof user.username === 'string' ? user.username : '';
    return name === '' || name === ANONYMOUS ? undefined : name;
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect) return undefined;
    throw error;
  }
}
