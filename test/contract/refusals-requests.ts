import { nodeWithoutKubelet } from './manifests.ts';
import {
  badRequest,
  conflict,
  get,
  invalid,
  notFound,
  patch,
  post,
  put,
  type Refusals,
  refusals,
  remove,
  undecodable,
} from './refusals.ts';
import type { Theme } from './suite.ts';

const lease = (spec: object) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'pitlane-web' },
  spec,
});

const leases: Refusals = {
  'a duration of 0 s': [
    post('leases', lease({ leaseDurationSeconds: 0 })),
    invalid(
      'Lease.coordination.k8s.io "pitlane-web"',
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ),
  ],
  'a time of whole seconds': [
    post('leases', lease({ renewTime: '2026-11-24T03:12:07Z' })),
    undecodable(
      'Lease',
      'parsing time "2026-11-24T03:12:07Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ),
  ],
  'an invalid time': [
    post('leases', lease({ renewTime: 'now' })),
    undecodable('Lease', 'parsing time "now" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "now" as "2006"'),
  ],
  'a negative number of transitions': [
    post('leases', lease({ leaseTransitions: -1 })),
    invalid(
      'Lease.coordination.k8s.io "pitlane-web"',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ),
  ],
};

const scale = (metadata: object) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata,
  spec: { replicas: 1 },
});

const scales: Refusals = {
  'a negative number of replicas': [
    patch('deployments', 'web/scale', { spec: { replicas: -1 } }),
    invalid('Scale.autoscaling "web"', 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'),
  ],
  'a stale resourceVersion': [
    put('deployments', 'web/scale', scale({ name: 'web', resourceVersion: '1' })),
    conflict('deployments.apps', 'web'),
  ],
  'a missing name': [
    put('deployments', 'web/scale', scale({})),
    badRequest('the name of the object (web based on URL) was undeterminable: name must be provided'),
  ],
  'another namespace': [
    put('deployments', 'web/scale', scale({ name: 'web', namespace: 'other' })),
    badRequest('the namespace of the provided object does not match the namespace sent on the request'),
  ],
};

const deletions: Refusals = {
  'an unknown propagation policy': [
    remove('configmaps', 'settings', { propagationPolicy: 'Foo' }),
    invalid(
      'DeleteOptions.meta.k8s.io ""',
      'propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
    ),
  ],
  'both ways to orphan': [
    remove('configmaps', 'settings', { propagationPolicy: 'Orphan', orphanDependents: true }),
    invalid(
      'DeleteOptions.meta.k8s.io ""',
      'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ),
  ],
};

const logs: Refusals = {
  'a missing container': [
    get('pods', 'bare/log', { query: { container: 'nope' } }),
    badRequest('container nope is not valid for pod bare'),
  ],
  'a negative tail': [
    get('pods', 'bare/log', { query: { tailLines: -1 } }),
    invalid('PodLogOptions "bare"', 'tailLines: Invalid value: -1: must be greater than or equal to 0'),
  ],
  'a missing node': [get('pods', 'bare/log'), notFound('pods', nodeWithoutKubelet)],
};

/** How the server refuses leases, scales, deletions and logs. */
export const refusalsOfRequests: Theme = (rule) => {
  refusals(rule, 'a Lease is refused unless its duration is positive and its times have microseconds', leases);
  refusals(rule, 'a scale is refused if it is negative, stale or of another object', scales);
  refusals(rule, 'a deletion is refused unless it has one valid propagation policy', deletions);
  refusals(rule, 'a log of a missing container or node is refused, and so is a negative tail', logs);
};
