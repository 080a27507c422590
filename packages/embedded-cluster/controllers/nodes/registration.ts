import type { ApiEvent, KubeObject } from '../../api/api.ts';
import type { Controller, Environment } from '../common/controller.ts';

const component = 'node-controller';

/** Renamed labels whose old names Kubernetes keeps in sync (node_lifecycle_controller.go, labelReconcileInfo). */
const oldNames: readonly (readonly [name: string, oldName: string])[] = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
];

/** How long a kubelet may cache secrets, in seconds: 0 in a cluster of up to 100 nodes (ttl_controller.go). */
const ttlAnnotation = 'node.alpha.kubernetes.io/ttl';

/** Adds the deprecated labels, an annotation and an Event to a new node. */
export function nodeRegistrationController({ api, informers, events }: Environment): Controller {
  const registered = new Set<string>();

  function reconcile(name: string): void {
    const node = informers.get('nodes', undefined, name);
    if (node === undefined) return;
    const metadata = { ...missingLabels(node), ...missingAnnotation(node) };
    if (Object.keys(metadata).length > 0) api.mergePatch('nodes', undefined, name, { metadata });
    const { uid } = node.metadata;
    if (registered.has(uid)) return;
    registered.add(uid);
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    events.record(component, node, 'Normal', 'RegisteredNode', message);
  }

  function* keysOf({ resource, object, type }: ApiEvent): Iterable<string> {
    if (resource !== 'nodes') return;
    if (type === 'DELETED') registered.delete(object.metadata.uid);
    else yield object.metadata.name;
  }

  return { name: component, keysOf, reconcile };
}

function missingLabels({ metadata: { labels = {} } }: KubeObject): { labels?: Record<string, string> } {
  const missing = oldNames.flatMap(([name, oldName]) => {
    const value = labels[name];
    return value === undefined || labels[oldName] === value ? [] : [[oldName, value] as const];
  });
  return missing.length > 0 ? { labels: Object.fromEntries(missing) } : {};
}

function missingAnnotation({ metadata: { annotations } }: KubeObject): { annotations?: Record<string, string> } {
  return annotations?.[ttlAnnotation] === undefined ? { annotations: { [ttlAnnotation]: '0' } } : {};
}
