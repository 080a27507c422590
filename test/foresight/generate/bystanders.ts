import type { Labels, Made, Manifest } from '../case.ts';
import type { Chance } from '../chance.ts';
import type { Workload } from './workloads.ts';

/** Other objects that select pods or limit their number. */
export function bystanders(chance: Chance, main: Workload): Made[] {
  const { template } = main;
  const made: Made[] = [];
  const add = (share: number, make: (name: string) => Made): void => {
    for (let number = 1; number <= 2 && chance.maybe(share); number += 1) made.push(make(`other-${number}`));
  };
  add(0.3, (name) => service(name, someLabels(chance, template.labels)));
  add(0.3, (name) => budget(chance, name, labelSelector(chance, template.labels)));
  add(0.25, (name) => networkPolicy(name, labelSelector(chance, template.labels)));
  if (main.resource && ['Deployment', 'ReplicaSet', 'StatefulSet'].includes(main.kind) && chance.maybe(0.15))
    made.push(autoscaler(main));
  return made;
}

/** A selector for some of these labels; sometimes one that only a drained pod matches. */
function someLabels(chance: Chance, labels: Labels): Labels {
  if (chance.maybe(0.1)) return { 'pitlane.dev/drained-from': 'web' };
  const entries = Object.entries(labels);
  const some = chance.some(entries, 0.5);
  return Object.fromEntries(some.length > 0 ? some : entries.slice(0, 1));
}

function labelSelector(chance: Chance, labels: Labels): object {
  return chance.weighted<object>([
    [8, { matchLabels: someLabels(chance, labels) }],
    [1, {}],
    [1, { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] }],
    [1, { matchExpressions: [{ key: 'app', operator: 'Exists' }] }],
    [1, { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }],
    [1, { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }],
    [1, { matchExpressions: [{ key: 'pitlane.dev/drained-from', operator: 'Exists' }] }],
  ]);
}

export function service(name: string, selector: Labels, more: object = {}): Made {
  const spec = { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...more };
  return { resource: 'services', object: { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec } };
}

function budget(chance: Chance, name: string, selector: object): Made {
  const limit = chance.one<object>([
    { minAvailable: 1 },
    { minAvailable: 2 },
    { minAvailable: 3 },
    { minAvailable: '50%' },
    { minAvailable: '75%' },
    { maxUnavailable: 1 },
    { maxUnavailable: 0 },
    { maxUnavailable: '25%' },
    { maxUnavailable: '50%' },
  ]);
  const object: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector, ...limit },
  };
  return { resource: 'poddisruptionbudgets', object };
}

function networkPolicy(name: string, podSelector: object): Made {
  const object: Manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector, policyTypes: ['Ingress'] },
  };
  return { resource: 'networkpolicies', object };
}

/** With wide limits, so that it does nothing: without metrics an autoscaler acts by its limits only. */
function autoscaler({ kind, name }: Workload): Made {
  const object: Manifest = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
      minReplicas: 1,
      maxReplicas: 50,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  };
  return { resource: 'horizontalpodautoscalers', object };
}

/** The same in every case, because they belong to no namespace. */
export const priorityClasses: readonly Made[] = [
  priorityClass('low', -10),
  priorityClass('patient', 1_000, 'Never'),
  priorityClass('urgent', 1_000),
];

function priorityClass(name: string, value: number, preemptionPolicy?: 'Never'): Made {
  const object: Manifest = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    ...(preemptionPolicy && { preemptionPolicy }),
  };
  return { resource: 'priorityclasses', object };
}

/** The claim `data` with its volume, which only some nodes reach. It needs no attaching to them. */
export function boundVolume(chance: Chance): Made[] {
  const accessModes = [chance.one(['ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'])];
  const term = { matchExpressions: [{ key: 'example.com/half', operator: 'In', values: [chance.one(['a', 'b'])] }] };
  const nodeAffinity = chance.maybe(0.6) && { required: { nodeSelectorTerms: [term] } };
  const storage = { storage: '1Gi' };
  const common = { accessModes, storageClassName: '' };
  const volume: Manifest = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'data' },
    spec: { ...common, capacity: storage, hostPath: { path: '/data' }, ...(nodeAffinity && { nodeAffinity }) },
  };
  const claim: Manifest = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { ...common, resources: { requests: storage }, volumeName: 'data' },
  };
  return [
    { resource: 'persistentvolumes', object: volume },
    { resource: 'persistentvolumeclaims', object: claim },
  ];
}

/** Pods of no Service, which take room and may have to give it back. */
export function batch(chance: Chance): Made {
  const labels = { app: 'batch' };
  const cpu = chance.one(['200m', '400m', '900m']);
  const containers = [{ name: 'app', image: 'example/batch:v1', resources: { requests: { cpu } } }];
  const priority = chance.maybe(0.3) && { priorityClassName: 'low' };
  const object: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'batch' },
    spec: {
      replicas: chance.int(1, 4),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 1, ...priority } },
    },
  };
  return { resource: 'deployments', object };
}

/** Leaves room for a few pods, or for none. */
export function quota(chance: Chance, { replicas }: Workload, name = 'limit'): Made {
  const hard = chance.one<Labels>([
    { pods: String(replicas + chance.int(0, 2)) },
    { 'requests.cpu': `${replicas * 100 + chance.int(0, 2) * 50}m` },
    { 'count/pods': String(replicas + chance.int(0, 1)), 'requests.memory': '8Gi' },
    { 'limits.cpu': `${replicas * 200 + chance.int(0, 2) * 100}m` },
    { 'limits.memory': '8Gi' },
    { 'requests.example.com/gpu': String(chance.int(0, replicas + 1)) },
    { 'requests.ephemeral-storage': `${4 * (replicas + chance.int(0, 1))}Gi` },
  ]);
  // Quotas of storage have no scopes of pods (core/helper, IsResourceQuotaScopeValidForResource).
  const isScoped = chance.maybe(0.35) && !('requests.ephemeral-storage' in hard);
  const scope = isScoped ? scopeOf(chance, Object.keys(hard).join() === 'pods') : {};
  return {
    resource: 'resourcequotas',
    object: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...scope } },
  };
}

/** Kubernetes lets a quota with the scope BestEffort limit nothing but the number of pods. */
function scopeOf(chance: Chance, isOfNumber: boolean): object {
  const ofClass = (operator: string) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator }] },
  });
  return chance.one<object>([
    { scopes: ['NotTerminating'] },
    { scopes: ['Terminating'] },
    { scopes: ['NotBestEffort'] },
    ...(isOfNumber ? [{ scopes: ['BestEffort'] }, ofClass('Exists'), ofClass('DoesNotExist')] : []),
  ]);
}
