import { describe, expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { type Asked, denied, FAULTS, isRead, isService, type Verdict } from './faults.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const isServiceRead = (request: Asked): boolean => isRead(request) && isService(request);

describe.each(FAULTS)('an API server that %s', (_, verdict) => {
  test.each(['/rng list', '/rng drain rng-a'])('changes nothing at %s', async (line) => {
    rng.failAll(isServiceRead, verdict);
    const { states, wrote, text } = await rng.type(line);
    expect({ states, wrote }).toEqual({ states: ['you nothingChanged'], wrote: [] });
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });

  test('fails a runbook', async () => {
    rng.failAll(isServiceRead, verdict);
    const { message, ...answer } = await rng.runbook({ command: 'list' });
    expect(answer).toEqual({ ok: false, outcome: 'failed', notes: [], undo: [] });
    golden.expect(message);
  });
});

test.each(FAULTS.filter(([name]) => name !== 'rejects our credentials'))(
  'an API server that %s for a while is waited for',
  async (_, verdict) => {
    rng.failFirst(isServiceRead, verdict, verdict);
    expect((await rng.type('/rng drain rng-a')).states).toEqual(['ops done']);
  },
);

test.each(['/rng list', '/rng drain rng-a', '/rng inspect rng-a', '/rng logs rng-a'])(
  'an address where nothing listens changes nothing at %s',
  async (line) => {
    rng.server = 'https://127.0.0.254:6443';
    const { states, wrote, text } = await rng.type(line);
    expect({ states, wrote }).toEqual({ states: ['you nothingChanged'], wrote: [] });
    golden.expect(text);
  },
);

describe('names a missing permission, and changes nothing', () => {
  test.each([
    ['to read the service', 'you', isService, () => denied(rng, 'get', 'services')],
    [
      'to take the lease',
      'ops',
      ({ path, method }: Asked) => method === 'POST' && path.endsWith('/leases'),
      () => denied(rng, 'create', 'leases', 'coordination.k8s.io'),
    ],
    ['to write the pod', 'ops', rng.isPodPatch, () => denied(rng, 'patch', 'pods')],
  ])('%s', async (_, place, matches, verdict) => {
    rng.failAll(matches, verdict());
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual([`${place} nothingChanged`]);
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });

  test('and quotes an admission webhook', async () => {
    const message = 'admission webhook "policy.example" denied the request: no <!channel> labels';
    rng.failAll(rng.isPodPatch, { status: 403, body: { kind: 'Status', message } });
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops nothingChanged']);
    golden.expect(text);
  });
});

describe('the command line ends with 1', () => {
  test.each([
    ['list', 'an API server that rejects our credentials', () => ({ status: 401 }) as Verdict],
    ['drain', 'a missing permission', () => denied(rng, 'get', 'services')],
    ['list', 'an API server that cuts every connection', (): Verdict => 'drop'],
  ])('after a %s on %s', async (command, _, verdict) => {
    rng.failAll(() => true, verdict());
    const { code, printed } = await rng.cli('rng', command, ...(command === 'drain' ? ['rng-a'] : []));
    expect(code).toBe(1);
    golden.expect(printed);
    expect(rng.changedPods()).toEqual([]);
  });
});
