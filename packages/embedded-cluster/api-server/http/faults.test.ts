import { describe, expect, test } from 'vitest';
import { pod, pods, useCluster } from './server.fixture.ts';

const { cluster, ask } = useCluster();

describe('an interceptor', () => {
  test('loses the answer to a change that is made', async () => {
    cluster().setIntercept(({ method }) => (method === 'POST' ? 'lose-answer' : 'pass'));
    await expect(ask('POST', pods, pod('rng-1'))).rejects.toThrow('fetch failed');
    expect((await ask('GET', `${pods}/rng-1`)).code).toBe(200);
  });

  test('drops a request before it changes anything, and answers with a status instead', async () => {
    cluster().setIntercept(({ method }) => (method === 'POST' ? 'drop' : { status: 503 }));
    await expect(ask('POST', pods, pod('rng-1'))).rejects.toThrow('fetch failed');
    expect(await ask('GET', pods)).toMatchObject({ code: 503, body: { reason: 'ServiceUnavailable' } });
    cluster().setIntercept(undefined);
    expect((await ask('GET', `${pods}/rng-1`)).code).toBe(404);
  });

  test('is not needed to count requests', async () => {
    const { body } = await ask('GET', pods);
    expect(body.items).toEqual([]);
    await ask('GET', '/version');
    const counted = cluster().requests.records.map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(counted).toEqual([`GET ${pods} 200`, 'GET /version 200']);
  });
});
