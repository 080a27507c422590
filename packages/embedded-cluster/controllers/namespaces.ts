import type { ApiEvent, KubeObject, Resource } from '../api/api.ts';
import { kindInAnyVersion } from '../api/kinds.ts';
import type { Condition } from '../api/pod.ts';
import { type Controller, type Environment, remove } from './common/controller.ts';
import { storedResources } from './common/informers.ts';
import { withCondition, writeStatus } from './common/status.ts';

/** Keeps the contents of each namespace, and empties those that are being deleted. Keys are names. */
export function namespaceController({ api, informers }: Environment): Controller {
  function reconcile(name: string): void {
    const namespace = informers.get('namespaces', undefined, name);
    if (namespace === undefined) return;
    if (namespace.metadata.deletionTimestamp === undefined) furnish(name);
    else empty(namespace);
  }

  /** Creates the default ServiceAccount, and keeps the root certificates as they are. */
  function furnish(namespace: string): void {
    for (const { resource, kind, metadata, ...fields } of contents) {
      const object = informers.get(resource, namespace, metadata.name);
      if (object === undefined) {
        api.create(resource, { apiVersion: 'v1', kind, metadata: { ...metadata, namespace }, ...fields });
        continue;
      }
      const annotations = { ...object.metadata.annotations, ...metadata.annotations };
      // An update that changes nothing is no write.
      api.update(resource, { ...object, ...fields, metadata: { ...object.metadata, annotations } });
    }
  }

  /** Deletes all objects, then the namespace's finalizer (k/namespace/deletion, Delete). */
  function empty(namespace: KubeObject): void {
    const { name } = namespace.metadata;
    // What pods use outlives them. The deletion of what remains triggers the next call.
    const waitsForPods = emptied('pods', name).length > 0;
    const remaining = waitsForPods ? [] : storedResources.flatMap((resource) => emptied(resource, name));
    const conditions = conditionsOf(remaining).reduce<Condition[]>(
      (before, condition) => withCondition(before, condition, api.now()),
      namespace.status?.conditions ?? [],
    );
    const told = writeStatus(api, 'namespaces', namespace, { ...namespace.status, conditions });
    if (waitsForPods || remaining.length > 0) return;
    api.update('namespaces', { ...told, spec: { ...told.spec, finalizers: [] } }, { subresource: 'finalize' });
  }

  /** Deletes the objects and returns those that remain: pods that stop gracefully, and objects with finalizers. */
  function emptied(resource: Resource, namespace: string): KubeObject[] {
    for (const object of [...informers.inNamespace(resource, namespace)]) {
      if (object.metadata.deletionTimestamp === undefined) remove(api, resource, object);
    }
    return [...informers.inNamespace(resource, namespace)];
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    const { namespace, name } = object.metadata;
    if (resource === 'namespaces') yield name;
    if (namespace === undefined) return;
    const isEnding = informers.get('namespaces', undefined, namespace)?.metadata.deletionTimestamp !== undefined;
    const isContent = contents.some((each) => each.resource === resource && each.metadata.name === name);
    if (isEnding ? type !== 'MODIFIED' : type !== 'ADDED' && isContent) yield namespace;
  }

  return { name: 'namespace-controller', keysOf, reconcile };
}

/** k/namespace/deletion/status_condition_utils.go; no discovery and no deletion fails here. */
function conditionsOf(remaining: readonly KubeObject[]): Condition[] {
  const resources = remaining.map(({ apiVersion, kind }) => {
    const { resource = '', group = '' } = kindInAnyVersion(apiVersion, kind) ?? {};
    return `${resource}.${group} has`;
  });
  const finalizers = remaining.flatMap(({ metadata }) => metadata.finalizers ?? []).map((name) => `${name} in`);
  const trouble = (reason: string, what: string, items: readonly string[]) =>
    items.length > 0 && { status: 'True', reason, message: `${what} remaining: ${counted(items)}` };
  const fine = (type: string, reason: string, message: string) => ({ type, status: 'False', reason, message });
  const deleted = 'All content successfully deleted, may be waiting on finalization';
  return [
    fine('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    fine(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    fine('NamespaceDeletionContentFailure', 'ContentDeleted', deleted),
    {
      ...fine('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
      ...trouble('SomeResourcesRemain', 'Some resources are', resources),
    },
    {
      ...fine('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
      ...trouble('SomeFinalizersRemain', 'Some content in the namespace has finalizers', finalizers),
    },
  ];
}

/** `pods. has 2 resource instances, services. has 1 resource instances`. */
function counted(items: readonly string[]): string {
  const groups = Object.entries(Object.groupBy(items, (item) => item));
  return groups
    .map(([item, all = []]) => `${item} ${all.length} resource instances`)
    .sort()
    .join(', ');
}

const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
const annotations = { 'kubernetes.io/description': description };

/** What each namespace has. The root certificates are empty: the embedded server has no certificate. */
const contents = [
  { resource: 'serviceaccounts', kind: 'ServiceAccount', metadata: { name: 'default', annotations: {} } },
  {
    resource: 'configmaps',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', annotations },
    data: { 'ca.crt': '' },
  },
];
