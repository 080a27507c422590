import { get, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const byLabel = (labelSelector: string) => get('pods', '', { query: { labelSelector } });
const byField = (fieldSelector: string) => get('pods', '', { query: { fieldSelector } });
const list = (query: Record<string, string | number | boolean>) => get('pods', '', { query });
const partial = (form: string) => `application/json;as=${form};v=v1;g=meta.k8s.io`;

const labelSelectors: Refusals = {
  'a=b,': [byLabel('a=b,'), refused(400, 'BadRequest', "found '', expected: identifier after ','")],
  'a in b': [byLabel('a in b'), refused(400, 'BadRequest', "unable to parse requirement: found 'b' expected: '('")],
  'a notin (b': [
    byLabel('a notin (b'),
    refused(400, 'BadRequest', "unable to parse requirement: found '', expected: ',' or ')'"),
  ],
  'a=b c': [byLabel('a=b c'), refused(400, 'BadRequest', "found 'c', expected: ',' or 'end of string'")],
  'a=b!': [byLabel('a=b!'), refused(400, 'BadRequest', "found '!', expected: ',' or 'end of string'")],
  'a>x': [
    byLabel('a>x'),
    refused(
      400,
      'BadRequest',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ),
  ],
  '!': [byLabel('!'), refused(400, 'BadRequest', "unable to parse requirement: found '', expected: identifier")],
  '=b': [byLabel('=b'), refused(400, 'BadRequest', "found '=', expected: !, identifier, or 'end of string'")],
  '-a=b': [
    byLabel('-a=b'),
    refused(
      400,
      'BadRequest',
      "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ),
  ],
};

const fieldSelectors: Refusals = {
  'a field that is not indexed': [
    byField('spec.image=x'),
    refused(400, 'BadRequest', 'field label not supported: spec.image'),
  ],
  'no operator': [
    byField('metadata.name'),
    refused(400, 'BadRequest', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
  ],
  'another operator': [
    byField('metadata.name>3'),
    refused(400, 'BadRequest', "invalid selector: 'metadata.name>3'; can't understand 'metadata.name>3'"),
  ],
  'one of two not indexed': [
    byField('metadata.name=a,spec.x=y'),
    refused(400, 'BadRequest', 'field label not supported: spec.x'),
  ],
  'a field of a Deployment': [
    get('deployments', '', { query: { fieldSelector: 'spec.replicas=1' } }),
    refused(
      400,
      'BadRequest',
      '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
  ],
};

const options: Refusals = {
  'a limit that is no number': [
    list({ limit: 'x' }),
    refused(400, 'BadRequest', 'strconv.ParseInt: parsing "x": invalid syntax'),
  ],
  'a resourceVersion that is no number': [
    list({ resourceVersion: 'x' }),
    refused(
      400,
      'BadRequest',
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ),
  ],
  'a match without a version': [
    list({ resourceVersionMatch: 'Exact' }),
    refused(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
            field: 'resourceVersionMatch',
          },
        ],
      },
    ),
  ],
  'an unknown match': [
    list({ resourceVersion: '5', resourceVersionMatch: 'Foo' }),
    refused(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
      {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            message: 'Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
            field: 'resourceVersionMatch',
          },
        ],
      },
    ),
  ],
  'a list with initial events': [
    list({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
    refused(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]',
      {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
            field: 'resourceVersionMatch',
          },
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: sendInitialEvents is forbidden for list',
            field: 'sendInitialEvents',
          },
        ],
      },
    ),
  ],
  'a watch from no number': [
    list({ watch: true, resourceVersion: 'x' }),
    refused(500, undefined, 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'),
  ],
  'a watch with a match but without initial events': [
    list({ watch: true, resourceVersionMatch: 'NotOlderThan' }),
    refused(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
            field: 'resourceVersionMatch',
          },
        ],
      },
    ),
  ],
  'initial events without a match': [
    list({ watch: true, sendInitialEvents: true }),
    refused(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      {
        group: 'meta.k8s.io',
        kind: 'ListOptions',
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
            field: 'resourceVersionMatch',
          },
        ],
      },
    ),
  ],
};

const forms: Refusals = {
  'text for a list': [
    get('pods', '', { accept: 'text/plain' }),
    refused(
      406,
      'NotAcceptable',
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
      {},
    ),
  ],
  'a list as the metadata of one': [
    get('pods', '', { accept: partial('PartialObjectMetadata') }),
    refused(
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)',
    ),
  ],
  'one as the metadata of a list': [
    get('pods', 'bare', { accept: partial('PartialObjectMetadataList') }),
    refused(
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)',
    ),
  ],
};

/** What is said of selectors, list options and forms that are not understood. */
export const refusalsOfQueries: Theme = (rule) => {
  refusals(
    rule,
    'a label selector that cannot be read is refused with what was found and what was expected',
    labelSelectors,
  );
  refusals(rule, 'a field selector is refused unless the server has that field at hand', fieldSelectors);
  refusals(rule, 'options of lists and watches are refused in words', options);
  refusals(rule, 'a form that cannot be given is refused with 406', forms);
};
