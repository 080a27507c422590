import type { JournalEntry } from '../../pitlane/journal/entry.ts';
import type { Cancelled, Done, Failed, Unfinished } from '../../pitlane/operate/outcome.ts';
import { undoWithout } from '../../pitlane/rotation/leave-out.ts';
import {
  type Check,
  milestone,
  type Operation,
  type Plan,
  type Progress,
  proofOf,
  type Refusal,
  TRAFFIC_LAGS,
  writesOf,
} from '../../pitlane/rotation/plan.ts';
import type { PodRef } from '../../pitlane/rotation/snapshot.ts';
import { count } from '../../pitlane/text/words.ts';
import { DRAIN, entry, NOW, OPERATION, pod } from './outcomes.ts';

const OWNER = { kind: 'ReplicaSet', name: 'rng-7c5d9f8b6', uid: 'a0a1b2c3-0000-4000-8000-000000000001' };

interface SetOptions {
  /** Pods at the end of the set that are left out, for two reasons in turn. */
  readonly leftOut?: number;
  /** Pods at the beginning of the set that have a warning. */
  readonly warned?: number;
  readonly sideBySide?: number;
  /** The selection; absent: each pod is named. */
  readonly selector?: string;
  readonly because?: string;
  readonly nameOf?: (index: number) => string;
}

/** The drain of a set of pods in turns, and its outcomes. */
export function drainOfSet(total: number, options: SetOptions = {}) {
  const { leftOut = 0, warned = 0, sideBySide = 5, selector, because = '5xx', nameOf = (at) => pod(at).name } = options;
  const pods = Array.from({ length: total }, (_, index): PodRef => ({ name: nameOf(index), uid: pod(index).uid }));
  const { pods: __, ...request } = DRAIN;
  const operation: Operation = {
    ...OPERATION,
    request: {
      ...request,
      because,
      ...(selector === undefined ? { pods: pods.map(({ name }) => name) } : { selector }),
    },
    subject: { kind: 'pods', pods, ...(selector !== undefined && { by: `-l ${selector}` }) },
  };
  const changed = pods.slice(0, total - leftOut);
  const about = (check: Omit<Check, 'pod'>, { name }: PodRef): Check => (total === 1 ? check : { ...check, pod: name });
  const plan: Plan = {
    kind: 'plan',
    operation,
    checks: [
      ...pods.slice(total - leftOut).map((each, index) => about({ ...reasonFor(each, index), level: 'leftOut' }, each)),
      ...pods.slice(0, warned).map((each) => about(noOwner(each), each)),
      ...changed.map((each) =>
        about({ code: 'OwnerReplacesIt', level: 'ok', message: `ReplicaSet rng replaces ${each.name}.` }, each),
      ),
    ],
    effects: [
      { code: 'LeavesEndpoints', message: `Each pod leaves the endpoints of rng. ${TRAFFIC_LAGS}` },
      { code: 'StaysAlive', message: 'Each pod keeps its CPU, memory, ports and volumes.' },
    ],
    phases: turnsOf(changed, sideBySide).map((turn, index, turns) => ({
      title: `drain ${turn.length} pods`,
      writes: turn.map((each) => ({
        kind: 'patch',
        key: `drain ${each.uid}`,
        title: `remove label app=rng from ${each.name}`,
        target: { kind: 'Pod', namespace: 'dockercoins', ...each },
        patch: [],
        inverse: [],
      })),
      until: milestonesOf(index === turns.length - 1 ? changed : turn),
      lease: 'namespace',
    })),
    hasBegun: false,
    undo: changed.length > 3 ? [] : changed.map(({ name }) => `kubectl -n dockercoins label pod ${name} app=rng`),
    fingerprint: 'sha256:4be1a9',
  };
  const titles = writesOf(plan).map(({ title }) => title);
  return {
    plan,
    refusal: {
      kind: 'refusal',
      operation,
      checks: pods.map((each, index) => about(reasonFor(each, index), each)),
      isForceable: true,
    } satisfies Refusal,
    done: {
      kind: 'done',
      operation,
      plan,
      proof: proofAfter(plan, total),
      tookMs: proofOf(plan).map((_, index) => 200 + index * 100),
      notes: [],
    } satisfies Done,
    /** The first `met` pods are done, the first `written` are written. */
    unfinished(met: number, written: number): Unfinished {
      const left = titles.slice(written);
      return { kind: 'unfinished', operation, plan, proof: proofAfter(plan, met), ...(left.length > 0 && { left }) };
    },
    failed(written: number): Failed {
      const undo = undoWithout(plan.undo, changed.slice(written));
      const stands = titles.slice(0, written).map((title) => `Done: ${title}.`);
      return { kind: 'failed', operation, message: 'The cluster refused the patch (403).', stands, undo };
    },
    cancelled(): Cancelled {
      const ended: JournalEntry['ended'] = { kind: 'cancelled', at: NOW, message: 'Some pods are drained.' };
      const { pods: _, ...asked } = operation.request;
      const { subject } = operation;
      return {
        kind: 'cancelled',
        entry: { ...entry(1), request: asked, subject, cancel: { by: 'U0GRACE000', at: NOW }, heldUntil: 0, ended },
        undo: plan.undo,
      };
    },
    titles,
  };
}

/** The proof once the first `met` pods are done. */
export function proofAfter(plan: Plan, met: number): readonly Progress[] {
  const { subject } = plan.operation;
  const done = new Set(subject.kind === 'pods' ? subject.pods.slice(0, met).map(({ uid }) => uid) : []);
  return proofOf(plan).map((each): Progress => {
    const { condition } = each;
    const replaced = 'pods' in condition ? condition.pods.length : 0;
    return 'pod' in condition
      ? {
          milestone: each,
          isMet: done.has(condition.pod.uid),
          isLost: false,
          seen: `${condition.pod.name} is still ${condition.kind === 'unlisted' ? 'in 1 EndpointSlice' : 'owned by ReplicaSet rng'}`,
        }
      : {
          milestone: each,
          isMet: replaced <= met,
          isLost: false,
          seen: `ReplicaSet rng has ${met} of ${replaced} replacements`,
        };
  });
}

function turnsOf(pods: readonly PodRef[], size: number): readonly (readonly PodRef[])[] {
  return Array.from({ length: Math.ceil(pods.length / size) }, (_, index) =>
    pods.slice(index * size, (index + 1) * size),
  );
}

function milestonesOf(pods: readonly PodRef[]) {
  return [
    ...pods.flatMap((each) => [
      milestone({ kind: 'unlisted', pod: each }, `${each.name} is out of the endpoints`, 30),
      milestone({ kind: 'released', pod: each }, `${each.name}: released by ReplicaSet rng`, 30),
    ]),
    milestone(
      { kind: 'replacementReady', pods, owner: OWNER },
      `${count(pods.length, 'replacement')} in rotation`,
      300,
    ),
  ];
}

function noOwner({ name }: PodRef): Check {
  return { code: 'NothingReplacesIt', level: 'warning', message: `${name} has no controller, so nothing replaces it.` };
}

/** Two reasons in turn: one that names the pod, and one that is the same for all. */
function reasonFor({ name }: PodRef, index: number): Check {
  return index % 2 === 0
    ? { code: 'AlreadyDrained', level: 'refusal', message: `${name} is already drained.`, instead: `restore ${name}` }
    : {
        code: 'BelowMinimum',
        level: 'refusal',
        message: 'rng would have 2 pods in rotation, minimum 3.',
        instead: 'list',
      };
}
