import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { EndKind, JournalEntry, PastChange } from '../../pitlane/journal/entry.ts';
import type { History, Listed, LogSilence, OperationsList } from '../../pitlane/operate/outcome.ts';
import type { DrainRecord } from '../../pitlane/rotation/marks.ts';
import type { Member, MemberState } from '../../pitlane/rotation/membership.ts';
import { type Milestone, milestone, type Operation, type Plan, type Progress } from '../../pitlane/rotation/plan.ts';
import type { Pod, Service } from '../../pitlane/rotation/snapshot.ts';

export const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const MINUTE = 60_000;

export const RNG: Service = {
  name: 'rng',
  namespace: 'dockercoins',
  uid: '5f0c1f3e-93a6-4b0a-9d70-1d6a0f0e7a11',
  selector: { app: 'rng' },
  type: 'ClusterIP',
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
  ports: [],
  annotations: {},
};

const OWNER = { kind: 'ReplicaSet', name: 'rng-7c5d9f8b6', uid: 'a0a1b2c3-0000-4000-8000-000000000001' };
/** Kubernetes' alphabet for generated names: no vowels, no 0, 1 or 3. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** `rng-7c5d9f8b6-bcdfg` and so on: real-looking, and the same in every run. */
export function pod(index: number, changes: Partial<Pod> = {}): Pod {
  // 27 letters, 5 places: the factor has no divisor in common with 27, so no two pods share a name.
  let rest = (index * 7_654_321 + 1_234_567) % 27 ** 5;
  let end = '';
  for (let place = 0; place < 5; place += 1) {
    end += LETTERS[rest % 27];
    rest = Math.floor(rest / 27);
  }
  return {
    name: `rng-7c5d9f8b6-${end}`,
    uid: `0c9f3c1e-5a0e-4a55-8c5e-${String(index).padStart(12, '0')}`,
    labels: { app: 'rng', 'pod-template-hash': '7c5d9f8b6' },
    annotations: {},
    owner: OWNER,
    createdAt: NOW - 50 * 60 * MINUTE - index * MINUTE,
    nodeName: `node-${(index % 3) + 1}`,
    status: 'Running',
    containers: { ready: 1, total: 1 },
    restarts: 0,
    ...changes,
  };
}

export function member(index: number, state: MemberState = 'in rotation', changes: Partial<Pod> = {}): Member {
  const isReady = state === 'in rotation' || state === 'drained';
  return { pod: pod(index, changes), kind: 'workload pod', state, isReady };
}

export const RECORD: DrainRecord = {
  v: 1,
  id: 'op-0d3f',
  service: 'rng',
  labels: { app: 'rng' },
  was: 'in rotation',
  annotations: {},
  owner: OWNER,
  by: 'U0ADA00000',
  because: '5xx & <timeouts>',
  at: '2026-11-24T03:00:07Z',
  until: '2026-11-24T04:00:07Z',
  then: 'remind',
};

export function drained(index: number): Member {
  const { owner: _, ...orphan } = pod(index);
  return { pod: orphan, kind: 'workload pod', state: 'drained', isReady: true, drained: RECORD };
}

/** A list of `count` members; from 4 on, one is crash-looping and one drained. */
export function listed(count: number, changes: Partial<Listed> = {}): Listed {
  const unusual =
    count < 4
      ? []
      : [
          member(1, 'not ready', { status: 'CrashLoopBackOff', containers: { ready: 0, total: 1 }, restarts: 12 }),
          drained(2),
        ];
  const members = [...unusual, ...Array.from({ length: count - unusual.length }, (_, index) => member(index + 10))];
  const counts: Partial<Record<MemberState, number>> = {};
  for (const { state } of members) counts[state] = (counts[state] ?? 0) + 1;
  return { kind: 'listed', service: RNG, at: NOW, members, all: false, counts, notes: [], ...changes };
}

export const DRAIN: ChangeRequest = {
  command: 'drain',
  service: 'rng',
  pods: [pod(1).name],
  because: '5xx & <!channel>',
  dryRun: false,
  force: false,
};

export const POD = { name: pod(1).name, uid: pod(1).uid };

export const OPERATION: Operation = {
  id: 'op-0d3f',
  request: DRAIN,
  subject: { kind: 'pods', pods: [POD] },
  by: 'U0ADA00000',
  at: NOW,
};

const PROOF: readonly Milestone[] = [
  milestone({ kind: 'unlisted', pod: POD }, `${POD.name} is out of the endpoints`, 30),
  milestone({ kind: 'released', pod: POD }, `Released by ${OWNER.kind} ${OWNER.name}`, 30),
  milestone({ kind: 'replacementReady', owner: OWNER, pods: [POD] }, 'Replacement in rotation', 120, false),
];

export const PLAN: Plan = {
  kind: 'plan',
  operation: OPERATION,
  checks: [
    { code: 'ReplacedByOwner', level: 'ok', message: 'ReplicaSet rng-7c5d9f8b6 replaces the pod.' },
    { code: 'EnoughInRotation', level: 'ok', message: '4 in rotation, 3 after the drain, and 3 must stay.' },
    {
      code: 'NoHeadroom',
      level: 'warning',
      message: 'No node has 100m CPU free, so the replacement would stay pending.',
    },
  ],
  effects: [
    { code: 'LeavesBudgets', message: 'PodDisruptionBudget rng no longer counts the pod.' },
    { code: 'LivenessRestarts', message: 'Liveness probes still restart its container.' },
  ],
  phases: [
    {
      title: 'write',
      lease: 'namespace',
      writes: [
        {
          kind: 'patch',
          key: 'drain uid',
          title: `take the label app off ${POD.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...POD },
          patch: [{ op: 'remove', path: '/metadata/labels/app' }],
          inverse: [{ op: 'add', path: '/metadata/labels/app', value: 'rng' }],
        },
      ],
      until: PROOF,
    },
  ],
  hasBegun: false,
  undo: [
    `kubectl -n dockercoins label pod ${POD.name} app=rng pitlane.dev/drained-from-`,
    `kubectl -n dockercoins annotate pod ${POD.name} --overwrite pitlane.dev/drain-`,
  ],
  fingerprint: 'sha256:4be1a9',
};

export function progress(...met: readonly boolean[]): Progress[] {
  const seen = ['no slice lists it', 'released', 'rng-7c5d9f8b6-hfbrr, on node-2'];
  const waiting = [
    '1 slice still lists it',
    'still owned by ReplicaSet rng-7c5d9f8b6',
    'replacement 1 of 1 created, 0 ready',
  ];
  return PROOF.map((milestone, index) => ({
    milestone,
    isMet: met[index] ?? false,
    isLost: false,
    seen: (met[index] ? seen : waiting)[index] ?? '',
  }));
}

/** The log of the drained pod at the end of its drain. */
export function silence(silentMs: number, isWriting = false, { name, uid } = POD): LogSilence {
  return { pod: name, uid, container: 'rng', silentMs, isWriting };
}

const EXTEND: ChangeRequest = {
  command: 'extend',
  service: 'rng',
  pods: [pod(2).name],
  forSeconds: 3_600,
  dryRun: false,
  force: false,
};
const FINISH: ChangeRequest = { command: 'finish', service: 'rng', pods: [pod(2).name], dryRun: false, force: false };
const DRAINED_POD = { name: pod(2).name, uid: pod(2).uid };

/** More time for a drained pod. */
export const EXTEND_PLAN: Plan = {
  kind: 'plan',
  operation: {
    id: 'op-1e0f',
    request: EXTEND,
    subject: { kind: 'pods', pods: [DRAINED_POD] },
    by: 'U0ADA00000',
    at: NOW,
  },
  checks: [],
  effects: [
    {
      code: 'StaysUntil',
      message: `${DRAINED_POD.name} stays drained until 05:00 UTC, for another 1 h 48 min; then Pitlane sends a reminder.`,
    },
  ],
  phases: [
    {
      title: 'write',
      lease: 'namespace',
      writes: [
        {
          kind: 'patch',
          key: 'extend uid',
          title: `extend the drain of ${DRAINED_POD.name} by 1 h`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...DRAINED_POD },
          patch: [],
          inverse: [],
        },
      ],
      until: [
        milestone({ kind: 'extended', pod: DRAINED_POD, id: 'op-1e0f' }, `${DRAINED_POD.name} has more time`, 30),
      ],
    },
  ],
  hasBegun: false,
  undo: [`kubectl -n dockercoins annotate pod ${DRAINED_POD.name} --overwrite 'pitlane.dev/drain={"v":1}'`],
  fingerprint: 'sha256:77aa10',
};

/** The end of a drained pod. */
export const FINISH_PLAN: Plan = {
  kind: 'plan',
  operation: {
    id: 'op-f1f1',
    request: FINISH,
    subject: { kind: 'pods', pods: [DRAINED_POD] },
    by: 'U0ADA00000',
    at: NOW,
  },
  checks: [
    {
      code: 'NoReplacement',
      level: 'warning',
      message: 'ReplicaSet rng-7c5d9f8b6 has 3 of 4 pods: the replacement is not there yet.',
    },
  ],
  effects: [{ code: 'IsDeleted', message: 'Its evidence is saved before it is deleted.' }],
  phases: [
    {
      title: 'write',
      lease: 'namespace',
      writes: [
        {
          kind: 'delete',
          key: 'finish uid',
          title: `delete ${DRAINED_POD.name}`,
          target: { kind: 'Pod', namespace: 'dockercoins', ...DRAINED_POD },
          version: '81234',
        },
      ],
      until: [milestone({ kind: 'gone', pod: DRAINED_POD }, `${DRAINED_POD.name} is gone`, 60)],
    },
  ],
  hasBegun: false,
  undo: [],
  fingerprint: 'sha256:0dead0',
};

const { pods: _, ...ASKED } = DRAIN;

export function entry(index: number, changes: Partial<JournalEntry> = {}): JournalEntry {
  const { name, uid } = pod(index);
  return {
    id: `0d3f${String(index).padStart(6, '0')}`,
    v: 2,
    request: ASKED,
    digest: '4be1a9',
    subject: { kind: 'pods', pods: [{ name, uid }] },
    role: 'operator',
    by: index % 2 === 0 ? 'deploy-bot (runbook)' : 'U0ADA00000',
    at: NOW - (index + 1) * MINUTE,
    holder: 'worker-1',
    heldUntil: NOW + MINUTE,
    ...changes,
  };
}

export function ended(index: number, kind: EndKind = 'done', message = 'It is done and proven.'): JournalEntry {
  return entry(index, { heldUntil: 0, ended: { kind, at: NOW - index * MINUTE, message } });
}

/** A change of so many pods, which left the next one out. */
export function change(index: number, pods: number, changes: Partial<PastChange> = {}): PastChange {
  const podsFrom = (first: number, length: number) =>
    Array.from({ length }, (_, at) => ({ name: pod(first + at).name, uid: pod(first + at).uid }));
  const { id, request, role, by, at } = entry(index);
  return {
    v: 1,
    id,
    request,
    subject: { kind: 'pods', pods: podsFrom(1, pods) },
    leftOut: podsFrom(pods + 1, 1),
    role,
    by,
    at,
    ended: { kind: 'done', at: NOW - index * MINUTE, message: 'It is done and proven.' },
    ...changes,
  };
}

/** An undo, the drain that it undoes, a change that failed, and others of 2, 30 and 100 pods. */
export function history(more: readonly PastChange[] = []): History {
  const drained = change(2, 1);
  const { id, by, at } = drained;
  const undoes = { id, what: `drain of ${pod(1).name}`, by, at };
  const restore = { command: 'restore', service: 'rng', dryRun: false, force: false, undoes };
  const failed = { kind: 'failed', at: NOW, message: 'The cluster refused the patch (403).' } as const;
  const changes = [
    change(1, 1, { request: restore, leftOut: [] }),
    drained,
    change(3, 2, { ended: failed }),
    change(4, 30),
    change(5, 100),
    ...more,
  ];
  return { kind: 'history', service: 'rng', at: NOW, changes, last: 20 };
}

/** Lists that many operations of each kind. */
export function operations(underWay: number, over: number): OperationsList {
  const kinds: readonly EndKind[] = ['done', 'failed', 'cancelled', 'superseded', 'givenUp', 'refused'];
  const message = 'Cancelled by U0GRACE000: label app is removed, and <nothing> else was done.';
  return {
    kind: 'operations',
    service: 'rng',
    at: NOW,
    underWay: Array.from({ length: underWay }, (_, index) => entry(index)),
    ended: Array.from({ length: over }, (_, index) => ended(index, kinds[index % kinds.length], message)),
  };
}
