import { type Kind, servedKind } from '../../api/kinds.ts';

/** What a request is about, read from its path (endpoints/request/requestinfo.go). */
export interface Target {
  kind: Kind;
  namespace: string | undefined;
  /** Absent: all objects of the kind. */
  name: string | undefined;
  subresource: string | undefined;
  /** `/watch/` stands in the path, the old way to ask for a watch. */
  isOldWatch: boolean;
}

/** Undefined when the path is no resource that the cluster serves. */
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
  // `namespaces/x` is the namespace itself, `namespaces/x/pods` is something in it, `namespaces/x/status` again itself.
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
