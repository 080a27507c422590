import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/pod.ts';
import { newTestCluster, setStatus, type TestCluster } from '../cluster.fixture.ts';

async function digJob(spec: object = {}): Promise<TestCluster> {
  const cluster = newTestCluster();
  const template = {
    metadata: { labels: { app: 'dig' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'dig', image: 'dig' }] },
  };
  cluster.apply('jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'dig', namespace: 'default' },
    spec: { template, ...spec },
  });
  await cluster.settled();
  return cluster;
}

function end(cluster: TestCluster, pod: Pod | undefined, phase: 'Succeeded' | 'Failed'): Promise<void> {
  setStatus(cluster.api, pod as Pod, { phase });
  return cluster.settled();
}

function conditions(cluster: TestCluster): string[] {
  const all: { type: string; status: string }[] = cluster.get('jobs', 'dig').status.conditions ?? [];
  return all.filter(({ status }) => status === 'True').map(({ type }) => type);
}

function running(cluster: TestCluster): Pod[] {
  return cluster.pods().filter((pod) => pod.status.phase === 'Running');
}

describe('a Job', () => {
  test('runs its pods to completion and removes their finalizers', async () => {
    const cluster = await digJob({ completions: 2, parallelism: 1 });
    const [first] = cluster.pods();
    expect(first?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    await end(cluster, first, 'Succeeded');
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ succeeded: 1, active: 1 });
    await end(cluster, running(cluster)[0], 'Succeeded');
    expect(conditions(cluster)).toEqual(['SuccessCriteriaMet', 'Complete']);
    expect(cluster.pods().flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
    expect(cluster.eventMessages('Completed')).toEqual(['Job completed']);
  });

  test('does not release a pod without app, since it selects by its own uid', async () => {
    const cluster = await digJob();
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toHaveLength(1);
    expect(cluster.pods()).toHaveLength(1);
  });

  test('removes the finalizer of a released pod, stops counting it and starts another', async () => {
    const cluster = await digJob();
    const [pod] = cluster.pods() as [Pod];
    const patches: (string[] | undefined)[] = [];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'batch.kubernetes.io/controller-uid': null } } });
    cluster.api.subscribe(({ resource, object }) => {
      const isReleased =
        resource === 'pods' &&
        object.metadata.name === pod.metadata.name &&
        object.metadata.ownerReferences === undefined;
      if (isReleased) patches.push(object.metadata.finalizers);
    });
    await cluster.settled();
    expect(patches[0]).toBeUndefined();
    expect(patches).toHaveLength(1);
    expect(cluster.pods()).toHaveLength(2);
    expect(cluster.get('jobs', 'dig').status.active).toBe(1);
  });

  test('that is Indexed starts one pod for each index, and counts each index once', async () => {
    const cluster = await digJob({ completions: 4, parallelism: 2, completionMode: 'Indexed' });
    const names = () => running(cluster).map(({ metadata }) => metadata.name.replace(/-[^-]+$/, ''));
    expect(names()).toEqual(['dig-0', 'dig-1']);
    await end(cluster, running(cluster)[1], 'Succeeded');
    await end(cluster, running(cluster)[1], 'Succeeded');
    expect(names()).toEqual(['dig-0', 'dig-3']);
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ succeeded: 2, completedIndexes: '1,2' });
    await end(cluster, running(cluster)[0], 'Succeeded');
    await end(cluster, running(cluster)[0], 'Succeeded');
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    expect(conditions(cluster)).toEqual(['SuccessCriteriaMet', 'Complete']);
  });

  test('replaces failed pods with back-off until backoffLimit', async () => {
    const cluster = await digJob({ backoffLimit: 1 });
    await end(cluster, running(cluster)[0], 'Failed');
    expect(running(cluster)).toEqual([]);
    await cluster.pass(10);
    await end(cluster, running(cluster)[0], 'Failed');
    expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']);
    expect(cluster.get('jobs', 'dig').status.failed).toBe(2);
    expect(cluster.eventMessages('BackoffLimitExceeded')).toEqual(['Job has reached the specified backoff limit']);
  });

  test('that is Indexed starts the pod of an index again after the back-off, although nothing changes', async () => {
    const cluster = await digJob({ completions: 2, parallelism: 2, completionMode: 'Indexed' });
    const [first] = running(cluster) as [Pod];
    cluster.remove('pods', first.metadata.name);
    await cluster.settled();
    await cluster.pass(9);
    expect(running(cluster)).toHaveLength(1);
    await cluster.pass(2);
    expect(
      running(cluster).map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']),
    ).toEqual(['0', '1']);
  });

  test('with a limit per index keeps a failed pod until the next one of its index takes over its count', async () => {
    const cluster = await digJob({
      completions: 2,
      parallelism: 2,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 1,
    });
    const countOf = ({ metadata }: Pod) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'];
    await end(cluster, running(cluster)[0], 'Failed');
    const { active, failed, failedIndexes } = cluster.get('jobs', 'dig').status;
    expect([active, failed, failedIndexes]).toEqual([undefined, undefined, '']);
    await cluster.pass(10);
    expect(cluster.pods().map(countOf).sort()).toEqual(['0', '0', '1']);
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ active: 2, failed: 1 });
    const again = running(cluster).find((pod) => countOf(pod) === '1');
    await end(cluster, again, 'Failed');
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ failed: 2, failedIndexes: '0' });
    await end(cluster, running(cluster)[0], 'Succeeded');
    expect(cluster.get('jobs', 'dig').status).toMatchObject({ succeeded: 1, completedIndexes: '1' });
    expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']);
  });

  test('that another controller manages is left alone', async () => {
    const cluster = await digJob({ managedBy: 'example.com/other' });
    expect([cluster.pods(), cluster.get('jobs', 'dig').status ?? {}]).toEqual([[], {}]);
  });

  test('that replaces only failed pods waits for a terminating one to end', async () => {
    const cluster = await digJob({ podReplacementPolicy: 'Failed' });
    const [pod] = running(cluster) as [Pod];
    cluster.patch('pods', pod.metadata.name, {
      metadata: { finalizers: ['example.com/hold', ...(pod.metadata.finalizers ?? [])] },
    });
    cluster.remove('pods', pod.metadata.name);
    await cluster.pass(20);
    expect([cluster.pods().length, cluster.get('jobs', 'dig').status.terminating]).toEqual([1, 1]);
    await end(cluster, cluster.get('pods', pod.metadata.name) as Pod, 'Failed');
    await cluster.pass(20);
    expect([running(cluster).length, cluster.get('jobs', 'dig').status.failed]).toEqual([1, 1]);
  });

  test('deletes its pods with itself despite their finalizers', async () => {
    const cluster = await digJob({ parallelism: 2 });
    cluster.remove('jobs', 'dig');
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('fails and deletes its pods after activeDeadlineSeconds', async () => {
    const cluster = await digJob({ activeDeadlineSeconds: 60 });
    await cluster.pass(61);
    expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']);
    expect(running(cluster)).toEqual([]);
  });

  test('fails after backoffLimit restarts with restartPolicy OnFailure', async () => {
    const podSpec = { restartPolicy: 'OnFailure', containers: [{ name: 'dig', image: 'dig' }] };
    const cluster = await digJob({
      backoffLimit: 2,
      template: { metadata: { labels: { app: 'dig' } }, spec: podSpec },
    });
    const [pod] = cluster.pods() as [Pod];
    setStatus(cluster.api, pod, { containerStatuses: [{ name: 'dig', restartCount: 1 }] });
    await cluster.settled();
    expect(conditions(cluster)).toEqual([]);
    setStatus(cluster.api, pod, { containerStatuses: [{ name: 'dig', restartCount: 2 }] });
    await cluster.settled();
    expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']);
  });

  test('deletes its pods when suspended and starts new ones when resumed', async () => {
    const cluster = await digJob({ parallelism: 2 });
    cluster.patch('jobs', 'dig', { spec: { suspend: true } });
    await cluster.settled();
    expect(running(cluster)).toEqual([]);
    expect(conditions(cluster)).toEqual(['Suspended']);
    cluster.patch('jobs', 'dig', { spec: { suspend: false } });
    await cluster.settled();
    expect(running(cluster)).toHaveLength(2);
    expect(conditions(cluster)).toEqual([]);
  });

  test('is deleted ttlSecondsAfterFinished after its end', async () => {
    const cluster = await digJob({ ttlSecondsAfterFinished: 60 });
    await end(cluster, running(cluster)[0], 'Succeeded');
    await cluster.pass(59);
    expect(cluster.get('jobs', 'dig').metadata.deletionTimestamp).toBeUndefined();
    await cluster.pass(2);
    expect(cluster.api.get('jobs', 'default', 'dig')).toBeUndefined();
  });
});
