import { expect } from 'vitest';
import type { Answer, Refusal, Sent } from './http.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const RBAC = 'rbac.authorization.k8s.io';
const IMPERSONATION = ['impersonate-user', 'impersonate-group'] as const;

type Rule = Readonly<Record<string, readonly string[]>>;

const asUser = (name: string, ...groups: string[]): Sent => ({
  headers: { [IMPERSONATION[0]]: name, ...(groups.length > 0 && { [IMPERSONATION[1]]: groups }) },
});
const withToken = (token: string): Sent => ({ headers: { authorization: `Bearer ${token}` } });

const podRule = (...verbs: string[]): Rule => ({ apiGroups: [''], resources: ['pods'], verbs });

/** RBAC objects, tokens and questions about rights in the namespace of a case. */
class Rights {
  readonly on: Space;

  constructor(on: Space) {
    this.on = on;
  }

  at(resource: string, name = '', group = RBAC): string {
    return `/apis/${group}/v1/namespaces/${this.on.name}/${resource}${name && `/${name}`}`;
  }

  core(resource: string, rest = ''): string {
    return `/api/v1/namespaces/${this.on.name}/${resource}${rest && `/${rest}`}`;
  }

  ask(method: string, path: string, sent: Sent = {}): Promise<Answer<Refusal>> {
    return this.on.cluster.http.exchange(method, path, sent);
  }

  role(name: string, ...rules: Rule[]): Promise<unknown> {
    return this.on.cluster.http.granted('POST', this.at('roles'), { body: { metadata: { name }, rules } });
  }

  bind(user: string, name: string, kind = 'Role'): Promise<unknown> {
    const roleRef = { apiGroup: RBAC, kind, name };
    const body = { metadata: { name: `${user}-${name}` }, roleRef, subjects: [subjectOf(user, this.on.name)] };
    return this.on.cluster.http.granted('POST', this.at('rolebindings'), { body });
  }

  /** The authorizer learns of new bindings by a watch. */
  untilMay(user: string, verb: string, resource: string, group = ''): Promise<unknown> {
    const resourceAttributes = { verb, resource, group, namespace: this.on.name };
    const body = { spec: { user: accountOr(user, this.on.name), resourceAttributes } };
    return until(
      `${user} may ${verb} ${resource}`,
      () =>
        this.on.cluster.http.granted<{ status: { allowed: boolean } }>(
          'POST',
          '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          { body },
        ),
      ({ status }) => status.allowed,
    );
  }

  async token(account: string, spec: object = {}): Promise<string> {
    const { status } = await this.on.cluster.http.granted<{ status: { token: string } }>(
      'POST',
      this.core('serviceaccounts', `${account}/token`),
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec } },
    );
    return status.token;
  }

  review(group: string, resource: string, spec: object, sent: Sent = {}): Promise<Answer<{ status: object }>> {
    const body = { spec };
    return this.on.cluster.http.exchange('POST', `/apis/${group}/v1/${resource}`, { body, ...sent });
  }
}

const isAccount = (user: string) => user === 'default';
const accountOr = (user: string, namespace: string) =>
  isAccount(user) ? `system:serviceaccount:${namespace}:${user}` : user;

function subjectOf(user: string, namespace: string): object {
  return isAccount(user)
    ? { kind: 'ServiceAccount', name: user, namespace }
    : { kind: 'User', name: user, apiGroup: RBAC };
}

const said = ({ status, body }: Answer<Refusal>) => [status, body.message];

/** Who may do what: RBAC, tokens of service accounts, impersonation, and reviews. */
export const access: Theme = (rule) => {
  rule('a user without a role may do nothing but read discovery', async (on) => {
    const rights = new Rights(on);
    const jane = asUser('jane');
    expect(said(await rights.ask('GET', rights.core('pods'), jane))).toEqual([
      403,
      `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "${on.name}"`,
    ]);
    expect(said(await rights.ask('PATCH', rights.core('pods', 'a/status'), { ...jane, body: {} }))).toEqual([
      403,
      `pods "a" is forbidden: User "jane" cannot patch resource "pods/status" in API group "" in the namespace "${on.name}"`,
    ]);
    expect(said(await rights.ask('GET', '/apis/apps/v1/deployments', jane))).toEqual([
      403,
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
    ]);
    expect(said(await rights.ask('GET', '/metrics', jane))).toEqual([
      403,
      'forbidden: User "jane" cannot get path "/metrics"',
    ]);
    const anonymous = asUser('system:anonymous');
    for (const path of ['/api', '/apis/apps/v1']) {
      expect((await rights.ask('GET', path, jane)).status).toBe(200);
      expect((await rights.ask('GET', path, anonymous)).status).toBe(403);
    }
    expect((await rights.ask('GET', '/version', anonymous)).status).toBe(200);
  });

  rule('a role grants its verbs on its resources, subresources and names, in its namespace only', async (on) => {
    const rights = new Rights(on);
    await on.idlePod({ name: 'one' });
    await on.idlePod({ name: 'two' });
    await rights.role('reader', podRule('list'), { ...podRule('get', 'delete'), resourceNames: ['one'] });
    await rights.role('status', { apiGroups: [''], resources: ['pods/status'], verbs: ['get'] });
    await rights.bind('bob', 'reader');
    await rights.bind('bob', 'status');
    await rights.untilMay('bob', 'list', 'pods');
    const bob = asUser('bob');
    const status = async (method: string, path: string) => (await rights.ask(method, path, bob)).status;
    await until(
      'both are bound',
      () => status('GET', rights.core('pods', 'two/status')),
      (seen) => seen === 200,
    );
    expect(await status('GET', rights.core('pods'))).toBe(200);
    expect(await status('GET', rights.core('pods', 'one'))).toBe(200);
    expect(await status('GET', rights.core('pods', 'two'))).toBe(403);
    expect(await status('GET', rights.core('pods', 'one/log'))).toBe(403);
    expect(await status('GET', '/api/v1/namespaces/default/pods')).toBe(403);
    expect(await status('DELETE', rights.core('pods', 'two'))).toBe(403);
    expect(await status('DELETE', rights.core('pods', 'one'))).toBe(200);
  });

  rule('a refusal names the roles that do not exist', async (on) => {
    const rights = new Rights(on);
    await rights.bind('bob', 'missing');
    const answer = await until(
      'the binding is known',
      () => rights.ask('GET', rights.core('pods', 'a'), asUser('bob')),
      ({ body }) => body.message.includes('RBAC'),
    );
    expect(said(answer)).toEqual([
      403,
      `pods "a" is forbidden: User "bob" cannot get resource "pods" in API group "" in the namespace "${on.name}": RBAC: role.rbac.authorization.k8s.io "missing" not found`,
    ]);
  });

  rule('view reads workloads and no secrets, edit writes workloads and no roles, admin writes roles', async (on) => {
    const rights = new Rights(on);
    for (const name of ['view', 'edit', 'admin']) await rights.bind(`${name}er`, name, 'ClusterRole');
    await rights.untilMay('viewer', 'list', 'pods');
    await rights.untilMay('editer', 'create', 'deployments', 'apps');
    await rights.untilMay('adminer', 'create', 'roles', RBAC);
    const may = async (user: string, verb: string, resource: string, group = '') => {
      const resourceAttributes = { verb, resource, group, namespace: on.name };
      const { body } = await rights.review('authorization.k8s.io', 'subjectaccessreviews', {
        user,
        resourceAttributes,
      });
      return body.status;
    };
    expect(await may('viewer', 'get', 'secrets')).toEqual({ allowed: false });
    expect(await may('viewer', 'patch', 'pods')).toEqual({ allowed: false });
    expect(await may('editer', 'create', 'roles', RBAC)).toEqual({ allowed: false });
    expect(await may('adminer', 'update', 'resourcequotas')).toEqual({ allowed: false });
    expect(await may('editer', 'get', 'secrets')).toEqual({
      allowed: true,
      reason: `RBAC: allowed by RoleBinding "editer-edit/${on.name}" of ClusterRole "edit" to User "editer"`,
    });
  });

  rule('an aggregated ClusterRole has the rules of the roles with its label', async (on) => {
    const rights = new Rights(on);
    const roles = `/apis/${RBAC}/v1/clusterroles`;
    const [aggregated, part] = [`${on.name}-all`, `${on.name}-part`];
    const labels = { [`pitlane.dev/${on.name}`]: 'yes' };
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
    for (const name of [aggregated, part]) on.cluster.deleteAtEnd(`${roles}/${name}`);
    await on.cluster.http.granted('POST', roles, { body: { metadata: { name: aggregated }, aggregationRule } });
    const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
    await on.cluster.http.granted('POST', roles, { body: { metadata: { name: part, labels }, rules } });
    await until(
      'aggregated',
      () => rights.ask('GET', `${roles}/${aggregated}`),
      ({ body }) => JSON.stringify(body).includes('"nonResourceURLs":["/metrics"]'),
    );
  });

  rule('no role grants more than its author has, unless the author may escalate or bind', async (on) => {
    const rights = new Rights(on);
    await rights.role('author', {
      apiGroups: [RBAC],
      resources: ['roles', 'rolebindings'],
      verbs: ['create', 'patch'],
    });
    await rights.role('pods', podRule('get', 'list'));
    await rights.bind('bob', 'author');
    await rights.untilMay('bob', 'patch', 'roles', RBAC);
    const bob = asUser('bob');
    const grant = (name: string, ...rules: Rule[]) =>
      rights.ask('POST', rights.at('roles'), { ...bob, body: { metadata: { name }, rules } });
    const bind = (name: string, kind: string) => {
      const subjects = [{ kind: 'User', name: 'bob', apiGroup: RBAC }];
      const body = { metadata: { name: 'own' }, roleRef: { apiGroup: RBAC, kind, name }, subjects };
      return rights.ask('POST', rights.at('rolebindings'), { ...bob, body });
    };
    const why =
      'user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:';
    const pods = '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}';
    expect(said(await grant('more', podRule('get', 'list')))).toEqual([
      403,
      `roles.rbac.authorization.k8s.io "more" is forbidden: ${why}\n${pods}`,
    ]);
    const own = { apiGroups: [RBAC], resources: ['roles'], verbs: ['create'] };
    expect((await grant('same', own)).status).toBe(201);
    const patch = { ...bob, body: { rules: [podRule('*')] } };
    expect((await rights.ask('PATCH', rights.at('roles', 'same'), patch)).status).toBe(403);
    expect(said(await bind('pods', 'Role'))).toEqual([
      403,
      `rolebindings.rbac.authorization.k8s.io "own" is forbidden: ${why}\n${pods}`,
    ]);
    expect(said(await bind('cluster-admin', 'ClusterRole'))).toEqual([
      403,
      `rolebindings.rbac.authorization.k8s.io "own" is forbidden: ${why}\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}`,
    ]);
    await rights.role('binder', { apiGroups: [RBAC], resources: ['roles'], resourceNames: ['pods'], verbs: ['bind'] });
    await rights.bind('bob', 'binder');
    const bound = await until(
      'bob may bind',
      () => bind('pods', 'Role'),
      ({ status }) => status !== 403,
    );
    expect(bound.status).toBe(201);
  });

  rule('refuses incomplete roles and bindings, and another role for a binding', async (on) => {
    const rights = new Rights(on);
    const answers = [
      await rights.ask('POST', rights.at('roles'), {
        body: {
          metadata: { name: 'q' },
          rules: [{ verbs: [] }, { verbs: ['get'], nonResourceURLs: ['/x'] }, { verbs: ['get'], resources: ['x'] }],
        },
      }),
      await rights.ask('POST', rights.at('rolebindings'), {
        body: {
          metadata: { name: 'q' },
          roleRef: { kind: 'X', name: '' },
          subjects: [{ kind: 'Y', name: 'a' }, { kind: 'User' }],
        },
      }),
    ];
    expect(answers.map(said)).toEqual([
      [
        422,
        'Role.rbac.authorization.k8s.io "q" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group, rules[0].resources: Required value: resource rules must supply at least one resource, rules[1].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs, rules[2].apiGroups: Required value: resource rules must supply at least one api group]',
      ],
      [
        422,
        'RoleBinding.rbac.authorization.k8s.io "q" is invalid: [roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole", roleRef.name: Required value, subjects[0].kind: Unsupported value: "Y": supported values: "ServiceAccount", "User", "Group", subjects[1].name: Required value]',
      ],
    ]);
    await rights.bind('bob', 'one');
    const body = { roleRef: { name: 'two' } };
    expect(said(await rights.ask('PATCH', rights.at('rolebindings', 'bob-one'), { body }))).toEqual([
      422,
      'RoleBinding.rbac.authorization.k8s.io "bob-one" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"two"}: cannot change roleRef',
    ]);
  });

  rule('a token of a service account has the rights of the account', async (on) => {
    const rights = new Rights(on);
    await rights.role('reader', podRule('list'));
    await rights.bind('default', 'reader');
    await rights.untilMay('default', 'list', 'pods');
    const name = `system:serviceaccount:${on.name}:default`;
    const own = withToken(await rights.token('default'));
    expect((await rights.ask('GET', rights.core('pods'), own)).status).toBe(200);
    expect(said(await rights.ask('GET', rights.core('secrets'), own))).toEqual([
      403,
      `secrets is forbidden: User "${name}" cannot list resource "secrets" in API group "" in the namespace "${on.name}"`,
    ]);
    const { body } = await rights.review('authentication.k8s.io', 'selfsubjectreviews', {}, { ...own, body: {} });
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${on.name}`, 'system:authenticated'];
    expect(body.status).toMatchObject({ userInfo: { username: name, groups } });
    for (const token of ['unknown', await rights.token('default', { audiences: ['others'] })])
      expect(said(await rights.ask('GET', rights.core('pods'), withToken(token)))).toEqual([401, 'Unauthorized']);
    const refused = await rights.ask('POST', rights.core('serviceaccounts', 'default/token'), {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 5 } },
    });
    expect(said(refused)).toEqual([
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    ]);
  });

  rule('a TokenReview tells whose token it is', async (on) => {
    const rights = new Rights(on);
    const ask = async (token: string) => (await rights.review('authentication.k8s.io', 'tokenreviews', { token })).body;
    expect((await ask(await rights.token('default'))).status).toMatchObject({
      authenticated: true,
      user: { username: `system:serviceaccount:${on.name}:default` },
      audiences: ['https://kubernetes.default.svc.cluster.local'],
    });
    expect((await ask('unknown')).status).toEqual({ user: {}, error: 'invalid bearer token' });
  });

  rule('only who may impersonate a user, a group and an extra field may act with them', async (on) => {
    const rights = new Rights(on);
    const roles = `/apis/${RBAC}/v1`;
    const rules = [
      { apiGroups: [''], resources: ['users'], resourceNames: ['jane'], verbs: ['impersonate'] },
      { apiGroups: [''], resources: ['groups'], resourceNames: ['team'], verbs: ['impersonate'] },
    ];
    const metadata = { name: `${on.name}-impersonator` };
    const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name };
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: on.name }];
    for (const resource of ['clusterroles', 'clusterrolebindings'])
      on.cluster.deleteAtEnd(`${roles}/${resource}/${metadata.name}`);
    await on.cluster.http.granted('POST', `${roles}/clusterroles`, { body: { metadata, rules } });
    await on.cluster.http.granted('POST', `${roles}/clusterrolebindings`, { body: { metadata, roleRef, subjects } });
    await rights.role('reader', podRule('list'));
    const body = { metadata: { name: 'team' }, roleRef: { ...roleRef, kind: 'Role', name: 'reader' } };
    const team = [{ kind: 'Group', name: 'team', apiGroup: RBAC }];
    await on.cluster.http.granted('POST', rights.at('rolebindings'), { body: { ...body, subjects: team } });
    const token = await rights.token('default');
    const as = (user: string, group?: string, more: Record<string, string> = {}) => ({
      headers: {
        ...withToken(token).headers,
        ...asUser(user, ...(group === undefined ? [] : [group])).headers,
        ...more,
      },
    });
    const list = (sent: Sent) => rights.ask('GET', rights.core('pods'), sent);
    const me = `system:serviceaccount:${on.name}:default`;
    expect(said(await list(as('bob')))).toEqual([
      403,
      `pods is forbidden: User "${me}" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "${on.name}"`,
    ]);
    await until(
      'jane is in the team',
      () => list(as('jane', 'team')),
      ({ status }) => status === 200,
    );
    expect(said(await list(as('jane')))).toEqual([
      403,
      `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "${on.name}"`,
    ]);
    expect(said(await list(as('bob')))).toEqual([
      403,
      `users "bob" is forbidden: User "${me}" cannot impersonate resource "users" in API group "" at the cluster scope`,
    ]);
    expect(said(await list(as('jane', 'system:masters')))).toEqual([
      403,
      `groups "system:masters" is forbidden: User "${me}" cannot impersonate resource "groups" in API group "" at the cluster scope`,
    ]);
    expect(said(await list(as('jane', 'team', { 'impersonate-extra-reason': 'x' })))).toEqual([
      403,
      `userextras.authentication.k8s.io "x" is forbidden: User "${me}" cannot impersonate resource "userextras/reason" in API group "authentication.k8s.io" at the cluster scope`,
    ]);
  });

  rule('reviews answer for the caller and for others, and refuse incomplete questions', async (on) => {
    const rights = new Rights(on);
    const group = 'authorization.k8s.io';
    const resourceAttributes = { verb: 'get', resource: 'pods', namespace: on.name };
    const own = { ...asUser('jane'), body: { spec: { resourceAttributes } } };
    const self = await rights.review(group, 'selfsubjectaccessreviews', {}, own);
    expect(self.body.status).toEqual({ allowed: false });
    const refusals = [
      await rights.review(group, 'subjectaccessreviews', { resourceAttributes }),
      await rights.review(group, `namespaces/${on.name}/localsubjectaccessreviews`, {
        user: 'jane',
        resourceAttributes: { ...resourceAttributes, namespace: 'default' },
      }),
    ].map((answer) => said(answer as unknown as Answer<Refusal>));
    expect(refusals).toEqual([
      [
        422,
        '.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
      ],
      [
        422,
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace',
      ],
    ]);
    await rights.role('reader', podRule('list'));
    await rights.bind('jane', 'reader');
    await rights.untilMay('jane', 'list', 'pods');
    const list = { ...asUser('jane'), body: { spec: { namespace: on.name } } };
    const { body } = await rights.review(group, 'selfsubjectrulesreviews', {}, list);
    const { resourceRules, incomplete } = body.status as { resourceRules: Rule[]; incomplete: boolean };
    expect(resourceRules).toContainEqual(podRule('list'));
    expect(incomplete).toBe(false);
  });
};
