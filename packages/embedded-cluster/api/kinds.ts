const defaults = {
  shortNames: [] as readonly string[],
  categories: [] as readonly string[],
  namespaced: true,
  /** Has the subresource `/status`; other writes leave the status alone. */
  status: false,
  scale: false,
  /** Counts changes of its spec in metadata.generation. */
  generation: false,
  /** Answered when posted and never stored (access reviews). */
  review: false,
};

/** client-node's generated class for the kind knows the fields; default: V1 and the kind. */
type Traits = Partial<typeof defaults> & { model?: string };

/** One version of a kind that the embedded cluster serves. */
export type Kind = ReturnType<typeof newKind>;

const all = ['all'];
const global: Traits = { namespaced: false };
const review: Traits = { review: true };
const workload: Traits = { categories: all, status: true, generation: true };
const scalable: Traits = { ...workload, scale: true };
const policy: Traits = { categories: ['api-extensions'], namespaced: false, generation: true };
const autoscaler: Traits = { shortNames: ['hpa'], categories: all, status: true };

/** Every kind by its group version, in the order of discovery. */
const traits: Record<string, Record<string, Traits>> = {
  v1: {
    ConfigMap: { shortNames: ['cm'] },
    Endpoints: { shortNames: ['ep'] },
    Event: { shortNames: ['ev'], model: 'CoreV1Event' },
    LimitRange: { shortNames: ['limits'] },
    Namespace: { shortNames: ['ns'], ...global, status: true },
    Node: { shortNames: ['no'], ...global, status: true },
    PersistentVolumeClaim: { shortNames: ['pvc'], status: true },
    PersistentVolume: { shortNames: ['pv'], ...global, status: true },
    Pod: { shortNames: ['po'], ...workload },
    ReplicationController: { shortNames: ['rc'], ...scalable },
    ResourceQuota: { shortNames: ['quota'], status: true },
    Secret: {},
    Service: { shortNames: ['svc'], categories: all, status: true },
    ServiceAccount: { shortNames: ['sa'] },
  },
  'apps/v1': {
    ControllerRevision: {},
    DaemonSet: { shortNames: ['ds'], ...workload },
    Deployment: { shortNames: ['deploy'], ...scalable },
    ReplicaSet: { shortNames: ['rs'], ...scalable },
    StatefulSet: { shortNames: ['sts'], ...scalable },
  },
  'events.k8s.io/v1': { Event: { shortNames: ['ev'], model: 'EventsV1Event' } },
  'authentication.k8s.io/v1': {
    SelfSubjectReview: { ...review, ...global },
    TokenReview: { ...review, ...global },
  },
  'authorization.k8s.io/v1': {
    LocalSubjectAccessReview: review,
    SubjectAccessReview: { ...review, ...global },
    SelfSubjectAccessReview: { ...review, ...global },
    SelfSubjectRulesReview: { ...review, ...global },
  },
  'autoscaling/v2': { HorizontalPodAutoscaler: { ...autoscaler, model: 'V2HorizontalPodAutoscaler' } },
  'autoscaling/v1': { HorizontalPodAutoscaler: autoscaler },
  'batch/v1': { CronJob: { shortNames: ['cj'], ...workload }, Job: workload },
  'networking.k8s.io/v1': { NetworkPolicy: { shortNames: ['netpol'], generation: true } },
  'policy/v1': { PodDisruptionBudget: { shortNames: ['pdb'], status: true, generation: true } },
  'rbac.authorization.k8s.io/v1': { ClusterRole: global, ClusterRoleBinding: global, Role: {}, RoleBinding: {} },
  'scheduling.k8s.io/v1': { PriorityClass: { shortNames: ['pc'], ...global, generation: true } },
  'coordination.k8s.io/v1': { Lease: {} },
  'discovery.k8s.io/v1': { EndpointSlice: { generation: true } },
  'admissionregistration.k8s.io/v1': { MutatingAdmissionPolicy: policy, MutatingAdmissionPolicyBinding: policy },
};

/** Most plurals end in `s`; the others follow apimachinery's UnsafeGuessKindToResource. */
function pluralOf(singular: string): string {
  if (singular === 'endpoints') return singular;
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`;
  return singular.endsWith('s') ? `${singular}es` : `${singular}s`;
}

function newKind(groupVersion: string, kind: string, own: Traits) {
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  const singular = kind.toLowerCase();
  return { ...defaults, group, version, kind, resource: pluralOf(singular), singular, model: `V1${kind}`, ...own };
}

export const kinds: readonly Kind[] = Object.entries(traits).flatMap(([groupVersion, named]) =>
  Object.entries(named).map(([kind, own]) => newKind(groupVersion, kind, own)),
);

export function groupVersionOf(of: Pick<Kind, 'group' | 'version'>): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}

/** The kind of an owner reference, which may name another version of it. */
export function kindInAnyVersion(apiVersion: string, name: string): Kind | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return kinds.find((each) => each.kind === name && each.group === group);
}

/** Objects are stored in the first listed version of their resource: core events, autoscaling/v2. */
const storedByResource = new Map(kinds.toReversed().map((each) => [each.resource, each]));

/** The stored kind of `pods`, `deployments`, …; throws for an unknown name, which is a programming error. */
export function kindOf(resource: string): Kind {
  const found = storedByResource.get(resource);
  if (found === undefined) throw new Error(`the embedded cluster has no resource "${resource}"`);
  return found;
}

/** The kind in the version that a URL names. */
export function servedKind(groupVersion: string, resource: string): Kind | undefined {
  return kinds.find((each) => each.resource === resource && groupVersionOf(each) === groupVersion);
}

/** False for the other versions of a kind that has several: events.k8s.io, autoscaling/v1. */
export function isStoredVersion(kind: Kind): boolean {
  const stored = storedByResource.get(kind.resource);
  return stored === undefined || stored === kind;
}
