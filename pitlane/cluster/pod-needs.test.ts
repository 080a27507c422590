import { describe, expect, test } from 'vitest';
import { hostPortsOf, requestsOf } from '../rotation/pod-needs.ts';
import type { Resources } from '../rotation/resources.ts';
import { jsonPod } from './fake/objects.fixture.ts';
import type { JsonContainer, JsonPod } from './json.ts';
import { needsOf, takenBy } from './pod-needs.ts';

const asks = (resources: JsonContainer['resources']): JsonContainer => ({ name: 'c', resources });

describe('a spec requests', () => {
  test.each<[string, JsonPod['spec'], Resources]>([
    [
      'exact amounts',
      { containers: [asks({ requests: { cpu: '1.1', memory: '64Mi' } })] },
      { cpu: 1100, memory: 2 ** 26 },
    ],
    [
      'amounts rounded up',
      { containers: [asks({ requests: { cpu: '100u', memory: '1500m' } })] },
      { cpu: 1, memory: 2 },
    ],
    [
      'the limit where it has no request, as a device does',
      { containers: [asks({ requests: { cpu: '50m' }, limits: { cpu: '1', 'example.com/gpu': '1' } })] },
      { cpu: 50, 'example.com/gpu': 1 },
    ],
    [
      'its sidecars beside its containers',
      {
        initContainers: [
          { ...asks({ requests: { cpu: '100m' } }), restartPolicy: 'Always' },
          asks({ requests: { 'hugepages-2Mi': '4Mi' } }),
        ],
        containers: [asks({ requests: { cpu: '50m', 'ephemeral-storage': '1Gi' } })],
      },
      { cpu: 150, 'hugepages-2Mi': 2 ** 22, 'ephemeral-storage': 2 ** 30 },
    ],
    [
      'what it requests as a whole',
      {
        containers: [asks({ requests: { cpu: '2' } })],
        resources: { requests: { cpu: '1' }, limits: { memory: '1Mi' } },
      },
      { cpu: 1000, memory: 2 ** 20 },
    ],
    [
      'no limit of the whole where containers have requests',
      { containers: [asks({ requests: { cpu: '100m' } })], resources: { limits: { cpu: '1' } } },
      { cpu: 100 },
    ],
  ])('%s', (_, spec, want) => {
    expect(requestsOf(needsOf(spec))).toEqual(want);
  });
});

test('in the network of the host every port is a host port', () => {
  const containers = [{ name: 'c', ports: [{ containerPort: 53, protocol: 'UDP', hostIP: '127.0.0.1' }] }];
  expect(hostPortsOf(needsOf({ containers }))).toEqual([]);
  expect(hostPortsOf(needsOf({ containers, hostNetwork: true }))).toEqual([
    { ip: '127.0.0.1', protocol: 'UDP', port: 53 },
  ]);
});

test('names what is not checked about its place', () => {
  const spec: JsonPod['spec'] = {
    containers: [],
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] },
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
    },
    resourceClaims: [{}],
    schedulerName: 'slow',
  };
  const { notChecked, nodeAffinity } = needsOf(spec);
  expect({ notChecked, nodeAffinity }).toEqual({
    notChecked: ['its affinity and spread rules', 'its device claims', 'its scheduler slow'],
    nodeAffinity: [],
  });
});

describe('during a resize a pod takes', () => {
  const resized = (to: string, granted: string, actual: string, conditions: object[] = []): JsonPod =>
    jsonPod('rng-b85tm', (base) => ({
      ...base,
      spec: { containers: [asks({ requests: { cpu: to } })] },
      status: {
        containerStatuses: [
          {
            name: 'c',
            ready: true,
            restartCount: 0,
            allocatedResources: { cpu: granted },
            resources: { requests: { cpu: actual } },
          },
        ],
        conditions: conditions as never,
      },
    }));

  test.each([
    ['what it asks for', resized('3', '1', '1'), 3000],
    ['what it still has', resized('1', '1', '2'), 2000],
    ['what it was granted', resized('1', '2', '1'), 2000],
    [
      'not what its node can never give',
      resized('9', '1', '1', [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }]),
      1000,
    ],
  ])('%s', (_, pod, cpu) => {
    expect(takenBy(pod)).toEqual({ cpu });
  });
});
