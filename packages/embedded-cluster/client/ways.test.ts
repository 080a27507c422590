import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { pod, pods, useCluster } from '../api-server/http/server.fixture.ts';
import { KubeApi, type WatchEvent } from './kube-api.ts';

interface Way {
  readonly api: KubeApi;
  /** Lists the pods with this header, and returns status and Retry-After. */
  list(accept: string): Promise<readonly unknown[]>;
}

const { cluster } = useCluster({ historyLength: 2 });

const WAYS: readonly [name: string, open: () => Way][] = [
  [
    'over HTTP',
    () => ({
      api: new KubeApi(cluster().kubeConfig),
      async list(accept) {
        const { status, headers } = await fetch(`${cluster().server}${pods}`, { headers: { accept } });
        return [status, headers.get('retry-after')];
      },
    }),
  ],
  [
    'without sockets',
    () => ({
      api: new KubeApi(cluster().kubeConfig, cluster().ask),
      async list(accept) {
        const { http } = cluster().kubeConfigInProcess;
        const signal = new AbortController().signal;
        const url = `${cluster().server}${pods}`;
        const { status, headers, body } = await http({ url, method: 'GET', headers: { Accept: accept }, signal });
        await body.toArray();
        return [status, headers['retry-after']];
      },
    }),
  ],
];

const shown = ({ type, object }: WatchEvent) => {
  const { metadata, code } = object as { metadata?: V1Pod['metadata']; code?: number };
  return `${type} ${metadata?.name ?? code}`;
};

describe.each(WAYS)('a client %s', (_, open) => {
  test('creates, reads, patches, lists and deletes', async () => {
    const { api } = open();
    await api.create(pods, pod('a'));
    await api.create(pods, pod('b', { app: 'web' }));
    const patch = { metadata: { labels: { tier: 'x' } }, spec: { containers: [{ name: 'rng', image: 'rng:2' }] } };
    const patched = await api.patch<V1Pod>(`${pods}/a`, patch);
    expect([patched.metadata?.labels, patched.spec?.containers.map(({ image }) => image)]).toEqual([
      { app: 'rng', tier: 'x' },
      ['rng:2'],
    ]);
    const listed = await api.get<{ items: V1Pod[] }>(pods, { labelSelector: 'app=rng' });
    expect(listed.items.map(({ metadata }) => metadata?.name)).toEqual(['a']);
    await api.delete(`${pods}/a`, { gracePeriodSeconds: 0 });
    await expect(api.get(`${pods}/a`)).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
    expect([...api.sent]).toEqual([
      ['POST pods', 2],
      ['PATCH pods', 1],
      ['GET pods', 2],
      ['DELETE pods', 1],
    ]);
  });

  test('gets refusals with status and reason', async () => {
    const { api } = open();
    await api.create(pods, pod('a'));
    await expect(api.create(pods, pod('a'))).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
    await expect(api.create(pods, pod('A'))).rejects.toMatchObject({ status: 422, reason: 'Invalid' });
    await expect(api.get('/api/v1/nothing')).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
  });

  test('gets copies: a change of an answer changes nothing in the cluster', async () => {
    const { api } = open();
    const made = await api.create<V1Pod>(pods, pod('a'));
    Object.assign(made.metadata ?? {}, { labels: { app: 'changed' } });
    expect((await api.get<V1Pod>(`${pods}/a`)).metadata?.labels).toEqual({ app: 'rng' });
  });

  test('watches from a version, and learns that the version is too old', async () => {
    const { api } = open();
    const first = await api.create<V1Pod>(pods, pod('a'));
    const resourceVersion = first.metadata?.resourceVersion ?? '';
    await api.create(pods, pod('b'));
    const stopping = new AbortController();
    const seen: string[] = [];
    const watch = api.watch(pods, { resourceVersion }, (event) => seen.push(shown(event)), stopping.signal);
    await api.create(pods, pod('c'));
    await expect.poll(() => seen).toEqual(['ADDED b', 'ADDED c']);
    stopping.abort();
    await expect(watch).rejects.toThrow('aborted');
    for (const name of ['d', 'e', 'f']) await api.create(pods, pod(name));
    const late: string[] = [];
    await api.watch(pods, { resourceVersion }, (event) => late.push(shown(event)), new AbortController().signal);
    expect(late).toEqual(['ERROR 410']);
  });

  test('fails when its watch is cut, and when the server has stopped', async () => {
    const { api } = open();
    const stream = await api.stream(pods, { watch: 'true' });
    cluster().dropConnections();
    await expect(stream.toArray()).rejects.toThrow();
    await cluster().stop();
    await expect(api.get(pods)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['drop', 404],
    ['lose-answer', 200],
  ] as const)('gets no answer from a server that does %s to its request', async (verdict, after) => {
    const { api } = open();
    cluster().setIntercept(({ method }) => (method === 'POST' ? verdict : 'pass'));
    await expect(api.create(pods, pod('b'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    cluster().setIntercept(undefined);
    const found = await api.get(`${pods}/b`).then(
      () => 200,
      ({ status }) => status,
    );
    expect(found).toBe(after);
  });

  test('ends its request to a server that hangs', async () => {
    const { api } = open();
    const stopping = new AbortController();
    cluster().setIntercept(() => {
      setImmediate(() => stopping.abort());
      return 'hang';
    });
    await expect(api.stream(pods, {}, stopping.signal)).rejects.toThrow('aborted');
    await expect.poll(() => cluster().requests.records.map(({ status }) => status)).toEqual([0]);
  });

  test('sends and gets headers, and is counted', async () => {
    const { list } = open();
    const accepted: unknown[] = [];
    cluster().setIntercept(({ headers }) => {
      accepted.push(headers.accept);
      return { status: 429, headers: { 'Retry-After': '7' } };
    });
    expect(await list('application/yaml')).toEqual([429, '7']);
    expect(accepted).toEqual(['application/yaml']);
    expect(cluster().requests.records.map(({ path, status }) => `${path} ${status}`)).toEqual([`${pods} 429`]);
  });
});
