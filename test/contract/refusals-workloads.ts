import { workload } from './manifests.ts';
import { patch, post, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const owner = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name, controller: true });

const owners: Refusals = {
  'two controllers': [
    patch('pods', 'bare', { metadata: { ownerReferences: [owner('a'), owner('b')] } }),
    refused(
      422,
      'Invalid',
      'Pod "bare" is invalid: metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/a and ConfigMap/b',
      {
        name: 'bare',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              'Invalid value: [{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/a and ConfigMap/b',
            field: 'metadata.ownerReferences',
          },
        ],
      },
    ),
  ],
  'an owner without uid': [
    patch('pods', 'bare', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }] } }),
    refused(
      422,
      'Invalid',
      'Pod "bare" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      {
        name: 'bare',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "": must not be empty',
            field: 'metadata.ownerReferences.uid',
          },
        ],
      },
    ),
  ],
};

const template = (added: object) => ({ spec: { template: { metadata: { labels: added } } } });
const created = (change: object) => post('deployments', workload('Deployment', { name: 'new', workload: change }, {}));

const selectors: Refusals = {
  'another selector for a Deployment': [
    patch('deployments', 'web', {
      spec: { selector: { matchLabels: { enabled: 'yes' } }, template: { metadata: { labels: { enabled: 'yes' } } } },
    }),
    refused(
      422,
      'Invalid',
      'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","enabled":"yes"}}: field is immutable',
      {
        name: 'web',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {"matchLabels":{"app":"web","enabled":"yes"}}: field is immutable',
            field: 'spec.selector',
          },
        ],
      },
    ),
  ],
  'a template that the selector no longer matches': [
    patch('deployments', 'web', template({ app: 'else' })),
    refused(
      422,
      'Invalid',
      'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"else"}: `selector` does not match template `labels`',
      {
        name: 'web',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {"app":"else"}: `selector` does not match template `labels`',
            field: 'spec.template.metadata.labels',
          },
        ],
      },
    ),
  ],
  'a new template that the selector does not match': [
    created({ selector: { matchLabels: { app: 'else' } } }),
    refused(
      422,
      'Invalid',
      'Deployment.apps "new" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      {
        name: 'new',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            field: 'spec.template.metadata.labels',
          },
        ],
      },
    ),
  ],
  'an empty selector': [
    created({ selector: {} }),
    refused(
      422,
      'Invalid',
      'Deployment.apps "new" is invalid: spec.selector: Invalid value: {}: empty selector is invalid for deployment',
      {
        name: 'new',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {}: empty selector is invalid for deployment',
            field: 'spec.selector',
          },
        ],
      },
    ),
  ],
  'no selector': [
    created({ selector: null }),
    refused(
      422,
      'Invalid',
      'Deployment.apps "new" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`]',
      {
        name: 'new',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            field: 'spec.template.metadata.labels',
          },
        ],
      },
    ),
  ],
  'less than no replica': [
    created({ replicas: -1 }),
    refused(
      422,
      'Invalid',
      'Deployment.apps "new" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      {
        name: 'new',
        group: 'apps',
        kind: 'Deployment',
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
  'replicas as text': [
    created({ replicas: '2' }),
    refused(
      400,
      'BadRequest',
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ),
  ],
};

/** What is said of objects that would own pods, or be owned, in a way that cannot be. */
export const refusalsOfWorkloads: Theme = (rule) => {
  refusals(rule, 'an object has one controller, and owners have uids', owners);
  refusals(rule, 'a workload keeps its selector, and its template must match', selectors);
};
