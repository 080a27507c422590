import type { EndKind, JournalEntry } from '../pitlane/journal/entry.ts';
import {
  type Check,
  milestone,
  type Operation,
  type Plan,
  type Progress,
  podsIn,
  proofOf,
  type Refusal,
} from '../pitlane/rotation/plan.ts';
import type { PodRef } from '../pitlane/rotation/snapshot.ts';
import { count } from '../pitlane/text/words.ts';

/** 2026-11-24 03:12:07 UTC, as in the snapshots of the tests. */
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);

/** Fixtures for tests of the command line. */

export const POD = { name: 'rng-5f69c6b7d8-b85tm', uid: '9a3f6f5e-0000-4000-8000-000000000001' };
export const OPERATION: Operation = {
  id: 'op-now',
  request: { command: 'drain', service: 'rng', pods: ['b85tm'], because: '5xx', dryRun: false, force: false },
  subject: { kind: 'pods', pods: [POD] },
  by: 'bob',
  at: NOW,
};
const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const unlisted = milestone({ kind: 'unlisted', pod: POD }, `${POD.name} is out of the endpoints`, 30);
const released = milestone({ kind: 'released', pod: POD }, 'Released by ReplicaSet rng-5f69c6b7d8', 30);
const replaced = { pods: [POD], owner: OWNER };
export const DRAIN: Plan = {
  kind: 'plan',
  operation: OPERATION,
  checks: [
    { code: 'OwnerReplacesIt', level: 'ok', message: 'ReplicaSet rng-5f69c6b7d8 replaces it.' },
    { code: 'EnoughLeft', level: 'ok', message: 'rng has 4 pods in rotation, 3 after the drain, minimum 3.' },
  ],
  effects: [
    { code: 'LeavesEndpoints', message: 'Load balancers stop sending traffic to it within seconds.' },
    { code: 'StaysAlive', message: 'It keeps its CPU, memory, ports and volumes.' },
  ],
  phases: [
    {
      title: `remove label app=rng from ${POD.name}`,
      writes: [
        {
          kind: 'patch',
          key: `drain ${POD.uid}`,
          title: `remove label app=rng from ${POD.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
          patch: [{ op: 'remove', path: '/metadata/labels/app' }],
          inverse: [{ op: 'add', path: '/metadata/labels/app', value: 'rng' }],
        },
      ],
      until: [
        unlisted,
        released,
        milestone({ kind: 'replacementCreated', ...replaced }, 'Replacement created', 30),
        milestone({ kind: 'replacementReady', ...replaced }, 'Replacement in rotation', 300),
      ],
      lease: 'namespace',
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

export function ended(index: number, kind: EndKind = 'done', message = 'All checks passed.'): JournalEntry {
  return entry(index, { heldUntil: 0, ended: { kind, at: NOW - 30_000, message } });
}

/** Deletes a drained pod. */
export const FINISH: Plan = {
  ...DRAIN,
  operation: {
    ...OPERATION,
    request: { command: 'finish', service: 'rng', pods: ['b85tm'], dryRun: false, force: false },
  },
  effects: [{ code: 'IsDeleted', message: 'Evidence is written first.' }],
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
      lease: 'namespace',
    },
  ],
  undo: [],
};

/** A drain of several pods in turns of `sideBySide`. The last `leftOut` pods are left out, the first `warned` have a warning. */
export function drainOfSeveral(
  total: number,
  { sideBySide = 5, leftOut = 0, warned = 0, by }: SeveralOptions = {},
): { readonly plan: Plan; readonly refusal: Refusal } {
  const pods = Array.from({ length: total }, (_, index) => podNumber(index));
  const operation: Operation = {
    ...OPERATION,
    request: { ...OPERATION.request, pods: pods.map(({ name }) => name) },
    subject: { kind: 'pods', pods, ...(by !== undefined && { by }) },
  };
  const going = pods.slice(0, total - leftOut);
  const out = pods.slice(total - leftOut);
  const turns = Array.from({ length: Math.ceil(going.length / sideBySide) }, (_, index) =>
    going.slice(index * sideBySide, (index + 1) * sideBySide),
  );
  const checks: readonly Check[] = [
    ...out.map((pod, index) => ({ ...reasonFor(pod, index), level: 'leftOut' as const })),
    ...going
      .slice(0, warned)
      .map(({ name }) => ({ ...WARNING, pod: name, message: `${name} has no controller: nothing replaces it.` })),
    ...going.map(({ name }) => ({
      code: 'EnoughLeft',
      level: 'ok' as const,
      pod: name,
      message: 'Enough pods are left.',
    })),
  ];
  const proof = (of: readonly PodRef[]) => [
    ...of.flatMap((pod) => [
      milestone({ kind: 'unlisted', pod }, `${pod.name} is out of the endpoints`, 30),
      milestone({ kind: 'released', pod }, `${pod.name}: released by ReplicaSet rng-5f69c6b7d8`, 30),
    ]),
    milestone({ kind: 'replacementReady', pods: of, owner: OWNER }, `${of.length} replacements in rotation`, 300),
  ];
  return {
    plan: {
      ...DRAIN,
      operation,
      checks,
      phases: turns.map((turn, index) => ({
        title: `drain ${turn.length} pods`,
        writes: turn.map((pod) => ({
          kind: 'patch',
          key: `drain ${pod.uid}`,
          title: `remove label app=rng from ${pod.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...pod },
          patch: [],
          inverse: [],
        })),
        until: proof(index === turns.length - 1 ? going : turn),
        lease: 'namespace',
      })),
      undo: [],
    },
    refusal: { kind: 'refusal', operation, checks: pods.map(reasonFor), isForceable: false },
  };
}

interface SeveralOptions {
  readonly sideBySide?: number;
  readonly leftOut?: number;
  readonly warned?: number;
  readonly by?: string;
}

function podNumber(index: number): PodRef {
  const end = `${String.fromCharCode(98 + (index % 24))}${String(index).padStart(3, '0')}z`;
  return { name: `rng-5f69c6b7d8-${end}`, uid: `9a3f6f5e-0000-4000-8000-${String(index).padStart(12, '0')}` };
}

/** Alternates between a reason with the pod's name and one that is the same for all pods. */
function reasonFor({ name }: PodRef, index: number): Check {
  return index % 2 === 0
    ? {
        code: 'AlreadyDrained',
        level: 'refusal',
        pod: name,
        message: `${name} is already drained.`,
        instead: `restore ${name}`,
      }
    : {
        code: 'BelowMinimum',
        level: 'refusal',
        pod: name,
        message: 'rng would have 2 pods in rotation, minimum 3.',
        instead: 'list',
      };
}

/** The proof when the first `met` pods are done and the next one is waiting. */
export function proofAfter(plan: Plan, met: number): readonly Progress[] {
  const done = new Set(
    podsIn(plan.operation.subject)
      .slice(0, met)
      .map(({ uid }) => uid),
  );
  return proofOf(plan).map((each): Progress => {
    const { condition } = each;
    const replaced = 'pods' in condition ? condition.pods.length : 0;
    const isMet = 'pod' in condition ? done.has(condition.pod.uid) : replaced <= met;
    const seen =
      'pod' in condition
        ? `${condition.pod.name} is still in 1 EndpointSlice`
        : `ReplicaSet rng-5f69c6b7d8 has ${count(met, 'pod')}, wants ${replaced}`;
    return { milestone: each, isMet, isLost: false, seen };
  });
}
