import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerReferenceTo } from './claim.ts';
import type { Environment } from './controller.ts';

/** The template of a workload, as far as making pods of it needs. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] };
  // biome-ignore lint/suspicious/noExplicitAny: a pod's spec passes through unread
  spec: any;
}

/** The most creations or deletions in one sync (replica_set.go and daemon_controller.go, BurstReplicas). */
export const burstReplicas = 500;

/** Creates and deletes pods for a workload and says so in its Events (controller_utils.go, RealPodControl). */
export class PodControl {
  readonly #environment: Environment;
  readonly #component: string;

  constructor(environment: Environment, component: string) {
    this.#environment = environment;
    this.#component = component;
  }

  create(owner: KubeObject, template: PodTemplate, more: { finalizer?: string } = {}): KubeObject | undefined {
    return this.createExactly(owner, podFromTemplate(owner, template, more.finalizer));
  }

  /** undefined when the namespace is going away: every creation would fail, so there is no point in an Event or a retry. */
  createExactly(owner: KubeObject, pod: NewObject): KubeObject | undefined {
    const { api, events } = this.#environment;
    try {
      const created = api.create('pods', pod);
      events.record(this.#component, owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (error instanceof ApiError) {
        events.record(this.#component, owner, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      }
      throw error;
    }
  }

  /** The uid precondition spares a new pod that has taken the name meanwhile. */
  delete(owner: KubeObject, pod: Pod): void {
    const { api, events } = this.#environment;
    const { namespace, name, uid } = pod.metadata;
    try {
      api.delete('pods', namespace, name, { uid });
      events.record(this.#component, owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 404) return;
      events.record(this.#component, owner, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`);
      throw error;
    }
  }

  /** Deletes them all, whatever happens to one, and throws the first failure then. */
  deleteAll(owner: KubeObject, pods: readonly Pod[]): void {
    let failure: unknown;
    for (const pod of pods) {
      try {
        this.delete(owner, pod);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}

/** GetPodFromTemplate: labels, annotations, finalizers and spec of the template; named after the owner. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate, finalizer?: string): NewObject {
  const { labels, annotations, finalizers = [] } = template.metadata ?? {};
  const allFinalizers = finalizer === undefined ? finalizers : [...finalizers, finalizer];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...labels },
      ...(annotations && { annotations: { ...annotations } }),
      ...(allFinalizers.length > 0 && { finalizers: allFinalizers }),
      ownerReferences: [controllerReferenceTo(owner)],
    },
    spec: template.spec,
  };
}

/**
 * Makes `count` attempts in batches of 1, 2, 4, …; a batch with a failure is the last (replica_set.go, slowStartBatch),
 * so that a full quota is not run into hundreds of times.
 */
export function inSlowStartBatches(count: number, attempt: (index: number) => unknown): void {
  let done = 0;
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(2 * batch, count - done)) {
    let failure: unknown;
    for (const end = done + batch; done < end; done++) {
      try {
        attempt(done);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}

/** Nothing can be created in a namespace that is being deleted (NamespaceTerminatingCause). */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}
