import { configMap, deletionCost, deletionCostKey, service, workload } from './manifests.ts';
import { invalid, patch, post, type Refusals, refusals, undecodable } from './refusals.ts';
import type { Theme } from './suite.ts';

const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const labelKeyRule =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const labelled = (labels: object) => configMap({ name: 'new', metadata: { labels } });
const labels: Refusals = {
  'a value with a space': [
    post('configmaps', labelled({ a: 'b c' })),
    invalid('ConfigMap "new"', `metadata.labels: Invalid value: "b c": ${labelValueRule}`),
  ],
  'a value of 64 characters': [
    post('configmaps', labelled({ a: 'b'.repeat(64) })),
    invalid(
      'ConfigMap "new"',
      'metadata.labels: Invalid value: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": must be no more than 63 bytes',
    ),
  ],
  'a key that begins with a dash': [
    post('configmaps', labelled({ '-a': 'b' })),
    invalid('ConfigMap "new"', `metadata.labels: Invalid value: "-a": name part must ${labelKeyRule}`),
  ],
  'a key with two slashes': [
    post('configmaps', labelled({ 'a/b/c': 'd' })),
    invalid(
      'ConfigMap "new"',
      `metadata.labels: Invalid value: "a/b/c": a valid label key must ${labelKeyRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ),
  ],
  'an unquoted true': [
    post('configmaps', labelled({ enabled: true })),
    undecodable(
      'ConfigMap',
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ),
  ],
  'an unquoted 1': [
    post('configmaps', labelled({ enabled: 1 })),
    undecodable(
      'ConfigMap',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ),
  ],
  'an unquoted true in a template': [
    post('deployments', workload('Deployment', { name: 'new', labels: { app: 'web', enabled: true as never } }, {})),
    undecodable(
      'Deployment',
      'json: cannot unmarshal bool into Go struct field LabelSelector.spec.selector.matchLabels of type string',
    ),
  ],
  'an unquoted true in a Service selector': [
    post('services', service({ name: 'new', selector: { enabled: true as never } })),
    undecodable('Service', 'json: cannot unmarshal bool into Go struct field ServiceSpec.spec.selector of type string'),
  ],
  'an unquoted true in a strategic merge patch': [
    patch(
      'pods',
      'bare',
      { metadata: { labels: { enabled: true } } },
      { contentType: 'application/strategic-merge-patch+json' },
    ),
    invalid(' ""', 'patch: Invalid value: "map[metadata:map[labels:map[enabled:true]]]": unrecognized type: string'),
  ],
  'a value with a space in a patch': [
    patch('pods', 'bare', { metadata: { labels: { bad: 'x y' } } }),
    invalid('Pod "bare"', `metadata.labels: Invalid value: "x y": ${labelValueRule}`),
  ],
  'a value with a space in a Service selector': [
    patch('services', 'web', { spec: { selector: { app: 'x y' } } }),
    invalid('Service "web"', `spec.selector: Invalid value: "x y": ${labelValueRule}`),
  ],
};

const costs: Refusals = Object.fromEntries(
  ['+10', '008', '', '1.5', '2147483648', '-2147483649', 'cheap'].map((value) => [
    `"${value}"`,
    [
      patch('pods', 'bare', { metadata: { annotations: deletionCost(value) } }),
      invalid(
        'Pod "bare"',
        `metadata.annotations[${deletionCostKey}]: Invalid value: "${value}": must be a 32bit integer`,
      ),
    ],
  ]),
);

/** How the server refuses invalid labels and annotations. */
export const refusalsOfLabels: Theme = (rule) => {
  refusals(rule, 'a label of the wrong syntax is refused with 422, one of the wrong type with 400', labels);
  refusals(rule, 'a deletion cost is refused unless it is a plain 32-bit integer', costs);
};
