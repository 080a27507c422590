import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { endpointsOf } from './endpoints.ts';

function endpoint(name: string, conditions: V1Endpoint['conditions'] = { ready: true, serving: true }): V1Endpoint {
  return { addresses: ['10.244.1.2'], targetRef: { kind: 'Pod', name, uid: `uid-${name}` }, conditions };
}

function slice(endpoints: V1Endpoint[], ports = [{ name: 'http', port: 80 }]): V1EndpointSlice {
  return { addressType: 'IPv4', endpoints, ports };
}

const notReady = { ready: false, serving: false, terminating: false };
const leaving = { ready: false, serving: true, terminating: true };
const gone = { ready: false, serving: false, terminating: true };

test.each<[string, V1EndpointSlice[], string[], number]>([
  ['the ready pods', [slice([endpoint('a'), endpoint('b')])], ['a', 'b'], 2],
  ['not an unready pod', [slice([endpoint('a'), endpoint('b', notReady)])], ['a'], 1],
  ['a pod without a ready condition', [slice([endpoint('a', {})])], ['a'], 1],
  ['not a terminating pod beside a ready one', [slice([endpoint('a'), endpoint('b', leaving)])], ['a'], 1],
  ['serving terminating pods without a ready one', [slice([endpoint('a', leaving), endpoint('b', gone)])], ['a'], 0],
  ['a pod in two slices once', [slice([endpoint('a')]), slice([endpoint('a'), endpoint('b')])], ['a', 'b'], 2],
  ['none of an empty slice', [slice([])], [], 0],
  [
    'none of a slice with null endpoints and ports, as a real cluster writes it',
    [{ addressType: 'IPv4', endpoints: null as never, ports: null as never }],
    [],
    0,
  ],
])('the usable endpoints are %s', (_, slices, want, wantReady) => {
  const { usable, readyCount } = endpointsOf(slices);
  expect([usable.map(({ podName }) => podName), readyCount]).toEqual([want, wantReady]);
});

test('uses the first port', () => {
  const [first] = endpointsOf([slice([endpoint('a')], [{ name: 'metrics', port: 9090 }])]).usable;
  expect(first).toEqual({ podUid: 'uid-a', podName: 'a', port: 9090 });
});
