import { badRequest } from '../../api/api-error.ts';
import type { ApiRequest } from './messages.ts';

export interface User {
  name: string;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

/** The attributes of a request that decide whether it is allowed. */
export interface Access {
  verb: string;
  group: string;
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  /** Set for a path that is not a resource, such as /version; `resource` is then empty. */
  path?: string | undefined;
}

export type Authorize = (user: User, access: Access) => boolean;

/** The user of every request: there is no authentication. */
export const admin: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'], extra: {} };

/** The user that the request impersonates; undefined without Impersonate headers. */
export function impersonated(request: ApiRequest): User | undefined {
  if (!Object.keys(request.headers).some((header) => header.startsWith('impersonate-'))) return undefined;
  const name = request.headers['impersonate-user'];
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  const extra: Record<string, string[]> = {};
  for (const [header, values] of Object.entries(request.headersDistinct)) {
    if (!header.startsWith('impersonate-extra-')) continue;
    extra[decodeURIComponent(header.slice('impersonate-extra-'.length)).toLowerCase()] = values ?? [];
  }
  if (typeof name === 'string' && name !== '') {
    return { name, groups: [...new Set([...groups, 'system:authenticated'])], extra };
  }
  const uid = request.headers['impersonate-uid'];
  if (groups.length === 0 && Object.keys(extra).length === 0 && uid === undefined) return undefined;
  const quoted = (texts: readonly string[]) => `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const pairs = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${quoted(values)}`);
  const wanted = [
    'Name:""',
    `UID:${JSON.stringify(uid ?? '')}`,
    `Groups:${groups.length > 0 ? quoted(groups) : '[]string(nil)'}`,
    `Extra:map[string][]string${pairs.length > 0 ? `{${pairs.join(', ')}}` : '(nil)'}`,
  ];
  throw badRequest(`requested &user.DefaultInfo{${wanted.join(', ')}} without impersonating a user name`);
}
