import type { EndKind, JournalEntry } from '../pitlane/journal/entry.ts';
import { type Check, milestone, type Operation, type Plan } from '../pitlane/rotation/plan.ts';

/** 2026-11-24 03:12:07 UTC, as in the snapshots of the tests. */
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);

/** For tests of the command line only: a drain as an on-call may meet it, in words that only these tests depend on. */

export const POD = { name: 'rng-5f69c6b7d8-b85tm', uid: '9a3f6f5e-0000-4000-8000-000000000001' };
export const OPERATION: Operation = {
  id: 'op-now',
  request: { command: 'drain', service: 'rng', pods: ['b85tm'], because: '5xx', dryRun: false, force: false },
  subject: { kind: 'pods', pods: [POD] },
  by: 'bob',
  at: NOW,
};
const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const unlisted = milestone({ kind: 'unlisted', pod: POD }, `${POD.name} is no longer listed`, 30);
const released = milestone({ kind: 'released', pod: POD }, 'ReplicaSet rng-5f69c6b7d8 has let go of it', 30);
const replaced = { pods: [POD], owner: OWNER };
export const DRAIN: Plan = {
  kind: 'plan',
  operation: OPERATION,
  checks: [
    { code: 'OwnerReplacesIt', level: 'ok', message: 'ReplicaSet rng-5f69c6b7d8 replaces it.' },
    { code: 'EnoughLeft', level: 'ok', message: 'rng has 4 in rotation, 3 after, and must keep 3.' },
  ],
  effects: ['rng stops listing it; data planes follow within moments.', 'It keeps its CPU, memory, ports and volumes.'],
  phases: [
    {
      title: `take the label app=rng off ${POD.name}`,
      writes: [
        {
          kind: 'patch',
          key: `drain ${POD.uid}`,
          title: `take the label app=rng off ${POD.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
          patch: [{ op: 'remove', path: '/metadata/labels/app' }],
          inverse: [{ op: 'add', path: '/metadata/labels/app', value: 'rng' }],
        },
      ],
      until: [
        unlisted,
        released,
        milestone({ kind: 'replacementCreated', ...replaced }, 'its replacement is created', 30),
        milestone({ kind: 'replacementReady', ...replaced }, 'its replacement is in rotation', 300),
      ],
      lease: 'service',
    },
  ],
  hasBegun: false,
  undo: [
    `kubectl -n dockercoins label pod ${POD.name} app=rng pitlane.dev/drained-from-`,
    `kubectl -n dockercoins annotate pod ${POD.name} --overwrite pitlane.dev/drain-`,
  ],
  fingerprint: 'sha256:4be1a9',
};
export const WARNING: Check = {
  code: 'NothingReplacesIt',
  level: 'warning',
  message: `${POD.name} has no controller: nothing replaces it.`,
};
export const OVERRIDDEN: Check = {
  code: 'TooFew',
  level: 'overridden',
  message: 'rng has 3 in rotation and must keep 3.',
  instead: 'list',
};
export const REFUSALS: readonly Check[] = [
  { code: 'OwnerReplacesIt', level: 'ok', message: 'ReplicaSet rng-5f69c6b7d8 replaces it.' },
  WARNING,
  {
    code: 'AlreadyDrained',
    level: 'refusal',
    message: `${POD.name} is already drained.`,
    instead: `restore ${POD.name}`,
    isForceable: false,
  },
  {
    code: 'TooFew',
    level: 'refusal',
    message: 'rng has 3 in rotation and must keep 3: scale it up first.',
    instead: 'kubectl -n dockercoins scale deployment rng --replicas=5',
    isForceable: true,
  },
];

/** An operation as the journal keeps it. */
export function entry(index: number, changes: Partial<JournalEntry> = {}): JournalEntry {
  return {
    v: 2,
    id: `0d3f00000${index}`,
    request: { command: 'drain', service: 'rng', because: '5xx', dryRun: false, force: false },
    digest: '4be1a9',
    subject: { kind: 'pods', pods: [POD] },
    role: 'operator',
    by: 'bob',
    at: NOW - index * 60_000,
    holder: 'laptop',
    heldUntil: NOW + 30_000,
    ...changes,
  };
}

export function ended(index: number, kind: EndKind = 'done', message = 'It is done and proven.'): JournalEntry {
  return entry(index, { heldUntil: 0, ended: { kind, at: NOW - 30_000, message } });
}

/** The end of a drained pod. */
export const FINISH: Plan = {
  ...DRAIN,
  operation: {
    ...OPERATION,
    request: { command: 'finish', service: 'rng', pods: ['b85tm'], dryRun: false, force: false },
  },
  effects: ['Its logs and its state are kept as evidence before it goes.'],
  phases: [
    {
      title: `delete ${POD.name}`,
      writes: [
        {
          kind: 'delete',
          key: `finish ${POD.uid}`,
          title: `delete ${POD.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
          version: '81234',
        },
      ],
      until: [milestone({ kind: 'gone', pod: POD }, `${POD.name} is gone`, 60)],
      lease: 'service',
    },
  ],
  undo: [],
};
