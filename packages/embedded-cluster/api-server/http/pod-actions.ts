import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, invalid } from '../../api/api-error.ts';
import { copyOf, type Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { asPod, isReady } from '../../api/pod.ts';
import { timestamp } from '../../api/time.ts';
import { remove } from '../lifecycle/delete.ts';
import { update } from '../lifecycle/update.ts';
import { mergePatched } from '../patch/merge-patch.ts';
import { required } from '../validation/field.ts';
import type { Exchange } from './exchange.ts';
import { storedAt } from './read.ts';
import type { Target } from './target.ts';
import { deleteOptionsOf } from './write.ts';

const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** POST …/binding: a scheduler assigns the pod to a node, once. */
export async function answerBinding(exchange: Exchange, { namespace, name = '' }: Target): Promise<void> {
  const { target, metadata } = (await exchange.body()) ?? {};
  if (!target?.name) throw invalid({ group: '', kind: 'Binding' }, name, [required('target.name')]);
  const patch = { spec: { nodeName: target.name }, ...(metadata?.uid && { metadata: { uid: metadata.uid } }) };
  const change = (old: Json) => mergePatched(copyOf(old), patch);
  update(exchange.cluster, kindOf('pods'), namespace, name, change, { part: 'binding', dryRun: exchange.isDryRun });
  exchange.sendJson(201, success);
}

/** POST …/eviction: a delete that respects disruption budgets (pod/storage/eviction.go). */
export async function answerEviction(exchange: Exchange, target: Target): Promise<void> {
  const body = (await exchange.body()) ?? {};
  const { name = '', namespace } = target;
  if (body.metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const options = deleteOptionsOf(exchange, body.deleteOptions);
  const pod = storedAt(exchange, target);
  if (!ignoresBudgets(pod)) takeDisruption(exchange, pod, options.dryRun);
  if (!options.dryRun) markEvicted(exchange, pod);
  remove(exchange.cluster, kindOf('pods'), namespace, name, options);
  exchange.sendJson(201, success);
}

/** Records the reason in the pod's status while it terminates. */
function markEvicted({ cluster }: Exchange, pod: KubeObject): void {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(cluster.now()),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const change = (old: Json) => {
    const others = (old.status.conditions ?? []).filter((each: Json) => each.type !== condition.type);
    return mergePatched(copyOf(old), { status: { conditions: [...others, condition] } });
  };
  const { namespace, name } = pod.metadata;
  update(cluster, kindOf('pods'), namespace, name, change, { part: 'status' });
}

/** Evicting a pod that is pending, finished or terminating disrupts nothing. */
function ignoresBudgets({ metadata, status }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase);
}

/** Takes one disruption from the pod's budget; throws 429 when none is left. */
function takeDisruption({ cluster }: Exchange, pod: KubeObject, isDryRun: boolean): void {
  const { namespace, name, labels } = pod.metadata;
  const budgets = cluster.store
    .list('poddisruptionbudgets', namespace)
    .filter(({ spec }) => matchesSelector(spec.selector, labels));
  const [budget] = budgets;
  if (budget === undefined) return;
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError(500, '', message);
  }
  const { status } = budget;
  const isGuarded = status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
  if (!isReady(asPod(pod)) && (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || isGuarded)) return;
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${budget.metadata.name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed === 0) throw refused(noDisruptionReason(budget));
  if (isDryRun) return;
  const disruptedPods = { [name]: timestamp(cluster.now()) };
  const change = (old: Json) =>
    mergePatched(copyOf(old), { status: { disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods } });
  update(cluster, kindOf('poddisruptionbudgets'), namespace, budget.metadata.name, change, { part: 'status' });
}

function noDisruptionReason({ metadata: { name }, status }: KubeObject): string {
  const condition = (status.conditions ?? []).find((each: Json) => each.type === 'DisruptionAllowed');
  const isRefused = condition?.status === 'False' && condition.message;
  const start = `The disruption budget ${name}`;
  if (isRefused && condition.reason === 'SyncFailed') {
    return `${start} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  }
  if (status.currentHealthy <= status.desiredHealthy) {
    return `${start} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  }
  const why = isRefused ? ` (${condition.reason}): ${condition.message}` : '';
  return `${start} does not allow evicting pods currently${why}`;
}

function refused(why: string, retryAfterSeconds?: number): ApiError {
  const causes = [{ reason: 'DisruptionBudget', message: why }];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError(429, 'TooManyRequests', message, { causes, ...(retryAfterSeconds && { retryAfterSeconds }) });
}
