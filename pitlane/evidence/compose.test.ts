import { expect, test } from 'vitest';
import { podReport } from '../cluster/inspect.ts';
import type { JsonPod } from '../cluster/json.ts';
import { composeEvidence } from './compose.ts';
import type { EvidenceLog, EvidenceParts } from './evidence.ts';

const KB = 1024;
const POD: JsonPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'rng-b85tm', uid: '1', resourceVersion: '7', creationTimestamp: '2026-11-24T03:00:00Z' },
  spec: { nodeName: 'node-1', containers: [{ name: 'rng', image: 'rng:v0.1' }] },
};

const NOTHING = { kind: 'seen', value: undefined } as const;
const NOTHING_AROUND = { siblings: NOTHING, rollout: NOTHING, usage: NOTHING };

const log = (container: string, text: string): EvidenceLog => ({
  container,
  previous: false,
  text,
  times: [],
  isCut: false,
});
const lines = (bytes: number) => 'a line of 32 characters and more\n'.repeat(Math.ceil(bytes / 33));
const found = ({ pod = POD, ...more }: Partial<EvidenceParts> & { readonly pod?: JsonPod }): EvidenceParts => ({
  service: { key: 'rng', namespace: 'dockercoins' },
  at: Date.parse('2026-11-24T03:12:09Z'),
  report: podReport(pod),
  events: [],
  logs: [],
  around: NOTHING_AROUND,
  notes: [],
  ...more,
});
const sizes = (files: readonly { name: string; text: string; isCut: boolean }[]) =>
  files.map(({ name, text, isCut }) => [name, Math.round(Buffer.byteLength(text) / KB), isCut]);

test('names the time that the evidence is of', () => {
  const [summary] = composeEvidence(found({ sinceSeconds: 600 })).files;
  expect(summary?.text).toMatch(/^Evidence of pod rng-b85tm, taken .* UTC, of the last 10 min\n/);
});

test('bundles a summary, the pod and its events even if nothing else is known', async () => {
  const { files } = composeEvidence(found({ notes: ['No logs: the pod is not scheduled.'] }));
  expect(files.map(({ name }) => name)).toEqual(['summary.txt', 'pod.json', 'events.txt']);
  await expect(files[0]?.text).toMatchFileSnapshot('golden/summary-minimal.golden.txt');
});

test('summarises a drained pod with all kinds of containers, its conditions and its events', async () => {
  const record = {
    ...{ v: 1, id: 'op-1', service: 'rng', labels: { app: 'rng' }, was: 'in rotation', annotations: {}, by: 'ada' },
    ...{ because: '5xx', at: '2026-11-24T03:10:00Z', until: '2026-11-24T04:10:00Z', then: 'remind' },
    owner: { kind: 'ReplicaSet', name: 'rng-7c5d9f8b6', uid: '2' },
  };
  const terminated = { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-24T03:11:00Z', message: 'too much' };
  const pod: JsonPod = {
    ...POD,
    metadata: {
      ...POD.metadata,
      labels: { 'pitlane.dev/drained-from': 'rng' },
      annotations: { 'pitlane.dev/drain': JSON.stringify(record) },
    },
    spec: {
      ...POD.spec,
      initContainers: [
        { name: 'migrate', image: 'migrate:1' },
        { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' },
      ],
      ephemeralContainers: [{ name: 'debugger', image: 'busybox' }],
    },
    status: {
      phase: 'Running',
      message: 'The node was low on memory.',
      podIP: '10.1.0.7',
      conditions: [
        { type: 'Ready', status: 'False', lastTransitionTime: '2026-11-24T03:11:00Z', message: 'not\nready' },
      ],
      containerStatuses: [
        {
          name: 'rng',
          ready: false,
          restartCount: 1,
          ...{ imageID: 'rng@sha256:9f86' },
          state: { waiting: { reason: 'CrashLoopBackOff', ...{ message: 'back-off 10s' } } },
          lastState: { terminated },
        },
      ],
    },
  };
  const event = { at: Date.parse('2026-11-24T03:11:30Z'), type: 'Warning', reason: 'BackOff', message: 'Back-off' };
  const { files } = composeEvidence(
    found({ pod, events: [{ ...event, count: 3 }], logs: [{ ...log('rng', 'one\n'), isCut: true }] }),
  );
  await expect(files[0]?.text).toMatchFileSnapshot('golden/summary.golden.txt');
});

test('keeps the end of a long log, from the start of a line', () => {
  const { files } = composeEvidence(found({ logs: [log('rng', `${lines(300 * KB)}the end\n`)] }));
  const { text = '' } = files.at(-1) ?? {};
  expect(sizes(files).at(-1)).toEqual(['logs/rng.log', 256, true]);
  expect(text.startsWith('a line of')).toBe(true);
  expect(text.endsWith('the end\n')).toBe(true);
});

test('cuts a log that is one long line between two characters', () => {
  const { files } = composeEvidence(found({ logs: [log('rng', 'ü'.repeat(200 * KB))] }));
  expect(files.at(-1)?.text).toMatch(/^ü+$/);
  expect(sizes(files).at(-1)).toEqual(['logs/rng.log', 256, true]);
});

test('limits the bundle to 1 MiB by shortening the largest logs', () => {
  const logs = [
    log('small', lines(10 * KB)),
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => log(name, lines(200 * KB))),
  ];
  const { files } = composeEvidence(found({ logs }));
  const total = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  expect(total).toBeLessThanOrEqual(1024 * KB);
  expect(total).toBeGreaterThan(900 * KB);
  expect(sizes(files).slice(3, 5)).toEqual([
    ['logs/small.log', 10, false],
    ['logs/a.log', 158, true],
  ]);
});

test('limits a huge pod and its events to leave room for the logs', () => {
  const annotations = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`note-${index}`, 'x'.repeat(100)]),
  );
  const event = { at: 0, type: 'Warning', reason: 'BackOff', message: 'x'.repeat(500), count: 1 };
  const { files } = composeEvidence(
    found({
      pod: { ...POD, metadata: { ...POD.metadata, annotations } },
      events: Array.from({ length: 1000 }, () => event),
      logs: [log('rng', lines(256 * KB - 100))],
    }),
  );
  expect(sizes(files).slice(1)).toEqual([
    ['pod.json', 256, true],
    ['events.txt', 128, true],
    ['logs/rng.log', 256, false],
  ]);
});

test('redacts secrets in every file and note', () => {
  const secret = 'hunter2Hunter2';
  const pod: JsonPod = {
    ...POD,
    metadata: {
      ...POD.metadata,
      labels: { app: 'rng' },
      annotations: { 'example.com/token': secret, note: `password=${secret}`, checked: 'yes' },
      ...{ managedFields: [{ manager: secret }] },
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'rng',
          ...{
            args: ['--password', secret, `--token=${secret}`, '--port', '80'],
            env: [
              { name: 'DB', value: secret },
              { name: 'EMPTY', value: '' },
            ],
            envFrom: [{ secretRef: { name: 'rng-secret' } }],
            livenessProbe: { httpGet: { port: 80, ...{ httpHeaders: [{ name: 'X-Probe', value: secret }] } } },
          },
        },
      ],
      volumes: [{ ...{ name: 'tls', secret: { secretName: 'rng-tls' } } }],
    },
    status: {
      message: `token: ${secret}`,
      containerStatuses: [
        {
          name: 'rng',
          ready: false,
          restartCount: 1,
          lastState: { terminated: { exitCode: 1, message: `postgres://ada:${secret}@db/rng` } },
        },
      ],
    },
  };
  const evidence = composeEvidence(
    found({
      pod,
      events: [{ at: 0, type: 'Warning', reason: 'Failed', message: `secret=${secret}`, count: 1 }],
      logs: [log('rng', `password=${secret}\n`)],
      notes: [`api_key: ${secret}`],
    }),
  );
  expect(JSON.stringify(evidence)).not.toContain(secret);
  expect(JSON.parse(evidence.files[1]?.text ?? '')).toMatchObject({
    metadata: { annotations: { 'example.com/token': '<redacted>', note: 'password=<redacted>', checked: 'yes' } },
    spec: {
      containers: [
        {
          args: ['--password', '<redacted>', '--token=<redacted>', '--port', '80'],
          env: [
            { name: 'DB', value: '<redacted>' },
            { name: 'EMPTY', value: '' },
          ],
          envFrom: [{ secretRef: { name: 'rng-secret' } }],
          livenessProbe: { httpGet: { httpHeaders: [{ name: 'X-Probe', value: '<redacted>' }] } },
        },
      ],
      volumes: [{ name: 'tls', secret: { secretName: 'rng-tls' } }],
    },
  });
});
