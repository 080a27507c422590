import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import { type Connection, connectionTo } from '../cluster/connection.ts';
import { Forbidden, NotFound, Rejected, Stopped, Unavailable } from '../cluster/errors.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Member } from '../rotation/membership.ts';
import { takeEvidence } from './evidence.ts';

const rng = new RngOnEmbedded();
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('evidence', () => {
  test('of a drained pod has a summary, the pod, its events and its log', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name], because: 'it answers 5xx' });
    const evidence = await ask(name);
    expect(evidence.files.map((file) => file.name)).toEqual(['summary.txt', 'pod.json', 'events.txt', 'logs/rng.log']);
    expect(evidence.notes).toEqual([]);
    expect(fileIn(evidence, 'summary.txt')).toMatch(
      new RegExp(`^Evidence of pod ${name}, taken .*\n\nService +rng, namespace ${rng.namespace}\nPod +${name}, uid`),
    );
    for (const part of [
      /^State +Running, 1 of 1 ready, 0 restarts$/m,
      /^Drained +from rng by U042, .* UTC, until .* UTC, then remind$/m,
      /^Reason +it answers 5xx$/m,
      /^Removed +label app=rng/m,
      / image +dockercoins\/rng:v0.1$/m,
      / digest +\S+@sha256:[0-9a-f]{64}$/m,
      / Drained: .*U042/,
      /^ {2}logs\/rng.log: 1 line$/m,
    ])
      expect(fileIn(evidence, 'summary.txt')).toMatch(part);
    expect(JSON.parse(fileIn(evidence, 'pod.json'))).toMatchObject({
      metadata: { name },
      status: { phase: 'Running' },
    });
    expect(fileIn(evidence, 'events.txt')).toContain('Drained');
  });

  test('requests the pod, its events, its logs and what is around it, and nothing else', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    rng.calls = [];
    await take(pod, (connection) => rng.recorded(connection));
    expect([...rng.calls].sort()).toEqual([
      'get /api/v1/namespaces/NS/events',
      'get /api/v1/namespaces/NS/pods',
      'get /api/v1/namespaces/NS/pods/POD',
      'get /api/v1/namespaces/NS/pods/POD/log',
      'get /api/v1/nodes',
      'get /apis/apps/v1/namespaces/NS/replicasets',
      'get /apis/apps/v1/namespaces/NS/replicasets/RS',
      'get /apis/metrics.k8s.io/v1beta1/namespaces/NS/pods/POD',
    ]);
  });

  test('has every container, also ended ones, and the run before a restart, without secrets', async () => {
    const says = (container: string, more: string, also: object = {}) => ({
      name: container,
      image: 'busybox:1.36',
      command: ['sh', '-c', `echo ${container} speaks${more}`],
      ...also,
    });
    const stringData = { password: 'swordfish' };
    const metadata = { name: 'rng-keys', namespace: rng.namespace };
    rng.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'with-sidecar',
        namespace: rng.namespace,
        labels: { app: 'rng' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":"hunter2"}' },
      },
      spec: {
        initContainers: [says('setup', ''), says('proxy', '; sleep infinity', { restartPolicy: 'Always' })],
        containers: [
          says('main', `; echo Authorization: Bearer ${JWT}; sleep 0.1; exit 3`, {
            env: [
              { name: 'DB', value: 'hunter2' },
              { name: 'KEY', valueFrom: { secretKeyRef: { name: 'rng-keys', key: 'password' } } },
            ],
          }),
        ],
      },
    });
    await until('restarted', () => rng.pod('with-sidecar')?.status?.containerStatuses?.[0]?.restartCount > 0);
    const evidence = await ask('with-sidecar');
    expect(evidence.files.map(({ name }) => name).slice(3)).toEqual([
      'logs/setup.log',
      'logs/proxy.log',
      'logs/main.log',
      'logs/main.previous.log',
    ]);
    expect(fileIn(evidence, 'logs/main.previous.log')).toBe('main speaks\nAuthorization: Bearer <redacted>\n');
    expect(fileIn(evidence, 'summary.txt')).toMatch(/last run +Error, exit code 3, ended .* UTC$/m);
    const pod = JSON.parse(fileIn(evidence, 'pod.json'));
    expect(pod.spec.containers[0].env).toEqual([
      { name: 'DB', value: '<redacted>' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'rng-keys', key: 'password' } } },
    ]);
    for (const { text } of evidence.files) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(stringData.password);
      expect(text).not.toContain(JWT);
    }
  });

  test('has no logs of a pod that is not scheduled yet', async () => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'nowhere', namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { nodeSelector: { disk: 'none' }, containers: [{ name: 'main', image: 'busybox:1.36' }] },
    });
    const { files, notes } = await ask('nowhere');
    expect(files.map(({ name }) => name)).toEqual(['summary.txt', 'pod.json', 'events.txt']);
    expect(notes).toEqual(['The pod is on no node yet, so there are no logs.']);
  });

  test('notes that a container has never started', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    const { notes } = await take(pod, (connection) => ({
      ...connection,
      open: (call) => Promise.reject(new Rejected(call, ['container "rng" is waiting to start'], { status: 400 })),
    }));
    expect(notes).toEqual([`Container rng of ${pod.name} has no log to show: container "rng" is waiting to start.`]);
  });

  test('notes the logs, the events and what is around the pod that it can not read', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    const missing = { verb: 'get', resource: 'pods/log', namespace: 'ns' };
    const evidence = await take(pod, (connection) => ({
      ...connection,
      send: (call) =>
        call.verb === 'list' ? Promise.reject(new Unavailable(call, 'it is tired', {})) : connection.send(call),
      open: (call) => Promise.reject(new Forbidden(call, missing, { status: 403 })),
    }));
    expect(evidence.files.map(({ name }) => name)).toEqual(['summary.txt', 'pod.json', 'events.txt']);
    expect(evidence.notes).toEqual([
      expect.stringContaining(`list events in namespace ${rng.namespace}: it is tired`),
      expect.stringContaining('get pods/log in namespace ns'),
      expect.stringMatching(/^The list of the other pods is unknown.*: it is tired\.$/),
      expect.stringMatching(/^The last rollout is unknown.*: it is tired\.$/),
      expect.stringMatching(/^The state of the node is unknown.*: it is tired\.$/),
    ]);
    expect(fileIn(evidence, 'summary.txt')).toContain(`Missing:\n  ${evidence.notes[0]}`);
  });

  test('notes the parts that are not read in time', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    const evidence = await take(
      pod,
      (connection) => ({
        ...connection,
        send: (call) => (call.verb === 'list' ? new Promise(() => {}) : connection.send(call)),
        open: (call) =>
          new Promise((_, reject) => call.signal?.addEventListener('abort', () => reject(new Stopped(call, {})))),
      }),
      { deadline: Date.now() + 300 },
    );
    expect(evidence.notes).toEqual([
      expect.stringMatching(/list events .* interrupted/),
      expect.stringContaining('container rng'),
      'The list of the other pods is unknown. It was not read in time.',
      'The last rollout is unknown. It was not read in time.',
      'The state of the node is unknown. It was not read in time.',
    ]);
  });

  test('keeps the beginning of a log that is interrupted', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    const evidence = await take(pod, (connection) => ({
      ...connection,
      open: async (call) =>
        (async function* () {
          yield 'one';
          await wait(1);
          throw new Unavailable(call, 'the connection broke', {});
        })(),
    }));
    expect(evidence.files.at(-1)).toEqual({ name: 'logs/rng.log', text: 'one\n', isCut: true });
    expect(evidence.notes).toEqual([expect.stringContaining('container rng')]);
  });

  test('is refused for a pod that is gone or replaced', async () => {
    const { pod } = (await rng.list()).members[0] as Member;
    await expect(take({ name: pod.name, uid: 'another' })).rejects.toThrow(NotFound);
    await expect(take({ name: 'rng-gone', uid: 'gone' })).rejects.toThrow(NotFound);
  });

  test('asks for the pod if none is named', async () => {
    const outcome = await rng.pitlane.propose(
      { command: 'evidence', service: 'rng' },
      { by: 'U042', role: 'admin', requestId: 'evidence' },
    );
    expect(outcome).toMatchObject({ kind: 'choice', message: 'Which pod of rng?' });
  });
});

async function ask(pod: string): Promise<Evidence> {
  const request = { command: 'evidence', service: 'rng', pod } as const;
  const outcome = await rng.pitlane.propose(request, { by: 'U042', role: 'admin', requestId: 'evidence' });
  if (outcome.kind !== 'evidence') throw new Error(`no evidence: ${JSON.stringify(outcome)}`);
  return outcome;
}

function take(
  pod: { readonly name: string; readonly uid: string },
  through: (connection: Connection) => Connection = (connection) => connection,
  { deadline = Date.now() + 10_000 } = {},
): Promise<Evidence> {
  const connection = through(connectionTo(rng.cluster.kubeConfigInProcess));
  return during(takeEvidence(connection, { ...rng.scope, members: { app: 'rng' } }, pod, { deadline, now: Date.now }));
}

function fileIn({ files }: Evidence, name: string): string {
  return files.find((file) => file.name === name)?.text ?? `no ${name}`;
}
