import type { ApiEvent } from '../api/api.ts';
import { type Controller, type Environment, remove } from './common/controller.ts';
import { storedResources } from './common/informers.ts';

/** Empties a terminating namespace, then removes its finalizer (k/namespace/deletion, Delete). Keys are names. */
export function namespaceController({ api, informers }: Environment): Controller {
  function reconcile(name: string): void {
    const namespace = informers.get('namespaces', undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    for (const resource of storedResources) {
      for (const object of [...informers.inNamespace(resource, name)]) {
        if (object.metadata.deletionTimestamp === undefined) remove(api, resource, object);
      }
    }
    // Pods that stop gracefully and objects with finalizers are still there; their deletion triggers the next call.
    const isEmpty = storedResources.every((resource) => [...informers.inNamespace(resource, name)].length === 0);
    const emptied = { ...namespace, spec: { ...namespace.spec, finalizers: [] } };
    if (isEmpty) api.update('namespaces', emptied, { subresource: 'finalize' });
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource === 'namespaces') yield object.metadata.name;
    const { namespace } = object.metadata;
    if (namespace === undefined || type === 'MODIFIED') return;
    if (informers.get('namespaces', undefined, namespace)?.metadata.deletionTimestamp !== undefined) yield namespace;
  }

  return { name: 'namespace-controller', keysOf, reconcile };
}

const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
const annotations = { 'kubernetes.io/description': description };

/** What each namespace has. The root certificates are empty: the embedded server has no certificate. */
const contents = [
  { resource: 'serviceaccounts', kind: 'ServiceAccount', metadata: { name: 'default' } },
  {
    resource: 'configmaps',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', annotations },
    data: { 'ca.crt': '' },
  },
];

/** Creates the default ServiceAccount and the root certificates of each namespace. Keys are names. */
export function namespaceContents({ api, informers }: Environment): Controller {
  function reconcile(namespace: string): void {
    const found = informers.get('namespaces', undefined, namespace);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
    for (const { resource, kind, metadata, ...fields } of contents) {
      if (informers.get(resource, namespace, metadata.name) !== undefined) continue;
      api.create(resource, { apiVersion: 'v1', kind, metadata: { ...metadata, namespace }, ...fields });
    }
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource === 'namespaces') yield object.metadata.name;
    const { namespace, name } = object.metadata;
    const isOurs = contents.some((each) => each.resource === resource && each.metadata.name === name);
    if (type === 'DELETED' && namespace !== undefined && isOurs) yield namespace;
  }

  return { name: 'namespace-contents', keysOf, reconcile };
}
