import type { Call } from '../../../pitlane/cluster/connection.ts';
import { CONFIG_MAPS, LEASES, PODS } from '../../../pitlane/cluster/resource.ts';
import type { Role } from '../../../pitlane/command/role.ts';
import { CANARY, DRAIN, DRAINED_FROM } from '../../../pitlane/rotation/marks.ts';

/** What a stolen role can ask for. */
interface Attempt {
  readonly what: string;
  readonly role: Role;
  /** `pod`: the name of a pod in rotation. */
  readonly call: (namespace: string, pod: string) => Call;
}

const patch =
  (...body: readonly object[]) =>
  (namespace: string, name: string): Call => ({ verb: 'patch', place: { resource: PODS, namespace, name }, body });

const debugIn =
  (more: object) =>
  (namespace: string, name: string): Call => ({
    verb: 'patch',
    place: { resource: PODS, namespace, name, subresource: 'ephemeralcontainers' },
    body: [
      {
        op: 'add',
        path: '/spec/ephemeralContainers',
        value: [{ name: 'debugger', image: 'example/miner:v1', ...more }],
      },
    ],
  });

const create =
  (resource: Call['place']['resource'], metadata: object, more: object = {}) =>
  (namespace: string): Call => ({
    verb: 'create',
    place: { resource, namespace },
    body: {
      apiVersion: resource === LEASES ? 'coordination.k8s.io/v1' : 'v1',
      kind: resource.kind,
      metadata: { namespace, ...metadata },
      ...more,
    },
  });

const CANARY_MARKS = { labels: { [CANARY]: 'web' }, annotations: { [CANARY]: '{}' } };
const OWNER = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: '00000000-0000-4000-8000-000000000000' };
const spec = { containers: [{ name: 'app', image: 'example/miner:v1' }] };

/** Everything that RBAC allows, and the policies of infra/confine-policy.yaml do not. */
export const FORBIDDEN: readonly Attempt[] = [
  {
    what: 'another image for a pod',
    role: 'operator',
    call: patch({ op: 'replace', path: '/spec/containers/0/image', value: 'example/miner:v1' }),
  },
  {
    what: 'a debug container in a pod in rotation',
    role: 'admin',
    call: debugIn({}),
  },
  {
    what: 'a privileged debug container',
    role: 'admin',
    call: debugIn({ securityContext: { privileged: true } }),
  },
  {
    what: 'a deadline for a pod',
    role: 'admin',
    call: patch({ op: 'add', path: '/spec/activeDeadlineSeconds', value: 1 }),
  },
  {
    what: 'a pod without its owner',
    role: 'operator',
    call: patch({ op: 'remove', path: '/metadata/ownerReferences' }),
  },
  {
    what: 'a finalizer for a pod',
    role: 'operator',
    call: patch({ op: 'add', path: '/metadata/finalizers', value: ['example.com/keep'] }),
  },
  {
    what: 'to delete a pod in rotation',
    role: 'admin',
    call: (namespace, name) => ({ verb: 'delete', place: { resource: PODS, namespace, name } }),
  },
  { what: 'a pod that is no canary', role: 'operator', call: create(PODS, { name: 'miner' }, { spec }) },
  {
    what: 'a canary without a deadline',
    role: 'admin',
    call: create(PODS, { name: 'miner', ...CANARY_MARKS, ownerReferences: [OWNER] }, { spec }),
  },
  {
    what: 'a canary that no Service owns',
    role: 'operator',
    call: create(PODS, { name: 'miner', ...CANARY_MARKS }, { spec: { ...spec, activeDeadlineSeconds: 60 } }),
  },
  {
    what: 'a canary for ever',
    role: 'operator',
    call: create(
      PODS,
      { name: 'miner', ...CANARY_MARKS, ownerReferences: [OWNER] },
      { spec: { ...spec, activeDeadlineSeconds: 605_101 } },
    ),
  },
  { what: 'a ConfigMap of others', role: 'operator', call: create(CONFIG_MAPS, { name: 'settings' }) },
  { what: 'the rule of a gate', role: 'operator', call: create(CONFIG_MAPS, { name: 'pitlane-other.gate' }) },
  { what: 'the journal of admins', role: 'operator', call: create(CONFIG_MAPS, { name: 'pitlane-other.admin' }) },
  { what: 'a Lease of others', role: 'operator', call: create(LEASES, { name: 'leader' }) },
];

/** Labels and annotations make no pod of a workload one that may be deleted. */
export const MARKED = {
  labels: { [DRAINED_FROM]: 'web', [CANARY]: 'web' },
  annotations: { [DRAIN]: '{}', [CANARY]: '{}' },
};
