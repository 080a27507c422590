import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { asPod, isActive, isTerminal, type Pod } from '../../api/pod.ts';
import type { Controller, Environment } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { withPodCondition, writeStatus } from '../common/status.ts';
import { type Check, claimProblem, countReasons, rejectionOf, unschedulableMessage, volumeCheck } from './filters.ts';
import { type NodeUsage, nodeUsages, usageOf } from './node-usage.ts';
import { hasAntiAffinity, hasPodRules, podRulesFor } from './pod-rules.ts';
import { makeRoom, priorityOf } from './preemption.ts';
import { bestOf } from './scores.ts';

const component = 'default-scheduler';

/** Binds pods to nodes, one at a time in order of arrival (pkg/scheduler/schedule_one.go). */
export function scheduler(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const usages = nodeUsages(informers);
  /** The pods that fit on no node, by key. True: it depends on other pods, whose changes are reasons to retry. */
  const unschedulable = new Map<string, boolean>();
  const repelling = new Map<string, Pod>();
  /** Pods for which room is made on a node, by uid. */
  const nominated = new Map<string, Pod>();

  function reconcile(key: string): void {
    const found = informers.getByKey('pods', key);
    if (found === undefined || !isResponsibleFor(asPod(found))) {
      unschedulable.delete(key);
      return;
    }
    const pod = asPod(found);
    if (pod.spec.schedulingGates?.length) {
      setNotScheduled(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates');
      return;
    }
    const problem = claimProblem(informers, pod);
    const checks = checksFor(pod);
    const nodes = Array.from(informers.all('nodes'), (node) => {
      const usage = usageFor(pod, node);
      const rejection = problem === undefined ? checks(node, usage) : { reasons: [problem], isResolvable: false };
      return { node, usage, rejection };
    });
    const candidates = nodes.filter(({ rejection }) => rejection === undefined);
    const node = bestOf(pod, candidates);
    if (node !== undefined) {
      unschedulable.delete(key);
      bind(pod, node);
      return;
    }
    unschedulable.set(key, hasPodRules(pod));
    const rejected = nodes.flatMap(({ node, rejection }) => (rejection === undefined ? [] : { node, ...rejection }));
    const cluster = { podsOn: usages.podsOn, nominated, rejectionWith };
    const { unhelpful, nominatedNodeName } = makeRoom(environment, pod, rejected, cluster);
    const why = problem ?? countReasons(rejected.flatMap(({ reasons }) => reasons));
    const message = unschedulableMessage(nodes.length, why, unhelpful);
    events.recordAction(pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    setNotScheduled(pod, 'Unschedulable', message, nominatedNodeName);

    function rejectionWith(node: KubeObject, left: readonly Pod[]) {
      const isThere = (other: Pod) => other.spec.nodeName !== node.metadata.name || left.includes(other);
      return checksFor(pod, isThere)(node, usageFor(pod, node, left));
    }
  }

  /** Pods at least as important that get room on the node, as if they stood there (addGENominatedPods). */
  function comingTo({ metadata: { name } }: KubeObject, pod: Pod): Pod[] {
    return Array.from(nominated.values())
      .filter((other) => other.metadata.uid !== pod.metadata.uid && priorityOf(other) >= priorityOf(pod))
      .filter(({ status }) => status.nominatedNodeName === name)
      .map((other) => ({ ...other, spec: { ...other.spec, nodeName: name } }));
  }

  /** The node's pods, and those that come. */
  function usageFor(pod: Pod, node: KubeObject, there?: readonly Pod[]): NodeUsage {
    const { name } = node.metadata;
    const coming = comingTo(node, pod);
    if (there === undefined && coming.length === 0) return usages.of(name);
    return usageOf([...(there ?? usages.podsOn(name)), ...coming]);
  }

  /** All filters. `isThere`: false for pods that preemption would end. */
  function checksFor(pod: Pod, isThere: (other: Pod) => boolean = () => true) {
    const view = { informers, repelling, isThere, coming: [] };
    const volumes = volumeCheck(informers, pod, isThere);
    const podRules = podRulesFor(view, pod);
    // The pod must fit both with the pods that come and without them (RunFilterPluginsWithNominatedPods).
    const rulesWithComing: Check = (node) => {
      const coming = comingTo(node, pod);
      return coming.length === 0 ? undefined : podRulesFor({ ...view, coming }, pod)(node);
    };
    return (node: KubeObject, usage: NodeUsage) =>
      rejectionOf(pod, node, usage) ?? volumes(node) ?? rulesWithComing(node) ?? podRules(node);
  }

  function bind(pod: Pod, { metadata: { name } }: KubeObject): void {
    api.update('pods', { ...pod, spec: { ...pod.spec, nodeName: name } }, { subresource: 'binding' });
    const message = `Successfully assigned ${keyOf(pod)} to ${name}`;
    events.recordAction(pod, 'Normal', 'Scheduled', 'Binding', message);
  }

  function setNotScheduled(pod: Pod, reason: string, message: string, nominatedNodeName?: string): void {
    const conditions = withPodCondition(pod, { type: 'PodScheduled', status: 'False', reason, message }, api.now());
    writeStatus(api, 'pods', pod, { ...pod.status, conditions, nominatedNodeName });
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    usages.apply(event);
    if (resource === 'persistentvolumes' || resource === 'persistentvolumeclaims') yield* unschedulable.keys();
    if (resource === 'nodes') {
      if (previous === undefined || type === 'DELETED' || hasNewRoom(previous, object)) yield* unschedulable.keys();
    } else if (resource === 'pods') {
      const pod = asPod(object);
      const isGone = type === 'DELETED';
      const isRelevant = !isGone && isRelevantChange(previous, object);
      if (isRelevant && isResponsibleFor(pod)) yield keyOf(object);
      if (isGone) unschedulable.delete(keyOf(object));
      keep(repelling, pod, !isGone && hasAntiAffinity(pod));
      keep(nominated, pod, !isGone && !pod.spec.nodeName && Boolean(pod.status.nominatedNodeName));
      if (!pod.spec.nodeName) return;
      const hasEnded = isTerminal(pod) && previous !== undefined && !isTerminal(asPod(previous));
      if (isGone || hasEnded) yield* unschedulable.keys();
      else if (isRelevant) for (const [key, isDependent] of unschedulable) if (isDependent) yield key;
    }
  }

  return { name: component, keysOf, reconcile };
}

function keep(pods: Map<string, Pod>, pod: Pod, isMember: boolean): void {
  if (isMember) pods.set(pod.metadata.uid, pod);
  else pods.delete(pod.metadata.uid);
}

function isResponsibleFor(pod: Pod): boolean {
  return isActive(pod) && !pod.spec.nodeName && (pod.spec.schedulerName ?? component) === component;
}

/** Ignores the pod's status, which the scheduler writes. */
function isRelevantChange(previous: KubeObject | undefined, pod: KubeObject): boolean {
  return previous === undefined || !isEqual(previous.spec, pod.spec) || !isEqual(labelsOf(previous), labelsOf(pod));
}

function labelsOf({ metadata }: KubeObject): object {
  return metadata.labels ?? {};
}

function hasNewRoom(before: KubeObject, after: KubeObject): boolean {
  const roomOf = (node: KubeObject) => [node.spec, labelsOf(node), node.status?.allocatable];
  return !isEqual(roomOf(before), roomOf(after));
}
