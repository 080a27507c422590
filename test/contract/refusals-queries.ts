import { badRequest, get, invalid, type Refusals, refusals, refused } from './refusals.ts';
import type { Theme } from './suite.ts';

const byLabel = (labelSelector: string) => get('pods', '', { query: { labelSelector } });
const byField = (fieldSelector: string) => get('pods', '', { query: { fieldSelector } });
const list = (query: Record<string, string | number | boolean>) => get('pods', '', { query });
const partial = (form: string) => `application/json;as=${form};v=v1;g=meta.k8s.io`;

const labelSelectors: Refusals = {
  'a=b,': [byLabel('a=b,'), badRequest("found '', expected: identifier after ','")],
  'a in b': [byLabel('a in b'), badRequest("unable to parse requirement: found 'b' expected: '('")],
  'a notin (b': [byLabel('a notin (b'), badRequest("unable to parse requirement: found '', expected: ',' or ')'")],
  'a=b c': [byLabel('a=b c'), badRequest("found 'c', expected: ',' or 'end of string'")],
  'a=b!': [byLabel('a=b!'), badRequest("found '!', expected: ',' or 'end of string'")],
  'a>x': [
    byLabel('a>x'),
    badRequest(
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ),
  ],
  '!': [byLabel('!'), badRequest("unable to parse requirement: found '', expected: identifier")],
  '=b': [byLabel('=b'), badRequest("found '=', expected: !, identifier, or 'end of string'")],
  '-a=b': [
    byLabel('-a=b'),
    badRequest(
      "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ),
  ],
};

const fieldSelectors: Refusals = {
  'a field that is not indexed': [byField('spec.image=x'), badRequest('field label not supported: spec.image')],
  'no operator': [
    byField('metadata.name'),
    badRequest("invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
  ],
  'another operator': [
    byField('metadata.name>3'),
    badRequest("invalid selector: 'metadata.name>3'; can't understand 'metadata.name>3'"),
  ],
  'one of two not indexed': [byField('metadata.name=a,spec.x=y'), badRequest('field label not supported: spec.x')],
  'a field of a Deployment': [
    get('deployments', '', { query: { fieldSelector: 'spec.replicas=1' } }),
    badRequest('"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"'),
  ],
};

const options: Refusals = {
  'a limit that is not a number': [list({ limit: 'x' }), badRequest('strconv.ParseInt: parsing "x": invalid syntax')],
  'a resourceVersion that is not a number': [
    list({ resourceVersion: 'x' }),
    badRequest(
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ),
  ],
  'a match without a version': [
    list({ resourceVersionMatch: 'Exact' }),
    invalid(
      'ListOptions.meta.k8s.io ""',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ),
  ],
  'an unknown match': [
    list({ resourceVersion: '5', resourceVersionMatch: 'Foo' }),
    invalid(
      'ListOptions.meta.k8s.io ""',
      'resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
    ),
  ],
  'a list with initial events': [
    list({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
    invalid(
      'ListOptions.meta.k8s.io ""',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ),
  ],
  'a watch from a version that is not a number': [
    list({ watch: true, resourceVersion: 'x' }),
    refused(500, undefined, 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'),
  ],
  'a watch with a match but without initial events': [
    list({ watch: true, resourceVersionMatch: 'NotOlderThan' }),
    invalid(
      'ListOptions.meta.k8s.io ""',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ),
  ],
  'initial events without a match': [
    list({ watch: true, sendInitialEvents: true }),
    invalid(
      'ListOptions.meta.k8s.io ""',
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ),
  ],
};

const mediaTypes: Refusals = {
  'plain text': [
    get('pods', '', { accept: 'text/plain' }),
    refused(
      406,
      'NotAcceptable',
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
      {},
    ),
  ],
  'a list as the metadata of one object': [
    get('pods', '', { accept: partial('PartialObjectMetadata') }),
    refused(
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)',
    ),
  ],
  'one object as the metadata of a list': [
    get('pods', 'bare', { accept: partial('PartialObjectMetadataList') }),
    refused(
      406,
      'NotAcceptable',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)',
    ),
  ],
};

/** How the server refuses selectors, list options and media types. */
export const refusalsOfQueries: Theme = (rule) => {
  refusals(
    rule,
    'a malformed label selector is refused, and the message says what was found and what was expected',
    labelSelectors,
  );
  refusals(rule, 'a field selector is refused unless the server indexes that field', fieldSelectors);
  refusals(rule, 'invalid options of lists and watches are refused, and the message names the mistake', options);
  refusals(rule, 'a media type that the server cannot produce is refused with 406', mediaTypes);
};
