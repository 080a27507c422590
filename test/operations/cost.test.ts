import { beforeEach, describe, expect, test } from 'vitest';
import { connectionTo } from '../../pitlane/cluster/connection.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import { installGatePolicy } from '../gate-policy.ts';
import { during, until } from '../virtual-time.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();

/** The requests of a tick for rng, without namespaces, queries and the heartbeat. The other services have no journals. */
async function requestsOfTick(laterMs: number): Promise<readonly string[]> {
  const before = rng.requests().length;
  const { answer } = await rng.tick(laterMs);
  expect(answer.trouble).toEqual([]);
  return rng
    .requests()
    .slice(before)
    .map((request) => request.replace(/\?.*$/, '').replace(/\/api.*\/namespaces\/[^/]+/, ''))
    .filter((request) => !/pitlane-(hasher|rgn)|\/leases/.test(request))
    .sort();
}

const ITS_OWN = ['GET /configmaps/pitlane-rng', 'GET /configmaps/pitlane-rng.admin', 'GET /pods'];

test('a drain from Slack records the place of its message and its write in the journal, and reads no heartbeat', async () => {
  await rng.type('/rng drain rng-a');
  rng.skipTime(MINUTE_MS);
  const before = rng.requests().length;
  await rng.type('/rng drain rng-b');
  const requests = rng.requests().slice(before);
  const about = (part: string) => requests.filter((each) => each.includes(part)).map((each) => each.split(' ')[0]);
  expect(about('/configmaps/')).toEqual(['GET', 'PUT', 'PUT', 'PUT', 'PUT']);
  expect(about('/leases/')).toEqual(['GET', 'PUT', 'PUT']);
  // The namespace's. Nodes, budgets and pods are listed in the whole cluster.
  expect(requests).toHaveLength(27 - 3);
});

describe('a tick lists the pods of each namespace and reads the two journals of each service', () => {
  beforeEach(async () => {
    // To the first minute of an hour: in each tenth minute the tick looks at owners and Services too.
    rng.skipTime(HOUR_MS - (rng.now() % HOUR_MS) + MINUTE_MS);
  });

  test('that has nothing to do', async () => {
    expect(await requestsOfTick(0)).toEqual(ITS_OWN);
  });

  test('whose drained pods wait for the end of their time, and between two reminders', async () => {
    await rng.type('/rng drain rng-a for 3h');
    await rng.type('/rng drain rng-b');
    for (let minute = 2; minute < 10; minute += 1) expect(await requestsOfTick(MINUTE_MS)).toEqual(ITS_OWN);
    await requestsOfTick(HOUR_MS);
    for (let minute = 0; minute < 9; minute += 1) await requestsOfTick(MINUTE_MS);
    expect(await requestsOfTick(MINUTE_MS)).toEqual(ITS_OWN);
  });

  test('whose canaries wait for the end of their time', async () => {
    await rng.type('/rng canary start --count 2 for 3h');
    for (let minute = 2; minute < 12; minute += 1) expect(await requestsOfTick(MINUTE_MS)).toEqual(ITS_OWN);
  });

  test('and more in each tenth minute', async () => {
    await rng.type('/rng drain rng-a for 3h');
    expect((await requestsOfTick(9 * MINUTE_MS)).length).toBeGreaterThan(ITS_OWN.length);
    expect(await requestsOfTick(MINUTE_MS)).toEqual(ITS_OWN);
  });

  test('and two more in each tenth minute, which show that it looks after the namespace', async () => {
    const beats = async () => {
      const before = rng.requests().length;
      await rng.tick(MINUTE_MS);
      return rng
        .requests()
        .slice(before)
        .filter((request) => request.includes('/leases'));
    };
    const sent: string[][] = [];
    for (let minute = 0; minute < 20; minute += 1) sent.push([...(await beats())]);
    const some = sent.filter(({ length }) => length > 0).map((requests) => requests.map((each) => each.split(' ')[0]));
    expect(some).toEqual([
      ['GET', 'POST'],
      ['GET', 'PUT'],
    ]);
  });

  test('and four more for a gate by the admission policy that is in order, and one more for each straggler', async () => {
    await installGatePolicy(rng);
    await rng.type('/rng gate on');
    const four = ['GET /configmaps/pitlane-rng.gate', 'GET /endpointslices', 'GET /pods', 'GET /services/rng'];
    expect(await requestsOfTick(MINUTE_MS)).toEqual([...ITS_OWN, ...four].sort());
    rng.edit('rng-a', { labels: { enabled: null } });
    const requests = await requestsOfTick(MINUTE_MS);
    expect(requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(1);
    expect(requests.filter((request) => request.startsWith('PUT'))).toEqual(
      Array.from({ length: 2 }, () => 'PUT /configmaps/pitlane-rng'),
    );
    expect(requests).toHaveLength(ITS_OWN.length + four.length + 3);
    expect((await rng.type('/rng gate off')).states.at(-1)).toBe('ops done');
    expect(await requestsOfTick(MINUTE_MS)).toEqual(ITS_OWN);
  });

  test('and two more than that for each workload of a gate by template', async () => {
    await rng.type('/rng gate on --via template');
    await rng.press(1);
    await until('the old pods are gone', () => rng.cluster.api.list('pods', rng.namespace).length === 4);
    const more = (await requestsOfTick(MINUTE_MS)).filter((request) => /\/(replicasets|deployments)\//.test(request));
    expect(more).toHaveLength(2);
  });

  test.each([1, 50])('that has %d services', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `service-${index}`);
    const { namespace } = rng;
    const service = (key: string) => ({ key, cluster: 'test', namespace, service: key, policy: rng.policy });
    const connection = connectionTo(rng.cluster.kubeConfigInProcess);
    const pitlane = createPitlane({ service, keys: names, connect: () => connection, now: rng.now });
    const before = rng.requests().length;
    const report = await during(pitlane.tick({ deadline: rng.now() + MINUTE_MS, courier: {} as never }));
    expect(report).toEqual({ namespaces: 1, did: [], trouble: [] });
    expect(rng.requests().length - before).toBe(1 + 2 * count);
  });
});
