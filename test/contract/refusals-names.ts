import { configMap, pod, workload } from './manifests.ts';
import { get, patch, post, put, type Refusals, refusals, refused, remove } from './refusals.ts';
import type { Theme } from './suite.ts';

const deployment = workload('Deployment', { replicas: 0 }, {});
const other = configMap({ name: 'other' });

const absent: Refusals = {
  'a pod to get': [
    get('pods', 'nobody'),
    refused(404, 'NotFound', 'pods "nobody" not found', { name: 'nobody', kind: 'pods' }),
  ],
  'a Deployment to get': [
    get('deployments', 'nobody'),
    refused(404, 'NotFound', 'deployments.apps "nobody" not found', {
      name: 'nobody',
      group: 'apps',
      kind: 'deployments',
    }),
  ],
  'the scale of a Deployment': [
    get('deployments', 'nobody/scale'),
    refused(404, 'NotFound', 'deployments.apps "nobody" not found', {
      name: 'nobody',
      group: 'apps',
      kind: 'deployments',
    }),
  ],
  'the status of a Deployment': [
    get('deployments', 'nobody/status'),
    refused(404, 'NotFound', 'deployments.apps "nobody" not found', {
      name: 'nobody',
      group: 'apps',
      kind: 'deployments',
    }),
  ],
  'a pod to patch': [
    patch('pods', 'nobody', { metadata: { labels: { a: 'b' } } }),
    refused(404, 'NotFound', 'pods "nobody" not found', { name: 'nobody', kind: 'pods' }),
  ],
  'a pod to delete': [
    remove('pods', 'nobody'),
    refused(404, 'NotFound', 'pods "nobody" not found', { name: 'nobody', kind: 'pods' }),
  ],
  'a ConfigMap to replace': [
    put('configmaps', 'nobody', configMap({ name: 'nobody' })),
    refused(404, 'NotFound', 'configmaps "nobody" not found', { name: 'nobody', kind: 'configmaps' }),
  ],
  'a pod to evict': [
    post(
      'pods',
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'nobody' } },
      { rest: 'nobody/eviction' },
    ),
    refused(404, 'NotFound', 'pods "nobody" not found', { name: 'nobody', kind: 'pods' }),
  ],
  'a subresource': [
    get('pods', 'bare/nothing'),
    refused(404, 'NotFound', 'the server could not find the requested resource', {}),
  ],
  'the scale of a kind that has none': [
    get('daemonsets', 'web/scale'),
    refused(404, 'NotFound', 'the server could not find the requested resource', {}),
  ],
};

const taken: Refusals = {
  'a pod of that name': [
    post('pods', pod({ name: 'bare' }, {})),
    refused(409, 'AlreadyExists', 'pods "bare" already exists', { name: 'bare', kind: 'pods' }),
  ],
  'a Deployment of that name': [
    post('deployments', deployment),
    refused(409, 'AlreadyExists', 'deployments.apps "web" already exists', {
      name: 'web',
      group: 'apps',
      kind: 'deployments',
    }),
  ],
};

const wrong: Refusals = {
  'no name at all': [
    post('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    refused(
      422,
      'Invalid',
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      {
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          },
        ],
      },
    ),
  ],
  'a name with capitals': [
    post('configmaps', configMap({ name: 'Bad_Name' })),
    refused(
      422,
      'Invalid',
      "ConfigMap \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      {
        name: 'Bad_Name',
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            field: 'metadata.name',
          },
        ],
      },
    ),
  ],
  'a body for another name': [
    put('configmaps', 'settings', other),
    refused(400, 'BadRequest', 'the name of the object (other) does not match the name on the URL (settings)'),
  ],
  'a body for another namespace': [
    post('configmaps', configMap({ metadata: { namespace: 'default' } })),
    refused(400, 'BadRequest', 'the namespace of the provided object does not match the namespace sent on the request'),
  ],
  'a body of another kind': [
    post('configmaps', deployment),
    refused(
      400,
      'BadRequest',
      'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
    ),
  ],
  'a body of an unknown version': [
    post('configmaps', { ...configMap(), apiVersion: 'v2' }),
    refused(
      400,
      'BadRequest',
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    ),
  ],
  'a name in a patch that differs': [
    patch('pods', 'bare', { metadata: { name: 'else' } }),
    refused(400, 'BadRequest', 'the name of the object (else) does not match the name on the URL (bare)'),
  ],
  'a uid in a patch that differs': [
    patch('pods', 'bare', { metadata: { uid: '00000000-0000-4000-8000-000000000000' } }),
    refused(
      422,
      'Invalid',
      'Pod "bare" is invalid: metadata.uid: Invalid value: "00000000-0000-4000-8000-000000000000": field is immutable',
      {
        name: 'bare',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "00000000-0000-4000-8000-000000000000": field is immutable',
            field: 'metadata.uid',
          },
        ],
      },
    ),
  ],
  'a resourceVersion on creation': [
    post('configmaps', configMap({ name: 'new', metadata: { resourceVersion: '1' } })),
    refused(500, undefined, 'resourceVersion should not be set on objects to be created'),
  ],
  'a stale resourceVersion in a PUT': [
    put('configmaps', 'settings', configMap({ metadata: { resourceVersion: '1' } })),
    refused(
      409,
      'Conflict',
      'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'settings', kind: 'configmaps' },
    ),
  ],
  'a stale resourceVersion in a patch': [
    patch('pods', 'bare', { metadata: { resourceVersion: '1', labels: { z: 'z' } } }),
    refused(
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods "bare": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'bare', kind: 'pods' },
    ),
  ],
  'an eviction for another name': [
    post('pods', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } }, { rest: 'bare/eviction' }),
    refused(400, 'BadRequest', 'name in URL does not match name in Eviction object'),
  ],
  'a POST to an object': [
    post('pods', pod({ name: 'bare' }, {}), { rest: 'bare' }),
    refused(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  ],
  'a body that is no JSON': [
    post('configmaps', '{"a"', { contentType: 'application/json' }),
    refused(
      400,
      'BadRequest',
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"a")',
    ),
  ],
  'a body of an unknown type': [
    post('configmaps', 'x', { contentType: 'text/plain' }),
    refused(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ),
  ],
};

/** Words for what is not there, is there already, or is not what it says. */
export const refusalsOfNames: Theme = (rule) => {
  refusals(rule, 'what is not there is refused with 404 NotFound, by resource and name', absent);
  refusals(rule, 'what is there already is refused with 409 AlreadyExists', taken);
  refusals(rule, 'a name, kind or version that does not fit is refused in words', wrong);
};
