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

const rootCertificates = 'kube-root-ca.crt';

/** Creates the default ServiceAccount and the root certificates of each namespace. Keys are names. */
export function namespaceContents({ api, informers }: Environment): Controller {
  function reconcile(name: string): void {
    const namespace = informers.get('namespaces', undefined, name);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    if (informers.get('serviceaccounts', name, 'default') === undefined) {
      const metadata = { name: 'default', namespace: name };
      api.create('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    if (informers.get('configmaps', name, rootCertificates) === undefined) {
      const description =
        'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
      const annotations = { 'kubernetes.io/description': description };
      const metadata = { name: rootCertificates, namespace: name, annotations };
      // The embedded server has no certificate.
      api.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': '' } });
    }
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource === 'namespaces') yield object.metadata.name;
    const { namespace, name } = object.metadata;
    if (type !== 'DELETED' || namespace === undefined) return;
    if (resource === 'serviceaccounts' && name === 'default') yield namespace;
    if (resource === 'configmaps' && name === rootCertificates) yield namespace;
  }

  return { name: 'namespace-contents', keysOf, reconcile };
}
