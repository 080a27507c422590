import { core, mergePatch, namespace, type Request, strategicPatch } from './request.ts';

const inGroup = (groupVersion: string, resource: string) => `/apis/${groupVersion}/namespaces/${namespace}/${resource}`;
const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
const services = `${core}/services`;
const port = { port: 80 };

export const servicesAndSlices: readonly Request[] = [
  ['POST', `${services}?dryRun=All`, service('a', { selector: { app: 'zz' }, ports: [port] })],
  ['POST', services, service('a', { selector: { app: 'zz' }, clusterIP: 'None' })],
  ['POST', services, service('1a', { ports: [port] })],
  ['POST', services, service('b', {})],
  ['POST', services, service('b', { ports: [{ port: 0 }] })],
  ['POST', services, service('b', { ports: [port, { port: 81 }] })],
  [
    'POST',
    services,
    service('b', {
      ports: [
        { ...port, name: 'a' },
        { ...port, name: 'b' },
      ],
    }),
  ],
  ['POST', services, service('b', { ports: [{ ...port, targetPort: 'A_b' }] })],
  ['POST', services, service('b', { selector: { 'a b': 'c' }, ports: [port] })],
  ['POST', services, service('b', { type: 'Foo', ports: [port] })],
  ['POST', `${services}?dryRun=All`, service('b', { type: 'ExternalName', externalName: 'x.y' })],
  ['POST', services, service('b', { type: 'ExternalName' })],
  ['POST', services, service('b', { ports: [port], clusterIP: '1.2.3.4' })],
  ['POST', services, service('b', { sessionAffinity: 'x', ports: [port] })],
  [
    'POST',
    `${services}?dryRun=All`,
    service('b', {
      sessionAffinity: 'ClientIP',
      ports: [{ ...port, protocol: 'UDP' }],
      internalTrafficPolicy: 'Local',
      publishNotReadyAddresses: true,
    }),
  ],
  ['PATCH', `${services}/a`, { spec: { selector: { x: true } } }, strategicPatch],
  ['PATCH', `${services}/a`, { spec: { selector: { x: 'y' } } }, strategicPatch],
  ['PATCH', `${services}/a`, { spec: { selector: null } }, strategicPatch],
  ['PATCH', `${services}/a`, { spec: { ports: [port, { port: 81 }] } }, strategicPatch],
  ['DELETE', `${services}/a`],
  ['DELETE', services],
  ...slices(),
];

function slices(): Request[] {
  const path = inGroup('discovery.k8s.io/v1', 'endpointslices');
  const slice = (name: string, changes: object) => ({
    metadata: { name },
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
    ...changes,
  });
  const at = (...addresses: string[]) => ({ endpoints: [{ addresses }] });
  const full = {
    endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n', targetRef: { kind: 'Pod', name: 'x' } }],
    ports: [port],
  };
  return [
    ['POST', path, slice('s1', {})],
    ['GET', `${path}/s1`],
    ['POST', path, slice('s2', at('127.0.0.1'))],
    ['POST', path, slice('s2', at('::1'))],
    ['POST', path, slice('s2', at())],
    ['POST', path, slice('s2', at('x'))],
    ['POST', path, slice('s2', { addressType: undefined })],
    ['POST', path, slice('s2', full)],
    ['PATCH', `${path}/s2`, { metadata: { labels: { a: 'b' } } }, mergePatch],
    ['PATCH', `${path}/s2`, { addressType: 'IPv6' }, mergePatch],
    ['DELETE', `${path}/s1`],
  ];
}

const budgets = inGroup('policy/v1', 'poddisruptionbudgets');
const leases = inGroup('coordination.k8s.io/v1', 'leases');
const lease = (renewTime: string) => ({
  metadata: { name: 'l' },
  spec: {
    holderIdentity: 'a',
    leaseDurationSeconds: 30,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime,
    leaseTransitions: 0,
  },
});
const budget = (spec: object) => ({ metadata: { name: 'p' }, spec });
const selector = { matchLabels: { app: 'z' } };

export const budgetsAndLeases: readonly Request[] = [
  ['POST', budgets, budget({ minAvailable: 1, maxUnavailable: 1, selector })],
  ['POST', budgets, budget({ minAvailable: 'x' })],
  ['POST', budgets, budget({ minAvailable: '200%' })],
  ['POST', budgets, budget({ minAvailable: -1 })],
  ['POST', `${budgets}?dryRun=All`, budget({ minAvailable: 1, selector })],
  ['POST', leases, { metadata: { name: 'l' }, spec: { leaseDurationSeconds: 0 } }],
  ['POST', leases, lease('x')],
  ['POST', leases, lease('2026-01-01T00:00:00Z')],
  ['POST', leases, lease('2026-01-01T00:00:00.000000Z')],
  ['PUT', `${leases}/l`, { metadata: { name: 'l' }, spec: {} }],
  ['PUT', `${leases}/l2`, { metadata: { name: 'l2' }, spec: {} }],
  ['PATCH', `${leases}/l`, { spec: { holderIdentity: 'b' } }, mergePatch],
  ['DELETE', `${leases}/l`],
];

const events = `${core}/events`;
const newEvents = inGroup('events.k8s.io/v1', 'events');
const involvedObject = { kind: 'Pod', name: 'x', namespace };
const event = (changes: object) => ({
  metadata: { name: 'e1' },
  involvedObject,
  reason: 'R',
  message: 'm',
  type: 'Normal',
  ...changes,
});
const newEvent = (name: string, changes: object) => ({
  metadata: { name, namespace },
  regarding: involvedObject,
  reason: 'R',
  note: 'm',
  type: 'Normal',
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'pitlane.dev/x',
  reportingInstance: 'i',
  action: 'A',
  ...changes,
});
const series = (count: number) => ({ series: { count, lastObservedTime: '2026-01-01T00:00:00.000000Z' } });

export const eventsOfBothApis: readonly Request[] = [
  ['POST', events, event({})],
  ['GET', `${events}/e1`],
  ['POST', events, event({ metadata: { name: 'e9' }, involvedObject: { ...involvedObject, namespace: 'other' } })],
  ['POST', events, event({ metadata: { name: 'e9' }, eventTime: '2026-01-01T00:00:00.000000Z' })],
  ['POST', newEvents, newEvent('e2', {})],
  ['GET', `${events}/e2`],
  ['GET', `${newEvents}/e2`],
  ['POST', newEvents, newEvent('e3', { eventTime: undefined })],
  ['POST', newEvents, newEvent('e3', { type: 'x' })],
  ['POST', newEvents, newEvent('e3', { note: 'x'.repeat(1025), reason: '' })],
  ['POST', newEvents, newEvent('e3', { deprecatedCount: 3 })],
  ['PATCH', `${newEvents}/e2`, { note: 'y' }, mergePatch],
  ['PATCH', `${newEvents}/e2`, series(1), mergePatch],
  ['PATCH', `${newEvents}/e2`, series(2), mergePatch],
  ['GET', `${events}?fieldSelector=involvedObject.name%3Dx,reason%3DR`],
  ['GET', `${newEvents}?fieldSelector=foo%3Dx`],
];

const maps = `${core}/configmaps`;
const secrets = `${core}/secrets`;
const applied = { 'content-type': 'application/apply-patch+yaml' };
const twice = '{"metadata":{"name":"c","name":"d"},"data":{"x":"1","x":"2"},"foo":1}';

export const mapsAndDeletion: readonly Request[] = [
  ['POST', maps, { metadata: { name: 'c' }, data: { a: 'b', 'x y': 'z' } }],
  ['POST', maps, { metadata: { name: 'c' }, data: { a: 'b' } }],
  ['PATCH', `${maps}/c`, { data: { a: null } }, mergePatch],
  ['PUT', `${maps}/c`, { metadata: { name: 'c' }, data: { z: '1' } }],
  ['PATCH', `${maps}/c`, { data: { a: 1 } }, mergePatch],
  ['DELETE', `${maps}/c`],
  ['POST', maps, { metadata: { name: 'c', resourceVersion: '5' } }],
  ['POST', maps, { metadata: {} }],
  ['POST', maps, twice],
  ['POST', `${maps}?fieldValidation=Strict`, twice],
  ['POST', `${maps}?fieldValidation=Foo`, twice],
  ['PATCH', `${maps}/d?fieldValidation=Strict`, '{"data":{"y":"1","y":"2"}}', strategicPatch],
  ['PATCH', `${maps}/d`, { metadata: { annotations: { x: 'y' } } }, strategicPatch],
  ['PATCH', `${maps}/d`, { metadata: { annotations: { $patch: 'replace', z: '1' } } }, strategicPatch],
  ['PATCH', `${maps}/d`, { metadata: { annotations: { $patch: 'delete' } } }, strategicPatch],
  ['PATCH', `${maps}/d`, { metadata: { finalizers: ['a.b/c', 'd.e/f'] } }, strategicPatch],
  ['PATCH', `${maps}/d`, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.b/c'] } }, strategicPatch],
  ['PATCH', `${maps}/d`, { $patch: 'foo' }, strategicPatch],
  ['DELETE', `${maps}/d`, { propagationPolicy: 'Background' }],
  ['PATCH', `${maps}/d`, { metadata: { finalizers: ['d.e/f', 'x.y/z'] } }, mergePatch],
  ['PATCH', `${maps}/d`, { metadata: { finalizers: null } }, mergePatch],
  ['GET', `${maps}/d`],
  [
    'PATCH',
    `${maps}/e?fieldManager=x`,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'e' }, data: { a: 'b' } },
    applied,
  ],
  ['PATCH', `${maps}/e`, {}, applied],
  ['DELETE', `${maps}/e?dryRun=All`],
  ['DELETE', `${maps}/e`, { dryRun: ['All'] }],
  ['DELETE', `${maps}/e`, { gracePeriodSeconds: -1 }],
  ['POST', secrets, { metadata: { name: 's' }, stringData: { a: 'b' } }],
  ['POST', secrets, { metadata: { name: 's2' }, data: { a: '!' } }],
  ['DELETE', `${secrets}/s`],
  ['POST', '/api/v1/namespaces', { metadata: { name: 'A_' } }],
  ['DELETE', '/api/v1/namespaces/default'],
  ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }],
];
