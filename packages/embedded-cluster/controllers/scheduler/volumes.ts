import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import { asPods, isTerminal, type Pod } from '../../api/pod.ts';
import type { Informers } from '../common/informers.ts';
import { matchesTerm } from '../common/node.ts';
import { isBound } from '../volumes.ts';
import type { Check } from './filters.ts';

function claimNamesOf({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
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

/** Volumes that only some nodes reach, and those that one pod may use alone. `isThere`: false for pods that go. */
export function volumeCheck(informers: Informers, pod: Pod, isThere: (other: Pod) => boolean): Check {
  const { namespace, uid } = pod.metadata;
  const claims = claimNamesOf(pod).flatMap((name) => informers.get('persistentvolumeclaims', namespace, name) ?? []);
  const alone = claims.filter(({ spec }) => spec.accessModes?.includes('ReadWriteOncePod'));
  const names = new Set(alone.map(({ metadata }) => metadata.name));
  const usesOne = (other: Pod) => claimNamesOf(other).some((name) => names.has(name));
  const isRunning = (other: Pod) => other.spec.nodeName && !isTerminal(other) && isThere(other);
  // Conflicts count in the whole cluster (volumerestrictions, satisfyReadWriteOncePod).
  const others = names.size > 0 ? asPods(informers.inNamespace('pods', namespace)) : [];
  const isTaken = others.some((other) => other.metadata.uid !== uid && isRunning(other) && usesOne(other));
  const required: V1NodeSelectorTerm[][] = claims.flatMap(({ spec }) => {
    const volume = informers.get('persistentvolumes', undefined, spec.volumeName);
    const terms = volume?.spec.nodeAffinity?.required?.nodeSelectorTerms;
    return terms === undefined ? [] : [terms];
  });
  const taken = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
  return (node) => {
    if (isTaken) return { reasons: [taken], isResolvable: true };
    if (required.every((terms) => terms.some((term) => matchesTerm(term, node)))) return undefined;
    return { reasons: ["node(s) didn't match PersistentVolume's node affinity"], isResolvable: false };
  };
}
