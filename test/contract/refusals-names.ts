import { configMap, pod, workload } from './manifests.ts';
import {
  alreadyExists,
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
  refused,
  remove,
} from './refusals.ts';
import type { Theme } from './suite.ts';

const deployment = workload('Deployment', { replicas: 0 }, {});
const other = configMap({ name: 'other' });

const missing: Refusals = {
  'a pod to get': [get('pods', 'missing'), notFound('pods', 'missing')],
  'a Deployment to get': [get('deployments', 'missing'), notFound('deployments.apps', 'missing')],
  'the scale of a Deployment': [get('deployments', 'missing/scale'), notFound('deployments.apps', 'missing')],
  'the status of a Deployment': [get('deployments', 'missing/status'), notFound('deployments.apps', 'missing')],
  'a pod to patch': [patch('pods', 'missing', { metadata: { labels: { a: 'b' } } }), notFound('pods', 'missing')],
  'a pod to delete': [remove('pods', 'missing'), notFound('pods', 'missing')],
  'a ConfigMap to replace': [
    put('configmaps', 'missing', configMap({ name: 'missing' })),
    notFound('configmaps', 'missing'),
  ],
  'a pod to evict': [
    post(
      'pods',
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'missing' } },
      { rest: 'missing/eviction' },
    ),
    notFound('pods', 'missing'),
  ],
  'a subresource': [
    get('pods', 'bare/nothing'),
    refused(404, 'NotFound', 'the server could not find the requested resource', {}),
  ],
  'the scale of a kind without one': [
    get('daemonsets', 'web/scale'),
    refused(404, 'NotFound', 'the server could not find the requested resource', {}),
  ],
};

const taken: Refusals = {
  'a pod of that name': [post('pods', pod({ name: 'bare' }, {})), alreadyExists('pods', 'bare')],
  'a Deployment of that name': [post('deployments', deployment), alreadyExists('deployments.apps', 'web')],
};

const wrong: Refusals = {
  'no name at all': [
    post('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    invalid('ConfigMap ""', 'metadata.name: Required value: name or generateName is required'),
  ],
  'a name with capitals': [
    post('configmaps', configMap({ name: 'Bad_Name' })),
    invalid(
      'ConfigMap "Bad_Name"',
      "metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ),
  ],
  'a body for another name': [
    put('configmaps', 'settings', other),
    badRequest('the name of the object (other) does not match the name on the URL (settings)'),
  ],
  'a body for another namespace': [
    post('configmaps', configMap({ metadata: { namespace: 'default' } })),
    badRequest('the namespace of the provided object does not match the namespace sent on the request'),
  ],
  'a body of another kind': [
    post('configmaps', deployment),
    badRequest(
      'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
    ),
  ],
  'a body of an unknown version': [
    post('configmaps', { ...configMap(), apiVersion: 'v2' }),
    badRequest(
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    ),
  ],
  'a name in a patch that differs': [
    patch('pods', 'bare', { metadata: { name: 'else' } }),
    badRequest('the name of the object (else) does not match the name on the URL (bare)'),
  ],
  'a uid in a patch that differs': [
    patch('pods', 'bare', { metadata: { uid: '00000000-0000-4000-8000-000000000000' } }),
    invalid('Pod "bare"', 'metadata.uid: Invalid value: "00000000-0000-4000-8000-000000000000": field is immutable'),
  ],
  'a resourceVersion on creation': [
    post('configmaps', configMap({ name: 'new', metadata: { resourceVersion: '1' } })),
    refused(500, undefined, 'resourceVersion should not be set on objects to be created'),
  ],
  'a stale resourceVersion in a PUT': [
    put('configmaps', 'settings', configMap({ metadata: { resourceVersion: '1' } })),
    conflict('configmaps', 'settings'),
  ],
  'a stale resourceVersion in a patch': [
    patch('pods', 'bare', { metadata: { resourceVersion: '1', labels: { z: 'z' } } }),
    conflict('pods', 'bare'),
  ],
  'an eviction for another name': [
    post('pods', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } }, { rest: 'bare/eviction' }),
    badRequest('name in URL does not match name in Eviction object'),
  ],
  'a POST to an object': [
    post('pods', pod({ name: 'bare' }, {}), { rest: 'bare' }),
    refused(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  ],
  'a body that is not JSON': [
    post('configmaps', '{"a"', { contentType: 'application/json' }),
    badRequest(
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

/** How the server refuses names that are missing, taken or wrong. */
export const refusalsOfNames: Theme = (rule) => {
  refusals(rule, 'a request for a missing object is refused with 404 NotFound', missing);
  refusals(rule, 'a name that is taken is refused with 409 AlreadyExists', taken);
  refusals(rule, 'a wrong name, kind, version or body is refused, and the message names the mistake', wrong);
};
