import { describe, expect, test } from 'vitest';
import { podNeeds } from '../../test/builders/pod-needs.ts';
import { type ContainerNeeds, conflict, hostPortsOf, requestsOf } from './pod-needs.ts';
import type { Resources } from './resources.ts';

const container =
  (role: ContainerNeeds['role']) =>
  (requests: Resources, ...ports: readonly number[]): ContainerNeeds => ({
    name: 'c',
    role,
    requests,
    hostPorts: ports.map((port) => ({ ip: '0.0.0.0', protocol: 'TCP', port })),
  });
const [init, sidecar, main] = [container('init'), container('sidecar'), container('main')];
const cpu = (amount: number): Resources => ({ cpu: amount });

describe('a pod reserves', () => {
  test.each<[string, Parameters<typeof podNeeds>[1], Resources]>([
    ['nothing by default', { containers: [main({})] }, {}],
    ['the sum of its containers', { containers: [main(cpu(100)), main(cpu(200))] }, cpu(300)],
    ['its largest init container if that needs more', { containers: [init(cpu(500)), main(cpu(300))] }, cpu(500)],
    ['its sidecars beside its containers', { containers: [sidecar(cpu(1000)), main(cpu(300))] }, cpu(1300)],
    [
      'an init container with the sidecars started before it',
      { containers: [sidecar(cpu(100)), init(cpu(500)), main(cpu(50))] },
      cpu(600),
    ],
    [
      'an init container without the sidecars started after it',
      { containers: [init(cpu(500)), sidecar(cpu(100)), main(cpu(50))] },
      cpu(500),
    ],
    [
      'the most of each resource, whichever container has it',
      { containers: [init({ cpu: 500, memory: 1 }), main({ cpu: 100, memory: 2, 'example.com/gpu': 1 })] },
      { cpu: 500, memory: 2, 'example.com/gpu': 1 },
    ],
    [
      'what it requests as a whole, and of the rest what its containers do',
      { containers: [main({ cpu: 900, 'example.com/gpu': 1 })], podLevel: cpu(700) },
      { cpu: 700, 'example.com/gpu': 1 },
    ],
    ['the overhead of its runtime', { containers: [main(cpu(100))], podLevel: cpu(700), overhead: cpu(250) }, cpu(950)],
  ])('%s', (_, change, want) => {
    expect(requestsOf(podNeeds({}, change))).toEqual(want);
  });
});

test('holds the host ports of its containers and sidecars, not of init containers', () => {
  const { containers } = podNeeds({}, { containers: [init({}, 1), sidecar({}, 15_001), main({}, 80)] });
  expect(hostPortsOf({ containers }).map(({ port }) => port)).toEqual([15_001, 80]);
});

describe('two host ports', () => {
  const port = { ip: '0.0.0.0', protocol: 'TCP', port: 80 };
  const at = (ip: string) => ({ ...port, ip });
  test.each([
    ['conflict on every address', port, port, true],
    ['do not conflict with another number', port, { ...port, port: 81 }, false],
    ['do not conflict with another protocol', port, { ...port, protocol: 'UDP' }, false],
    ['conflict where one is of every address', at('10.0.0.1'), port, true],
    ['conflict on one address', at('10.0.0.1'), at('10.0.0.1'), true],
    ['do not conflict on two addresses', at('10.0.0.1'), at('10.0.0.2'), false],
  ])('%s', (_, a, b, want) => {
    expect([conflict(a, b), conflict(b, a)]).toEqual([want, want]);
  });
});
