import type { EndKind, JournalEntry } from '../pitlane/journal/entry.ts';
import type { Check, Milestone, Operation, Plan } from '../pitlane/rotation/plan.ts';

/** 2026-11-24 03:12:07 UTC, as in the snapshots of the tests. */
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);

/** Fixtures for tests of the command line: a drain with texts of its own, which no other test depends on. */

export const POD = { name: 'rng-5f69c6b7d8-b85tm', uid: '9a3f6f5e-0000-4000-8000-000000000001' };
export const OPERATION: Operation = {
  id: 'op-now',
  request: { command: 'drain', service: 'rng', pod: 'b85tm', because: '5xx', dryRun: false, force: false },
  pod: POD,
  by: 'bob',
  at: NOW,
};
const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const unlisted: Milestone = {
  condition: { kind: 'unlisted', pod: POD },
  title: `${POD.name} is out of the endpoints`,
  withinSeconds: 30,
  isRequired: true,
};
const released: Milestone = {
  condition: { kind: 'released', pod: POD },
  title: 'ReplicaSet rng-5f69c6b7d8 has released it',
  withinSeconds: 30,
  isRequired: true,
};
export const DRAIN: Plan = {
  kind: 'plan',
  operation: OPERATION,
  checks: [
    { code: 'OwnerReplacesIt', level: 'ok', message: 'ReplicaSet rng-5f69c6b7d8 replaces it.' },
    { code: 'EnoughLeft', level: 'ok', message: 'rng has 4 pods in rotation, 3 after the drain, minimum 3.' },
  ],
  effects: [
    'Load balancers stop sending traffic to it within seconds.',
    'It keeps its CPU, memory, ports and volumes.',
  ],
  steps: [
    {
      kind: 'patch',
      title: `remove label app=rng from ${POD.name}`,
      target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
      patch: [{ op: 'remove', path: '/metadata/labels/app' }],
      inverse: [{ op: 'add', path: '/metadata/labels/app', value: 'rng' }],
    },
    { kind: 'await', milestones: [unlisted, released] },
  ],
  proof: [
    unlisted,
    released,
    { ...released, condition: { kind: 'adopted', pod: POD, owner: OWNER }, title: 'its replacement is created' },
    {
      ...released,
      condition: { kind: 'inRotation', pod: POD },
      title: 'its replacement is in rotation',
      withinSeconds: 300,
    },
  ],
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
  message: 'rng would have 2 pods in rotation, minimum 3.',
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
    message: 'rng would have 2 pods in rotation, minimum 3. Scale up first.',
    instead: 'kubectl -n dockercoins scale deployment rng --replicas=5',
    isForceable: true,
  },
];

/** A journal entry. */
export function entry(index: number, changes: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: `0d3f00000${index}`,
    request: { command: 'drain', service: 'rng', pod: POD.name, because: '5xx', dryRun: false, force: false },
    digest: '4be1a9',
    pod: POD,
    by: 'bob',
    at: NOW - index * 60_000,
    holder: 'laptop',
    heldUntil: NOW + 30_000,
    ...changes,
  };
}

export function ended(index: number, kind: EndKind = 'done', message = 'All checks passed.'): JournalEntry {
  return entry(index, { heldUntil: 0, ended: { kind, at: NOW - 30_000, message } });
}

/** Deletes a drained pod. */
export const FINISH: Plan = {
  ...DRAIN,
  operation: {
    ...OPERATION,
    request: { command: 'finish', service: 'rng', pod: 'b85tm', dryRun: false, force: false },
  },
  effects: ['Evidence is written first.'],
  steps: [
    {
      kind: 'delete',
      title: `delete ${POD.name}`,
      target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
      version: '81234',
    },
  ],
  proof: [
    { condition: { kind: 'gone', pod: POD }, title: `${POD.name} is deleted`, withinSeconds: 60, isRequired: true },
  ],
  undo: [],
};
