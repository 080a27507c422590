import { describe, expect, test } from 'vitest';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { pass } from '../virtual-time.ts';
import { ManyPlaces, MINUTE_MS } from './many-places.ts';

const places = new ManyPlaces('eu', 'us', 'ap');
const JOURNAL = /configmaps\/pitlane-rng$/;
const LEASE = /leases/;

describe('many namespaces of a cluster', () => {
  test('are looked at 16 at a time, with one list of drained pods', async () => {
    places.configure(300, 'eu');
    places.intercept('eu', () => ({ delayMs: 20 }));
    expect(await places.tick()).toMatchObject({ namespaces: 300, trouble: [] });
    expect(places.requests('eu')).toHaveLength(1 + 2 * 300);
    expect(places.requests('eu', /pods/)).toEqual(['list /api/v1/pods']);
    // Both journals of each namespace.
    expect(places.mostAtOnce).toBeLessThanOrEqual(2 * 16 + 1);
  });

  test('are listed one by one without the right for all, which is asked for once', async () => {
    places.configure(50, 'eu');
    places.intercept('eu', (path) => (path === '/api/v1/pods' ? { status: 403 } : 'pass'));
    const process = places.process();
    expect((await places.tick(process)).trouble).toEqual([]);
    expect((await places.tick(process)).trouble).toEqual([]);
    expect(places.requests('eu', /api\/v1\/pods/)).toHaveLength(1);
    expect(places.requests('eu', /namespaces\/ns-\d+\/pods/)).toHaveLength(2 * 50);
  });

  test('are listed one by one where they are few', async () => {
    places.configure(49, 'eu');
    await places.tick();
    expect(places.requests('eu', /pods/)).toHaveLength(49);
  });

  test('that are slow do not keep the others waiting', async () => {
    places.configure(60, 'eu');
    const isSlow = (path: string) => /\/ns-1?\d\//.test(path);
    places.intercept('eu', (path) => (isSlow(path) ? { delayMs: 8_000 } : 'pass'));
    expect((await places.tick()).trouble).toEqual([]);
    const others = places.sent.filter(({ request }) => !isSlow(request));
    expect(Math.max(...others.map(({ at }) => at))).toBeLessThan(8);
  });

  test('beat once in ten minutes, a hundred of them in the same minute', async () => {
    places.configure(250, 'eu');
    const process = places.process();
    const beats: number[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      const before = places.requests('eu', LEASE).length;
      await places.ticks(1, process);
      beats.push(places.requests('eu', LEASE).length - before);
    }
    expect(beats.filter((count) => count > 0).toSorted((a, b) => a - b)).toEqual([100, 200, 200]);
    expect(places.clusters.get('eu')?.api.list('leases')).toHaveLength(250);
  });
});

describe('a cluster that does not answer', () => {
  const silence = () => places.intercept('eu', () => 'hang');
  const answer = () => places.intercept('eu', () => 'pass');
  const UNREACHABLE = [0, 2, 0, 0, 0, 0, 0, 0];

  test('costs a tick 10 s, and delays no other', async () => {
    places.configure(20, 'eu', 'us');
    silence();
    const { tookMs, trouble } = await places.tick();
    expect(trouble.map(({ where }) => where)).toEqual(['eu']);
    expect(tookMs).toBeLessThan(11_000);
    const others = places.sent.filter(({ request }) => JOURNAL.test(request) && request.startsWith('us '));
    expect(others).toHaveLength(20);
    expect(Math.max(...others.map(({ at }) => at))).toBeLessThan(10);
  });

  test.each([
    ['of one process', true],
    ['of new processes', false],
  ])('is told to each channel once, by the second of the ticks %s', async (_, isOne) => {
    places.configure(4, 'eu', 'us', 'ap');
    silence();
    const process = isOne ? places.process() : undefined;
    expect(await places.ticks(8, process)).toEqual(UNREACHABLE);
    answer();
    // In one of five minutes it is looked at.
    expect((await places.ticks(5, process)).filter((news) => news > 0)).toEqual([2]);
    expect(await places.ticks(10, process)).toEqual(Array(10).fill(0));
    const states = places.slack.workspace.messages.map(stateOfMessage);
    expect(states).toEqual(['unreachable', 'unreachable', 'reachable', 'reachable']);
    silence();
    expect((await places.ticks(3, process)).filter((news) => news > 0)).toEqual([2]);
  });

  test('is told once by two ticks at once', async () => {
    places.configure(2, 'eu', 'us', 'ap');
    silence();
    await places.ticks(1);
    await pass(MINUTE_MS);
    await Promise.all([places.tick(), places.tick()]);
    expect(places.slack.workspace.messages).toHaveLength(2);
  });

  test('is told although the first of the other clusters does not answer either', async () => {
    places.configure(2, 'eu', 'us', 'ap');
    silence();
    places.intercept('us', () => 'hang');
    await places.ticks(3);
    const texts = places.slack.workspace.messages.map(({ text }) => /\*(\w+)\*/.exec(text)?.[1]);
    expect(texts.toSorted()).toEqual(['eu', 'eu', 'us', 'us']);
  });

  test('is told in the channel that Slack did not take, later', async () => {
    places.configure(2, 'eu', 'us');
    silence();
    places.slack.workspace.refuses = (_, { channel }) => (channel === 'C0DEV00000' ? 'internal_error' : undefined);
    expect(await places.ticks(2)).toEqual([0, 1]);
    places.slack.workspace.refuses = undefined;
    expect((await places.ticks(10)).filter((news) => news > 0)).toEqual([1]);
  });

  test('is looked at in one of five minutes, once it is told', async () => {
    places.configure(2, 'eu', 'us');
    silence();
    const process = places.process();
    await places.ticks(2, process);
    const looks: number[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      const before = places.requests('eu').length;
      await places.ticks(1, process);
      looks.push(Math.min(1, places.requests('eu').length - before));
    }
    expect(looks.filter((count) => count > 0)).toHaveLength(2);
  });

  test('that is the only one is told by a process that has seen it answer, and by no other', async () => {
    places.configure(2, 'eu');
    const process = places.process();
    await places.ticks(1, process);
    silence();
    expect(await places.ticks(8, process)).toEqual(UNREACHABLE);
    expect(await places.ticks(8)).toEqual(Array(8).fill(0));
    answer();
    expect((await places.ticks(5, process)).filter((news) => news > 0)).toEqual([2]);
  });

  test.each([['not JSON'], ['{"v":2}'], ['{"v":1,"clusters":{"eu":{"since":"yesterday","told":[1]}}}']])(
    'is told in spite of the mark %s',
    async (mark) => {
      places.configure(2, 'eu', 'us');
      places.clusters.get('us')?.api.create('leases', {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'pitlane-tick', namespace: 'ns-0', annotations: { 'pitlane.dev/outages': mark } },
      });
      silence();
      expect(await places.ticks(2)).toEqual([0, 2]);
    },
  );
});

describe('more than 50 clusters', () => {
  const many = Array.from({ length: 51 }, (_, index) => `c${index}`);

  test('are handed over, each to a process of its own', async () => {
    places.configure(1, ...many);
    const handedOver: string[] = [];
    const handOver = async (cluster: string) => void handedOver.push(cluster);
    expect(await places.tick(undefined, { handOver })).toMatchObject({ namespaces: 0, did: [], trouble: [] });
    expect(handedOver.toSorted()).toEqual(many.toSorted());
    expect(places.sent.filter(({ request }) => JOURNAL.test(request))).toEqual([]);
    expect(await places.tick(undefined, { handOver, cluster: 'c7' })).toMatchObject({ namespaces: 1, trouble: [] });
    expect(places.requests('c7', JOURNAL)).toHaveLength(1);
    expect(handedOver).toHaveLength(51);
  });

  test('are looked at by the tick itself if they can not be handed over', async () => {
    places.configure(1, ...many);
    const handOver = () => Promise.reject(new Error('Lambda answered 403'));
    const { namespaces, trouble } = await places.tick(undefined, { handOver });
    expect(namespaces).toBe(51);
    expect(trouble.length).toBeGreaterThan(0);
    expect(places.sent.filter(({ request }) => JOURNAL.test(request))).toHaveLength(51);
  });

  test('that answer again are told by the tick, which looks at them itself', async () => {
    places.configure(1, 'eu', 'us', ...many);
    places.intercept('us', () => 'hang');
    const handOver = async (cluster: string) => void (await places.process().tick({ ...NO_NEWS, cluster }));
    const ticked = async () => (await places.tick(undefined, { handOver })).news;
    expect(await places.tick(undefined, { cluster: 'us' })).toMatchObject({ news: 0 });
    await pass(MINUTE_MS);
    expect(await places.tick(undefined, { cluster: 'us' })).toMatchObject({ news: 1 });
    places.intercept('us', () => 'pass');
    await pass(5 * MINUTE_MS - (Date.now() % (5 * MINUTE_MS)));
    expect(await ticked()).toBe(1);
    await pass(5 * MINUTE_MS);
    expect(await ticked()).toBe(0);
  });

  test('but one whose name is unknown is not looked at', async () => {
    places.configure(1, 'eu');
    expect(await places.tick(undefined, { cluster: 'ue' })).toMatchObject({
      namespaces: 0,
      trouble: [{ where: 'ue' }],
    });
    expect(places.sent).toEqual([]);
  });
});

const NO_NEWS = { deadline: Number.POSITIVE_INFINITY, courier: {} as never };
