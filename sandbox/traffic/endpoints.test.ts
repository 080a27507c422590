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
  ['ready pods get it', [slice([endpoint('a'), endpoint('b')])], ['a', 'b'], 2],
  ['a pod that is not ready gets none', [slice([endpoint('a'), endpoint('b', notReady)])], ['a'], 1],
  ['a pod that says nothing of its readiness counts as ready', [slice([endpoint('a', {})])], ['a'], 1],
  ['a terminating pod gets none while another is ready', [slice([endpoint('a'), endpoint('b', leaving)])], ['a'], 1],
  [
    'terminating pods that still serve are the last resort',
    [slice([endpoint('a', leaving), endpoint('b', gone)])],
    ['a'],
    0,
  ],
  ['a pod in two slices counts once', [slice([endpoint('a')]), slice([endpoint('a'), endpoint('b')])], ['a', 'b'], 2],
  ['nobody is there', [slice([])], [], 0],
  [
    'a slice whose endpoints and ports are null, as a real cluster writes them',
    [{ addressType: 'IPv4', endpoints: null as never, ports: null as never }],
    [],
    0,
  ],
  ['the named port is not there', [slice([endpoint('a')], [{ name: 'metrics', port: 9090 }])], [], 0],
])('who gets the next connection: %s', (_, slices, want, wantReady) => {
  const { usable, readyCount } = endpointsOf(slices, 'http');
  expect([usable.map(({ podName }) => podName), readyCount]).toEqual([want, wantReady]);
});

test('without a port name the first port is used', () => {
  const [first] = endpointsOf([slice([endpoint('a')], [{ name: 'metrics', port: 9090 }])]).usable;
  expect(first).toEqual({ podUid: 'uid-a', podName: 'a', port: 9090 });
});
