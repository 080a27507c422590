import { type Kind, servedKind } from '../../api/kinds.ts';
import type { Access } from '../authorization/rbac.ts';
import type { Exchange } from './exchange.ts';

/** What a request asks for (endpoints/request/requestinfo.go). */
export interface Target {
  kind: Kind;
  namespace: string | undefined;
  /** Undefined: all objects of the kind. */
  name: string | undefined;
  subresource: string | undefined;
  verb: string;
}

/** Undefined when the path is not a served resource. */
export function targetOf(exchange: Exchange): Target | undefined {
  const parts = exchange.path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const prefix = parts.shift();
  if (prefix !== 'api' && prefix !== 'apis') return undefined;
  const groupVersion = prefix === 'api' ? parts.shift() : parts.splice(0, 2).join('/');
  if (groupVersion === undefined) return undefined;
  let namespace: string | undefined;
  // `namespaces/x` and `namespaces/x/status` are the namespace itself, `namespaces/x/pods` is a resource in it.
  if (parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] as string)) {
    namespace = parts[1];
    parts.splice(0, 2);
  }
  const [resource, name, subresource, ...rest] = parts;
  const kind = resource === undefined ? undefined : servedKind(groupVersion, resource);
  if (kind === undefined || rest.length > 0) return undefined;
  if (namespace !== undefined && !kind.namespaced) return undefined;
  if (namespace === undefined && kind.namespaced && name !== undefined) return undefined;
  return { kind, namespace, name, subresource, verb: verbOf(exchange, name) };
}

/** The attributes of the request for authorization. */
export function accessOf(exchange: Exchange): Access {
  const target = targetOf(exchange);
  if (target === undefined) {
    return { verb: (exchange.request.method ?? '').toLowerCase(), group: '', resource: '', path: exchange.path };
  }
  const { kind, namespace, name, subresource, verb } = target;
  // A Namespace is in itself (requestinfo.go).
  const within = kind.resource === 'namespaces' ? name : namespace;
  return { verb, group: kind.group, resource: kind.resource, subresource, namespace: within, name };
}

const verbs: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function verbOf(exchange: Exchange, name: string | undefined): string {
  const verb = verbs[exchange.request.method ?? ''] ?? '';
  if (name !== undefined) return verb;
  if (verb === 'get') return exchange.isSet('watch') ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}
