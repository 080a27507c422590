import { expect, test } from 'vitest';
import { Forbidden, NotFound } from '../pitlane/cluster/errors.ts';
import { stubConnection } from '../pitlane/cluster/fake/stub.fixture.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { type FoundTarget, userOf } from './target.ts';

type Answer = Parameters<typeof stubConnection>[0];

const known =
  (username: string): Answer =>
  () => ({ status: { userInfo: { username, groups: [] } } });
const older: Answer = (_, call) => new NotFound(call, { status: 404 });
const denied: Answer = (_, call) => new Forbidden(call, { verb: 'create', resource: 'selfsubjectreviews' }, {});

/** The cluster answers so to the question who is asking. */
function target(answer: Answer, user?: string): FoundTarget {
  const service = { key: 'rng', cluster: '', namespace: 'dockercoins', service: 'rng', policy: DEFAULT_POLICY };
  return { kind: 'target', service, connection: stubConnection(answer).connection, kubeconfig: {}, user };
}

test.each<[string, FoundTarget | undefined, string]>([
  ['the user of the cluster', target(known('ada@example.com'), 'lab'), 'ada@example.com'],
  ['a user whose name is too long for a record', target(known('x'.repeat(300)), 'lab'), 'x'.repeat(253)],
  ['the user of the kubeconfig where the cluster knows no name', target(known('system:anonymous'), 'lab'), 'lab'],
  ['the user of the kubeconfig where the cluster is older than 1.28', target(older, 'lab'), 'lab'],
  ['the user of the kubeconfig where the right is missing', target(denied, 'lab'), 'lab'],
  ['the user of the kubeconfig where the answer is another', target(() => ({}), 'lab'), 'lab'],
  ['the user of the machine where the kubeconfig has none', target(older), 'root'],
  ['the user of the machine for several services', undefined, 'root'],
])('a record names %s', async (_, found, want) => {
  expect(await userOf(found, { user: 'root' })).toBe(want);
});
