import { expect } from 'vitest';
import type { Refusal } from './http.ts';
import * as manifests from './manifests.ts';
import type { KubeObject } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

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

  rule('a ReplicaSet does not replace a released pod if the ResourceQuota is used up', async (on) => {
    await on.replicaSet();
    const [pod] = await on.readyPods(2);
    await quota(on, { 'count/pods': '2' });
    await on.label(pod, { app: null });
    await on.untilEvent('ReplicaSet', 'web', 'exceeded quota: limit, requested: count/pods=1, used: count/pods=2');
    expect((await on.pods()).length).toBe(2);
  });
};
