import { expect } from 'vitest';
import { type EndpointSlice, namesOf, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';

/** The slices of a Service that has no selector, or has lost it. */
export const selectorless: Theme = (rule) => {
  rule('a Service that loses its selector keeps its slice as it was', async (on) => {
    await on.service();
    await on.service({ name: 'twin' });
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.untilListed(['web'], 'twin');
    await on.patch('services', 'web', { spec: { selector: null } });
    // Controllers share their cache of Services: the mirror shows that the one of slices knows the change too.
    await on.untilSlices('the mirror', ({ length }) => length === 2);
    await on.makeUnready(pod);
    await on.untilListed([], 'twin');
    await on.label('web', { app: null });
    await on.untilSlices(
      'twin empty',
      (slices) => slices.every(({ endpoints }) => (endpoints ?? []).length === 0),
      'twin',
    );
    const slices = await on.slices();
    const frozen = slices.find(({ metadata }) => metadata.labels?.[managedBy] === 'endpointslice-controller.k8s.io');
    expect(frozen?.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: true, terminating: false });
  });

  rule('a Service that loses its selector gets a mirror of its Endpoints beside the old slice', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.patch('services', 'web', { spec: { selector: null } });
    const slices = await on.untilSlices('two slices', ({ length }) => length === 2);
    const mirror = slices.find(({ metadata }) => metadata.labels?.[managedBy] !== 'endpointslice-controller.k8s.io');
    expect(mirror?.metadata.labels?.[managedBy]).toBe('endpointslicemirroring-controller.k8s.io');
    expect(mirror?.endpoints).toEqual([
      {
        addresses: [pod.status?.podIP],
        conditions: { ready: true },
        nodeName: pod.spec.nodeName,
        targetRef: { kind: 'Pod', namespace: on.name, name: 'web', uid: uidOf(pod) },
      },
    ]);
  });

  rule('Endpoints without a selector are mirrored until the Service gets a selector', async (on) => {
    await on.service({ selector: null });
    await on.create('endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', labels: { team: 'a' } },
      subsets: [
        {
          addresses: [{ ip: '10.1.2.3' }],
          notReadyAddresses: [{ ip: '10.1.2.4' }],
          ports: [{ name: 'http', port: 8080 }],
        },
      ],
    });
    const [mirror] = await on.untilSlices('a mirror', ({ length }) => length === 1);
    expect(mirror).toMatchObject({
      metadata: {
        labels: { team: 'a', [managedBy]: 'endpointslicemirroring-controller.k8s.io' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name: 'web', controller: true }],
      },
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    const readiness = mirror?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]);
    expect(readiness?.sort()).toEqual([
      ['10.1.2.3', true],
      ['10.1.2.4', false],
    ]);
    await on.patch('services', 'web', { spec: { selector: { app: 'web' } } });
    const isPlaceholder = ({ endpoints }: EndpointSlice) => endpoints === null;
    await on.untilSlices('only an empty slice', (slices) => slices.length === 1 && slices.every(isPlaceholder));
  });

  rule('a Service without a selector gets no slice, and one that a user adds is left alone', async (on) => {
    await on.service({ selector: null });
    await on.create('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'by-hand', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'] }],
      ports: [{ name: 'http', port: 80 }],
    });
    await on.service({ name: 'later' });
    await on.untilSlices('slice of the later Service', ({ length }) => length === 1, 'later');
    expect(namesOf(await on.slices())).toEqual(['by-hand']);
  });

  rule('Endpoints without a Service stay, and are not mirrored', async (on) => {
    const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ name: 'http', port: 8080 }] }];
    await on.create('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'alone' }, subsets });
    await on.service();
    await on.untilSlices('slice of a later Service', ({ length }) => length === 1);
    expect((await on.ask('GET', 'endpoints', 'alone')).status).toBe(200);
    expect(await on.slices('alone')).toEqual([]);
  });
};
