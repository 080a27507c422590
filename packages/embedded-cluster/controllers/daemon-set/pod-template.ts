import type { V1NodeAffinity, V1Toleration } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { matchesNodeAffinity, nodesNamedBy, taintsOf, untoleratedTaint } from '../common/node.ts';
import type { PodTemplate } from '../common/pod-control.ts';
import { revisionLabel, revisionOf } from '../common/revisions.ts';

const generationLabel = 'pod-template-generation';

/** The API server counts the changes of the template in this annotation. */
function templateGenerationOf(set: KubeObject): string {
  return set.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '';
}

/** Either label identifies a pod of the current template (daemonset_util.go, IsPodUpdated). */
export function isUpToDate(pod: Pod, set: KubeObject, hash: string): boolean {
  return revisionOf(pod) === hash || pod.metadata.labels?.[generationLabel] === templateGenerationOf(set);
}

/** The tolerations that are added to the template's (AddOrUpdateDaemonPodTolerations). */
const ownTolerations = {
  'not-ready': 'NoExecute',
  unreachable: 'NoExecute',
  'disk-pressure': 'NoSchedule',
  'memory-pressure': 'NoSchedule',
  'pid-pressure': 'NoSchedule',
  unschedulable: 'NoSchedule',
};

function tolerationsOf({ tolerations = [], hostNetwork }: Pod['spec']): V1Toleration[] {
  const effects = hostNetwork ? { ...ownTolerations, 'network-unavailable': 'NoSchedule' } : ownTolerations;
  const added = Object.entries(effects).map(([name, effect]) => {
    return { key: `node.kubernetes.io/${name}`, operator: 'Exists', effect };
  });
  // A toleration with the same key, effect and value is replaced in place, others are appended.
  const isSame = (a: V1Toleration, b: V1Toleration) =>
    a.key === b.key && a.effect === b.effect && !a.value && a.operator === b.operator;
  const own = tolerations.map((each) => added.find((toleration) => isSame(each, toleration)) ?? each);
  return [...own, ...added.filter((toleration) => !own.includes(toleration))];
}

/** The template for the pod of this node, which the scheduler can bind nowhere else (CreatePodTemplate). */
export function templateForNode(set: KubeObject, node: string, hash: string): PodTemplate {
  const { metadata, spec } = set.spec.template;
  const marks = { [generationLabel]: templateGenerationOf(set), [revisionLabel]: hash };
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const nodeAffinity: V1NodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    // Replaces the template's terms, which are checked already (ReplaceDaemonSetPodNodeNameNodeAffinity).
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
  const affinity = { ...spec.affinity, nodeAffinity };
  return {
    metadata: { ...metadata, labels: { ...metadata?.labels, ...marks } },
    spec: { ...spec, tolerations: tolerationsOf(spec), affinity },
  };
}

/** The node that a DaemonSet's pod runs on or names (GetTargetNodeName). */
export function targetNodeOf({ spec }: Pod): string | undefined {
  const [named, ...others] = nodesNamedBy(spec) ?? [];
  return spec.nodeName || (others.length === 0 ? named : undefined);
}

/**
 * Tells whether a node gets a pod, and whether it keeps one (daemon_controller.go, NodeShouldRunDaemonPod):
 * nodeSelector and affinity decide both; an untolerated NoSchedule taint keeps new pods away, only NoExecute ends
 * running ones. Readiness, room and cordons do not count.
 */
export function eligibilityOf(node: KubeObject, set: KubeObject): { shouldRun: boolean; shouldContinue: boolean } {
  const spec: Pod['spec'] = set.spec.template.spec;
  const isMatch = (spec.nodeName || node.metadata.name) === node.metadata.name && matchesNodeAffinity(spec, node);
  const tolerations = tolerationsOf(spec);
  const tolerates = (...effects: string[]) => untoleratedTaint(taintsOf(node), tolerations, effects) === undefined;
  return {
    shouldRun: isMatch && tolerates('NoSchedule', 'NoExecute'),
    shouldContinue: isMatch && tolerates('NoExecute'),
  };
}
