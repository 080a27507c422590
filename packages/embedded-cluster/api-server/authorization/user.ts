export interface User {
  name: string;
  uid?: string | undefined;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

export const authenticated = 'system:authenticated';
export const unauthenticated = 'system:unauthenticated';
export const masters = 'system:masters';

/** The user of the kubeconfigs that the cluster writes, and of requests within the process. */
export const admin: User = { name: 'kubernetes-admin', groups: [masters, authenticated], extra: {} };

export const anonymous: User = { name: 'system:anonymous', groups: [unauthenticated], extra: {} };

export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Namespace and name of the service account that is this user (serviceaccount.SplitUsername). */
export function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  const [, namespace = '', name = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return name === '' ? undefined : { namespace, name };
}
