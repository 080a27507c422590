import { describe, expect, test } from 'vitest';
import { normalised } from './normalise.ts';

describe('what is generated gives way to placeholders, and nothing else does', () => {
  test.each([
    ['pods of a ReplicaSet', 'pod/rng-68c4cdd577-c8khp labeled', 'pod/rng-<hash>-<id> labeled'],
    ['pods of a DaemonSet', 'pod/rng-rbl46 labeled', 'pod/rng-<id> labeled'],
    ['ReplicaSets', 'replicaset.apps/hasher-6dc67f98fc', 'replicaset.apps/hasher-<hash>'],
    ['not names that a person gave', 'pod/one-shot labeled', 'pod/one-shot labeled'],
    ['addresses', 'IP: 10.96.20.233', 'IP: <ip>'],
    ['versions in quoted JSON', '{\\"resourceVersion\\":\\"315\\"}', '{\\"resourceVersion\\":\\"<version>\\"}'],
    ['ages', 'rng  2  2  <none>  2m17s', 'rng  2  2  <none>  <age>'],
    ['not how long a taint is tolerated', 'op=Exists for 300s', 'op=Exists for 300s'],
    ['not counts', 'rng  2         1   0', 'rng  2  1  0'],
    [
      'how far a rollout is',
      'Waiting for daemon set "rng" rollout to finish: 0 of 2 updated pods are available...\ndaemon set "rng" successfully rolled out',
      'daemon set "rng" successfully rolled out',
    ],
    ['how often an event came', '3s (x2 over 5s)  Created', '<age>  Created'],
  ])('%s', (_, output, want) => {
    expect(normalised(output, '/tmp/x')).toBe(want);
  });
});

test('rows are sorted below their header, the rest stays in its order', () => {
  const output = `NAME        READY   AGE
rng-zzzzz   1/1     3s
rng-bbbbb   0/1     3s

b
a`;
  expect(normalised(output, '/tmp/x')).toBe(`NAME  READY  AGE
rng-<id>  0/1  <age>
rng-<id>  1/1  <age>

b
a`);
});

test('lines of generated names are sorted, those of given names stay in their order', () => {
  const output = 'pod/rng-zzzzz labeled\npod/rng-68c4cdd577-c8khp labeled\nservice/web created\nconfigmap/web created';
  expect(normalised(output, '/tmp/x').split('\n')).toEqual([
    'pod/rng-<hash>-<id> labeled',
    'pod/rng-<id> labeled',
    'service/web created',
    'configmap/web created',
  ]);
});

test('an event is told once, however often it came', () => {
  const events = `Events:
  Type    Reason            Age   From                  Message
  ----    ------            ----  ----                  -------
  Normal  SuccessfulCreate  3s    daemonset-controller  Created pod: rng-zzzzz
  Normal  SuccessfulCreate  2s    daemonset-controller  Created pod: rng-bbbbb`;
  expect(normalised(events, '/tmp/x').split('\n').slice(3)).toEqual([
    '  Normal  SuccessfulCreate  <age>  daemonset-controller  Created pod: rng-<id>',
  ]);
});

test('an object within a message is compared without managedFields and whatever the order of its fields', () => {
  const quote = (object: object) => `patch: Invalid value: ${JSON.stringify(JSON.stringify(object))}: wrong`;
  const one = quote({ kind: 'Service', metadata: { name: 'rng', managedFields: [{}] } });
  const other = quote({ metadata: { name: 'rng' }, kind: 'Service' });
  expect(normalised(one, '/tmp/x')).toBe(normalised(other, '/tmp/x'));
});
