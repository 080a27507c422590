import type { ApiEvent, KubeObject } from '../api/api.ts';
import type { Controller, Environment } from './common/controller.ts';
import { keyOf } from './common/informers.ts';
import { writeStatus } from './common/status.ts';

const unbound = 'no persistent volumes available for this claim and no storage class is set';
const bindCompleted = 'pv.kubernetes.io/bind-completed';

export function isBound({ metadata, spec }: KubeObject): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[bindCompleted] !== undefined;
}

/**
 * Binds a claim to the volume that it names, or that names it (volume/persistentvolume/pv_controller.go). It finds no
 * volume by size or class, and makes none.
 */
export function volumeController({ api, informers, events }: Environment): Controller {
  function volumeFor({ metadata, spec }: KubeObject): KubeObject | undefined {
    const isOurs = ({ spec: { claimRef } }: KubeObject): boolean =>
      claimRef?.namespace === metadata.namespace &&
      claimRef?.name === metadata.name &&
      (claimRef.uid === undefined || claimRef.uid === metadata.uid);
    if (!spec.volumeName) return Array.from(informers.all('persistentvolumes')).find(isOurs);
    const named = informers.get('persistentvolumes', undefined, spec.volumeName);
    return named && (named.spec.claimRef === undefined || isOurs(named)) ? named : undefined;
  }

  function sync(claim: KubeObject): void {
    if (claim.metadata.deletionTimestamp || isBound(claim)) return;
    const volume = volumeFor(claim);
    const { volumeName, storageClassName } = claim.spec;
    if (volume === undefined) {
      // Nothing provisions volumes here, and no classes exist (syncUnboundClaim).
      const [type, reason, message] = storageClassName
        ? (['Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${storageClassName}" not found`] as const)
        : (['Normal', 'FailedBinding', unbound] as const);
      if (!volumeName) events.record('persistentvolume-controller', claim, type, reason, message);
      return;
    }
    const { namespace, name, uid } = claim.metadata;
    const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid };
    const taken = api.mergePatch('persistentvolumes', undefined, volume.metadata.name, { spec: { claimRef } });
    writeStatus(api, 'persistentvolumes', taken, { ...taken.status, phase: 'Bound' });
    const bound = api.mergePatch('persistentvolumeclaims', namespace, name, {
      metadata: { annotations: { [bindCompleted]: 'yes' } },
      spec: { volumeName: volume.metadata.name },
    });
    const { accessModes, capacity } = volume.spec;
    writeStatus(api, 'persistentvolumeclaims', bound, { ...bound.status, phase: 'Bound', accessModes, capacity });
  }

  function* keysOf({ resource, object }: ApiEvent): Iterable<string> {
    if (resource === 'persistentvolumeclaims') yield keyOf(object);
    if (resource === 'persistentvolumes')
      for (const claim of informers.all('persistentvolumeclaims')) if (!isBound(claim)) yield keyOf(claim);
  }

  return { name: 'persistentvolume-binder', keysOf, reconcile: informers.each('persistentvolumeclaims', sync) };
}
