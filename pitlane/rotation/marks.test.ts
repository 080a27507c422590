import { expect, test } from 'vitest';
import { rng } from '../../test/builders/snapshot.ts';
import { readGate } from './gate-record.ts';
import {
  CANARY,
  canaryRecordOn,
  DISABLED,
  DRAIN,
  formerValue,
  GATE,
  readDisabled,
  readDrain,
  SAFE_TO_EVICT,
  STOPPING,
  SWITCH,
  stoppingRecordOn,
} from './marks.ts';
import { readSwitch } from './switch.ts';

const ACT = { v: 1, id: 'op-1', by: 'U0ADA00000', at: '2026-11-24T03:00:00Z' };
const DRAINED = {
  ...ACT,
  service: 'rng',
  labels: { app: 'rng', 'pitlane.example/track': '' },
  was: 'in rotation',
  annotations: { [SAFE_TO_EVICT]: null, 'controller.kubernetes.io/pod-deletion-cost': '7' },
  owner: { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a002' },
  byName: 'Zoë O’Neil',
  because: 'x'.repeat(500),
  restarts: 0,
  until: '2026-11-24T04:00:00.5Z',
  then: 'finish',
  report: { channel: 'C0OPS00000', ts: '1796000000.000200', thread: '1796000000.000100' },
  extended: { id: 'op-2', by: 'ada', at: '2026-11-24T03:30:00Z', before: ['op-0'] },
};

/** The kind of the mark with this text on an otherwise healthy pod. */
const read = (record: object) => {
  const text = JSON.stringify(record);
  const [pod] = rng()
    .pod('b85tm', { annotations: { [DRAIN]: text, [DISABLED]: text } })
    .about('b85tm').targets;
  if (pod === undefined) throw new Error('no pod');
  return { drained: readDrain(pod).kind, disabled: readDisabled(pod).kind };
};

test('a drain record with every field is read', () => {
  expect(read(DRAINED).drained).toBe('record');
});

test.each<[string, object]>([
  ['an unknown field', { privileged: true }],
  ['a label key for a shell', { labels: { 'x;touch /tmp/pwned;#': '' } }],
  ['a label value with spaces', { labels: { app: 'rng --all' } }],
  ['a label key of 300 characters', { labels: { [`${'a'.repeat(300)}/b`]: 'c' } }],
  ['labels in a list', { labels: ['app'] }],
  ['an annotation that no drain overwrites', { annotations: { 'example.com/role': 'admin' } }],
  ['an annotation of 20 kB', { annotations: { [SAFE_TO_EVICT]: 'x'.repeat(20_000) } }],
  ['an unknown former state', { was: 'running' }],
  ['a Service with a path', { service: '../secrets' }],
  ['an owner with a path', { owner: { ...DRAINED.owner, name: '../../secrets/x' } }],
  ['an owner of a group with a path', { owner: { ...DRAINED.owner, apiVersion: 'apps/v1/../../x' } }],
  ['an owner with an unknown field', { owner: { ...DRAINED.owner, controller: true } }],
  ['a reason of 20 kB', { because: 'x'.repeat(20_000) }],
  ['a name of 81 characters', { byName: 'x'.repeat(81) }],
  ['a name that turns the text around', { byName: 'ada\u202e' }],
  ['a name of two lines', { byName: 'ada\nok' }],
  ['a name that is none', { byName: 7 }],
  ['a time that is none', { until: 'tomorrow' }],
  ['a month that does not exist', { at: '2026-13-24T03:00:00Z' }],
  ['half a restart', { restarts: 0.5 }],
  ['a channel that is none', { report: { channel: 'https://example.com' } }],
  ['a message that is none', { report: { channel: 'C0OPS00000', ts: 'now' } }],
  ['an extension without a time', { extended: { id: 'op-2', by: 'ada' } }],
  ['a restore without a person', { restoring: { id: 'op-2', by: '', at: ACT.at } }],
])('a drain record with %s is unreadable', (_, change) => {
  expect(read({ ...DRAINED, ...change }).drained).toBe('unreadable');
});

test('a disabled record has known fields only', () => {
  const record = { ...ACT, byName: 'ada', service: 'rng', switch: 'version=green', until: ACT.at };
  expect(read(record).disabled).toBe('record');
  expect(read({ ...record, labels: {} }).disabled).toBe('unreadable');
  expect(read({ ...record, switch: 'version green' }).disabled).toBe('unreadable');
});

test('records of canaries, gates and switches have known fields only', () => {
  const canary = (more: object) =>
    canaryRecordOn({
      labels: { [CANARY]: 'rng' },
      annotations: { [CANARY]: JSON.stringify({ ...ACT, from: 'Deployment rng', until: ACT.at, ...more }) },
    })?.id;
  expect([
    canary({ byName: 'ada' }),
    canary({ x: 1 }),
    canary({ from: 'rng' }),
    canary({ env: ['x'.repeat(9_000)] }),
  ]).toEqual(['op-1', undefined, undefined, undefined]);
  const stopping = (more: object) =>
    stoppingRecordOn({ annotations: { [STOPPING]: JSON.stringify({ ...ACT, ...more }) } })?.id;
  expect([stopping({}), stopping({ x: 1 }), stopping({ outSince: 'soon' })]).toEqual(['op-1', undefined, undefined]);
  const gate = (more: object) =>
    readGate({
      annotations: {
        [GATE]: JSON.stringify({ ...ACT, label: 'enabled=yes', via: 'template', newPods: 'in', ...more }),
      },
    }).kind;
  expect([gate({}), gate({ x: 1 }), gate({ label: 'a b=c' })]).toEqual(['record', 'unreadable', 'unreadable']);
  const moved = (more: object) =>
    readSwitch({ annotations: { [SWITCH]: JSON.stringify({ ...ACT, to: 'version=green', ...more }) } })?.id;
  expect([moved({}), moved({ x: 1 }), moved({ to: '$(id)=x' })]).toEqual(['op-1', undefined, undefined]);
});

test('a former value that is too long for a record is not kept', () => {
  const on = (value: string) => formerValue({ annotations: { [SAFE_TO_EVICT]: value } }, SAFE_TO_EVICT);
  expect([on('x'.repeat(253)), on('x'.repeat(254))]).toEqual(['x'.repeat(253), null]);
  expect(formerValue({ annotations: {} }, SAFE_TO_EVICT)).toBeNull();
});
