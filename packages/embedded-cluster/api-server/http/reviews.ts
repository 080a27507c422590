import { badRequest, invalid, notFound } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { groupVersionOf, kindOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import { decide, grantsOf } from '../authorization/rbac.ts';
import { apiAudience, tokenFor, userOfToken } from '../authorization/tokens.ts';
import { masters, type User } from '../authorization/user.ts';
import { invalidValue } from '../validation/field.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

/** `kubectl auth whoami` and `kubectl auth can-i`, and the same questions about others: answered, never stored. */
export async function answerReview(exchange: Exchange, { kind, namespace }: Target): Promise<void> {
  const { user, cluster } = exchange;
  const body: Json = (await exchange.body(kind.kind)) ?? {};
  const spec = body.spec ?? {};
  const head = { kind: kind.kind, apiVersion: groupVersionOf(kind) };
  const metadata = namespace === undefined ? {} : { namespace };
  const answer = (status: object) => exchange.sendJson(201, { ...head, metadata, spec, status });
  switch (kind.resource) {
    case 'selfsubjectreviews': {
      const created = { creationTimestamp: timestamp(cluster.now()) };
      return exchange.sendJson(201, { ...head, metadata: created, status: { userInfo: userInfo(user) } });
    }
    case 'tokenreviews': {
      if (!spec.token) throw badRequest('token is required for TokenReview in authentication');
      const found = userOfToken(cluster, spec.token, spec.audiences ?? [apiAudience]);
      if (found === undefined) return answer({ user: {}, error: 'invalid bearer token' });
      return answer({ authenticated: true, user: userInfo(found.user), audiences: found.audiences });
    }
    case 'selfsubjectrulesreviews':
      if (!spec.namespace) throw badRequest('no namespace on request');
      return exchange.sendJson(201, { ...head, metadata: {}, spec: {}, status: rulesFor(exchange, spec.namespace) });
    default: {
      checkSpec(spec, kind.resource, namespace);
      const asked = kind.resource.startsWith('self') ? user : userIn(spec);
      const { allowed, reason } = decide(cluster, asked, accessIn(spec));
      return answer({ allowed, ...(reason !== '' && { reason }) });
    }
  }
}

function userInfo({ name, uid, groups, extra }: User) {
  return { username: name, ...(uid && { uid }), groups, ...(Object.keys(extra).length > 0 && { extra }) };
}

function userIn({ user = '', uid, groups = [], extra = {} }: Json): User {
  return { name: user, uid, groups, extra };
}

function accessIn({ resourceAttributes: of, nonResourceAttributes: other }: Json) {
  if (!of) return { verb: other.verb ?? '', group: '', resource: '', path: other.path ?? '' };
  const { verb = '', group = '', resource = '', subresource, namespace, name } = of;
  // In protobuf they are empty where they are unset.
  const scope = { subresource: subresource || undefined, namespace: namespace || undefined, name: name || undefined };
  return { verb, group, resource, ...scope };
}

/** apis/authorization/validation/validation.go. */
function checkSpec(spec: Json, resource: string, namespace: string | undefined): void {
  const { resourceAttributes: of, nonResourceAttributes: path, user, groups } = spec;
  const refuse = (field: string, value: Json, why: string) =>
    invalid({ group: 'authorization.k8s.io', kind: '' }, '', [invalidValue(field, value, why)]);
  if (!of === !path) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw refuse('spec.resourceAttributes', of ?? null, why);
  }
  if (!resource.startsWith('self') && !user && !groups?.length) {
    throw refuse('spec.user', '', 'at least one of user or group must be specified');
  }
  if (namespace !== undefined && of?.namespace !== namespace) {
    throw refuse('spec.resourceAttributes.namespace', of?.namespace ?? '', 'must match metadata.namespace');
  }
}

/** The rules of the user, for `kubectl auth can-i --list`. */
function rulesFor({ cluster, user }: Exchange, namespace: string) {
  const { grants, errors } = grantsOf(cluster, user, namespace);
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const allPaths = { verbs: ['*'], nonResourceURLs: ['*'] };
  const rules = [...(user.groups.includes(masters) ? [all, allPaths] : []), ...grants.map(({ rule }) => rule)];
  return {
    resourceRules: rules.filter((rule) => 'resources' in rule),
    nonResourceRules: rules.filter((rule) => 'nonResourceURLs' in rule),
    incomplete: errors.length > 0,
    ...(errors.length > 0 && { evaluationError: errors.join(', ') }),
  };
}

const leastSeconds = 600;
/** The kinds that a token can be bound to. */
const bindable = new Map([
  ['Pod', 'pods'],
  ['Secret', 'secrets'],
  ['Node', 'nodes'],
]);

/** A token of a service account (registry/core/serviceaccount/storage/token.go). */
export async function answerTokenRequest(exchange: Exchange, { kind, namespace, name = '' }: Target): Promise<void> {
  const { cluster } = exchange;
  const body = (await exchange.body('TokenRequest')) ?? {};
  const { expirationSeconds: seconds = 3_600, boundObjectRef = null } = body.spec ?? {};
  const audiences: string[] = body.spec?.audiences?.length ? body.spec.audiences : [apiAudience];
  const account = cluster.store.get(kind.resource, namespace, name);
  if (account === undefined) throw notFound(kind, name);
  if (seconds < leastSeconds) {
    const why = 'may not specify a duration less than 10 minutes';
    const of = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
    throw invalid(of, '', [invalidValue('spec.expirationSeconds', seconds, why)]);
  }
  const boundTo = boundObjectRef === null ? undefined : boundObject(exchange, boundObjectRef, namespace);
  const now = cluster.now();
  exchange.sendJson(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: timestamp(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef },
    status: {
      token: exchange.isDryRun ? '' : tokenFor(cluster, account, { audiences, seconds, boundTo }),
      expirationTimestamp: timestamp(now + seconds * 1_000),
    },
  });
}

function boundObject({ cluster }: Exchange, { kind, name }: Json, namespace: string | undefined) {
  const resource = bindable.get(kind);
  if (resource === undefined) throw badRequest(`cannot bind token for serviceaccount to type "/${kind ?? ''}"`);
  const of = kindOf(resource);
  const found = cluster.store.get(resource, of.namespaced ? namespace : undefined, name);
  if (found === undefined) throw notFound(of, name);
  return found;
}
