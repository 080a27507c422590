import { expect, test } from 'vitest';
import type { Operation, Progress } from '../rotation/plan.ts';
import { happeningsOf, lateNotes } from './words.ts';

const POD = { name: 'rng-b85tm', uid: 'u1' };

function progress(isMet: boolean, withinSeconds = 300): Progress {
  return {
    milestone: {
      key: 'unlisted u1',
      condition: { kind: 'unlisted', pod: POD },
      title: 'its replacement is in rotation',
      withinSeconds,
      isRequired: false,
    },
    isMet,
    isLost: false,
    seen: 'rng-x5new: Pending',
  };
}

test.each<[name: string, given: Progress, waitedMs: number, want: readonly string[]]>([
  ['does not note a reached milestone', progress(true), 8_000, []],
  [
    'notes a milestone that was not reached in its time',
    progress(false),
    301_000,
    ['Not yet after 300 s: its replacement is in rotation (rng-x5new: Pending).'],
  ],
  [
    'notes the length of a wait that ended early',
    progress(false),
    8_400,
    ['Not yet after 8 s: its replacement is in rotation (rng-x5new: Pending).'],
  ],
])('%s', (_, given, waitedMs, want) => {
  expect(lateNotes([given], waitedMs)).toEqual(want);
});

test.each<[name: string, who: { by: string; byName?: string }, want: string]>([
  ['a person of Slack', { by: 'U0ADA00000', byName: 'ada' }, 'U0ADA00000 (ada)'],
  ['a Kubernetes user', { by: 'kubernetes-admin' }, 'kubernetes-admin'],
])('an Event names %s', (_, who, want) => {
  const request = { command: 'drain', because: '5xx' };
  const operation = { ...who, id: 'op-1', request } as unknown as Operation;
  const service = { name: 'rng', namespace: 'shop', uid: 's1' };
  const target = { kind: 'Pod', ...POD, namespace: 'shop' };
  const events = happeningsOf({ title: 'Take it out', target } as never, operation, service as never, 0);
  const note = `Done for ${want}: Take it out (operation op-1). Because: 5xx`;
  expect(events.map((event) => [event.regarding.kind, event.note])).toEqual([
    ['Pod', note],
    ['Service', note],
  ]);
});
