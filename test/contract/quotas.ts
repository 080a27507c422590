import { expect } from 'vitest';
import type { Refusal } from './http.ts';
import * as manifests from './manifests.ts';
import type { KubeObject } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

interface Quota extends KubeObject {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

const requests = (cpu: string) => ({ container: { resources: { requests: { cpu, memory: '64Mi' } } } });

async function quota(on: Space, hard: Record<string, string>): Promise<void> {
  await on.create('resourcequotas', {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'limit' },
    spec: { hard },
  });
  await untilUsed(on, ({ status }) => status?.used !== undefined);
}

function untilUsed(on: Space, isRight: (quota: Quota) => boolean): Promise<Quota> {
  return on.untilObject('counted', 'resourcequotas', isRight, 'limit');
}

async function createLatePod(on: Space, part: Parameters<Space['pod']>[0]): Promise<[number, string]> {
  const { status, body } = await on.ask<Refusal>('POST', 'pods', '', {
    body: manifests.pod({ name: 'late', ...part }, on.cluster.placement),
  });
  return [status, body.message];
}

/** How ResourceQuotas limit pods. */
export const quotas: Theme = (rule) => {
  rule('a ResourceQuota counts pods and their requests, and refuses a pod that exceeds it', async (on) => {
    await quota(on, { pods: '2', 'requests.cpu': '500m', memory: '1Gi' });
    await on.readyPod({ name: 'one', ...requests('100m') });
    const { status } = await untilUsed(on, ({ status }) => status?.used?.pods === '1');
    expect(status).toEqual({
      hard: { pods: '2', 'requests.cpu': '500m', memory: '1Gi' },
      used: { pods: '1', 'requests.cpu': '100m', memory: '64Mi' },
    });
    expect(await createLatePod(on, requests('450m'))).toEqual([
      403,
      'pods "late" is forbidden: exceeded quota: limit, requested: requests.cpu=450m, used: requests.cpu=100m, limited: requests.cpu=500m',
    ]);
    await on.readyPod({ name: 'two', ...requests('400m') });
    expect(await createLatePod(on, requests('1'))).toEqual([
      403,
      'pods "late" is forbidden: exceeded quota: limit, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=500m, limited: pods=2,requests.cpu=500m',
    ]);
  });

  rule('a ResourceQuota on memory refuses a pod without a memory request', async (on) => {
    await quota(on, { cpu: '1', 'requests.memory': '1Gi' });
    expect(await createLatePod(on, { container: { resources: { requests: { cpu: '100m' } } } })).toEqual([
      403,
      'pods "late" is forbidden: failed quota: limit: must specify requests.memory for: app',
    ]);
  });

  rule('a ResourceQuota that is exceeded already refuses no pod that asks for none of it', async (on) => {
    const device = { container: { resources: { limits: { 'example.com/gpu': '1' } } } };
    await on.pod({ name: 'one', ...device });
    await on.pod({ name: 'two', ...device });
    await on.untilPodsAreSeen();
    await quota(on, { 'requests.example.com/gpu': '1' });
    await on.readyPod({ name: 'plain', ...requests('100m') });
    expect(await createLatePod(on, device)).toEqual([
      403,
      'pods "late" is forbidden: exceeded quota: limit, requested: requests.example.com/gpu=1, used: requests.example.com/gpu=2, limited: requests.example.com/gpu=1',
    ]);
  });

  rule('a ReplicaSet does not replace a released pod if the ResourceQuota is used up', async (on) => {
    await on.replicaSet();
    const [pod] = await on.readyPods(2);
    await quota(on, { 'count/pods': '2' });
    await on.label(pod, { app: null });
    await on.untilEvent('ReplicaSet', 'web', 'exceeded quota: limit, requested: count/pods=1, used: count/pods=2');
    expect((await on.pods()).length).toBe(2);
  });

  rule('a ResourceQuota of limits counts limits, and refuses a pod without them', async (on) => {
    await quota(on, { 'limits.cpu': '1', 'limits.memory': '1Gi' });
    const limited = (cpu: string) => ({ container: { resources: { limits: { cpu, memory: '256Mi' } } } });
    await on.readyPod({ name: 'one', ...limited('600m') });
    const { status } = await untilUsed(on, ({ status }) => status?.used?.['limits.cpu'] === '600m');
    expect(status?.used).toEqual({ 'limits.cpu': '600m', 'limits.memory': '256Mi' });
    expect(await createLatePod(on, limited('500m'))).toEqual([
      403,
      'pods "late" is forbidden: exceeded quota: limit, requested: limits.cpu=500m, used: limits.cpu=600m, limited: limits.cpu=1',
    ]);
    expect(await createLatePod(on, requests('100m'))).toEqual([
      403,
      'pods "late" is forbidden: failed quota: limit: must specify limits.cpu for: app; limits.memory for: app',
    ]);
  });

  rule('a ResourceQuota with scopes counts and refuses only the pods of all its scopes', async (on) => {
    const full = async (name: string, spec: object) => {
      await on.create('resourcequotas', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name },
        spec: { hard: { pods: '0' }, ...spec },
      });
      await on.untilObject<Quota>('counted', 'resourcequotas', ({ status }) => status?.used !== undefined, name);
    };
    const high = {
      matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }],
    };
    await full('best-effort', { scopes: ['BestEffort'] });
    await full('ending', { scopes: ['Terminating', 'NotBestEffort'] });
    await full('high', { scopeSelector: high });
    await on.readyPod({ name: 'one', ...requests('100m') });
    const refused = async (part: Parameters<Space['pod']>[0]) => {
      const [status, message] = await createLatePod(on, part);
      return [status, /exceeded quota: ([a-z-]+)/.exec(message)?.[1]];
    };
    expect(await refused({})).toEqual([403, 'best-effort']);
    expect(await refused({ ...requests('100m'), spec: { activeDeadlineSeconds: 60 } })).toEqual([403, 'ending']);
    expect(await refused({ ...requests('100m'), spec: { priorityClassName: 'system-node-critical' } })).toEqual([
      403,
      'high',
    ]);
    const { status } = await on.get<Quota>('resourcequotas', 'ending');
    expect(status?.used).toEqual({ pods: '0' });
  });

  rule('a ResourceQuota counts objects of other kinds, their deletion and the type of Services', async (on) => {
    const hard = { 'count/configmaps': '2', services: '2', 'services.nodeports': '1', 'count/replicasets.apps': '0' };
    await quota(on, hard);
    const own = (await on.get<Quota>('resourcequotas', 'limit')).status?.used?.['count/configmaps'] ?? '0';
    const names = ['a', 'b'].slice(Number(own));
    for (const name of names) await on.create('configmaps', { metadata: { name } });
    const config = () => on.ask<Refusal>('POST', 'configmaps', '', { body: { metadata: { name: 'late' } } });
    expect((await config()).body.message).toBe(
      'configmaps "late" is forbidden: exceeded quota: limit, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2',
    );
    const service = (name: string, type: string) =>
      on.ask<Refusal>('POST', 'services', '', { body: { metadata: { name }, spec: { type, ports: [{ port: 80 }] } } });
    expect((await service('one', 'NodePort')).status).toBe(201);
    expect((await service('two', 'NodePort')).body.message).toBe(
      'services "two" is forbidden: exceeded quota: limit, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
    expect((await service('two', 'ClusterIP')).status).toBe(201);
    const opened = await on.ask<Refusal>('PATCH', 'services', 'two', { body: { spec: { type: 'NodePort' } } });
    expect([opened.status, opened.body.message]).toEqual([
      403,
      'services "two" is forbidden: exceeded quota: limit, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    ]);
    await on.deployment({ replicas: 1 });
    await until(
      'the Deployment tells of the quota',
      () => on.get<{ status?: object } & KubeObject>('deployments', 'web'),
      ({ status }) => JSON.stringify(status).includes('requested: count/replicasets.apps=1'),
    );
    await on.delete('configmaps', names[0] ?? '');
    await until('the ConfigMap is not counted', config, ({ status }) => status === 201);
  });

  rule('a dry run of a pod is refused by a full ResourceQuota, and takes nothing of another', async (on) => {
    await quota(on, { pods: '1' });
    const body = manifests.pod({ name: 'late' }, on.cluster.placement);
    for (let count = 0; count < 3; count += 1)
      expect((await on.ask('POST', 'pods', '', { query: { dryRun: 'All' }, body })).status).toBe(201);
    expect((await on.get<Quota>('resourcequotas', 'limit')).status?.used).toEqual({ pods: '0' });
    await on.readyPod({ name: 'one' });
    const refused = await on.ask<Refusal>('POST', 'pods', '', { query: { dryRun: 'All' }, body });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'pods "late" is forbidden: exceeded quota: limit, requested: pods=1, used: pods=1, limited: pods=1',
    ]);
  });

  rule('refuses a ResourceQuota of unknown resources and scopes, and of resources outside its scopes', async (on) => {
    const refused = async (spec: object) => {
      const body = { metadata: { name: 'limit' }, spec };
      const { status, body: answer } = await on.ask<Refusal>('POST', 'resourcequotas', '', { body });
      return [status, answer.message.replace('ResourceQuota "limit" is invalid: ', '')];
    };
    expect(await refused({ hard: { foo: '1' } })).toEqual([
      422,
      '[spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified, spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota]',
    ]);
    expect(await refused({ hard: { pods: '-1' } })).toEqual([
      422,
      'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    expect(await refused({ hard: { pods: '1' }, scopes: ['Foo'] })).toEqual([
      422,
      'spec.scopes: Invalid value: ["Foo"]: unsupported scope',
    ]);
    expect(await refused({ hard: { cpu: '1' }, scopes: ['BestEffort'] })).toEqual([
      422,
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ]);
  });

  rule('a quantity may be a number, which is kept as text', async (on) => {
    const resources = { requests: { cpu: 1, memory: '64Mi' }, limits: { cpu: 1.5, 'example.com/gpu': 1 } };
    const spec = { volumes: [{ name: 'v', emptyDir: { sizeLimit: 2000 } }] };
    const body = manifests.pod({ name: 'numbers', container: { resources }, spec }, on.cluster.placement);
    const answer = await on.ask<{ spec: { containers: { resources: object }[]; volumes: object[] } }>(
      'POST',
      'pods',
      '',
      {
        query: { dryRun: 'All' },
        body,
      },
    );
    const { containers, volumes } = answer.body.spec;
    expect([containers[0]?.resources, volumes[0]]).toEqual([
      {
        requests: { cpu: '1', memory: '64Mi', 'example.com/gpu': '1' },
        limits: { cpu: '1500m', 'example.com/gpu': '1' },
      },
      { name: 'v', emptyDir: { sizeLimit: '2k' } },
    ]);
    const made = await on.create<{ spec: object }>('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'limit' },
      spec: { hard: { pods: 10, 'limits.cpu': 0.5 } },
    });
    expect(made.spec).toEqual({ hard: { pods: '10', 'limits.cpu': '500m' } });
    const wrong = { ...body, spec: { ...(body as { spec: object }).spec, overhead: { cpu: 'lots' } } };
    const { status, body: refusal } = await on.ask<Refusal>('POST', 'pods', '', { body: wrong });
    expect([status, refusal.message]).toEqual([400, expect.stringContaining('quantities must match')]);
  });
};
