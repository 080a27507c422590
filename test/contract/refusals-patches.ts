import { configMap, workload } from './manifests.ts';
import { patch, post, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
const strict = { query: { fieldValidation: 'Strict' } };

const failing: Refusals = {
  'a test of another value': [
    patch('pods', 'bare', [{ op: 'test', path: '/metadata/labels/app', value: 'no' }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'a test of another uid': [
    patch('pods', 'bare', [{ op: 'test', path: '/metadata/uid', value: 'no' }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'a test below a map that is not there': [
    patch('pods', 'bare', [{ op: 'test', path: '/metadata/annotations/none', value: null }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'a removal of what is not there': [
    patch('pods', 'bare', [{ op: 'remove', path: '/metadata/labels/none' }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'an addition below a map that is not there': [
    patch('pods', 'bare', [{ op: 'add', path: '/metadata/annotations/a', value: 'b' }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'a good operation before a test that fails': [
    patch('pods', 'bare', [
      { op: 'add', path: '/metadata/labels/a', value: 'b' },
      { op: 'test', path: '/metadata/labels/app', value: 'no' },
    ]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
};

const malformed: Refusals = {
  'a JSON Patch that is no list': [
    patch('pods', 'bare', { a: 1 }, { contentType: jsonPatch }),
    refused(
      400,
      'BadRequest',
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ),
  ],
  'an unknown operation': [
    patch('pods', 'bare', [{ op: 'nope', path: '/metadata/labels/app', value: 'web' }]),
    refused(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  ],
  'a patch of no known type': [
    patch('pods', 'bare', '{}', { contentType: 'application/json' }),
    refused(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {}),
  ],
  'a JSON Patch that is no JSON': [
    patch('pods', 'bare', '{', { contentType: jsonPatch }),
    refused(400, 'BadRequest', 'error decoding patch: unexpected end of JSON input'),
  ],
  'a merge patch that is no JSON': [
    patch('pods', 'bare', '{', { contentType: mergePatch }),
    refused(400, 'BadRequest', 'error decoding patch: unexpected end of JSON input'),
  ],
};

const daemonSet = workload('DaemonSet', { name: 'agent', replicas: 2 }, {});
const misspelt = workload('Deployment', { name: 'new', workload: { replica: 1 } }, {});

const unknownFields: Refusals = {
  'a DaemonSet with replicas': [
    post('daemonsets', daemonSet, strict),
    refused(
      400,
      'BadRequest',
      'DaemonSet in version "v1" cannot be handled as a DaemonSet: strict decoding error: unknown field "spec.replicas"',
    ),
  ],
  'a misspelt field, and one at the top': [
    post('deployments', { ...misspelt, nonsense: true }, strict),
    refused(
      400,
      'BadRequest',
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica", unknown field "nonsense"',
    ),
  ],
  'a key that stands there twice': [
    post('configmaps', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dup","name":"dup"}}', strict),
    refused(
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name"',
    ),
  ],
  'a mode that there is not': [
    post('configmaps', configMap({ name: 'new' }), { query: { fieldValidation: 'Some' } }),
    refused(
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Some": supported values: "", "Ignore", "Strict", "Warn"',
      {
        group: 'meta.k8s.io',
        kind: 'CreateOptions',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            message: 'Unsupported value: "Some": supported values: "", "Ignore", "Strict", "Warn"',
            field: 'fieldValidation',
          },
        ],
      },
    ),
  ],
  'a dry run of a kind that there is not': [
    post('configmaps', configMap({ name: 'new' }), { query: { dryRun: 'Some' } }),
    refused(
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
      {
        group: 'meta.k8s.io',
        kind: 'CreateOptions',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            message: 'Unsupported value: ["Some"]: supported values: "All"',
            field: 'dryRun',
          },
        ],
      },
    ),
  ],
};

/** What is said of patches that cannot be applied. */
export const refusalsOfPatches: Theme = (rule) => {
  refusals(rule, 'a JSON Patch that does not fit is refused with 422, and nobody says which operation', failing);
  refusals(rule, 'a patch that cannot be read is refused with 400', malformed);
  refusals(rule, 'strict field validation names each unknown field', unknownFields);
};
