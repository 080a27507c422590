import type { Access } from '../authorization/rbac.ts';
import type { Exchange } from './exchange.ts';
import { type Target, targetOf } from './target.ts';

/** The attributes of the request for authorization. */
export function accessOf(exchange: Exchange): Access {
  const target = targetOf(exchange.path);
  if (target === undefined) {
    return { verb: (exchange.request.method ?? '').toLowerCase(), group: '', resource: '', path: exchange.path };
  }
  const { kind, namespace, name, subresource } = target;
  // A Namespace is in itself (requestinfo.go).
  const within = kind.resource === 'namespaces' ? name : namespace;
  return {
    verb: verbOf(exchange, target),
    group: kind.group,
    resource: kind.resource,
    subresource,
    namespace: within,
    name,
  };
}

const verbs: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export function verbOf(exchange: Exchange, { name, isOldWatch }: Target): string {
  const verb = verbs[exchange.request.method ?? ''] ?? '';
  if (verb === 'get' && (isOldWatch || (name === undefined && exchange.isSet('watch')))) return 'watch';
  if (name !== undefined) return verb;
  if (verb === 'get') return 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}
