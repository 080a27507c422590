import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { isEqual } from '../../api/json.ts';
import { controllerReferenceTo } from '../common/claim.ts';
import { type Environment, isNamespaceTerminating } from '../common/controller.ts';
import { controllerOf } from '../common/informers.ts';
import { newSetSize } from '../common/rollout-arithmetic.ts';
import { writeStatus } from '../common/status.ts';
import { isSameTemplate, templateHash } from '../common/template-hash.ts';
import { newSetAnnotations, nextRevision, replicasAnnotations, revisionAnnotation } from './revisions.ts';
import type { Sets } from './sets.ts';
import { conditionIn, type DeploymentStatus, hasProgressDeadline, withCondition } from './status.ts';

type Progress = { status: 'True' | 'False'; reason: string; message: string };

/** Finds, updates or creates the ReplicaSet of a Deployment's current template (sync.go, getNewReplicaSet). */
export function newReplicaSets({ api, events, informers }: Environment, component: string) {
  /** Updates annotations, revision and minReadySeconds of an existing new set. */
  function sync(deployment: KubeObject, sets: Sets): Sets {
    const { current, old } = sets;
    if (current === undefined) return sets;
    const annotations = newSetAnnotations(deployment, current.metadata.annotations, nextRevision(old));
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    let synced = current;
    if (
      !isEqual(annotations, current.metadata.annotations ?? {}) ||
      minReadySeconds !== (current.spec.minReadySeconds ?? 0)
    ) {
      synced = api.update('replicasets', {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: { ...current.spec, minReadySeconds },
      });
    }
    setRevision(deployment, annotations[revisionAnnotation]);
    if (hasProgressDeadline(deployment) && conditionIn(deployment.status, 'Progressing') === undefined) {
      const message = `Found new replica set "${synced.metadata.name}"`;
      setProgress(deployment, { status: 'True', reason: 'FoundNewReplicaSet', message });
    }
    return { current: synced, old };
  }

  /** Creates the new set if it is missing. */
  function ensure(deployment: KubeObject, sets: Sets): Sets & { current: KubeObject } {
    return { ...sets, current: sets.current ?? create(deployment, sets) };
  }

  function create(deployment: KubeObject, sets: Sets): KubeObject {
    const set = newReplicaSet(deployment, sets);
    let created: KubeObject;
    try {
      created = api.create('replicasets', set);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === 'AlreadyExists') return resolveCollision(deployment, set, error);
      if (!isNamespaceTerminating(error)) {
        const message = `Failed to create new replica set "${set.metadata.name}": ${error.message}`;
        if (hasProgressDeadline(deployment)) {
          setProgress(deployment, { status: 'False', reason: 'ReplicaSetCreateError', message });
        }
        events.record(component, deployment, 'Warning', 'ReplicaSetCreateError', message);
      }
      throw error;
    }
    const { name } = created.metadata;
    if (created.spec.replicas > 0) {
      const message = `Scaled up replica set ${name} from 0 to ${created.spec.replicas}`;
      events.record(component, deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    setRevision(deployment, created.metadata.annotations?.[revisionAnnotation]);
    if (hasProgressDeadline(deployment)) {
      const message = `Created new replica set "${name}"`;
      setProgress(deployment, { status: 'True', reason: 'NewReplicaSetCreated', message });
    }
    return created;
  }

  /**
   * The name is taken. Unless this Deployment's own set of the same template has it, two templates have the same hash:
   * increases collisionCount, so that the next sync gets another hash.
   */
  function resolveCollision(deployment: KubeObject, set: NewObject, error: ApiError): KubeObject {
    const existing = informers.get('replicasets', deployment.metadata.namespace, set.metadata.name ?? '');
    if (
      existing !== undefined &&
      controllerOf(existing)?.uid === deployment.metadata.uid &&
      isSameTemplate(existing.spec.template, deployment.spec.template)
    ) {
      return existing;
    }
    const status: DeploymentStatus = deployment.status ?? {};
    const collisionCount = (status.collisionCount ?? 0) + 1;
    writeStatus(api, 'deployments', deployment, { ...status, collisionCount });
    throw error;
  }

  /** Writes through /status, where a change of annotations does not increase the generation. */
  function setRevision(deployment: KubeObject, revision: string | undefined): void {
    const { namespace, name } = deployment.metadata;
    const fresh = api.get('deployments', namespace, name);
    if (
      fresh === undefined ||
      revision === undefined ||
      fresh.metadata.annotations?.[revisionAnnotation] === revision
    ) {
      return;
    }
    const annotations = { ...fresh.metadata.annotations, [revisionAnnotation]: revision };
    api.update('deployments', { ...fresh, metadata: { ...fresh.metadata, annotations } }, { subresource: 'status' });
  }

  function setProgress(deployment: KubeObject, progress: Progress): void {
    const { namespace, name } = deployment.metadata;
    const fresh = api.get('deployments', namespace, name) ?? deployment;
    const status = withCondition(fresh.status ?? {}, { type: 'Progressing', ...progress }, api.now());
    writeStatus(api, 'deployments', fresh, status);
  }

  return { sync, ensure };
}

const hashLabel = 'pod-template-hash';
/** The name of a ReplicaSet is a DNS subdomain. */
const maxNameLength = 253;

/** The selector is the Deployment's plus the hash. */
function newReplicaSet(deployment: KubeObject, { old }: Sets): NewObject {
  const { name, namespace } = deployment.metadata;
  const { selector, template, minReadySeconds = 0 } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name.slice(0, maxNameLength - 1 - hash.length)}-${hash}`,
      namespace: namespace ?? '',
      labels,
      annotations: {
        ...newSetAnnotations(deployment, undefined, nextRevision(old)),
        ...replicasAnnotations(deployment),
      },
      ownerReferences: [controllerReferenceTo(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, old, 0),
      ...(minReadySeconds > 0 && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
