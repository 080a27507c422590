import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { asPod, type Condition, conditionOf, isActive, isTerminal, type Pod } from '../../api/pod.ts';
import { timestamp } from '../../api/time.ts';
import type { Controller, Environment } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { writeStatus } from '../common/status.ts';
import { type Rejection, rejectionOf, unschedulableMessage } from './filters.ts';
import { NodeUsages } from './node-usage.ts';
import { hasAntiAffinity, hasPodRules, podRulesFor } from './pod-rules.ts';
import { bestOf, type Candidate } from './scores.ts';

const component = 'default-scheduler';

/** Binds pods to nodes, one at a time in order of arrival (pkg/scheduler/schedule_one.go). */
export function scheduler(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const usages = new NodeUsages(informers);
  /** Pods that fit on no node: retried when a node or another pod changes. */
  const unschedulable = new Set<string>();
  /** The unschedulable pods whose placement depends on other pods. */
  const dependent = new Set<string>();
  const repelling = new Map<string, Pod>();

  function reconcile(key: string): void {
    const found = informers.getByKey('pods', key);
    if (found === undefined || !isResponsibleFor(asPod(found))) {
      forget(key);
      return;
    }
    const pod = asPod(found);
    if ((pod.spec.schedulingGates as unknown[] | undefined)?.length) {
      const message = 'Scheduling is blocked due to non-empty scheduling gates';
      setNotScheduled(pod, 'SchedulingGated', message);
      return;
    }
    const podRules = podRulesFor(informers, pod, repelling.values());
    const candidates: Candidate[] = [];
    const rejections: Rejection[] = [];
    for (const node of informers.all('nodes')) {
      const usage = usages.of(node.metadata.name);
      const rejection = rejectionOf(pod, node, usage) ?? podRules(node);
      if (rejection === undefined) candidates.push({ node, usage });
      else rejections.push(rejection);
    }
    const node = bestOf(pod, candidates, chanceOf(pod));
    if (node === undefined) {
      unschedulable.add(key);
      if (hasPodRules(pod)) dependent.add(key);
      const message = unschedulableMessage(rejections);
      events.recordAction(component, pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
      setNotScheduled(pod, 'Unschedulable', message);
    } else {
      forget(key);
      bind(pod, node);
    }
  }

  function forget(key: string): void {
    unschedulable.delete(key);
    dependent.delete(key);
  }

  function bind(pod: Pod, { metadata: { name } }: KubeObject): void {
    api.update('pods', { ...pod, spec: { ...pod.spec, nodeName: name } }, { subresource: 'binding' });
    const message = `Successfully assigned ${keyOf(pod)} to ${name}`;
    events.recordAction(component, pod, 'Normal', 'Scheduled', 'Binding', message);
  }

  function setNotScheduled(pod: Pod, reason: string, message: string): void {
    const current = conditionOf(pod, 'PodScheduled');
    const since = current?.status === 'False' ? current.lastTransitionTime : timestamp(api.now());
    const condition: Condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      ...(since && { lastTransitionTime: since }),
    };
    const others = (pod.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    const conditions = [...others, { lastProbeTime: null, ...condition }];
    writeStatus(api, 'pods', pod, { ...pod.status, conditions });
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    usages.apply(event);
    if (resource === 'nodes') {
      if (previous === undefined || type === 'DELETED' || hasNewRoom(previous, object)) yield* unschedulable;
    } else if (resource === 'pods') {
      if (type !== 'DELETED' && isResponsibleFor(asPod(object)) && isRelevantChange(previous, object))
        yield keyOf(object);
      if (type === 'DELETED') forget(keyOf(object));
      if (type === 'DELETED') repelling.delete(object.metadata.uid);
      else if (hasAntiAffinity(asPod(object))) repelling.set(object.metadata.uid, asPod(object));
      if (!object.spec.nodeName) return;
      if (type === 'DELETED' || hasEnded(previous, object)) yield* unschedulable;
      else if (isRelevantChange(previous, object)) yield* dependent;
    }
  }

  return { name: component, keysOf, reconcile };
}

/** In [0, 1), from the pod's uid, so that it does not depend on other pods. */
function chanceOf({ metadata }: Pod): number {
  return Number.parseInt(metadata.uid.slice(0, 8), 16) / 2 ** 32;
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
  return (
    !isEqual(before.spec, after.spec) ||
    !isEqual(labelsOf(before), labelsOf(after)) ||
    !isEqual(before.status?.allocatable, after.status?.allocatable)
  );
}

function hasEnded(previous: KubeObject | undefined, pod: KubeObject): boolean {
  return previous !== undefined && !isTerminal(asPod(previous)) && isTerminal(asPod(pod));
}
