import { describe, expect, test } from 'vitest';
import { normalise } from './normalise.ts';

describe('normalise', () => {
  test.each([
    [
      'replaces generated names of pods of a ReplicaSet',
      'pod/rng-68c4cdd577-c8khp labeled',
      'pod/rng-<hash>-<id> labeled',
    ],
    ['replaces generated names of pods of a DaemonSet', 'pod/rng-rbl46 labeled', 'pod/rng-<id> labeled'],
    ['replaces generated names of ReplicaSets', 'replicaset.apps/hasher-6dc67f98fc', 'replicaset.apps/hasher-<hash>'],
    ['keeps names that a person gave', 'pod/one-shot labeled', 'pod/one-shot labeled'],
    ['replaces addresses', 'IP: 10.96.20.233', 'IP: <ip>'],
    [
      'replaces versions in quoted JSON',
      '{\\"resourceVersion\\":\\"315\\"}',
      '{\\"resourceVersion\\":\\"<version>\\"}',
    ],
    ['replaces ages', 'rng  2  2  <none>  2m17s', 'rng  2  2  <none>  <age>'],
    ['keeps how long a taint is tolerated', 'op=Exists for 300s', 'op=Exists for 300s'],
    ['keeps counts', 'rng  2         1   0', 'rng  2  1  0'],
    [
      'drops the progress of a rollout',
      'Waiting for daemon set spec update to be observed...\nWaiting for daemon set "rng" rollout to finish: 0 of 2 updated pods are available...\ndaemon set "rng" successfully rolled out',
      'daemon set "rng" successfully rolled out',
    ],
    [
      'drops the repair of a new address',
      'Events:\n  Type     Reason                 Age   From                           Message\n  ----     ------                 ----  ----                           -------\n  Warning  ClusterIPNotAllocated  3s    ipallocator-repair-controller  Cluster IP [IPv4]: 10.0.0.7 is not allocated; repairing\n',
      'Events:  <none>',
    ],
    [
      'keeps other events',
      'Events:\n  Type    Reason   Age   From     Message\n  ----    ------   ----  ----     -------\n  Normal  Created  3s    kubelet  Created\n',
      'Events:\n  Type  Reason  Age  From  Message\n  ----  ------  ----  ----  -------\n  Normal  Created  <age>  kubelet  Created',
    ],
    ['drops how often an event occurred', '3s (x2 over 5s)  Created', '<age>  Created'],
  ])('%s', (_, output, want) => {
    expect(normalise(output, '/tmp/x')).toBe(want);
  });
});

test('sorts rows below their header, and keeps the order of other lines', () => {
  const output = `NAME        READY   AGE
rng-zzzzz   1/1     3s
rng-bbbbb   0/1     3s

b
a`;
  expect(normalise(output, '/tmp/x')).toBe(`NAME  READY  AGE
rng-<id>  0/1  <age>
rng-<id>  1/1  <age>

b
a`);
});

test('sorts lines with generated names, and keeps the order of the others', () => {
  const output = 'pod/rng-zzzzz labeled\npod/rng-68c4cdd577-c8khp labeled\nservice/web created\nconfigmap/web created';
  expect(normalise(output, '/tmp/x').split('\n')).toEqual([
    'pod/rng-<hash>-<id> labeled',
    'pod/rng-<id> labeled',
    'service/web created',
    'configmap/web created',
  ]);
});

test('removes repeated events', () => {
  const events = `Events:
  Type    Reason            Age   From                  Message
  ----    ------            ----  ----                  -------
  Normal  SuccessfulCreate  3s    daemonset-controller  Created pod: rng-zzzzz
  Normal  SuccessfulCreate  2s    daemonset-controller  Created pod: rng-bbbbb`;
  expect(normalise(events, '/tmp/x').split('\n').slice(3)).toEqual([
    '  Normal  SuccessfulCreate  <age>  daemonset-controller  Created pod: rng-<id>',
  ]);
});

test('ignores managedFields and the order of fields in a quoted object', () => {
  const quote = (object: object) => `patch: Invalid value: ${JSON.stringify(JSON.stringify(object))}: wrong`;
  const one = quote({ kind: 'Service', metadata: { name: 'rng', managedFields: [{}] } });
  const other = quote({ metadata: { name: 'rng' }, kind: 'Service' });
  expect(normalise(one, '/tmp/x')).toBe(normalise(other, '/tmp/x'));
});
