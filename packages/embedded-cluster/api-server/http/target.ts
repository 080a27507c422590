import { type Kind, servedKind } from '../../api/kinds.ts';

/** The resource that a request's path names (endpoints/request/requestinfo.go). */
export interface Target {
  kind: Kind;
  namespace: string | undefined;
  /** Undefined: all objects of the kind. */
  name: string | undefined;
  subresource: string | undefined;
  /** The path has the deprecated `/watch/`. */
  isOldWatch: boolean;
}

/** Undefined when the path is not a served resource. */
export function targetOf(path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const prefix = parts.shift();
  if (prefix !== 'api' && prefix !== 'apis') return undefined;
  const groupVersion = prefix === 'api' ? parts.shift() : parts.splice(0, 2).join('/');
  if (groupVersion === undefined) return undefined;
  const isOldWatch = parts[0] === 'watch';
  if (isOldWatch) parts.shift();
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
  return { kind, namespace, name, subresource, isOldWatch };
}
