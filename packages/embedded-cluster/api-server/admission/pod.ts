import type { KubeObject } from '../../api/api.ts';
import { conflict, forbidden } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import type { Cluster } from '../cluster.ts';
import { randomName } from '../generated-names.ts';
import { applyDefaultLimits } from './limit-range.ts';

/** Adds to a new pod what admission plugins add. */
export function admitPod(pod: Json, cluster: Cluster): void {
  const { spec } = pod;
  applyDefaultLimits(pod, cluster);
  admitServiceAccount(pod, cluster);
  admitPriority(pod, cluster);
  tolerateBriefly(spec);
}

/** Resolves the PriorityClass, or the default one (plugin/pkg/admission/priority, admitPod). */
function admitPriority({ metadata, spec }: Json, cluster: Cluster): void {
  const refuse = (why: string) => forbidden(kindOf('pods'), metadata.name ?? metadata.generateName ?? '', why);
  const classes = cluster.store.list('priorityclasses');
  const asked = classes.find((each) => each.metadata.name === spec.priorityClassName);
  if (spec.priorityClassName && asked === undefined)
    throw refuse(`no PriorityClass with name ${spec.priorityClassName} was found`);
  const found = asked ?? classes.filter((each) => each.globalDefault).sort((a, b) => a.value - b.value)[0];
  const wanted = { priority: found?.value ?? 0, preemptionPolicy: found?.preemptionPolicy ?? 'PreemptLowerPriority' };
  const compare = (named: string, given: Json, computed: number | string) => {
    const by = `priority admission controller computed ${computed} from the given PriorityClass name`;
    if (given !== undefined && given !== computed)
      throw refuse(`the ${named} (${given}) must not be provided in pod spec; ${by}`);
  };
  compare('integer value of priority', spec.priority, wanted.priority);
  compare('string value of PreemptionPolicy', spec.preemptionPolicy, wanted.preemptionPolicy);
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
  Object.assign(spec, wanted);
}

/** At most one class is the default one (plugin/pkg/admission/priority, validatePriorityClass). */
export function admitPriorityClass({ metadata, globalDefault }: Json, { store }: Cluster): void {
  const other = store.list('priorityclasses').find((each) => each.globalDefault);
  if (!globalDefault || other === undefined || other.metadata.name === metadata.name) return;
  const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
  throw forbidden(kindOf('priorityclasses'), metadata.name ?? '', why);
}

/** Adds what the pod strategy adds. */
export function preparePod(pod: Json): void {
  pod.status = { phase: 'Pending', qosClass: qosOf(pod.spec) };
  if (!pod.spec.schedulingGates) return;
  const why = { reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' };
  const times = { lastProbeTime: null, lastTransitionTime: null };
  pod.status.conditions = [{ type: 'PodScheduled', status: 'False', ...times, ...why }];
}

/** Restores what admission has added: a PUT may omit it. */
export function readmitPod({ spec }: Json, old: KubeObject): void {
  spec.priority ??= old.spec.priority;
  spec.preemptionPolicy ??= old.spec.preemptionPolicy;
  tolerateBriefly(spec);
}

/** DefaultTolerationSeconds: by default a pod stays 5 minutes on an unreachable node. */
function tolerateBriefly(spec: Json): void {
  const tolerations: Json[] = spec.tolerations ?? [];
  const isTolerated = (taint: string) =>
    tolerations.some(({ key = taint, effect = 'NoExecute' }) => key === taint && effect === 'NoExecute');
  const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  const added = taints.filter((taint) => !isTolerated(taint));
  if (added.length === 0) return;
  const seconds = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
  spec.tolerations = [...tolerations, ...added.map((key) => ({ key, ...seconds }))];
}

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

const tokenPrefix = 'kube-api-access-';
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function admitServiceAccount({ metadata, spec }: Json, cluster: Cluster): void {
  spec.serviceAccountName ??= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const account = cluster.store.get('serviceaccounts', metadata.namespace, spec.serviceAccountName);
  if (account === undefined) {
    const named = `${metadata.namespace}/${spec.serviceAccountName}`;
    const why = `error looking up service account ${named}: serviceaccount "${spec.serviceAccountName}" not found`;
    throw forbidden(kindOf('pods'), metadata.name ?? metadata.generateName ?? '', why);
  }
  if (account.imagePullSecrets && !spec.imagePullSecrets?.length) spec.imagePullSecrets = [...account.imagePullSecrets];
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter((each) => !each.volumeMounts?.some((mount: Json) => mount.mountPath === tokenPath));
  if (without.length === 0) return;
  const present = spec.volumes?.find((volume: Json) => volume.name.startsWith(tokenPrefix));
  const chance = cluster.stream(`volume of ${metadata.namespace}/${metadata.generateName ?? metadata.name}`);
  const name = present?.name ?? randomName(tokenPrefix, chance);
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenPath }];
  }
  if (present === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Json {
  const namespace = { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name, projected: { sources, defaultMode: 0o644 } };
}

/** Guaranteed: every container's cpu and memory limits equal its requests. BestEffort: no container sets any. */
function qosOf(spec: Json): string {
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const amounts = containers.flatMap(({ resources: { requests, limits } }) =>
    ['cpu', 'memory'].map((name) => ({ request: requests?.[name], limit: limits?.[name] })),
  );
  if (!amounts.some(({ request, limit }) => request || limit)) return 'BestEffort';
  return amounts.every(({ request, limit }) => limit && limit === request) ? 'Guaranteed' : 'Burstable';
}
