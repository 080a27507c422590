import { expect } from 'vitest';
import { type Endpoint, type EndpointSlice, nameOf, type Pod, type Service, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';
const lastChange = 'endpoints.kubernetes.io/last-change-trigger-time';

/** What a Service's slices say of its pods, and when. */
export const endpointSlices: Theme = (rule) => {
  rule('a ready pod is listed with its address, its node, its identity and three conditions', async (on) => {
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
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: uidOf(service),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });

  rule('a pod that is not ready stays listed, neither ready nor serving', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.makeUnready(pod);
    const [endpoint] = await on.untilListed([]);
    expect(endpoint?.conditions).toEqual({ ready: false, serving: false, terminating: false });
  });

  rule('a pod on its way out stays listed: not ready, but serving and terminating', async (on) => {
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

  rule('a pod that loses the label vanishes, without having been shown as not ready or terminating', async (on) => {
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

  rule('another selector lists other pods, as soon as it is written', async (on) => {
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

  rule('publishNotReadyAddresses shows a pod as ready that is not serving', async (on) => {
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

  rule('pods whose named port differs stand in slices of their own', async (on) => {
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

  rule('a pod without the named port is listed in a slice without ports', async (on) => {
    await on.service();
    await on.readyPod({ container: { ports: [{ name: 'metrics', containerPort: 9100 }] } });
    await on.untilListed(['web']);
    const [slice] = await on.slices();
    expect([slice?.endpoints?.length, slice?.ports]).toEqual([1, null]);
  });

  rule('a Service that selects nobody has one empty slice', async (on) => {
    await on.service();
    const [slice, ...others] = await until(
      'a slice',
      () => on.slices(),
      (slices) => slices.length > 0,
    );
    expect([slice?.endpoints, slice?.ports, slice?.addressType, others]).toEqual([null, null, 'IPv4', []]);
  });

  rule('pods that have ended, and pods without an address, are not listed', async (on) => {
    await on.service();
    const ended = { image: 'busybox:1.36', command: ['true'] };
    await on.pod({ name: 'ended', container: ended, spec: { restartPolicy: 'Never' } });
    await on.untilPod('ended', 'ended', ({ status }) => status?.phase === 'Succeeded');
    await on.pod({ name: 'waiting', spec: { nodeSelector: { 'example.com/nowhere': 'yes' } } });
    await on.readyPod();
    await on.untilListed(['web']);
    expect((await on.endpoints()).map(({ targetRef }) => targetRef?.name)).toEqual(['web']);
  });

  rule('a slice that somebody deletes comes back', async (on) => {
    await on.service();
    await on.readyPod();
    await on.untilListed(['web']);
    const [slice] = await on.slices();
    await on.delete('endpointslices', nameOf(slice));
    await until(
      'a slice of another uid',
      () => on.slices(),
      (slices) => slices.some((other) => uidOf(other) !== uidOf(slice)),
    );
    await on.untilListed(['web']);
  });

  rule('a pod is listed by every Service that selects it, and leaves only those whose label it loses', async (on) => {
    await on.service();
    await on.service({ name: 'admin', selector: { admin: 'yes' } });
    await on.readyPod({ labels: { app: 'web', admin: 'yes' } });
    await on.untilListed(['web']);
    await on.untilListed(['web'], 'admin');
    await on.label('web', { app: null });
    await on.untilListed([]);
    expect((await on.endpoints('admin')).map(({ targetRef }) => targetRef?.name)).toEqual(['web']);
  });

  rule('the trigger time is that of the last change of readiness, and a label change clears it', async (on) => {
    await on.service();
    await on.readyPod({ name: 'first' });
    await on.untilListed(['first']);
    const watch = await on.watch<EndpointSlice>('endpointslices');
    const triggerOf = ({ metadata }: EndpointSlice) => metadata.annotations?.[lastChange];
    const second = (await on.readyPod({ name: 'second' })) as Pod;
    const readySince = second.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    // A later write for another reason clears it.
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
