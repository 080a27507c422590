import { get, patch, post, put, type Refusals, refusals, refused, remove } from './refusals.ts';
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
    refused(
      422,
      'Invalid',
      'Lease.coordination.k8s.io "pitlane-web" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      {
        name: 'pitlane-web',
        group: 'coordination.k8s.io',
        kind: 'Lease',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be greater than 0',
            field: 'spec.leaseDurationSeconds',
          },
        ],
      },
    ),
  ],
  'a time of whole seconds': [
    post('leases', lease({ renewTime: '2026-11-24T03:12:07Z' })),
    refused(
      400,
      'BadRequest',
      'Lease in version "v1" cannot be handled as a Lease: parsing time "2026-11-24T03:12:07Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ),
  ],
  'a time that is none': [
    post('leases', lease({ renewTime: 'now' })),
    refused(
      400,
      'BadRequest',
      'Lease in version "v1" cannot be handled as a Lease: parsing time "now" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "now" as "2006"',
    ),
  ],
  'a number of transitions below 0': [
    post('leases', lease({ leaseTransitions: -1 })),
    refused(
      422,
      'Invalid',
      'Lease.coordination.k8s.io "pitlane-web" is invalid: spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
      {
        name: 'pitlane-web',
        group: 'coordination.k8s.io',
        kind: 'Lease',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: -1: must be greater than or equal to 0',
            field: 'spec.leaseTransitions',
          },
        ],
      },
    ),
  ],
};

const scales: Refusals = {
  'less than nothing': [
    patch('deployments', 'web/scale', { spec: { replicas: -1 } }),
    refused(
      422,
      'Invalid',
      'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      {
        name: 'web',
        group: 'autoscaling',
        kind: 'Scale',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: -1: must be greater than or equal to 0',
            field: 'spec.replicas',
          },
        ],
      },
    ),
  ],
  'a stale one': [
    put('deployments', 'web/scale', {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', resourceVersion: '1' },
      spec: { replicas: 1 },
    }),
    refused(
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'web', group: 'apps', kind: 'deployments' },
    ),
  ],
};

const deletions: Refusals = {
  'an unknown propagation': [
    remove('configmaps', 'settings', { propagationPolicy: 'Foo' }),
    refused(
      422,
      'Invalid',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
      {
        group: 'meta.k8s.io',
        kind: 'DeleteOptions',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            message: 'Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
            field: 'propagationPolicy',
          },
        ],
      },
    ),
  ],
  'both ways to orphan': [
    remove('configmaps', 'settings', { propagationPolicy: 'Orphan', orphanDependents: true }),
    refused(
      422,
      'Invalid',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
      {
        group: 'meta.k8s.io',
        kind: 'DeleteOptions',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
            field: 'propagationPolicy',
          },
        ],
      },
    ),
  ],
};

const logs: Refusals = {
  'a container that there is not': [
    get('pods', 'bare/log', { query: { container: 'nope' } }),
    refused(400, 'BadRequest', 'container nope is not valid for pod bare'),
  ],
  'a tail below 0': [
    get('pods', 'bare/log', { query: { tailLines: -1 } }),
    refused(
      422,
      'Invalid',
      'PodLogOptions "bare" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
      {
        name: 'bare',
        kind: 'PodLogOptions',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: -1: must be greater than or equal to 0',
            field: 'tailLines',
          },
        ],
      },
    ),
  ],
  'a node that there is not': [
    get('pods', 'bare/log'),
    refused(404, 'NotFound', 'pods "played-by-nobody" not found', { name: 'played-by-nobody', kind: 'pods' }),
  ],
};

/** What is said of leases, scales, deletions and logs that are asked for in a way that cannot be. */
export const refusalsOfRequests: Theme = (rule) => {
  refusals(rule, 'a Lease has a duration and times with microseconds', leases);
  refusals(rule, 'a scale is no less than 0 and is written on what was read', scales);
  refusals(rule, 'a deletion says once what becomes of dependents', deletions);
  refusals(rule, 'a log that cannot be given is refused', logs);
};
