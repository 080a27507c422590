import { describe, expect, test } from 'vitest';
import type { Api, ApiEvent, NewObject } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { newCluster } from './cluster.ts';
import { apiOf } from './in-process.ts';

const start = Date.parse('2026-03-01T03:12:07Z');

function newApi(): Api & { clock: { now: number } } {
  const clock = { now: start };
  return { ...apiOf(newCluster({ now: () => clock.now })), clock };
}

function pod(
  name: string,
  changes: { labels?: Record<string, string>; annotations?: Record<string, string>; spec?: object } = {},
): NewObject {
  const { spec, ...metadata } = changes;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'rng' }, ...metadata },
    spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }], ...spec },
  };
}

function deployment(changes: { labels?: Record<string, string>; spec?: object } = {}): NewObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'rng' } },
      template: {
        metadata: { labels: changes.labels ?? { app: 'rng' } },
        spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
      },
      ...changes.spec,
    },
  };
}

/** The error that the call throws; fails when it throws none. */
function refusalOf(what: () => unknown): ApiError {
  try {
    what();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('the server', () => {
  test('adds the defaults, tolerations and token volume of a real server to a pod', () => {
    const made = newApi().create('pods', pod('rng-1'));
    expect(made.metadata).toMatchObject({ creationTimestamp: '2026-03-01T03:12:07Z', generation: 1 });
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(made.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
      serviceAccountName: 'default',
      enableServiceLinks: true,
      priority: 0,
    });
    expect(made.spec.containers[0]).toMatchObject({
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
    });
    expect(made.spec.tolerations).toEqual([
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
    expect(made.spec.volumes[0].name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('adds strategy, history limit and deadline to a Deployment', () => {
    expect(newApi().create('deployments', deployment()).spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });

  test('allocates an address for a Service', () => {
    const api = newApi();
    const made = api.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'rng', namespace: 'default' },
      spec: { selector: { app: 'rng' }, ports: [{ port: 80 }] },
    });
    expect(made.spec.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(made.spec).toMatchObject({
      clusterIPs: [made.spec.clusterIP],
      type: 'ClusterIP',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  test('counts the changes of a DaemonSet template', () => {
    const api = newApi();
    const { spec } = deployment();
    const made = api.create('daemonsets', { ...deployment(), kind: 'DaemonSet', spec });
    const key = 'deprecated.daemonset.template.generation';
    expect(made.metadata.annotations).toEqual({ [key]: '1' });
    const patch = { spec: { template: { spec: { terminationGracePeriodSeconds: 5 } } } };
    const changed = api.mergePatch('daemonsets', 'default', 'rng', patch);
    expect(changed.metadata).toMatchObject({ annotations: { [key]: '2' }, generation: 2 });
  });

  test('gives the same names and uids for the same seed', () => {
    const made = [1, 2].map(() => {
      const { metadata, ...rest } = pod('');
      return newApi().create('pods', { ...rest, metadata: { ...metadata, name: '', generateName: 'rng-' } }).metadata;
    });
    expect(made[0]).toEqual(made[1]);
    expect(made[0]?.name).toMatch(/^rng-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});

describe('changes', () => {
  test('an update without a difference keeps the version and notifies no listener', () => {
    const api = newApi();
    const made = api.create('pods', pod('rng-1'));
    const seen: ApiEvent[] = [];
    api.subscribe((event) => seen.push(event));
    expect(api.mergePatch('pods', 'default', 'rng-1', { metadata: { labels: { app: 'rng' } } })).toBe(made);
    expect(seen).toEqual([]);
  });

  test('only a change of the spec increases the generation', () => {
    const api = newApi();
    api.create('deployments', deployment());
    expect(
      api.mergePatch('deployments', 'default', 'rng', { metadata: { labels: { a: 'b' } } }).metadata.generation,
    ).toBe(1);
    expect(api.mergePatch('deployments', 'default', 'rng', { spec: { replicas: 3 } }).metadata.generation).toBe(2);
    const { metadata, status } = api.mergePatch('deployments', 'default', 'rng', { status: { replicas: 9 } });
    expect([metadata.generation, status]).toEqual([2, {}]);
    const counted = api.mergePatch(
      'deployments',
      'default',
      'rng',
      { status: { replicas: 9 } },
      { subresource: 'status' },
    );
    expect([counted.metadata.generation, counted.status]).toEqual([2, { replicas: 9 }]);
  });

  test('a stale version is a conflict in the words of a real server', () => {
    const api = newApi();
    const made = api.create('pods', pod('rng-1'));
    api.mergePatch('pods', 'default', 'rng-1', { metadata: { labels: { app: null } } });
    const { code, reason, message } = refusalOf(() => api.update('pods', made));
    expect([code, reason]).toEqual([409, 'Conflict']);
    expect(message).toBe(
      'Operation cannot be fulfilled on pods "rng-1": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('removing the last label of a pod removes its labels', () => {
    const api = newApi();
    api.create('pods', pod('rng-1'));
    const bare = api.mergePatch('pods', 'default', 'rng-1', { metadata: { labels: { app: null } } });
    expect('labels' in bare.metadata).toBe(false);
  });

  test('listeners get changes in the order of the versions, including changes by a listener', () => {
    const api = newApi();
    const heard: string[] = [];
    api.subscribe(({ type, object }) => {
      if (type === 'ADDED')
        api.mergePatch('pods', 'default', object.metadata.name, { metadata: { labels: { seen: 'yes' } } });
    });
    api.subscribe(({ type, object }) => heard.push(`${type} ${object.metadata.labels?.seen}`));
    api.create('pods', pod('rng-1'));
    expect(heard).toEqual(['ADDED undefined', 'MODIFIED yes']);
  });
});

describe('deletion', () => {
  test('a pod on a node stays until its kubelet deletes it with grace period 0', () => {
    const api = newApi();
    api.create('pods', pod('rng-1', { spec: { nodeName: 'node-1' } }));
    api.delete('pods', 'default', 'rng-1');
    expect(api.get('pods', 'default', 'rng-1')?.metadata).toMatchObject({
      deletionTimestamp: '2026-03-01T03:12:37Z',
      deletionGracePeriodSeconds: 30,
    });
    api.delete('pods', 'default', 'rng-1', { gracePeriodSeconds: 0 });
    expect(api.get('pods', 'default', 'rng-1')).toBeUndefined();
  });

  test('a grace period can only be shortened', () => {
    const api = newApi();
    api.create('pods', pod('rng-1', { spec: { nodeName: 'node-1' } }));
    api.delete('pods', 'default', 'rng-1', { gracePeriodSeconds: 20 });
    api.delete('pods', 'default', 'rng-1', { gracePeriodSeconds: 60 });
    expect(api.get('pods', 'default', 'rng-1')?.metadata.deletionGracePeriodSeconds).toBe(20);
    api.delete('pods', 'default', 'rng-1', { gracePeriodSeconds: 5 });
    expect(api.get('pods', 'default', 'rng-1')?.metadata).toMatchObject({
      deletionTimestamp: '2026-03-01T03:12:12Z',
      deletionGracePeriodSeconds: 5,
    });
  });

  test('an unscheduled or finished pod is deleted at once', () => {
    const api = newApi();
    api.create('pods', pod('waiting'));
    api.create('pods', pod('finished', { spec: { nodeName: 'node-1' } }));
    api.mergePatch('pods', 'default', 'finished', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    api.delete('pods', 'default', 'waiting');
    api.delete('pods', 'default', 'finished');
    expect(api.list('pods')).toEqual([]);
  });

  test('an object is deleted with its last finalizer', () => {
    const api = newApi();
    api.create('deployments', deployment());
    api.delete('deployments', 'default', 'rng', { propagationPolicy: 'Foreground' });
    const held = api.get('deployments', 'default', 'rng');
    expect(held?.metadata).toMatchObject({
      finalizers: ['foregroundDeletion'],
      deletionTimestamp: '2026-03-01T03:12:07Z',
    });
    api.mergePatch('deployments', 'default', 'rng', { metadata: { finalizers: null } });
    expect(api.get('deployments', 'default', 'rng')).toBeUndefined();
  });

  test('a uid precondition protects another pod of the name', () => {
    const api = newApi();
    const { metadata } = api.create('pods', pod('rng-1'));
    const { code, message } = refusalOf(() => api.delete('pods', 'default', 'rng-1', { uid: 'other' }));
    expect(code).toBe(409);
    expect(message).toBe(
      `Operation cannot be fulfilled on Pod "rng-1": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  });
});

describe('refusals', () => {
  const owner = (name: string) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: name, controller: true });
  const cases: [string, (api: Api) => unknown, string][] = [
    [
      'a label value with a space',
      (api) => api.create('pods', pod('rng-1', { labels: { app: 'r n g' } })),
      `Pod "rng-1" is invalid: metadata.labels: Invalid value: "r n g": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
    [
      'a deletion cost that is not an int32',
      (api) =>
        api.create('pods', pod('rng-1', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '+10' } })),
      'Pod "rng-1" is invalid: metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+10": must be a 32bit integer',
    ],
    [
      'a selector that does not match its own template',
      (api) => api.create('deployments', deployment({ labels: { app: 'other' } })),
      'Deployment.apps "rng" is invalid: spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`',
    ],
    [
      'a new selector for an existing Deployment',
      (api) => {
        api.create('deployments', deployment({ labels: { app: 'rng', tier: 'a' } }));
        api.mergePatch('deployments', 'default', 'rng', { spec: { selector: { matchLabels: { tier: 'a' } } } });
      },
      'Deployment.apps "rng" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"rng","tier":"a"}}: field is immutable',
    ],
    [
      'two controllers for one pod',
      (api) => {
        api.create('pods', pod('rng-1'));
        api.mergePatch('pods', 'default', 'rng-1', { metadata: { ownerReferences: [owner('a'), owner('b')] } });
      },
      'Pod "rng-1" is invalid: metadata.ownerReferences: Invalid value: [{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"a","uid":"a","controller":true},{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/a and ReplicaSet/b',
    ],
    [
      'an existing pod',
      (api) => [api.create('pods', pod('rng-1')), api.create('pods', pod('rng-1'))],
      'pods "rng-1" already exists',
    ],
    ['a missing pod', (api) => api.delete('pods', 'default', 'rng-1'), 'pods "rng-1" not found'],
    [
      'a loopback endpoint',
      (api) =>
        api.create('endpointslices', {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'rng', namespace: 'default' },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['127.0.0.1'] }],
        }),
      'EndpointSlice.discovery.k8s.io "rng" is invalid: endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      'a pod in a missing namespace',
      (api) => api.create('pods', { ...pod('rng-1'), metadata: { name: 'rng-1', namespace: 'nowhere' } }),
      'namespaces "nowhere" not found',
    ],
  ];
  test.each(cases)('of %s have the message of a real server', (_name, act, message) => {
    expect(refusalOf(() => act(newApi())).message).toBe(message);
  });
});
