import type { KubeObject } from '../../api/api.ts';
import { conflict } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import type { Cluster } from '../cluster.ts';

/** Pods get these labels from their node (admission plugin PodTopologyLabels). */
const topologyLabels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Assigns the pod to the node in the change and changes nothing else (registry/core/pod/storage, assignPod). */
export function bindPod(pod: Json, old: KubeObject, cluster: Cluster): void {
  const { name } = old.metadata;
  const refuse = (why: string) => conflict({ ...kindOf('pods'), resource: 'pods/binding' }, name, `pod ${name} ${why}`);
  if (old.metadata.deletionTimestamp) throw refuse('is being deleted, cannot be assigned to a host');
  if (old.spec.nodeName) throw refuse(`is already assigned to node ${JSON.stringify(old.spec.nodeName)}`);
  if (old.spec.schedulingGates) throw refuse('has non-empty .spec.schedulingGates');
  const { nodeName } = pod.spec;
  pod.metadata = { ...old.metadata };
  pod.spec = { ...old.spec, nodeName };
  const place = cluster.store.get('nodes', undefined, nodeName)?.metadata.labels ?? {};
  const labels = topologyLabels.flatMap((key) => (place[key] === undefined ? [] : [[key, place[key]] as const]));
  if (labels.length > 0) pod.metadata.labels = { ...pod.metadata.labels, ...Object.fromEntries(labels) };
  const times = { lastProbeTime: null, lastTransitionTime: timestamp(cluster.now()) };
  const scheduled = { type: 'PodScheduled', status: 'True', ...times };
  const conditions: Json[] = [...(old.status?.conditions ?? [])];
  const index = conditions.findIndex((condition) => condition.type === 'PodScheduled');
  conditions[index === -1 ? conditions.length : index] = scheduled;
  // ClearingNominatedNodeNameAfterBinding, on since 1.35.
  const { nominatedNodeName: _, ...status } = old.status ?? {};
  pod.status = { ...status, conditions };
}
