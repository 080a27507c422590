import { expect } from 'vitest';
import type { Answer, Refusal } from './http.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

interface Spec {
  type: string;
  clusterIP?: string;
  ports: { port: number; nodePort?: number }[];
  [field: string]: unknown;
}

type Made = Answer<Refusal & { spec: Spec }>;

const create = (on: Space, name: string, spec: object): Promise<Made> =>
  on.ask('POST', 'services', '', { body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } });
const patch = (on: Space, name: string, spec: object): Promise<Made> =>
  on.ask('PATCH', 'services', name, { body: { spec } });
const why = ({ status, body }: Made) => [status, body.message];

/** How Services get addresses and node ports. */
export const services: Theme = (rule) => {
  rule(
    'a Service gets the address and the node port that it asks for, unless they are taken or invalid',
    async (on) => {
      const first = (await create(on, 'first', { type: 'NodePort' })).body.spec;
      const { clusterIP = '', ports } = first;
      const nodePort = ports[0]?.nodePort ?? 0;
      expect(nodePort).toBeGreaterThanOrEqual(30_000);
      const asking = (port: number) => create(on, 'late', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] });
      const port = 'Service "late" is invalid: spec.ports[0].nodePort: Invalid value:';
      expect(why(await asking(nodePort))).toEqual([422, `${port} ${nodePort}: provided port is already allocated`]);
      expect(why(await asking(80))).toEqual([
        422,
        `${port} 80: provided port is not in the valid range. The range of valid ports is 30000-32767`,
      ]);
      const at = async (address: string) => why(await create(on, 'late', { clusterIP: address }));
      const invalid = 'Service "late" is invalid: spec.clusterIPs';
      expect(await at(clusterIP)).toEqual([
        422,
        `${invalid}: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`,
      ]);
      expect(await at('hello')).toEqual([
        422,
        `${invalid}[0]: Invalid value: "hello": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
      ]);
      expect(await at('fd00::1')).toEqual([
        422,
        `${invalid}[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster`,
      ]);
      await on.delete('services', 'first');
      expect((await asking(nodePort)).status).toBe(201);
    },
  );

  rule('a change of type gives and takes the fields of the type', async (on) => {
    await create(on, 'web', {});
    const balanced = (await patch(on, 'web', { type: 'LoadBalancer' })).body.spec;
    expect(balanced).toMatchObject({ externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true });
    expect(balanced.ports[0]?.nodePort).toBeDefined();
    const inside = (await patch(on, 'web', { type: 'ClusterIP' })).body.spec;
    expect(inside).not.toHaveProperty('externalTrafficPolicy');
    expect(inside).not.toHaveProperty('allocateLoadBalancerNodePorts');
    expect(inside.ports[0]).not.toHaveProperty('nodePort');
    const elsewhere = (await patch(on, 'web', { type: 'ExternalName', externalName: 'example.com' })).body.spec;
    for (const field of ['clusterIP', 'ipFamilies', 'internalTrafficPolicy'])
      expect(elsewhere).not.toHaveProperty(field);
    expect((await patch(on, 'web', { type: 'ClusterIP', externalName: null })).body.spec.clusterIP).toBeDefined();
    expect(why(await patch(on, 'web', { clusterIP: 'None' }))).toEqual([
      422,
      'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ]);
  });

  rule('a load balancer without node ports gets none', async (on) => {
    const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect((await create(on, 'web', spec)).body.spec.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  });
};
