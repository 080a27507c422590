import { expect } from 'vitest';
import { fitsNoNode } from './manifests.ts';
import { type Endpoint, type EndpointSlice, nameOf, ownerReference, type Service, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';
const lastChange = 'endpoints.kubernetes.io/last-change-trigger-time';

/** The contents of the EndpointSlices of a Service. */
export const endpointSlices: Theme = (rule) => {
  rule('a slice lists a ready pod with its address, node, name, uid and three conditions', async (on) => {
    const service = await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    const [slice, ...others] = (await on.slices()) as [EndpointSlice];
    expect(others).toEqual([]);
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: [pod.status?.podIP],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: pod.spec.nodeName,
          targetRef: { kind: 'Pod', namespace: on.name, name: 'web', uid: uidOf(pod) },
        },
      ],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    expect(slice.metadata).toMatchObject({
      generateName: 'web-',
      labels: {
        'kubernetes.io/service-name': 'web',
        [managedBy]: 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ ...ownerReference(service, true), blockOwnerDeletion: true }],
    });
  });

  rule('a slice keeps a pod that is not ready, as neither ready nor serving', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.makeUnready(pod);
    const [endpoint] = await on.untilListed([]);
    expect(endpoint?.conditions).toEqual({ ready: false, serving: false, terminating: false });
  });

  rule('a slice keeps a terminating pod: not ready, but serving and terminating', async (on) => {
    await on.service();
    await on.readyPod();
    await on.untilListed(['web']);
    const watch = await on.watch<EndpointSlice>('endpointslices');
    await on.delete('pods', 'web');
    const { object } = await watch.event(
      'terminating endpoint',
      ({ object: slice }) => slice.endpoints?.[0]?.conditions?.terminating === true,
    );
    expect(object.endpoints?.[0]?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    await watch.event('no endpoint', ({ object: slice }) => (slice.endpoints ?? []).length === 0);
    watch.close();
  });

  rule('a slice drops a pod that loses the label, without ever showing it as not ready or terminating', async (on) => {
    await on.service();
    await on.readyPod();
    await on.untilListed(['web']);
    const watch = await on.watch<EndpointSlice>('endpointslices');
    await on.label('web', { app: null });
    await watch.event('no endpoint', ({ object: slice }) => (slice.endpoints ?? []).length === 0);
    watch.close();
    const shown = watch.events
      .flatMap(({ object: slice }) => slice.endpoints ?? [])
      .map(({ conditions }) => conditions);
    expect(shown).toEqual([{ ready: true, serving: true, terminating: false }]);
  });

  rule('the slices follow a change of the selector', async (on) => {
    await on.service();
    await on.readyPod({ name: 'blue' });
    await on.readyPod({ name: 'green', labels: { app: 'web', colour: 'green' } });
    await on.untilListed(['blue', 'green']);
    await on.patch('services', 'web', { spec: { selector: { colour: 'green' } } });
    await on.untilListed(['green']);
    await on.patch('services', 'web', { spec: { selector: { colour: 'red' } } });
    await on.untilListed([]);
    expect((await on.get<Service>('services', 'web')).spec?.selector).toEqual({ app: 'web', colour: 'red' });
  });

  rule('a Service with publishNotReadyAddresses lists a pod as ready that is not serving', async (on) => {
    await on.service({ spec: { publishNotReadyAddresses: true } });
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.makeUnready(pod);
    const isServing = ([endpoint]: Endpoint[]) => endpoint?.conditions?.serving === true;
    const [endpoint] = await until(
      'no longer serving',
      () => on.endpoints(),
      (endpoints) => !isServing(endpoints),
    );
    expect(endpoint?.conditions).toEqual({ ready: true, serving: false, terminating: false });
  });

  rule('pods whose named ports differ are in different slices', async (on) => {
    await on.service();
    const port = (containerPort: number) => ({ ports: [{ name: 'http', containerPort }] });
    await on.readyPod({ name: 'old', container: port(8080) });
    await on.readyPod({ name: 'new', container: port(9090) });
    await on.untilListed(['new', 'old']);
    const listed = (await on.slices()).map(({ endpoints, ports }) => [
      endpoints?.[0]?.targetRef?.name,
      ports?.[0]?.port,
    ]);
    expect(listed.sort()).toEqual([
      ['new', 9090],
      ['old', 8080],
    ]);
  });

  rule('a pod without the named port is in a slice without ports', async (on) => {
    await on.service();
    await on.readyPod({ container: { ports: [{ name: 'metrics', containerPort: 9100 }] } });
    await on.untilListed(['web']);
    const [slice] = await on.slices();
    expect([slice?.endpoints?.length, slice?.ports]).toEqual([1, null]);
  });

  rule('a Service that selects no pods has one empty slice', async (on) => {
    await on.service();
    const [slice, ...others] = await on.untilSlices('a slice', (slices) => slices.length > 0);
    expect([slice?.endpoints, slice?.ports, slice?.addressType, others]).toEqual([null, null, 'IPv4', []]);
  });

  rule('a slice does not list pods that have ended or have no address', async (on) => {
    await on.service();
    const ended = { image: 'busybox:1.36', command: ['true'] };
    await on.pod({ name: 'ended', container: ended, spec: { restartPolicy: 'Never' } });
    await on.untilPod('ended', 'ended', ({ status }) => status?.phase === 'Succeeded');
    await on.pod({ name: 'waiting', spec: fitsNoNode });
    await on.readyPod();
    await on.untilListed(['web']);
    expect((await on.endpoints()).map(({ targetRef }) => targetRef?.name)).toEqual(['web']);
  });

  rule('the controller creates a deleted slice again', async (on) => {
    await on.service();
    await on.readyPod();
    await on.untilListed(['web']);
    const [slice] = await on.slices();
    await on.delete('endpointslices', nameOf(slice));
    await on.untilSlices('a slice of another uid', (slices) => slices.some((other) => uidOf(other) !== uidOf(slice)));
    await on.untilListed(['web']);
  });

  rule('every Service that selects a pod lists it, and only those whose label it loses drop it', async (on) => {
    await on.service();
    await on.service({ name: 'admin', selector: { admin: 'yes' } });
    await on.readyPod({ labels: { app: 'web', admin: 'yes' } });
    await on.untilListed(['web']);
    await on.untilListed(['web'], 'admin');
    await on.label('web', { app: null });
    await on.untilListed([]);
    expect((await on.endpoints('admin')).map(({ targetRef }) => targetRef?.name)).toEqual(['web']);
  });

  rule('a Service that prefers the same node has hints with the node of each ready endpoint', async (on) => {
    await on.service({ spec: { trafficDistribution: 'PreferSameNode' } });
    const { spec } = await on.readyPod();
    await on.untilListed(['web']);
    const [endpoint] = await on.endpoints();
    expect(endpoint?.hints).toEqual({ forNodes: [{ name: spec.nodeName }] });
    await on.patch('services', 'web', { spec: { trafficDistribution: null } });
    await on.untilSlices('without hints', ([slice]) => slice?.endpoints?.[0]?.hints === undefined);
  });

  rule('a slice has the time of the last change of readiness, which a label change removes', async (on) => {
    await on.service();
    await on.readyPod({ name: 'first' });
    await on.untilListed(['first']);
    const watch = await on.watch<EndpointSlice>('endpointslices');
    const triggerOf = ({ metadata }: EndpointSlice) => metadata.annotations?.[lastChange];
    const second = await on.readyPod({ name: 'second' });
    const readySince = second.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    // A later write for another reason removes it.
    await watch.event(
      'second with its time',
      ({ object }) =>
        triggerOf(object) === readySince && !!object.endpoints?.some(({ targetRef }) => targetRef?.name === 'second'),
    );
    await on.untilListed(['first', 'second']);
    watch.close();
    await on.label('second', { app: null });
    await on.untilListed(['first']);
    expect((await on.slices()).map(triggerOf)).toEqual([undefined]);
  });
};
