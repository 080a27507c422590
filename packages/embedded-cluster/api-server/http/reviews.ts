import { badRequest, invalid } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { groupVersionOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import { decide, grantsOf } from '../authorization/rbac.ts';
import { apiAudience, userOfToken } from '../authorization/tokens.ts';
import { masters, type User } from '../authorization/user.ts';
import { invalidValue } from '../validation/field-error.ts';
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
