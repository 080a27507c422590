import { configMap, workload } from './manifests.ts';
import {
  badRequest,
  invalid,
  patch,
  post,
  type Refusals,
  refusals,
  refused,
  rejectedPatch,
  undecodable,
} from './refusals.ts';
import type { Theme } from './suite.ts';

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
const strict = { query: { fieldValidation: 'Strict' } };

const failing: Refusals = {
  'a test of another value': [
    patch('pods', 'bare', [{ op: 'test', path: '/metadata/labels/app', value: 'no' }]),
    rejectedPatch,
  ],
  'a test of another uid': [patch('pods', 'bare', [{ op: 'test', path: '/metadata/uid', value: 'no' }]), rejectedPatch],
  'a test below a missing map': [
    patch('pods', 'bare', [{ op: 'test', path: '/metadata/annotations/none', value: null }]),
    rejectedPatch,
  ],
  'a removal of a missing key': [
    patch('pods', 'bare', [{ op: 'remove', path: '/metadata/labels/none' }]),
    rejectedPatch,
  ],
  'an addition below a missing map': [
    patch('pods', 'bare', [{ op: 'add', path: '/metadata/annotations/a', value: 'b' }]),
    rejectedPatch,
  ],
  'a valid operation before a failing test': [
    patch('pods', 'bare', [
      { op: 'add', path: '/metadata/labels/a', value: 'b' },
      { op: 'test', path: '/metadata/labels/app', value: 'no' },
    ]),
    rejectedPatch,
  ],
};

const malformed: Refusals = {
  'a JSON Patch that is not a list': [
    patch('pods', 'bare', { a: 1 }, { contentType: jsonPatch }),
    badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'),
  ],
  'an unknown operation': [
    patch('pods', 'bare', [{ op: 'nope', path: '/metadata/labels/app', value: 'web' }]),
    rejectedPatch,
  ],
  'a patch of an unknown type': [
    patch('pods', 'bare', '{}', { contentType: 'application/json' }),
    refused(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {}),
  ],
  'a JSON Patch that is not JSON': [
    patch('pods', 'bare', '{', { contentType: jsonPatch }),
    badRequest('error decoding patch: unexpected end of JSON input'),
  ],
  'a merge patch that is not JSON': [
    patch('pods', 'bare', '{', { contentType: mergePatch }),
    badRequest('error decoding patch: unexpected end of JSON input'),
  ],
};

const daemonSet = workload('DaemonSet', { name: 'agent', replicas: 2 }, {});
const misspelt = workload('Deployment', { name: 'new', workload: { replica: 1 } }, {});

const unknownFields: Refusals = {
  'a DaemonSet with replicas': [
    post('daemonsets', daemonSet, strict),
    undecodable('DaemonSet', 'strict decoding error: unknown field "spec.replicas"'),
  ],
  'a server-side apply of a DaemonSet with replicas, which is refused without strict validation too': [
    patch('daemonsets', 'agent', daemonSet, {
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: 'test', fieldValidation: 'Ignore' },
    }),
    refused(
      500,
      undefined,
      'failed to create typed patch object (/agent; apps/v1, Kind=DaemonSet): .spec.replicas: field not declared in schema',
    ),
  ],
  'a misspelt field, and an unknown one at the top': [
    post('deployments', { ...misspelt, nonsense: true }, strict),
    undecodable('Deployment', 'strict decoding error: unknown field "spec.replica", unknown field "nonsense"'),
  ],
  'a duplicate key': [
    post('configmaps', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dup","name":"dup"}}', strict),
    undecodable('ConfigMap', 'strict decoding error: duplicate field "metadata.name"'),
  ],
  'unknown and duplicate keys, in their order': [
    post(
      'configmaps',
      '{"apiVersion":"v1","kind":"ConfigMap","b":1,"metadata":{"a":2,"name":"dup","name":"dup"},"c":3,"b":4,"kind":"ConfigMap"}',
      strict,
    ),
    undecodable(
      'ConfigMap',
      'strict decoding error: unknown field "b", unknown field "metadata.a", duplicate field "metadata.name", unknown field "c", duplicate field "kind"',
    ),
  ],
  'an unknown mode': [
    post('configmaps', configMap({ name: 'new' }), { query: { fieldValidation: 'Some' } }),
    invalid(
      'CreateOptions.meta.k8s.io ""',
      'fieldValidation: Unsupported value: "Some": supported values: "", "Ignore", "Strict", "Warn"',
    ),
  ],
  'an unknown kind of dry run': [
    post('configmaps', configMap({ name: 'new' }), { query: { dryRun: 'Some' } }),
    invalid('CreateOptions.meta.k8s.io ""', 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
  ],
};

/** How the server refuses patches. */
export const refusalsOfPatches: Theme = (rule) => {
  refusals(rule, 'a JSON Patch that does not apply is refused with 422, without the operation that failed', failing);
  refusals(rule, 'a malformed patch is refused', malformed);
  refusals(rule, 'strict field validation names each unknown field', unknownFields);
};
