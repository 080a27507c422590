import { expect, test } from 'vitest';
import type { EvidencePod } from '../cluster/evidence.ts';
import { compose, type Found, type FoundLog } from './compose.ts';

const KB = 1024;
const POD: EvidencePod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'rng-b85tm', uid: '1', resourceVersion: '7', creationTimestamp: '2026-11-24T03:00:00Z' },
  spec: { nodeName: 'node-1', containers: [{ name: 'rng', image: 'rng:v0.1' }] },
};

const log = (container: string, text: string): FoundLog => ({ container, previous: false, text, isCut: false });
const lines = (bytes: number) => 'a line of 32 characters and more\n'.repeat(Math.ceil(bytes / 33));
const found = (more: Partial<Found>): Found => ({
  service: { key: 'rng', namespace: 'dockercoins' },
  at: Date.parse('2026-11-24T03:12:09Z'),
  pod: POD,
  events: [],
  logs: [],
  notes: [],
  ...more,
});
const sizes = (files: readonly { name: string; text: string; isCut: boolean }[]) =>
  files.map(({ name, text, isCut }) => [name, Math.round(Buffer.byteLength(text) / KB), isCut]);

test('a pod of which hardly anything is known has its page all the same', () => {
  const { files } = compose(found({ notes: ['The pod is on no node yet, so there are no logs.'] }));
  expect(files.map(({ name }) => name)).toEqual(['summary.txt', 'pod.json', 'events.txt']);
  expect(files[0]?.text).toBe(`Evidence of pod rng-b85tm, taken 2026-11-24 03:12:09 UTC

Service  rng, namespace dockercoins
Pod      rng-b85tm, uid 1
State    Unknown, 0 of 1 ready, 0 restarts
Node     node-1
Address  none yet
Created  2026-11-24 03:00:00 UTC, 12 min 9 s before
Owner    none
Labels   none
Drained  no

Containers:
  rng
    image     rng:v0.1
    digest    not known
    state     waiting
    restarts  0
    requests  none
    limits    none

In here:
  pod.json: 19 lines
  events.txt: 0 lines

Not in here:
  The pod is on no node yet, so there are no logs.
`);
});

test('of a long log the end is kept, from the beginning of a line', () => {
  const { files } = compose(found({ logs: [log('rng', `${lines(300 * KB)}the end\n`)] }));
  const { text = '' } = files.at(-1) ?? {};
  expect(sizes(files).at(-1)).toEqual(['logs/rng.log', 256, true]);
  expect(text.startsWith('a line of')).toBe(true);
  expect(text.endsWith('the end\n')).toBe(true);
});

test('a log of one endless line, whatever its letters, is cut between two of them', () => {
  const { files } = compose(found({ logs: [log('rng', 'ü'.repeat(200 * KB))] }));
  expect(files.at(-1)?.text).toMatch(/^ü+$/);
  expect(sizes(files).at(-1)).toEqual(['logs/rng.log', 256, true]);
});

test('the whole has at most a megabyte; the largest logs give way', () => {
  const logs = [
    log('small', lines(10 * KB)),
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => log(name, lines(200 * KB))),
  ];
  const { files } = compose(found({ logs }));
  const total = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  expect(total).toBeLessThanOrEqual(1024 * KB);
  expect(total).toBeGreaterThan(900 * KB);
  expect(sizes(files).slice(3, 5)).toEqual([
    ['logs/small.log', 10, false],
    ['logs/a.log', 158, true],
  ]);
});

test('a pod and events without end leave room for the logs', () => {
  const annotations = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`note-${index}`, 'x'.repeat(100)]),
  );
  const event = { at: 0, type: 'Warning', reason: 'BackOff', message: 'x'.repeat(500), count: 1 };
  const { files } = compose(
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

test('secrets are blacked out wherever they stand', () => {
  const secret = 'hunter2Hunter2';
  const pod: EvidencePod = {
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
            livenessProbe: { httpGet: { httpHeaders: [{ name: 'X-Probe', value: secret }] } },
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
  const evidence = compose(
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
