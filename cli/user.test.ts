import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { fakeApi, type Reply, status } from '../pitlane/cluster/fake/api.fixture.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { type FoundTarget, userOf } from './target.ts';

afterEach(() => nock.cleanAll());

const known = (username: string): Reply => ({ status: 201, body: { status: { userInfo: { username, groups: [] } } } });

/** The cluster answers so to the question who is asking. */
function target(reply: Reply, user?: string): FoundTarget {
  const service = { key: 'rng', cluster: '', namespace: 'dockercoins', service: 'rng', policy: DEFAULT_POLICY };
  return { kind: 'target', service, connection: fakeApi(() => reply).connection, kubeconfig: {}, user };
}

const MACHINE = { user: 'root' };

test.each<[string, () => FoundTarget | undefined, string]>([
  ['the user of the cluster', () => target(known('ada@example.com'), 'lab'), 'ada@example.com'],
  ['a user whose name is too long for a record', () => target(known('x'.repeat(300)), 'lab'), 'x'.repeat(253)],
  ['the user of the kubeconfig where the cluster knows nobody', () => target(known('system:anonymous'), 'lab'), 'lab'],
  ['the user of the kubeconfig where the cluster is older than 1.28', () => target(status(404, 'no'), 'lab'), 'lab'],
  ['the user of the kubeconfig where the right is missing', () => target(status(403, 'no'), 'lab'), 'lab'],
  ['the user of the kubeconfig where the answer is another', () => target({ status: 200, body: {} }, 'lab'), 'lab'],
  ['the user of the machine where the kubeconfig has none', () => target(status(404, 'no')), 'root'],
  ['the user of the machine for several services', () => undefined, 'root'],
])('a record names %s', async (_, found, want) => {
  expect(await userOf(found(), MACHINE)).toBe(want);
});
