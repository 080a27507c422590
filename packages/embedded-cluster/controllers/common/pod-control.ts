import type { V1ContainerPort, V1ObjectMeta } from '@kubernetes/client-node';
import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Pod } from '../../api/pod.ts';
import { attemptAll, createUnlessEnding, type Environment } from './controller.ts';
import { controllerReferenceTo } from './owned.ts';

/** The parts of a workload's template that its pods get. */
export interface PodTemplate {
  metadata?: Pick<V1ObjectMeta, 'labels' | 'annotations' | 'finalizers'>;
  // biome-ignore lint/suspicious/noExplicitAny: the spec is copied unread
  spec: any;
}

/** The maximum of creations or deletions in one sync (replica_set.go and daemon_controller.go, BurstReplicas). */
export const burstReplicas = 500;

/** Creates and deletes pods for a workload and records Events (controller_utils.go, RealPodControl). */
export function podControl({ api, events }: Environment, component: string) {
  /** Undefined when the namespace is terminating: every creation would fail, so no Event and no retry. */
  function create(owner: KubeObject, template: PodTemplate, generateName?: string): KubeObject | undefined {
    const pod = podFromTemplate(owner, template, generateName);
    const created = recordingFailure(owner, 'FailedCreate', 'creating', () => createUnlessEnding(api, 'pods', pod));
    const message = `Created pod: ${created?.metadata.name}`;
    if (created !== undefined) events.record(component, owner, 'Normal', 'SuccessfulCreate', message);
    return created;
  }

  /** Tries to delete all pods, then throws the first failure. The uid protects a new pod of the same name. */
  function deleteAll(owner: KubeObject, pods: readonly Pod[]): void {
    attemptAll(pods, ({ metadata: { namespace, name, uid } }) => {
      recordingFailure(owner, 'FailedDelete', 'deleting', () => api.delete('pods', namespace, name, { uid }));
      events.record(component, owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    });
  }

  function recordingFailure<T>(owner: KubeObject, reason: string, doing: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof ApiError) events.record(component, owner, 'Warning', reason, `Error ${doing}: ${message}`);
      throw error;
    }
  }

  return { create, deleteAll };
}

/** GetPodFromTemplate: labels, annotations, finalizers and spec of the template; named after the owner. */
export function podFromTemplate(
  owner: KubeObject,
  { metadata: { labels, annotations, finalizers } = {}, spec }: PodTemplate,
  generateName = `${owner.metadata.name}-`,
): NewObject {
  const { namespace } = owner.metadata;
  const ownerReferences = [controllerReferenceTo(owner)];
  const metadata = { generateName, namespace, labels, annotations, finalizers, ownerReferences };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

/**
 * Makes `count` attempts in batches of 1, 2, 4, … and stops after a batch with a failure (replica_set.go,
 * slowStartBatch), so that a used-up quota does not fail hundreds of times.
 */
export function inSlowStartBatches(count: number, attempt: (index: number) => unknown): void {
  let done = 0;
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(2 * batch, count - done)) {
    const first = done;
    attemptAll(Array(batch), () => attempt(done++));
    done = first + batch;
  }
}

/** The ports of containers and sidecars. */
export function portsOf({ spec: { containers, initContainers = [] } }: Pod): V1ContainerPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars].flatMap(({ ports = [] }) => ports);
}
