import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import type { Cluster } from '../cluster.ts';
import { randomUid } from '../generated-names.ts';
import type { ApiRequest } from '../http/messages.ts';
import { admin, authenticated, serviceAccountGroups, serviceAccountUser, type User } from './user.ts';

/** The token of the administrator's kubeconfig. */
const adminToken = 'sandbox';
export const apiAudience = 'https://kubernetes.default.svc.cluster.local';

interface TokenOptions {
  audiences: readonly string[];
  seconds: number;
  /** A pod, secret or node: the token is invalid without it. */
  boundTo?: KubeObject | undefined;
}

/** A token of the service account, as a JWT (pkg/serviceaccount/claims.go). Only this server can verify it. */
export function tokenFor(cluster: Cluster, account: KubeObject, { audiences, seconds, boundTo }: TokenOptions): string {
  const { name, namespace = '', uid } = account.metadata;
  const issued = Math.floor(cluster.now() / 1_000);
  const bound = boundTo && { name: boundTo.metadata.name, uid: boundTo.metadata.uid };
  const claims = {
    aud: audiences,
    exp: issued + seconds,
    iat: issued,
    iss: apiAudience,
    jti: randomUid(cluster.random),
    'kubernetes.io': {
      namespace,
      ...(bound && { [boundTo.kind.toLowerCase()]: bound }),
      serviceaccount: { name, uid },
    },
    nbf: issued,
    sub: serviceAccountUser(namespace, name),
  };
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return signed(cluster, `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`);
}

function signed({ tokenKey }: Cluster, text: string): string {
  return `${text}.${createHmac('sha256', tokenKey).update(text).digest('base64url')}`;
}

/** The user of a valid token, and which of the audiences it is for. */
export function userOfToken(
  cluster: Cluster,
  token: string,
  audiences: readonly string[] = [apiAudience],
): { user: User; audiences: readonly string[] } | undefined {
  if (token === adminToken) return { user: admin, audiences };
  const claims = verified(cluster, token);
  const shared = audiences.filter((audience) => claims?.aud.includes(audience));
  if (claims === undefined || shared.length === 0) return undefined;
  const { namespace, ...objects } = claims['kubernetes.io'];
  const { serviceaccount, pod } = objects;
  const isAlive = (kind: string, { name, uid }: Json) =>
    cluster.store.get(`${kind}s`, kind === 'node' ? undefined : namespace, name)?.metadata.uid === uid;
  if (!Object.entries(objects).every(([kind, object]) => isAlive(kind, object))) return undefined;
  const of = 'authentication.kubernetes.io';
  const user = {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: [...serviceAccountGroups(namespace), authenticated],
    extra: {
      [`${of}/credential-id`]: [`JTI=${claims.jti}`],
      ...(pod && { [`${of}/pod-name`]: [pod.name], [`${of}/pod-uid`]: [pod.uid] }),
    },
  };
  return { user, audiences: shared };
}

/** The claims of a token that this server has signed and that is not expired. */
function verified(cluster: Cluster, token: string): Json | undefined {
  const [head, claims = ''] = token.split('.');
  const [given, wanted] = [Buffer.from(token), Buffer.from(signed(cluster, `${head}.${claims}`))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  return read.exp * 1_000 > cluster.now() ? read : undefined;
}

/**
 * The user of the request's token. A request without credentials is the administrator's: kubectl sends none over plain
 * HTTP (clientcmd/client_config.go, ClientConfig), and the server listens on 127.0.0.1 only.
 */
export function authenticate(cluster: Cluster, { headers }: ApiRequest): User {
  const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) return admin;
  const found = userOfToken(cluster, token);
  if (found === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  return found.user;
}
