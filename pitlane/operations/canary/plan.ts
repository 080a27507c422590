import { messagesOf } from '../../rotation/effect.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import { CANARY, type CanaryRecord, canaryRecordOn } from '../../rotation/marks.ts';
import { isPodReady, readyUids } from '../../rotation/membership.ts';
import {
  type Check,
  type CreateWrite,
  type Milestone,
  milestone,
  type Operation,
  type Plan,
  podTarget,
  type Refusal,
  refOf,
} from '../../rotation/plan.ts';
import { checkInStages, checkSelector, isCanary, refusal, refuse, type View } from '../../rotation/safety.ts';
import type { Pod, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isFinished, nameOf } from '../../rotation/workload.ts';
import { nearestNames } from '../../text/nearest.ts';
import { count, duration, list } from '../../text/words.ts';
import { format } from '../commands.ts';
import { planEach } from '../each-pod.ts';
import { finishPod, planOfGone, podDeletion } from '../finish/plan.ts';
import type { CanaryRequest } from './canary.ts';
import { canaryNames, canaryPod, recordOf } from './canary-pod.ts';
import { canaryChecks } from './checks.ts';
import { effectsOf } from './effects.ts';
import { canaryLabels } from './labels.ts';
import { isMeant, modelOf, servingWorkloads, severalWorkloads, type Templated, wordOf } from './workload.ts';

/** A canary that is not ready after that time has failed. */
const START_SECONDS = 180;
/** Deletions end within the grace period of most pods, and the kubelet's own time. */
const GONE_SECONDS = 120;

/** A canary of the operation itself. */
interface Own {
  readonly pod: Pod;
  readonly record: CanaryRecord;
}

type Starting = Operation<CanaryRequest>;

/**
 * Plans the canaries that do not exist yet. Once one has failed, the plan only takes back: canaries that never ran are
 * deleted, and one that crashes stays for its log, without traffic.
 */
export function planCanaries(snapshot: Snapshot, operation: Starting): Plan | Refusal {
  const own = ownCanaries(snapshot, operation);
  const failed = own.flatMap((each) => failureOf(snapshot, each) ?? []);
  if (failed.length > 0) return planTakingBack(snapshot, operation, failed);
  const unselected = checkInStages({ snapshot, operation }, [checkSelector]);
  if ('kind' in unselected) return unselected;
  const workload = workloadFor(snapshot, operation, own);
  if (!('template' in workload)) return refuse(operation, ...workload);
  return planCreating(snapshot, operation, workload, own);
}

function planCreating(
  snapshot: Snapshot,
  operation: Starting,
  workload: Templated,
  own: readonly Own[],
): Plan | Refusal {
  const { request } = operation;
  const names = canaryNames(workload.name, operation.id, request.count);
  const until = names.map((name) => ready(name, operation));
  const title = `start ${count(request.count, 'canary pod')}`;
  const missing = names.filter((name) => !own.some(({ pod }) => pod.name === name));
  const opposite = { pods: names };
  const undo = names.map((name) => `kubectl -n ${snapshot.service.namespace} delete pod ${name} --ignore-not-found`);
  if (missing.length === 0) return makePlan(operation, { phases: [{ title, until }], undo, opposite });
  const labels = canaryLabels(snapshot, workload.templateLabels ?? {}, request.out);
  const view = { snapshot, operation, request, workload, labels, model: modelOf(snapshot, workload) };
  const checks = checkInStages(view, canaryChecks);
  if ('kind' in checks) return checks;
  const record = own[0]?.record ?? recordOf(operation, workload, snapshot.at);
  const writes = missing.map(
    (name): CreateWrite => ({
      kind: 'create',
      key: `canary ${name}`,
      title: `create ${name} from ${nameOf(workload)}`,
      target: podTarget(snapshot, { name, uid: '' }),
      object: canaryPod(view, name, record),
    }),
  );
  return makePlan(
    operation,
    {
      checks,
      effects: effectsOf(view),
      phases: [{ title, writes, until }],
      hasBegun: own.length > 0,
      undo,
      opposite,
    },
    messagesOf(effectsOf(view, false)),
  );
}

function ready(name: string, { id, request: { out } }: Starting): Milestone {
  const title = out ? `${name} is ready, outside of rotation` : `${name} is in rotation`;
  const condition = { kind: 'canaryReady', pod: { name, uid: '' }, id, isOut: out } as const;
  return { ...milestone(condition, title, START_SECONDS), takesBack: true };
}

function ownCanaries({ pods, service }: Snapshot, { id }: Starting): readonly Own[] {
  return pods.flatMap((pod): Own[] => {
    const record = pod.labels[CANARY] === service.name ? canaryRecordOn(pod) : undefined;
    return record?.id === id ? [{ pod, record }] : [];
  });
}

interface FailedCanary {
  readonly pod: Pod;
  readonly check: Check;
  readonly isDeleted: boolean;
}

/** Why the canary has failed; undefined: it has not, or not yet. */
function failureOf(snapshot: Snapshot, { pod, record }: Own): FailedCanary | undefined {
  if (pod.owner !== undefined) {
    const message = `${nameOf(pod.owner)} has adopted ${pod.name}, so Pitlane has deleted it.`;
    return { pod, check: refusal('CanaryAdopted', message), isDeleted: true };
  }
  const hasEnded = isFinished(pod);
  const isLate = Date.parse(record.at) + START_SECONDS * 1000 <= snapshot.at;
  if (!hasEnded && pod.deletedAt === undefined && (!isLate || isPodReady(pod, readyUids(snapshot.endpoints))))
    return undefined;
  const isDeleted = pod.deletedAt !== undefined || !hasRun(pod);
  const why = pod.detail?.obstacle ?? pod.status;
  const when = hasEnded ? 'ended' : `was not ready after ${duration(START_SECONDS)}`;
  const what = isDeleted ? 'It never ran, so Pitlane has deleted it.' : 'It stays for its log, without traffic.';
  const text = `${pod.name} ${when}: ${why.replace(/\.$/, '')}. ${what}`;
  return { pod, check: refusal('CanaryNotReady', text, `canary stop ${pod.name}`), isDeleted };
}

/** A container of it has started once, so there is a log to read. */
function hasRun({ restarts, detail, status }: Pod): boolean {
  const states = detail?.containers.map(({ state }) => state) ?? [status];
  return (
    restarts > 0 || states.some((state) => /^(running|Running|Error|Completed|OOMKilled|CrashLoopBackOff)$/.test(state))
  );
}

function planTakingBack(snapshot: Snapshot, operation: Starting, failed: readonly FailedCanary[]): Plan {
  const deleted = failed.filter(({ isDeleted }) => isDeleted).map(({ pod }) => pod);
  const writes = deleted
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map((pod) => podDeletion('take back', snapshot, pod));
  const until = deleted.map((pod) => milestone({ kind: 'gone', pod: refOf(pod) }, `${pod.name} is gone`, GONE_SECONDS));
  const title = `take back ${list(failed.map(({ pod }) => pod.name))}`;
  const failure = failed.map(({ check }) => check);
  return makePlan(operation, { phases: [{ title, writes, until }], hasBegun: true, failure });
}

/** The workload to copy, or why there is none. */
function workloadFor(snapshot: Snapshot, { request }: Starting, own: readonly Own[]): Templated | readonly Check[] {
  const { service } = snapshot;
  const all = servingWorkloads(snapshot);
  const begun = own[0] && all.find((workload) => nameOf(workload) === own[0]?.record.from);
  const { from } = request;
  const found = begun ? [begun] : all.filter((workload) => from === undefined || isMeant(from, workload));
  const [only, ...others] = found;
  const instead = (workload: Templated) => format({ ...request, from: wordOf(workload) } as CanaryRequest);
  if (only !== undefined && others.length === 0) return only;
  if (others.length > 0) return severalWorkloads(snapshot, 'workload', found, instead);
  if (all.length === 0) {
    const text = `No pod of ${service.name} belongs to a Deployment, DaemonSet or StatefulSet, so there is no template to copy.`;
    return [refusal('NoWorkload', text, 'list')];
  }
  const names = all.map(({ name }) => name);
  const likely = nearestNames(from ?? '', names);
  const near = all.filter(({ name }) => likely.includes(name));
  const known = (near.length > 0 ? near : all).slice(0, 3);
  return known.map((workload) =>
    refusal('WorkloadUnknown', `${from} does not serve ${service.name}; ${nameOf(workload)} does.`, instead(workload)),
  );
}

/** Deletes canaries as `finish` does, and no other pod. */
function planStop(snapshot: Snapshot, operation: Operation, pod: TargetPod): Plan | Refusal {
  const checks = checkInStages<View>({ snapshot, operation, pod, workload: undefined }, [
    (view) =>
      !isCanary(view) &&
      refusal('NotACanary', `${pod.name} is not a canary of ${snapshot.service.name}.`, 'canary list'),
  ]);
  if ('kind' in checks) return checks;
  return finishPod(snapshot, operation, pod);
}

export const planCanaryStops = planEach({ plan: planStop, planGone: planOfGone, sideBySide: 5 });
