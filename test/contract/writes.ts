import { expect } from 'vitest';
import { configMap, nodeWithoutKubelet, workload } from './manifests.ts';
import { type Deployment, isTerminating, type KubeObject, type Pod, type Service, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const dryRun = { query: { dryRun: 'All' } };
const label = (value: string | null) => ({ metadata: { labels: { note: value } } });

/** The effects and answers of writes. */
export const writes: Theme = (rule) => {
  rule('a new object gets a uid, a version and the first generation, whatever the request says', async (on) => {
    const body = configMap({ metadata: { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' } });
    const { metadata } = await on.create('configmaps', body);
    expect(metadata).toMatchObject({
      name: 'settings',
      namespace: on.name,
      uid: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.stringMatching(/^20(?!01)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    const created = await on.deployment({ replicas: 0 });
    expect(created.metadata.generation).toBe(1);
  });

  rule('generateName adds five characters without vowels', async (on) => {
    const body = { ...configMap(), metadata: { generateName: 'canary-' } };
    const names = [await on.create('configmaps', body), await on.create('configmaps', body)].map(
      ({ metadata }) => metadata.name,
    );
    for (const name of names) expect(name).toMatch(/^canary-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  rule('a Service may have a name that begins with a digit', async (on) => {
    expect((await on.service({ name: '1web' })).metadata.name).toBe('1web');
  });

  rule('a write without changes creates no new version', async (on) => {
    const first = await on.create('configmaps', configMap({ metadata: { labels: { note: 'a' } } }));
    const same = await on.patch('configmaps', 'settings', label('a'));
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const other = await on.patch('configmaps', 'settings', label('b'));
    expect(Number(other.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  rule('a PUT with the current version is stored, one with an older version is refused', async (on) => {
    const first = await on.create<ConfigMap>('configmaps', configMap());
    const sent = { body: { ...first, data: { colour: 'green' } } };
    expect((await on.ask('PUT', 'configmaps', 'settings', sent)).status).toBe(200);
    expect((await on.ask('PUT', 'configmaps', 'settings', sent)).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await on.get<ConfigMap>('configmaps', 'settings')).data).toEqual({ colour: 'green' });
  });

  rule('the generation counts changes of the spec, but not of labels', async (on) => {
    await on.deployment({ replicas: 0 });
    const labelled = await on.patch<Deployment>('deployments', 'web', label('a'));
    const paused = await on.patch<Deployment>('deployments', 'web', { spec: { paused: true } });
    expect([labelled.metadata.generation, paused.metadata.generation]).toEqual([1, 2]);
  });

  rule('the labels of a terminating pod can change', async (on) => {
    await on.addFinalizer(await on.idlePod());
    await on.delete('pods', 'web', { gracePeriodSeconds: 0 });
    const pod = await on.label('web', { note: 'late' });
    expect([pod.metadata.labels?.note, isTerminating(pod)]).toEqual(['late', true]);
    await on.removeFinalizers('web');
  });

  rule('an object that loses its last label has no labels field', async (on) => {
    await on.create('configmaps', configMap({ metadata: { labels: { note: 'a' } } }));
    const { metadata } = await on.patch('configmaps', 'settings', label(null));
    expect('labels' in metadata).toBe(false);
  });

  rule('a dry run validates and answers like a write, and stores nothing', async (on) => {
    const created = await on.ask<KubeObject>('POST', 'configmaps', '', { body: configMap(), ...dryRun });
    expect([created.status, created.body.metadata.uid === undefined]).toEqual([201, false]);
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
    const { metadata } = await on.create('configmaps', configMap());
    const patched = await on.ask<KubeObject>('PATCH', 'configmaps', 'settings', { body: label('a'), ...dryRun });
    expect(patched.body.metadata.labels).toEqual({ note: 'a' });
    expect((await on.ask('DELETE', 'configmaps', 'settings', dryRun)).status).toBe(200);
    expect(await on.get('configmaps', 'settings')).toMatchObject({
      metadata: { resourceVersion: metadata.resourceVersion },
    });
    const wrong = await on.ask('PATCH', 'configmaps', 'settings', { body: label('a b'), ...dryRun });
    expect(wrong.body).toMatchObject({ code: 422, reason: 'Invalid' });
  });

  rule('a write to /status changes only the status, and any other write does not change it', async (on) => {
    await on.idlePod();
    const main = await on.patch<Pod>('pods', 'web', { status: { phase: 'Failed' }, ...label('a') });
    expect([main.status?.phase, main.metadata.labels?.note]).toEqual(['Pending', 'a']);
    const change = { status: { phase: 'Running' }, spec: { nodeName: 'else' } };
    const { status, spec } = await on.patch<Pod>('pods', 'web/status', change);
    expect([status?.phase, spec.nodeName]).toEqual(['Running', nodeWithoutKubelet]);
  });

  rule('a write to /status also changes the labels of a pod, but not of a Deployment', async (on) => {
    await on.idlePod();
    await on.deployment({ replicas: 0 });
    const labelsOf = async (path: 'pods' | 'deployments') =>
      (await on.patch(path, 'web/status', label('a'))).metadata.labels?.note;
    expect([await labelsOf('pods'), await labelsOf('deployments')]).toEqual(['a', undefined]);
  });

  rule('the scale of a Deployment is a separate object, with the selector as text', async (on) => {
    const { metadata } = await on.deployment({ replicas: 0, labels: { app: 'web', tier: 'front' } });
    const scale = await on.get('deployments', 'web/scale');
    expect(scale).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: on.name, uid: metadata.uid },
      spec: {},
      status: { replicas: 0, selector: 'app=web,tier=front' },
    });
    const scaled = await on.patch<KubeObject & { spec: object }>('deployments', 'web/scale', { spec: { replicas: 1 } });
    expect(scaled.spec).toEqual({ replicas: 1 });
    expect((await on.get<Deployment>('deployments', 'web')).spec?.replicas).toBe(1);
  });

  rule('an unknown field is dropped, with a warning unless the request ignores them', async (on) => {
    const body = workload('Deployment', { replicas: 0, workload: { replica: 2 } }, on.cluster.placement);
    const warned = await on.ask('POST', 'deployments', '', { body });
    expect([warned.status, warned.headers.warning]).toEqual([201, '299 - "unknown field \\"spec.replica\\""']);
    const ignored = await on.ask('PATCH', 'deployments', 'web', {
      body: { spec: { replica: 2 } },
      query: { fieldValidation: 'Ignore' },
    });
    expect([ignored.status, ignored.headers.warning]).toEqual([200, undefined]);
    expect(await on.get('deployments', 'web')).not.toMatchObject({ spec: { replica: 2 } });
  });

  rule('a Service keeps its cluster IP when its selector changes', async (on) => {
    const before = await on.service();
    const after = await on.patch<Service>('services', 'web', { spec: { selector: { enabled: 'yes' } } });
    expect(after.spec).toMatchObject({ clusterIP: before.spec?.clusterIP, selector: { app: 'web', enabled: 'yes' } });
    expect(before.spec?.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  rule('only the holder with the current version can update a Lease', async (on) => {
    const lease = (holder: string, resourceVersion?: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'pitlane-web', resourceVersion },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: 15,
        acquireTime: '2026-11-24T03:12:07.123456Z',
        renewTime: '2026-11-24T03:12:07.123456Z',
        leaseTransitions: 0,
      },
    });
    const { metadata } = await on.create('leases', lease('a'));
    const asked = ['b', 'c'].map((holder) =>
      on.ask('PUT', 'leases', 'pitlane-web', { body: lease(holder, metadata.resourceVersion) }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409]);
    const { spec } = await on.get<KubeObject & { spec: { renewTime: string } }>('leases', 'pitlane-web');
    expect(spec.renewTime).toBe('2026-11-24T03:12:07.123456Z');
  });

  rule('an event of events.k8s.io can be read as a core event, and only its series can change', async (on) => {
    const pod = await on.idlePod();
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'drained', namespace: on.name },
      eventTime: '2026-11-24T03:12:07.000000Z',
      reportingController: 'pitlane.dev/pitlane',
      reportingInstance: 'pitlane-1',
      action: 'Drain',
      reason: 'Drained',
      type: 'Normal',
      note: 'drained because 5xx',
      regarding: { kind: 'Pod', namespace: on.name, name: 'web', uid: uidOf(pod) },
    };
    const path = `/apis/events.k8s.io/v1/namespaces/${on.name}/events`;
    await on.cluster.http.granted('POST', path, { body: event });
    expect(await on.get('events', 'drained')).toMatchObject({
      reason: 'Drained',
      message: 'drained because 5xx',
      involvedObject: { kind: 'Pod', name: 'web', uid: uidOf(pod) },
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: 'pitlane.dev/pitlane',
    });
    const refused = await on.cluster.http.exchange('PATCH', `${path}/drained`, { body: { note: 'else' } });
    expect(refused.body.message).toBe('Event "drained" is invalid: message: Invalid value: "else": field is immutable');
    const series = { count: 2, lastObservedTime: '2026-11-24T03:13:07.000000Z' };
    const counted = await on.cluster.http.exchange('PATCH', `${path}/drained`, { body: { series } });
    expect(counted.body).toMatchObject({ series });
  });
};
