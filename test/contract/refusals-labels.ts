import { configMap, service, workload } from './manifests.ts';
import { patch, post, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const labelled = (labels: object) => configMap({ name: 'new', metadata: { labels } });
const labels: Refusals = {
  'a value with a space': [
    post('configmaps', labelled({ a: 'b c' })),
    refused(
      422,
      'Invalid',
      "ConfigMap \"new\" is invalid: metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      {
        name: 'new',
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            field: 'metadata.labels',
          },
        ],
      },
    ),
  ],
  'a value of 64 characters': [
    post('configmaps', labelled({ a: 'b'.repeat(64) })),
    refused(
      422,
      'Invalid',
      'ConfigMap "new" is invalid: metadata.labels: Invalid value: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": must be no more than 63 bytes',
      {
        name: 'new',
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              'Invalid value: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": must be no more than 63 bytes',
            field: 'metadata.labels',
          },
        ],
      },
    ),
  ],
  'a key that begins with a dash': [
    post('configmaps', labelled({ '-a': 'b' })),
    refused(
      422,
      'Invalid',
      "ConfigMap \"new\" is invalid: metadata.labels: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      {
        name: 'new',
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            field: 'metadata.labels',
          },
        ],
      },
    ),
  ],
  'a key with two slashes': [
    post('configmaps', labelled({ 'a/b/c': 'd' })),
    refused(
      422,
      'Invalid',
      "ConfigMap \"new\" is invalid: metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      {
        name: 'new',
        kind: 'ConfigMap',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            field: 'metadata.labels',
          },
        ],
      },
    ),
  ],
  'an unquoted true': [
    post('configmaps', labelled({ enabled: true })),
    refused(
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ),
  ],
  'an unquoted 1': [
    post('configmaps', labelled({ enabled: 1 })),
    refused(
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ),
  ],
  'an unquoted true in a template': [
    post('deployments', workload('Deployment', { name: 'new', labels: { app: 'web', enabled: true as never } }, {})),
    refused(
      400,
      'BadRequest',
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal bool into Go struct field LabelSelector.spec.selector.matchLabels of type string',
    ),
  ],
  'an unquoted true in a Service selector': [
    post('services', service({ name: 'new', selector: { enabled: true as never } })),
    refused(
      400,
      'BadRequest',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal bool into Go struct field ServiceSpec.spec.selector of type string',
    ),
  ],
  'an unquoted true in a strategic merge patch': [
    patch(
      'pods',
      'bare',
      { metadata: { labels: { enabled: true } } },
      { contentType: 'application/strategic-merge-patch+json' },
    ),
    refused(
      422,
      'Invalid',
      ' "" is invalid: patch: Invalid value: "map[metadata:map[labels:map[enabled:true]]]": unrecognized type: string',
      {
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "map[metadata:map[labels:map[enabled:true]]]": unrecognized type: string',
            field: 'patch',
          },
        ],
      },
    ),
  ],
  'a value with a space in a patch': [
    patch('pods', 'bare', { metadata: { labels: { bad: 'x y' } } }),
    refused(
      422,
      'Invalid',
      "Pod \"bare\" is invalid: metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      {
        name: 'bare',
        kind: 'Pod',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            field: 'metadata.labels',
          },
        ],
      },
    ),
  ],
  'a value with a space in a Service selector': [
    patch('services', 'web', { spec: { selector: { app: 'x y' } } }),
    refused(
      422,
      'Invalid',
      "Service \"web\" is invalid: spec.selector: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      {
        name: 'web',
        kind: 'Service',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message:
              "Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            field: 'spec.selector',
          },
        ],
      },
    ),
  ],
};

const costKey = 'controller.kubernetes.io/pod-deletion-cost';

const costs: Refusals = Object.fromEntries(
  ['+10', '008', '', '1.5', '2147483648', '-2147483649', 'cheap'].map((value) => {
    const field = `metadata.annotations[${costKey}]`;
    const message = `Invalid value: "${value}": must be a 32bit integer`;
    const details = { name: 'bare', kind: 'Pod', causes: [{ reason: 'FieldValueInvalid', message, field }] };
    return [
      `"${value}"`,
      [
        patch('pods', 'bare', { metadata: { annotations: { [costKey]: value } } }),
        refused(422, 'Invalid', `Pod "bare" is invalid: ${field}: ${message}`, details),
      ],
    ] as const;
  }),
);

/** What is said of labels and annotations that are none. */
export const refusalsOfLabels: Theme = (rule) => {
  refusals(rule, 'labels that are none are refused: by validation with 422, by type with 400', labels);
  refusals(rule, 'a deletion cost must be a 32bit integer, written plainly', costs);
};
