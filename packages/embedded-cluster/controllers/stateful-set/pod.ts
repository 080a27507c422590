import type { KubeObject, NewObject, OwnerReference } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerReferenceTo } from '../common/claim.ts';
import { controllerOf } from '../common/informers.ts';
import { podFromTemplate } from '../common/pod-control.ts';
import { templateOf } from '../common/revisions.ts';

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
/** Holds the name of the ControllerRevision, unlike in a DaemonSet's pods, where it holds the hash. */
const revisionLabel = 'controller-revision-hash';
const indexLabel = 'apps.kubernetes.io/pod-index';

export function startOrdinalOf(set: KubeObject): number {
  return set.spec.ordinals?.start ?? 0;
}

/** 2 for rng-2 of the set rng; undefined for other names, which the set never owns (isMemberOf). */
export function ordinalOf(set: KubeObject, pod: KubeObject): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

export function revisionNameOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel];
}

interface ClaimTemplate {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: object;
}

function claimTemplatesOf(set: KubeObject): ClaimTemplate[] {
  return set.spec.volumeClaimTemplates ?? [];
}

/** The new pod of this ordinal and revision (newVersionedStatefulSetPod, initIdentity, updateStorage). */
export function statefulPod(set: KubeObject, revision: KubeObject, ordinal: number): NewObject {
  const pod = podFromTemplate(set, templateOf(revision));
  const name = `${set.metadata.name}-${ordinal}`;
  const { generateName, labels, ...metadata } = pod.metadata;
  const claimed = new Set(claimTemplatesOf(set).map((template) => template.metadata.name));
  const volumes = [
    ...claimTemplatesOf(set).map((template) => ({
      name: template.metadata.name,
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
    })),
    ...(pod.spec.volumes ?? []).filter((volume: { name: string }) => !claimed.has(volume.name)),
  ];
  return {
    ...pod,
    metadata: {
      ...metadata,
      ...(generateName && { generateName }),
      name,
      labels: {
        ...labels,
        [podNameLabel]: name,
        [indexLabel]: String(ordinal),
        [revisionLabel]: revision.metadata.name,
      },
    },
    spec: {
      ...pod.spec,
      hostname: name,
      ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

function claimName(set: KubeObject, template: ClaimTemplate, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The volume claims of a pod, which outlive it (getPersistentVolumeClaims). */
export function claimsFor(set: KubeObject, ordinal: number): NewObject[] {
  return claimTemplatesOf(set).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations && { annotations: template.metadata.annotations }),
    },
    spec: template.spec,
  }));
}

/**
 * The owners that a claim should have: a pod beyond the set's number with whenScaled, else the set with whenDeleted. A
 * claim stays as it is with another controller, or with owners of these names that are gone (isClaimOwnerUpToDate).
 */
export function claimOwners(set: KubeObject, pod: KubeObject, claim: KubeObject): readonly OwnerReference[] {
  const references = claim.metadata.ownerReferences ?? [];
  const candidates = [set, pod].map(controllerReferenceTo);
  const isOurs = ({ uid }: OwnerReference) => candidates.some((each) => each.uid === uid);
  const isStale = ({ kind, name }: OwnerReference) =>
    candidates.some((each) => each.kind === kind && each.name === name);
  if (references.some((each) => !isOurs(each) && (each.controller === true || isStale(each)))) return references;
  const { whenScaled, whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const index = (ordinalOf(set, pod) ?? 0) - startOrdinalOf(set);
  const isSurplus = index < 0 || index >= set.spec.replicas;
  const [bySet, byPod] = candidates;
  const wanted = whenScaled === 'Delete' && isSurplus ? byPod : whenDeleted === 'Delete' ? bySet : undefined;
  const others = references.filter((each) => !isOurs(each));
  return wanted === undefined ? others : [...others, wanted];
}

/** The identity labels to restore (identityMatches, updateIdentity). */
export function missingIdentity(set: KubeObject, pod: Pod): Record<string, string> | undefined {
  const ordinal = ordinalOf(set, pod);
  if (ordinal === undefined || controllerOf(pod)?.uid !== set.metadata.uid) return undefined;
  const labels = { [podNameLabel]: pod.metadata.name, [indexLabel]: String(ordinal) };
  // Only a wrong name label counts as a missing identity.
  return pod.metadata.labels?.[podNameLabel] === pod.metadata.name ? undefined : labels;
}
