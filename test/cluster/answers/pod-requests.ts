import {
  accepting,
  core,
  jane,
  jsonPatch,
  mergePatch,
  namespace,
  pods,
  type Request,
  strategicPatch,
} from './request.ts';

/** On a node without a kubelet, so that only the requests change it. */
function pod(name: string | undefined, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'rng' }, ...metadata },
    spec: { nodeName: 'nowhere', containers: [{ name: 'rng', image: 'rng:1' }], ...spec },
  };
}

const cost = 'controller.kubernetes.io/pod-deletion-cost';
const controller = (name: string) => ({ apiVersion: 'v1', kind: 'A', name, uid: name, controller: true });
const image = { spec: { containers: [{ name: 'rng', image: 'rng:2' }] } };
const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }, spec: { x: 1 } };

export const creatingPods: readonly Request[] = [
  ['POST', pods, pod('a')],
  ['POST', pods, pod('a')],
  ['GET', `${pods}/a`],
  ['GET', `${pods}/zzz`],
  ['DELETE', `${pods}/zzz`],
  ['POST', pods, pod('A_b')],
  ['POST', pods, pod('b', {}, { labels: { 'a b': 'c d' } })],
  ['POST', pods, pod('b', {}, { annotations: { [cost]: '+1' } })],
  ['POST', pods, pod('b', { containers: [] })],
  ['POST', pods, pod('b', { containers: [{ name: 'x' }] })],
  [
    'POST',
    pods,
    pod('b', {
      containers: [
        { name: 'x', image: 'y' },
        { name: 'x', image: 'y' },
      ],
    }),
  ],
  ['POST', pods, pod('b', { foo: 1 })],
  ['POST', `${pods}?fieldValidation=Strict`, pod('b', { foo: 1, bar: {} })],
  ['POST', pods, pod('c', {}, { labels: { a: true } })],
  ['POST', pods, pod('c', {}, { labels: { a: 1 } })],
  ['POST', pods, { ...pod('c'), kind: 'Service' }],
  ['POST', pods, { ...pod('c'), apiVersion: 'apps/v1' }],
  ['POST', pods, '{'],
  ['POST', pods, 'x', { 'content-type': 'text/plain' }],
  ['POST', pods, pod('c', {}, { namespace: 'default' })],
  ['POST', '/api/v1/namespaces/nope/pods', pod('c')],
  ['POST', `${pods}?dryRun=All`, pod('c')],
  ['POST', `${pods}?dryRun=Foo`, pod('c')],
  ['POST', pods, pod(undefined)],
];

export const changingPods: readonly Request[] = [
  ['POST', pods, pod('a')],
  ['PATCH', `${pods}/a`, [{ op: 'test', path: '/metadata/labels/app', value: 'no' }], jsonPatch],
  ['PATCH', `${pods}/a`, [{ op: 'remove', path: '/metadata/labels/no' }], jsonPatch],
  ['PATCH', `${pods}/a`, [{ op: 'test', path: '/metadata/labels/no', value: null }], jsonPatch],
  ['PATCH', `${pods}/a`, [{ op: 'test', path: '/metadata/annotations/no', value: null }], jsonPatch],
  ['PATCH', `${pods}/a`, [{ op: 'add', path: '/metadata/annotations/x', value: 'y' }], jsonPatch],
  ['PATCH', `${pods}/a`, [{ op: 'foo', path: '/x' }], jsonPatch],
  ['PATCH', `${pods}/a`, {}, jsonPatch],
  ['PATCH', `${pods}/a`, '{', jsonPatch],
  ['PATCH', `${pods}/a`, { metadata: { labels: { x: true } } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { labels: { x: true } } }, strategicPatch],
  ['PATCH', `${pods}/a`, { metadata: { labels: { x: 1 } } }, strategicPatch],
  ['PATCH', `${pods}/a?fieldValidation=Strict`, { spec: { foo: 1 } }, strategicPatch],
  ['PATCH', `${pods}/a?fieldValidation=Strict`, { spec: { foo: 1 } }, mergePatch],
  ['PATCH', `${pods}/a`, { spec: { foo: 1 } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { resourceVersion: '1' } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { uid: 'x' } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { name: 'x' } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { labels: { x: 'y' } } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { labels: { x: null, app: null } } }, mergePatch],
  ['PATCH', `${pods}/a`, { spec: { restartPolicy: 'Never' } }, mergePatch],
  ['PATCH', `${pods}/a`, image, strategicPatch],
  ['PATCH', `${pods}/a`, { spec: { activeDeadlineSeconds: 100 } }, mergePatch],
  ['PATCH', `${pods}/a`, { spec: { activeDeadlineSeconds: 200 } }, mergePatch],
  ['PATCH', `${pods}/a`, { metadata: { ownerReferences: [controller('a'), controller('b')] } }, mergePatch],
  ['PATCH', `${pods}/a`, {}, { 'content-type': 'application/foo' }],
  ['PATCH', `${pods}/a/status`, ready, strategicPatch],
  ['PUT', `${pods}/a`, pod('a')],
  ['PUT', `${pods}/b`, pod('a')],
  ['PUT', `${pods}/a`, pod('a', {}, { resourceVersion: '3' })],
  ['PUT', `${pods}/a`, pod('a', {}, { resourceVersion: 'abc' })],
  ['POST', `${pods}/a/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } }],
  [
    'POST',
    `${pods}/a/binding`,
    { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: { kind: 'Node', name: 'node-1' } },
  ],
  ['DELETE', `${pods}/a`, { preconditions: { uid: 'x' } }],
  ['DELETE', `${pods}/a`, { propagationPolicy: 'Foo' }],
  ['DELETE', `${pods}/a`],
  ['DELETE', `${pods}/a?gracePeriodSeconds=0`],
];

const selectors = [
  'app%3Da%3Db',
  'app,',
  'app in (a',
  'app in a',
  'a%20b',
  'a%3Db%20c',
  'a>x',
  'a=-x',
  '-a',
  '!',
  '%3Da',
  'a in (b,,c)',
  'a in ()',
];

const outsideOfIt: readonly Request[] = ['/api/v1/foo', '/apis/foo/v1', `${pods}/a/foo`].map((path) => ['GET', path]);

export const readingPods: readonly Request[] = [
  ['POST', pods, pod('a')],
  ...selectors.map((selector): Request => ['GET', `${pods}?labelSelector=${selector}`]),
  ['GET', `${pods}?fieldSelector=foo%3D1`],
  ['GET', `${pods}?fieldSelector=foo`],
  ['GET', `/apis/apps/v1/namespaces/${namespace}/deployments?fieldSelector=foo%3D1`],
  ['GET', `${pods}?limit=x`],
  ['GET', `${pods}?resourceVersion=abc`],
  ['GET', `${pods}?resourceVersionMatch=Exact`],
  ['GET', `${pods}?continue=abc`],
  ['GET', `${pods}?watch=1&sendInitialEvents=true`],
  ['GET', pods],
  ['GET', pods, undefined, { accept: 'text/html' }],
  ['GET', pods, undefined, accepting('PartialObjectMetadata')],
  ['GET', `${pods}/a`, undefined, accepting('PartialObjectMetadataList')],
  ['GET', `${pods}/a`, undefined, accepting('PartialObjectMetadata')],
  ['GET', pods, undefined, accepting('PartialObjectMetadataList')],
  ['GET', pods, undefined, accepting('Table')],
  ['GET', `${pods}/a/log?container=zzz`],
  ...outsideOfIt,
  ['POST', `${pods}/a`, {}],
  ['PUT', pods, {}],
  ['DELETE', '/api/v1/pods'],
  ['GET', pods, undefined, { 'impersonate-group': 'x' }],
  ['GET', pods, undefined, jane],
  ['GET', `${pods}/a`, undefined, jane],
  ['GET', '/api/v1/nodes', undefined, jane],
  ['GET', `${pods}/a/log`, undefined, jane],
  ['GET', '/metrics', undefined, jane],
  ['DELETE', `${core}/configmaps?labelSelector=nope`],
];
