import type { V1PersistentVolumeClaim, V1Volume } from '@kubernetes/client-node';
import type { KubeObject, NewObject, OwnerReference } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerReferenceTo } from '../common/owned.ts';
import { podFromTemplate } from '../common/pod-control.ts';
import { revisionLabel } from '../common/revisions.ts';

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';

/** 2 for rng-2 of the set rng; NaN for other names, which the set never owns (isMemberOf). */
export function ordinalOf(set: KubeObject, pod: KubeObject): number {
  const match = /^(.*)-(\d+)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : Number.NaN;
}

/** The new pod of this ordinal and revision (newVersionedStatefulSetPod, initIdentity, updateStorage). */
export function statefulPod(set: KubeObject, revision: KubeObject, ordinal: number): NewObject {
  const { metadata, spec, ...pod } = podFromTemplate(set, revision.data.spec.template);
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = { [podNameLabel]: name, [indexLabel]: String(ordinal), [revisionLabel]: revision.metadata.name };
  const claimed: V1Volume[] = claimsFor(set, ordinal).map((claim, index) => ({
    name: set.spec.volumeClaimTemplates[index].metadata.name,
    persistentVolumeClaim: { claimName: claim.metadata.name ?? '' },
  }));
  const names = new Set(claimed.map((volume) => volume.name));
  const others = ((spec.volumes ?? []) as V1Volume[]).filter((volume) => !names.has(volume.name));
  return {
    ...pod,
    metadata: { ...metadata, name, labels: { ...metadata.labels, ...labels } },
    spec: { ...spec, hostname: name, subdomain: set.spec.serviceName, volumes: [...claimed, ...others] },
  };
}

/** The volume claims of a pod, which outlive it (getPersistentVolumeClaims). */
export function claimsFor(set: KubeObject, ordinal: number): NewObject[] {
  const templates: V1PersistentVolumeClaim[] = set.spec.volumeClaimTemplates ?? [];
  return templates.map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${metadata?.name}-${set.metadata.name}-${ordinal}`,
      namespace: set.metadata.namespace,
      labels: { ...metadata?.labels, ...set.spec.selector.matchLabels },
      annotations: metadata?.annotations,
    },
    spec,
  }));
}

/**
 * The owners that a claim should have: a pod beyond the set's number with whenScaled, else the set with whenDeleted. A
 * claim stays as it is with another controller, or with owners of these names that are gone (isClaimOwnerUpToDate).
 */
export function claimOwners(set: KubeObject, pod: KubeObject, claim: KubeObject): readonly OwnerReference[] {
  const references = claim.metadata.ownerReferences ?? [];
  const bySet = controllerReferenceTo(set);
  const byPod = controllerReferenceTo(pod);
  const isOurs = ({ uid }: OwnerReference) => uid === bySet.uid || uid === byPod.uid;
  const isStale = ({ kind, name }: OwnerReference) =>
    [bySet, byPod].some((each) => each.kind === kind && each.name === name);
  if (references.some((each) => !isOurs(each) && (each.controller === true || isStale(each)))) return references;
  const { whenScaled, whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const index = ordinalOf(set, pod) - (set.spec.ordinals?.start ?? 0);
  const others = references.filter((each) => !isOurs(each));
  if (whenScaled === 'Delete' && (index < 0 || index >= set.spec.replicas)) return [...others, byPod];
  return whenDeleted === 'Delete' ? [...others, bySet] : others;
}

/** The identity labels to restore; only a wrong name label counts as a missing identity (identityMatches). */
export function missingIdentity({ metadata: { name, labels } }: Pod, ordinal: number): object | undefined {
  return labels?.[podNameLabel] === name ? undefined : { [podNameLabel]: name, [indexLabel]: String(ordinal) };
}
