import { badRequest } from '../../api/api-error.ts';
import type { Cluster } from '../cluster.ts';
import type { ApiRequest } from '../http/messages.ts';
import { type Access, decide, refusal } from './rbac.ts';
import {
  anonymous,
  authenticated,
  masters,
  serviceAccountGroups,
  serviceAccountOf,
  type User,
  unauthenticated,
} from './user.ts';

const identities = 'authentication.k8s.io';

/**
 * Checks who may act as whom (filters/impersonation): the returned function gives the user of a request, which is the one
 * of its Impersonate headers if it has any and `user` may act as that one.
 */
export function impersonation(cluster: Cluster): (request: ApiRequest, user: User, access: Access) => User {
  /** Users who last succeeded with the verb `impersonate` alone: it is tried first for them, so its refusal is the one reported. */
  const byOldVerb = new Set<string>();
  return (request, user, access) => {
    const wanted = wantedIn(request);
    if (wanted === undefined) return user;
    const mode = modeFor(wanted);
    const old = fieldsOf(wanted, 'impersonate', '');
    const action = { ...access, verb: `impersonate-on:${mode}:${access.verb}` };
    const constrained = [action, ...fieldsOf(wanted, `impersonate:${mode}`, identities)];
    const ways = byOldVerb.has(user.name) ? [old, constrained] : [constrained, old];
    let first: ReturnType<typeof refusal> | undefined;
    for (const checks of mode === undefined ? [old] : ways) {
      const isOld = checks === old;
      const isDenied = (each: Access) =>
        (!isOld && each.resource === 'groups' && each.name === masters) || !decide(cluster, user, each).allowed;
      const denied = checks.find(isDenied);
      if (denied === undefined) {
        byOldVerb[isOld ? 'add' : 'delete'](user.name);
        return withStandardGroups(wanted, isOld);
      }
      first ??= refusal(user, denied, decide(cluster, user, denied).reason);
    }
    throw first;
  };
}

const nodeOf = (user: string) => /^system:node:(.+)$/.exec(user)?.[1];

/** The mode that also limits the verbs (impersonation/mode.go); undefined when none applies. */
function modeFor({ name, uid, groups, extra }: User): string | undefined {
  const isOnlyName = groups.length === 0 && uid === undefined && Object.keys(extra).length === 0;
  if (nodeOf(name) !== undefined) return isOnlyName ? 'arbitrary-node' : undefined;
  if (serviceAccountOf(name) !== undefined) return isOnlyName ? 'serviceaccount' : undefined;
  return 'user-info';
}

/** The rights that the wanted user, its uid, groups and extra fields need. */
function fieldsOf({ name, uid, groups, extra }: User, verb: string, group: string): Access[] {
  const account = serviceAccountOf(name);
  const node = group === '' ? undefined : nodeOf(name);
  const one: Access = account
    ? { verb, group, resource: 'serviceaccounts', ...account }
    : { verb, group, resource: node ? 'nodes' : 'users', name: node ?? name };
  return [
    one,
    ...(uid === undefined ? [] : [{ verb, group: identities, resource: 'uids', name: uid }]),
    ...groups.map((each) => ({ verb, group, resource: 'groups', name: each })),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map((value) => ({ verb, group: identities, resource: 'userextras', subresource, name: value })),
    ),
  ];
}

function withStandardGroups(wanted: User, isOld: boolean): User {
  const account = serviceAccountOf(wanted.name);
  const isNode = !isOld && nodeOf(wanted.name) !== undefined;
  const fixed = isNode ? ['system:nodes'] : account ? serviceAccountGroups(account.namespace) : [];
  const groups = wanted.groups.length > 0 ? wanted.groups : fixed;
  const isUnknown = wanted.name === anonymous.name || groups.includes(unauthenticated);
  return { ...wanted, groups: [...new Set([...groups, isUnknown ? unauthenticated : authenticated])] };
}

/** The user in the Impersonate headers; undefined without them. */
function wantedIn({ headersDistinct }: ApiRequest): User | undefined {
  const name = headersDistinct['impersonate-user']?.[0] ?? '';
  const uid = headersDistinct['impersonate-uid']?.[0];
  const groups = headersDistinct['impersonate-group'] ?? [];
  const prefix = 'impersonate-extra-';
  const extra: Record<string, string[]> = {};
  for (const [header, values = []] of Object.entries(headersDistinct))
    if (header.startsWith(prefix)) extra[decodeURIComponent(header.slice(prefix.length)).toLowerCase()] = values;
  if (name !== '') return { name, uid, groups, extra };
  if (groups.length === 0 && Object.keys(extra).length === 0 && uid === undefined) return undefined;
  const quoted = (texts: readonly string[]) => `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const pairs = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${quoted(values)}`);
  const goGroups = groups.length > 0 ? quoted(groups) : '[]string(nil)';
  const goExtra = pairs.length > 0 ? `{${pairs.join(', ')}}` : '(nil)';
  const wanted = `Name:"", UID:${JSON.stringify(uid ?? '')}, Groups:${goGroups}, Extra:map[string][]string${goExtra}`;
  throw badRequest(`requested &user.DefaultInfo{${wanted}} without impersonating a user name`);
}
