import type { Api } from '../api/api.ts';
import { badRequest } from '../api/api-error.ts';
import type { Json } from '../api/json.ts';
import { type Kind, kindOf } from '../api/kinds.ts';
import type { Cluster } from './cluster.ts';
import { decodeOr } from './decode/decode.ts';
import { create } from './lifecycle/create.ts';
import { remove } from './lifecycle/delete.ts';
import { update } from './lifecycle/update.ts';
import { mergePatched } from './patch/merge-patch.ts';

export function apiOf(cluster: Cluster): Api {
  const { store } = cluster;
  return {
    get: (resource, namespace, name) => store.get(kindOf(resource).resource, namespace, name),
    list: (resource, namespace) => store.list(kindOf(resource).resource, namespace),
    create(resource, object) {
      const kind = kindOf(resource);
      return create(cluster, kind, read(kind, object));
    },
    update(resource, object, { subresource: part } = {}) {
      const kind = kindOf(resource);
      const { namespace, name } = object.metadata;
      return update(cluster, kind, namespace, name, () => read(kind, object), { part }).object;
    },
    mergePatch(resource, namespace, name, patch, { subresource: part } = {}) {
      const kind = kindOf(resource);
      const change = (old: Json) => read(kind, mergePatched(old, patch));
      return update(cluster, kind, namespace, name, change, { part }).object;
    },
    delete(resource, namespace, name, options) {
      remove(cluster, kindOf(resource), namespace, name, options);
    },
    subscribe: (listener) => store.subscribe(listener),
    now: () => cluster.now(),
    random: () => cluster.random(),
  };
}

/** Decodes the object as if it came over HTTP: drops unknown fields and refuses wrong types. */
function read(kind: Kind, object: Json): Json {
  const named = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
  return decodeOr(kind.model, object, (error) => badRequest(`${named}: ${error.message}`)).value;
}
