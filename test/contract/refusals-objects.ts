import { budget, pod, service, workload } from './manifests.ts';
import { post, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const newPod = (container: object, spec: object = {}) => post('pods', pod({ name: 'new', container, spec }, {}));
const newService = (spec: object) => post('services', service({ name: 'new', spec }));

const pods: Refusals = {
  'no image': [
    newPod({ image: undefined }),
    refused(422, 'Invalid', 'Pod "new" is invalid: spec.containers[0].image: Required value', {
      name: 'new',
      kind: 'Pod',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers[0].image' }],
    }),
  ],
  'two containers of one name': [
    newPod(
      {},
      {
        containers: [
          { name: 'app', image: 'a' },
          { name: 'app', image: 'b' },
        ],
      },
    ),
    refused(422, 'Invalid', 'Pod "new" is invalid: spec.containers[1].name: Duplicate value: "app"', {
      name: 'new',
      kind: 'Pod',
      causes: [{ reason: 'FieldValueDuplicate', message: 'Duplicate value: "app"', field: 'spec.containers[1].name' }],
    }),
  ],
  'no containers': [
    newPod({}, { containers: [] }),
    refused(422, 'Invalid', 'Pod "new" is invalid: spec.containers: Required value', {
      name: 'new',
      kind: 'Pod',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' }],
    }),
  ],
  'a quantity that is none': [
    newPod({ resources: { requests: { cpu: 'lots' } } }),
    refused(
      400,
      'BadRequest',
      'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
    ),
  ],
  'more requested than allowed': [
    newPod({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    refused(
      422,
      'Invalid',
      'Pod "new" is invalid: spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      {
        name: 'new',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "2": must be less than or equal to cpu limit of 1',
            field: 'spec.containers[0].resources.requests',
          },
        ],
      },
    ),
  ],
  'a deadline of 0 s': [
    newPod({}, { activeDeadlineSeconds: 0 }),
    refused(
      422,
      'Invalid',
      'Pod "new" is invalid: spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      {
        name: 'new',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be between 1 and 2147483647, inclusive',
            field: 'spec.activeDeadlineSeconds',
          },
        ],
      },
    ),
  ],
  'a service account that there is not': [
    newPod({}, { serviceAccountName: 'nobody' }),
    refused(
      403,
      'Forbidden',
      'pods "new" is forbidden: error looking up service account NS/nobody: serviceaccount "nobody" not found',
      { name: 'new', kind: 'pods' },
    ),
  ],
  'a Deployment whose pods do not restart': [
    post('deployments', workload('Deployment', { name: 'new', spec: { restartPolicy: 'Never' } }, {})),
    refused(
      422,
      'Invalid',
      'Deployment.apps "new" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      {
        name: 'new',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            message: 'Unsupported value: "Never": supported values: "Always"',
            field: 'spec.template.spec.restartPolicy',
          },
        ],
      },
    ),
  ],
};

const services: Refusals = {
  'no ports': [
    newService({ ports: [] }),
    refused(422, 'Invalid', 'Service "new" is invalid: spec.ports: Required value', {
      name: 'new',
      kind: 'Service',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports' }],
    }),
  ],
  'port 0': [
    newService({ ports: [{ port: 0 }] }),
    refused(
      422,
      'Invalid',
      'Service "new" is invalid: [spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive]',
      {
        name: 'new',
        kind: 'Service',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be between 1 and 65535, inclusive',
            field: 'spec.ports[0].port',
          },
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be between 1 and 65535, inclusive',
            field: 'spec.ports[0].targetPort',
          },
        ],
      },
    ),
  ],
  'two ports without names': [
    newService({ ports: [{ port: 80 }, { port: 81 }] }),
    refused(
      422,
      'Invalid',
      'Service "new" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value]',
      {
        name: 'new',
        kind: 'Service',
        causes: [
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports[0].name' },
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports[1].name' },
        ],
      },
    ),
  ],
};

const newBudget = (spec: object) => post('poddisruptionbudgets', budget(spec));

const budgets: Refusals = {
  'both bounds': [
    newBudget({ minAvailable: 1, maxUnavailable: 1 }),
    refused(
      422,
      'Invalid',
      'PodDisruptionBudget.policy "web" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"web"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      {
        name: 'web',
        group: 'policy',
        kind: 'PodDisruptionBudget',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              'Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"web"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
            field: 'spec',
          },
        ],
      },
    ),
  ],
  'a number as text': [
    newBudget({ minAvailable: '50' }),
    refused(
      422,
      'Invalid',
      "PodDisruptionBudget.policy \"web\" is invalid: spec.minAvailable: Invalid value: \"50\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      {
        name: 'web',
        group: 'policy',
        kind: 'PodDisruptionBudget',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"50\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            field: 'spec.minAvailable',
          },
        ],
      },
    ),
  ],
  'more than all': [
    newBudget({ minAvailable: '101%' }),
    refused(
      422,
      'Invalid',
      'PodDisruptionBudget.policy "web" is invalid: spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
      {
        name: 'web',
        group: 'policy',
        kind: 'PodDisruptionBudget',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "101%": must not be greater than 100%',
            field: 'spec.minAvailable',
          },
        ],
      },
    ),
  ],
};

/** What is said of objects that are not valid. */
export const refusalsOfObjects: Theme = (rule) => {
  refusals(rule, 'a pod that cannot run is refused', pods);
  refusals(rule, 'a Service without proper ports is refused', services);
  refusals(rule, 'a budget has one bound, as a number or per cent', budgets);
};
