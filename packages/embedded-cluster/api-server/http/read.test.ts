import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { mergePatch, pod, pods, useCluster } from './server.fixture.ts';

const { cluster, ask } = useCluster();

describe('lists', () => {
  test('come in pages of one resourceVersion', async () => {
    for (const name of ['a', 'b', 'c']) await ask('POST', pods, pod(name));
    const first = await ask('GET', `${pods}?limit=2`);
    expect(first.body.items.map((item: V1Pod) => item.metadata?.name)).toEqual(['a', 'b']);
    expect(first.body.metadata.remainingItemCount).toBe(1);
    await ask('POST', pods, pod('bb'));
    await ask('DELETE', `${pods}/c`);
    const second = await ask('GET', `${pods}?limit=2&continue=${first.body.metadata.continue}`);
    expect(second.body.items.map((item: V1Pod) => item.metadata?.name)).toEqual(['c']);
    expect(second.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
  });

  test('omit kind and apiVersion of their items, as a real server does', async () => {
    await ask('POST', pods, pod('a'));
    const { body } = await ask('GET', pods);
    expect(Object.keys(body)).toEqual(['kind', 'apiVersion', 'metadata', 'items']);
    expect(Object.keys(body.items[0])).toEqual(['metadata', 'spec', 'status']);
  });

  test('are filtered by labels and fields', async () => {
    await ask('POST', pods, pod('a', { app: 'rng', gate: 'yes' }));
    await ask('POST', pods, pod('b'));
    const names = async (query: string) =>
      (await ask('GET', `${pods}?${query}`)).body.items.map((item: V1Pod) => item.metadata?.name);
    expect(await names('labelSelector=app in (rng,web),!gate')).toEqual(['b']);
    expect(await names('labelSelector=gate!=yes')).toEqual(['b']);
    expect(await names('fieldSelector=metadata.name=a,status.phase=Pending')).toEqual(['a']);
  });

  const refused: [string, string][] = [
    ['labelSelector=app=a=b', "found '=', expected: ',' or 'end of string'"],
    ['labelSelector=app,', "found '', expected: identifier after ','"],
    ['labelSelector=app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['fieldSelector=spec.foo=1', 'field label not supported: spec.foo'],
  ];
  test.each(refused)('refuse %s', async (query, message) => {
    expect(await ask('GET', `${pods}?${query}`)).toMatchObject({ code: 400, body: { reason: 'BadRequest', message } });
  });

  test('are answered as a table with the words that kubectl prints', async () => {
    await ask('POST', pods, { ...pod('rng-1'), spec: { ...pod('rng-1').spec, nodeName: 'node-1' } });
    const crashing = {
      phase: 'Running',
      podIPs: [{ ip: '10.244.1.2' }],
      containerStatuses: [
        {
          name: 'rng',
          image: 'rng:1',
          imageID: '',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, finishedAt: '2026-03-01T03:10:07Z' } },
        },
      ],
    };
    await ask('PATCH', `${pods}/rng-1/status`, { status: crashing }, mergePatch);
    const table = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    const { body } = await ask('GET', pods, undefined, table);
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name).slice(0, 5)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
    ]);
    expect(body.rows[0].cells).toEqual([
      'rng-1',
      '0/1',
      'CrashLoopBackOff',
      '3 (2m ago)',
      '0s',
      '10.244.1.2',
      'node-1',
      '<none>',
      '<none>',
    ]);
    expect(body.rows[0].object.kind).toBe('PartialObjectMetadata');
  });
});

describe('watches', () => {
  async function lines(path: string, count: number): Promise<{ type: string; object: V1Pod }[]> {
    const answer = await fetch(`${cluster().server}${path}`);
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('\n').length <= count) text += (await reader.read()).value;
    await reader.cancel();
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test('start with the existing objects and mark their end with a bookmark', async () => {
    await ask('POST', pods, pod('a'));
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const [added, bookmark] = await lines(`${pods}?${query}`, 2);
    expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Pod', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  test('resume from a known version', async () => {
    const { body } = await ask('POST', pods, pod('a'));
    await ask('PATCH', `${pods}/a`, { metadata: { labels: { x: 'y' } } }, mergePatch);
    const [event] = await lines(`${pods}?watch=1&resourceVersion=${body.metadata.resourceVersion}`, 1);
    expect(event).toMatchObject({ type: 'MODIFIED', object: { metadata: { labels: { x: 'y' } } } });
  });

  test('report 410 in the stream for an expired version', async () => {
    await ask('POST', pods, pod('a'));
    for (let change = 0; change < 10_000; change++) {
      cluster().api.mergePatch('pods', 'default', 'a', { metadata: { labels: { change: String(change) } } });
    }
    const [event] = await lines(`${pods}?watch=1&resourceVersion=5`, 1);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('end when their client disconnects', async () => {
    const leaving = new AbortController();
    await fetch(`${cluster().server}${pods}?watch=1`, { signal: leaving.signal });
    expect(cluster().requests.count).toBe(0);
    leaving.abort();
    await expect.poll(() => cluster().requests.records.map(({ path }) => path)).toEqual([`${pods}?watch=1`]);
  });

  test('are refused when the client accepts no representation of their objects', async () => {
    expect(await ask('GET', `${pods}?watch=1`, undefined, { Accept: 'text/html' })).toMatchObject({ code: 406 });
  });

  test('end after their timeout', async () => {
    const answer = await fetch(`${cluster().server}${pods}?watch=1&timeoutSeconds=1`);
    expect(await answer.text()).toBe('');
  });
});
