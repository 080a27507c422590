import { expect } from 'vitest';
import { configMap, pod as podOf, workload } from './manifests.ts';
import { type Deployment, type Pod, type Service, type Thing, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';

interface ConfigMap extends Thing {
  data?: Record<string, string>;
}

const dryRun = { query: { dryRun: 'All' } };
const label = (value: string | null) => ({ metadata: { labels: { note: value } } });

/** What a write changes, and what it leaves alone. */
export const writes: Theme = (rule) => {
  rule('a new object gets a uid, a version and the first generation, whatever it says itself', async (on) => {
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

  rule('generateName gives five more characters, without vowels', async (on) => {
    const body = { ...configMap(), metadata: { generateName: 'canary-' } };
    const names = [await on.create('configmaps', body), await on.create('configmaps', body)].map(
      ({ metadata }) => metadata.name,
    );
    for (const name of names) expect(name).toMatch(/^canary-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  rule('a Service name may begin with a digit', async (on) => {
    expect((await on.service({ name: '1web' })).metadata.name).toBe('1web');
  });

  rule('a write that changes nothing gives no new version', async (on) => {
    const first = await on.create('configmaps', configMap({ metadata: { labels: { note: 'a' } } }));
    const same = await on.patch('configmaps', 'settings', label('a'));
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const other = await on.patch('configmaps', 'settings', label('b'));
    expect(Number(other.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  rule('a PUT with the version read is stored, one with an older version is refused', async (on) => {
    const first = await on.create<ConfigMap>('configmaps', configMap());
    const sent = { body: { ...first, data: { colour: 'green' } } };
    expect((await on.ask('PUT', 'configmaps', 'settings', sent)).status).toBe(200);
    expect((await on.ask('PUT', 'configmaps', 'settings', sent)).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await on.get<ConfigMap>('configmaps', 'settings')).data).toEqual({ colour: 'green' });
  });

  rule('the generation counts changes of the spec, not of labels or status', async (on) => {
    await on.deployment({ replicas: 0 });
    const labelled = await on.patch<Deployment>('deployments', 'web', label('a'));
    const paused = await on.patch<Deployment>('deployments', 'web', { spec: { paused: true } });
    expect([labelled.metadata.generation, paused.metadata.generation]).toEqual([1, 2]);
  });

  rule('labels of a pod may be changed while it is on its way out', async (on) => {
    await on.pod({ spec: { nodeName: 'played-by-nobody' }, metadata: { finalizers: ['example.com/hold'] } });
    await on.delete('pods', 'web', { gracePeriodSeconds: 0 });
    const { metadata } = await on.label('web', { note: 'late' });
    expect([metadata.labels?.note, metadata.deletionTimestamp === undefined]).toEqual(['late', false]);
    await on.patch('pods', 'web', { metadata: { finalizers: null } });
  });

  rule('an object without its last label has no labels at all', async (on) => {
    await on.create('configmaps', configMap({ metadata: { labels: { note: 'a' } } }));
    const { metadata } = await on.patch('configmaps', 'settings', label(null));
    expect('labels' in metadata).toBe(false);
  });

  rule('a dry run validates and answers as if it had stored, and stores nothing', async (on) => {
    const created = await on.ask<Thing>('POST', 'configmaps', '', { body: configMap(), ...dryRun });
    expect([created.status, created.body.metadata.uid === undefined]).toEqual([201, false]);
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
    const { metadata } = await on.create('configmaps', configMap());
    const patched = await on.ask<Thing>('PATCH', 'configmaps', 'settings', { body: label('a'), ...dryRun });
    expect(patched.body.metadata.labels).toEqual({ note: 'a' });
    expect((await on.ask('DELETE', 'configmaps', 'settings', dryRun)).status).toBe(200);
    expect(await on.get('configmaps', 'settings')).toMatchObject({
      metadata: { resourceVersion: metadata.resourceVersion },
    });
    const wrong = await on.ask('PATCH', 'configmaps', 'settings', { body: label('a b'), ...dryRun });
    expect(wrong.body).toMatchObject({ code: 422, reason: 'Invalid' });
  });

  rule('a status is written at /status only, and no spec is written there', async (on) => {
    await on.pod({ spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 } });
    const main = await on.patch<Pod>('pods', 'web', { status: { phase: 'Failed' }, ...label('a') });
    expect([main.status?.phase, main.metadata.labels?.note]).toEqual(['Pending', 'a']);
    const change = { status: { phase: 'Running' }, spec: { nodeName: 'else' } };
    const { status, spec } = await on.patch<Pod>('pods', 'web/status', change);
    expect([status?.phase, spec.nodeName]).toEqual(['Running', 'played-by-nobody']);
  });

  rule('the /status of a pod takes labels along, that of a Deployment does not', async (on) => {
    await on.pod({ spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 } });
    await on.deployment({ replicas: 0 });
    const labelsOf = async (path: 'pods' | 'deployments') =>
      (await on.patch(path, 'web/status', label('a'))).metadata.labels?.note;
    expect([await labelsOf('pods'), await labelsOf('deployments')]).toEqual(['a', undefined]);
  });

  rule('the scale of a Deployment is an object of its own, with the selector as text', async (on) => {
    const { metadata } = await on.deployment({ replicas: 0, labels: { app: 'web', tier: 'front' } });
    const scale = await on.get('deployments', 'web/scale');
    expect(scale).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: on.name, uid: metadata.uid },
      spec: {},
      status: { replicas: 0, selector: 'app=web,tier=front' },
    });
    const scaled = await on.patch<Thing & { spec: object }>('deployments', 'web/scale', { spec: { replicas: 1 } });
    expect(scaled.spec).toEqual({ replicas: 1 });
    expect((await on.get<Deployment>('deployments', 'web')).spec?.replicas).toBe(1);
  });

  rule('unknown fields are dropped with a warning, unless they are to be ignored', async (on) => {
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

  rule('a Service keeps its cluster address when its selector is changed', async (on) => {
    const before = await on.service();
    const after = await on.patch<Service>('services', 'web', { spec: { selector: { enabled: 'yes' } } });
    expect(after.spec).toMatchObject({ clusterIP: before.spec?.clusterIP, selector: { app: 'web', enabled: 'yes' } });
    expect(before.spec?.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  rule('only who holds the version that was read last gets a Lease', async (on) => {
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
    const { spec } = await on.get<Thing & { spec: { renewTime: string } }>('leases', 'pitlane-web');
    expect(spec.renewTime).toBe('2026-11-24T03:12:07.123456Z');
  });

  rule('an event in the new form is read in the old one, and then only its series may change', async (on) => {
    const pod = await on.create<Pod>(
      'pods',
      podOf({ spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 } }, {}),
    );
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
