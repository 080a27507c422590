import type { Api, KubeObject, Resource } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';

/** Omits fields that are zero, false or undefined, as Go's `omitempty` does. */
export function omitEmpty<T extends object>(status: T): Partial<T> {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => Boolean(value))) as Partial<T>;
}

/** Writes a changed status to the newest version of the object and returns that version. */
export function writeStatus(api: Api, resource: Resource, object: KubeObject, status: object): KubeObject {
  const fresh = api.get(resource, object.metadata.namespace, object.metadata.name);
  if (fresh === undefined || fresh.metadata.uid !== object.metadata.uid) return object;
  if (isEqual(fresh.status ?? {}, status)) return fresh;
  return api.update(resource, { ...fresh, status }, { subresource: 'status' });
}
