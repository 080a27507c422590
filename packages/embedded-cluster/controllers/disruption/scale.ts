import type { KubeObject, OwnerReference } from '../../api/api.ts';
import { groupResource } from '../../api/api-error.ts';
import { kindInAnyVersion } from '../../api/kinds.ts';
import type { Pod } from '../../api/pod.ts';
import { SyncError } from '../common/controller.ts';
import { controllerOf, type Informers } from '../common/informers.ts';

/**
 * The total scale of the pods' controllers, without pods that have none (disruption.go, getExpectedScale). Throws for a
 * controller without a scale, so one such pod fails the whole budget.
 */
export function expectedScale(informers: Informers, pods: readonly Pod[]): { scale: number; unmanaged: Pod[] } {
  const scales = new Map<string, number>();
  const unmanaged: Pod[] = [];
  for (const pod of pods) {
    const controller = controllerOf(pod);
    if (controller === undefined) {
      unmanaged.push(pod);
      continue;
    }
    if (scales.has(controller.uid)) continue;
    const scaled = scaledOwnerOf(informers, controller, pod.metadata.namespace);
    if (scaled === undefined) throw new SyncError(`found no controllers for pod "${pod.metadata.name}"`);
    scales.set(scaled.metadata.uid, scaled.spec.replicas);
  }
  return { scale: [...scales.values()].reduce((sum, scale) => sum + scale, 0), unmanaged };
}

/** The object whose replicas count: the Deployment for a ReplicaSet that it owns. */
function scaledOwnerOf(
  informers: Informers,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
): KubeObject | undefined {
  const served = kindInAnyVersion(apiVersion, kind);
  if (served === undefined) throw new SyncError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  if (!served.scale) throw new SyncError(`${groupResource(served)} does not implement the scale subresource`);
  const owner = informers.get(served.resource, namespace, name);
  if (owner?.metadata.uid !== uid) return undefined;
  const root = kind === 'ReplicaSet' ? controllerOf(owner) : undefined;
  if (root?.kind !== 'Deployment') return owner;
  const deployment = informers.get('deployments', namespace, root.name);
  return deployment?.metadata.uid === root.uid ? deployment : undefined;
}
