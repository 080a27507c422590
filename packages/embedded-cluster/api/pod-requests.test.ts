import { describe, expect, test } from 'vitest';
import type { Pod } from './pod.ts';
import { requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

describe('quantities', () => {
  test.each([
    ['250m', 0.25],
    ['2', 2],
    ['64Mi', 67_108_864],
    ['1Gi', 1_073_741_824],
    ['1k', 1000],
    ['1e3', 1000],
    ['1.5G', 1.5e9],
    [3, 3],
    [undefined, 0],
  ])('%s is %d', (written, want) => {
    expect(quantity(written)).toBeCloseTo(want, 9);
  });
});

function container(name: string, cpu: string, restartPolicy?: 'Always'): object {
  return { name, resources: { requests: { cpu } }, ...(restartPolicy && { restartPolicy }) };
}

function pod(containers: object[], initContainers: object[] = [], overhead?: object): Pod {
  const metadata = { name: 'rng', uid: '1', resourceVersion: '1', creationTimestamp: '2026-03-01T03:12:07Z' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, initContainers, overhead }, status: {} } as Pod;
}

describe('the requests of a pod', () => {
  test.each([
    ['are those of all containers', pod([container('a', '1'), container('b', '2')]), 3],
    ['are those of an init container that needs more', pod([container('a', '1')], [container('init', '5')]), 5],
    ['do not include an init container that needs less', pod([container('a', '2')], [container('init', '1')]), 2],
    ['include a sidecar', pod([container('a', '2')], [container('proxy', '1', 'Always')]), 3],
    [
      'an init container runs beside the sidecars started before it',
      pod([container('a', '1')], [container('proxy', '2', 'Always'), container('init', '4')]),
      6,
    ],
    ['include the overhead', pod([container('a', '1')], [], { cpu: '500m' }), 1.5],
  ])('%s', (_name, given, want) => {
    expect(requestsOf(given).cpu).toBeCloseTo(want, 9);
  });
});
