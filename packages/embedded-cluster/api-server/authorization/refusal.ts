import { ApiError, forbidden } from '../../api/api-error.ts';
import type { Access } from './rbac.ts';
import type { User } from './user.ts';

/** The 403 of the authorization filter (responsewriters/errors.go). */
export function refusal(user: User, access: Access, reason = ''): ApiError {
  const { verb, group, resource, subresource, namespace, name, path } = access;
  const because = reason === '' ? '' : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (path !== undefined)
    return new ApiError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${because}`, {});
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return forbidden({ group, resource }, name ?? '', why + because);
}
