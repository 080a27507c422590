import { expect } from 'vitest';
import { type EndpointSlice, namesOf, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';

/** What is listed for a Service that has no selector, or has lost it. */
export const selectorless: Theme = (rule) => {
  rule('removing the whole selector freezes the slices: who was listed stays listed', async (on) => {
    await on.service();
    await on.service({ name: 'twin' });
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.untilListed(['web'], 'twin');
    await on.patch('services', 'web', { spec: { selector: null } });
    await on.makeUnready(pod);
    await on.untilListed([], 'twin');
    await on.label('web', { app: null });
    await until(
      'twin empty',
      () => on.endpoints('twin'),
      (endpoints) => endpoints.length === 0,
    );
    const slices = await on.slices();
    const frozen = slices.find(({ metadata }) => metadata.labels?.[managedBy] === 'endpointslice-controller.k8s.io');
    expect(frozen?.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: true, terminating: false });
  });

  rule('the Endpoints that a Service keeps without its selector are mirrored, beside the frozen slice', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.patch('services', 'web', { spec: { selector: null } });
    const slices = await until(
      'two slices',
      () => on.slices(),
      ({ length }) => length === 2,
    );
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

  rule('Endpoints written by hand are mirrored, until the Service gets a selector', async (on) => {
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
    const [mirror] = await until(
      'a mirror',
      () => on.slices(),
      ({ length }) => length === 1,
    );
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
    await until(
      'only an empty slice',
      () => on.slices(),
      (slices) => slices.length === 1 && slices.every(isPlaceholder),
    );
  });

  rule('a Service without selector has no slice, and one written by hand for it is left alone', async (on) => {
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
    await until(
      'slice of the later Service',
      () => on.slices('later'),
      (slices) => slices.length === 1,
    );
    expect(namesOf(await on.slices())).toEqual(['by-hand']);
  });
};
