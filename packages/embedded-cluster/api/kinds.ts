/** One version of a kind that the embedded cluster serves. */
export interface Kind {
  group: string;
  version: string;
  kind: string;
  resource: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  /** Has the subresource `/status`; other writes leave the status alone. */
  status: boolean;
  scale: boolean;
  /** Counts changes of its spec in metadata.generation. */
  generation: boolean;
  /** Answered when posted and never stored (access reviews). */
  review: boolean;
  /** client-node's generated class for the kind; it knows the fields. */
  model: string;
}

type Traits = Partial<
  Pick<Kind, 'shortNames' | 'categories' | 'namespaced' | 'status' | 'scale' | 'generation' | 'review' | 'model'>
>;

function kind(groupVersion: string, name: string, resource: string, traits: Traits = {}): Kind {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return {
    group: group ?? '',
    version: version ?? '',
    kind: name,
    resource,
    singular: name.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    status: false,
    scale: false,
    generation: false,
    review: false,
    model: `V1${name}`,
    ...traits,
  };
}

const all = ['all'];

/** Every kind, in the order of discovery. */
export const kinds: readonly Kind[] = [
  kind('v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  kind('v1', 'Endpoints', 'endpoints', { shortNames: ['ep'] }),
  kind('v1', 'Event', 'events', { shortNames: ['ev'], model: 'CoreV1Event' }),
  kind('v1', 'LimitRange', 'limitranges', { shortNames: ['limits'] }),
  kind('v1', 'Namespace', 'namespaces', { shortNames: ['ns'], namespaced: false, status: true }),
  kind('v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false, status: true }),
  kind('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { shortNames: ['pvc'], status: true }),
  kind('v1', 'PersistentVolume', 'persistentvolumes', { shortNames: ['pv'], namespaced: false, status: true }),
  kind('v1', 'Pod', 'pods', { shortNames: ['po'], categories: all, status: true, generation: true }),
  kind('v1', 'ReplicationController', 'replicationcontrollers', {
    shortNames: ['rc'],
    categories: all,
    status: true,
    scale: true,
    generation: true,
  }),
  kind('v1', 'ResourceQuota', 'resourcequotas', { shortNames: ['quota'], status: true }),
  kind('v1', 'Secret', 'secrets'),
  kind('v1', 'Service', 'services', { shortNames: ['svc'], categories: all, status: true }),
  kind('v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  kind('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  kind('apps/v1', 'DaemonSet', 'daemonsets', { shortNames: ['ds'], categories: all, status: true, generation: true }),
  kind('apps/v1', 'Deployment', 'deployments', {
    shortNames: ['deploy'],
    categories: all,
    status: true,
    scale: true,
    generation: true,
  }),
  kind('apps/v1', 'ReplicaSet', 'replicasets', {
    shortNames: ['rs'],
    categories: all,
    status: true,
    scale: true,
    generation: true,
  }),
  kind('apps/v1', 'StatefulSet', 'statefulsets', {
    shortNames: ['sts'],
    categories: all,
    status: true,
    scale: true,
    generation: true,
  }),
  kind('events.k8s.io/v1', 'Event', 'events', { shortNames: ['ev'], model: 'EventsV1Event' }),
  kind('authentication.k8s.io/v1', 'SelfSubjectReview', 'selfsubjectreviews', { namespaced: false, review: true }),
  kind('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', { namespaced: false, review: true }),
  kind('authorization.k8s.io/v1', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', { review: true }),
  kind('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', { namespaced: false, review: true }),
  kind('authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', {
    namespaced: false,
    review: true,
  }),
  kind('authorization.k8s.io/v1', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', {
    namespaced: false,
    review: true,
  }),
  kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    shortNames: ['hpa'],
    categories: all,
    status: true,
    model: 'V2HorizontalPodAutoscaler',
  }),
  kind('autoscaling/v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    shortNames: ['hpa'],
    categories: all,
    status: true,
  }),
  kind('batch/v1', 'CronJob', 'cronjobs', { shortNames: ['cj'], categories: all, status: true, generation: true }),
  kind('batch/v1', 'Job', 'jobs', { categories: all, status: true, generation: true }),
  kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', { shortNames: ['netpol'], generation: true }),
  kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    shortNames: ['pdb'],
    status: true,
    generation: true,
  }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { namespaced: false }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', { namespaced: false }),
  kind('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  kind('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', {
    shortNames: ['pc'],
    namespaced: false,
    generation: true,
  }),
  kind('coordination.k8s.io/v1', 'Lease', 'leases'),
  kind('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', { generation: true }),
  kind('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy', 'mutatingadmissionpolicies', {
    categories: ['api-extensions'],
    namespaced: false,
    generation: true,
  }),
  kind('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', {
    categories: ['api-extensions'],
    namespaced: false,
    generation: true,
  }),
];

export function groupVersionOf(of: Pick<Kind, 'group' | 'version'>): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}

/** The kind of an owner reference, which may name another version of it. */
export function kindInAnyVersion(apiVersion: string, name: string): Kind | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return kinds.find((each) => each.kind === name && each.group === group);
}

const storedByResource = new Map<string, Kind>();
/** Objects are stored in the first listed version of their resource: core events, autoscaling/v2. */
for (const each of kinds) if (!storedByResource.has(each.resource)) storedByResource.set(each.resource, each);

/** The stored kind of `pods`, `deployments`, …; throws for an unknown name, which is a programming error. */
export function kindOf(resource: string): Kind {
  const found = storedByResource.get(resource);
  if (found === undefined) throw new Error(`the embedded cluster has no resource "${resource}"`);
  return found;
}

const served = new Map(kinds.map((each) => [`${groupVersionOf(each)} ${each.resource}`, each]));

/** The kind in the version that a URL names. */
export function servedKind(groupVersion: string, resource: string): Kind | undefined {
  return served.get(`${groupVersion} ${resource}`);
}

/** False for the other versions of a kind that has several: events.k8s.io, autoscaling/v1. */
export function isStoredVersion(kind: Kind): boolean {
  const stored = storedByResource.get(kind.resource);
  return stored === undefined || stored === kind;
}
