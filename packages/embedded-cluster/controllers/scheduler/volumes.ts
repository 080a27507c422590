import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { asPod, isTerminal, type Pod } from '../../api/pod.ts';
import type { Informers } from '../common/informers.ts';
import { matchesTerm } from '../common/node.ts';
import { isBound } from '../volumes.ts';
import type { Rejection } from './filters.ts';

interface ClaimVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

function claimNamesOf({ spec }: Pod): string[] {
  const volumes = (spec.volumes ?? []) as ClaimVolume[];
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** Why no node can run the pod (volumebinding, PreFilter). */
export function claimProblem(informers: Informers, pod: Pod): string | undefined {
  for (const name of claimNamesOf(pod)) {
    const claim = informers.get('persistentvolumeclaims', pod.metadata.namespace, name);
    const quoted = `persistentvolumeclaim ${JSON.stringify(name)}`;
    if (claim === undefined) return `${quoted} not found`;
    if (claim.metadata.deletionTimestamp) return `${quoted} is being deleted`;
    if (!isBound(claim)) return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

/** Volumes that only some nodes reach, and those that one pod may use alone. `isThere` as in pod-rules.ts. */
export function volumeCheck(
  informers: Informers,
  pod: Pod,
  isThere: (other: Pod) => boolean = () => true,
): (node: KubeObject) => Rejection | undefined {
  const { namespace } = pod.metadata;
  const claims = claimNamesOf(pod).flatMap((name) => informers.get('persistentvolumeclaims', namespace, name) ?? []);
  const alone = claims.filter(({ spec }) => spec.accessModes?.includes('ReadWriteOncePod'));
  const names = new Set(alone.map(({ metadata }) => metadata.name));
  // Conflicts count in the whole cluster (volumerestrictions, satisfyReadWriteOncePod).
  const isTaken =
    names.size > 0 &&
    Array.from(informers.inNamespace('pods', namespace), asPod).some(
      (other) =>
        other.metadata.uid !== pod.metadata.uid &&
        other.spec.nodeName &&
        !isTerminal(other) &&
        isThere(other) &&
        claimNamesOf(other).some((name) => names.has(name)),
    );
  const required = claims.flatMap(({ spec }) => {
    const volume = informers.get('persistentvolumes', undefined, spec.volumeName);
    const terms: V1NodeSelectorTerm[] | undefined = volume?.spec.nodeAffinity?.required?.nodeSelectorTerms;
    return terms === undefined ? [] : [terms];
  });
  return (node) => {
    if (isTaken)
      return {
        reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'],
        isResolvable: true,
      };
    if (required.every((terms) => terms.some((term) => matchesTerm(term, node)))) return undefined;
    return { reasons: ["node(s) didn't match PersistentVolume's node affinity"], isResolvable: false };
  };
}
