import type { KubeObject } from '../api/api.ts';
import { isEqual, type Json } from '../api/json.ts';
import { admitPod, admitPriorityClass, bindPod, preparePod, readmitPod } from './admission/pod.ts';
import { allocateAddresses, keepAddresses } from './admission/service.ts';
import type { Cluster } from './cluster.ts';
import { filled } from './defaults/fill.ts';
import * as defaults from './defaults/other.ts';
import { defaultPod } from './defaults/pod.ts';
import * as workloadDefaults from './defaults/workload.ts';
import type { Part } from './part.ts';
import { checkChangedConfigMap, checkChangedNode, checkConfigMap } from './validation/config.ts';
import { checkCronJob, checkNewCronJob } from './validation/cron-job.ts';
import { checkEvent } from './validation/event.ts';
import type { Field } from './validation/field.ts';
import { checkChangedJob, checkJob, prepareJob } from './validation/job.ts';
import { checkLimitRange } from './validation/limit-range.ts';
import { checkMutatingBinding, checkMutatingPolicy } from './validation/mutating-policy.ts';
import { checkChangedPod, checkPod } from './validation/pod.ts';
import * as policy from './validation/policy.ts';
import { checkQuota } from './validation/quota.ts';
import { checkBinding, checkChangedBinding, checkRole } from './validation/rbac.ts';
import { checkChangedService, checkService } from './validation/service.ts';
import { checkChangedSlice, checkSlice } from './validation/slice.ts';
import * as workloads from './validation/workload.ts';

/** How one kind defaults, prepares and validates its objects. The prepare functions change the object in place. */
export interface Rules {
  defaults?(object: Json): void;
  /** What the admission plugins add to a new object. It runs again after policies, so a second run changes nothing. */
  admitNew?(object: Json, cluster: Cluster): void;
  prepareNew?(object: Json, cluster: Cluster): void;
  prepareChange?(object: Json, old: KubeObject, cluster: Cluster, part: Part): void;
  prepareStatus?(object: Json, old: KubeObject): void;
  checkNew?(object: Field): void;
  /** Default: the one of a new object. */
  checkChange?(object: Field, old: KubeObject, part: Part): void;
  /** Fields of the spec. */
  immutable?: readonly string[];
}

/** Clients may omit a spec that has only defaults. */
function withSpec(defaults: (object: Json) => void): (object: Json) => void {
  return (object) => {
    object.spec ??= {};
    defaults(object);
  };
}

/** Clients do not set the status of a new object. */
function withStatus(status: object): (object: Json) => void {
  return (object) => {
    object.status = structuredClone(status);
  };
}

/** Takes over a field of the old object, or its absence. */
export function keep(object: Json, old: Json, field: string): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** Keeps pods off a new node until a controller has seen it ready (admission plugin TaintNodesByCondition). */
function taintNewNode({ spec }: Json): void {
  const taints: Json[] = spec.taints ?? [];
  if (!taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) {
    spec.taints = [...taints, notReady];
  }
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** Counts the template's changes and overwrites the client's value. */
function countTemplate(daemonSet: Json, generation: string): void {
  daemonSet.metadata.annotations = { ...daemonSet.metadata.annotations, [templateGeneration]: generation };
}

const bindings: Rules = {
  defaults: defaults.defaultRoleBinding,
  checkNew: checkBinding,
  checkChange: checkChangedBinding,
};

const rules: Record<string, Rules> = {
  pods: {
    defaults: withSpec(defaultPod),
    admitNew: admitPod,
    prepareNew: preparePod,
    prepareChange(pod, old, cluster, part) {
      if (part === 'main') readmitPod(pod, old);
      if (part === 'binding') bindPod(pod, old, cluster);
      if (part === 'ephemeralcontainers') pod.spec = { ...old.spec, ephemeralContainers: pod.spec.ephemeralContainers };
    },
    prepareStatus(pod, old) {
      // The kubelet must not undo concurrent changes by controllers (pod/strategy.go).
      keep(pod.metadata, old.metadata, 'ownerReferences');
      pod.status = { ...pod.status };
      pod.status.qosClass ??= old.status?.qosClass;
    },
    checkNew: checkPod,
    checkChange: checkChangedPod,
  },
  services: {
    defaults: withSpec(defaults.defaultService),
    prepareNew(service, cluster) {
      service.status = { loadBalancer: {} };
      allocateAddresses(service, cluster);
    },
    prepareChange(service, old, cluster) {
      keepAddresses(service, old);
      allocateAddresses(service, cluster, old);
    },
    checkNew: checkService,
    checkChange: checkChangedService,
  },
  deployments: {
    defaults: withSpec(workloadDefaults.defaultDeployment),
    prepareNew: withStatus({}),
    prepareStatus: ({ metadata }, old) => keep(metadata, old.metadata, 'labels'),
    checkNew: workloads.checkDeployment,
    immutable: ['selector'],
  },
  replicasets: {
    defaults: withSpec(workloadDefaults.defaultReplicaSet),
    prepareNew: withStatus({ replicas: 0 }),
    checkNew: workloads.checkReplicaSet,
    immutable: ['selector'],
  },
  daemonsets: {
    defaults: withSpec(workloadDefaults.defaultDaemonSet),
    prepareNew(set) {
      set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
      countTemplate(set, '1');
    },
    prepareChange(set, old) {
      const before = old.metadata.annotations?.[templateGeneration] ?? '0';
      const isChanged = !isEqual(set.spec.template, old.spec.template);
      countTemplate(set, isChanged ? String(Number(before) + 1) : before);
    },
    checkNew: workloads.checkDaemonSet,
    immutable: ['selector'],
  },
  statefulsets: {
    defaults: withSpec(workloadDefaults.defaultStatefulSet),
    prepareNew: withStatus({ replicas: 0, availableReplicas: 0 }),
    checkNew: workloads.checkStatefulSet,
    checkChange: workloads.checkChangedStatefulSet,
  },
  replicationcontrollers: {
    defaults: withSpec(workloadDefaults.defaultReplicationController),
    prepareNew: withStatus({ replicas: 0 }),
    checkNew: workloads.checkReplicationController,
  },
  jobs: {
    defaults: withSpec(workloadDefaults.defaultJob),
    prepareNew: prepareJob,
    checkNew: checkJob,
    checkChange: checkChangedJob,
  },
  cronjobs: {
    defaults: withSpec(workloadDefaults.defaultCronJob),
    prepareNew: withStatus({}),
    checkNew: checkNewCronJob,
    checkChange: checkCronJob,
  },
  namespaces: {
    defaults: defaults.defaultNamespace,
    prepareNew(namespace) {
      namespace.status = { phase: 'Active' };
      namespace.spec.finalizers = ['kubernetes'];
    },
    prepareChange(namespace, old, _cluster, part) {
      if (part !== 'finalize') namespace.spec.finalizers = old.spec.finalizers;
    },
  },
  nodes: { defaults: defaults.defaultNode, prepareNew: taintNewNode, checkChange: checkChangedNode },
  secrets: { defaults: defaults.defaultSecret, checkNew: checkConfigMap, checkChange: checkChangedConfigMap },
  configmaps: { checkNew: checkConfigMap, checkChange: checkChangedConfigMap },
  resourcequotas: { checkNew: checkQuota },
  limitranges: { defaults: defaults.defaultLimitRange, checkNew: checkLimitRange },
  persistentvolumeclaims: {
    defaults: filled({ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }),
    checkNew: policy.checkClaim,
  },
  persistentvolumes: {
    defaults: filled({
      spec: { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' },
      status: { phase: 'Pending' },
    }),
  },
  priorityclasses: {
    defaults: filled({ preemptionPolicy: 'PreemptLowerPriority' }),
    admitNew: admitPriorityClass,
    prepareChange: (changed, _old, cluster) => admitPriorityClass(changed, cluster),
    checkNew: policy.checkPriorityClass,
    checkChange: policy.checkChangedPriorityClass,
  },
  endpoints: { defaults: filled({ subsets: [{ ports: [{ protocol: 'TCP' }] }] }) },
  endpointslices: {
    defaults: filled({ ports: [{ name: '', protocol: 'TCP' }], endpoints: [{ conditions: {} }] }),
    checkNew: checkSlice,
    checkChange: checkChangedSlice,
  },
  poddisruptionbudgets: {
    prepareNew(budget) {
      budget.spec ??= {};
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    checkNew: policy.checkBudget,
  },
  horizontalpodautoscalers: {
    defaults: withSpec(defaults.defaultAutoscaler),
    prepareNew: withStatus({ desiredReplicas: 0, currentMetrics: null }),
    checkNew: policy.checkAutoscaler,
  },
  networkpolicies: { defaults: withSpec(defaults.defaultNetworkPolicy) },
  leases: { defaults: withSpec(() => {}), checkNew: policy.checkLease },
  events: { checkNew: checkEvent },
  roles: { checkNew: checkRole },
  clusterroles: { checkNew: checkRole },
  rolebindings: bindings,
  clusterrolebindings: bindings,
  mutatingadmissionpolicies: { defaults: filled(defaults.mutatingPolicy), checkNew: checkMutatingPolicy },
  mutatingadmissionpolicybindings: { defaults: filled(defaults.mutatingBinding), checkNew: checkMutatingBinding },
};

export function rulesOf(resource: string): Rules {
  return rules[resource] ?? {};
}
