import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerReferenceTo } from './claim.ts';
import { attemptAll, type Environment, isNamespaceTerminating } from './controller.ts';

/** The parts of a workload's template that its pods get. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] };
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
    try {
      const created = api.create('pods', pod);
      events.record(component, owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (error instanceof ApiError) {
        events.record(component, owner, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      }
      throw error;
    }
  }

  /** The uid precondition protects a new pod of the same name. */
  function remove(owner: KubeObject, pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    try {
      api.delete('pods', namespace, name, { uid });
      events.record(component, owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 404) return;
      events.record(component, owner, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`);
      throw error;
    }
  }

  /** Tries to delete all pods, then throws the first failure. */
  function deleteAll(owner: KubeObject, pods: readonly Pod[]): void {
    attemptAll(pods, (pod) => remove(owner, pod));
  }

  return { create, deleteAll };
}

/** GetPodFromTemplate: labels, annotations, finalizers and spec of the template; named after the owner. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplate,
  generateName = `${owner.metadata.name}-`,
): NewObject {
  const { labels, annotations, finalizers = [] } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...labels },
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers.length > 0 && { finalizers }),
      ownerReferences: [controllerReferenceTo(owner)],
    },
    spec: template.spec,
  };
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
