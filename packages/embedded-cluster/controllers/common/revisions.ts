import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { isEqual } from '../../api/json.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { claim, controllerReferenceTo } from './claim.ts';
import { type Environment, SyncError } from './controller.ts';
import { writeStatus } from './status.ts';
import { templateHash } from './template-hash.ts';

/** The current and earlier templates of a DaemonSet or StatefulSet, as ControllerRevisions. */
export interface History {
  /** The revision of the current template. */
  current: KubeObject;
  /** The others, oldest first. */
  old: KubeObject[];
}

/**
 * Finds or creates the ControllerRevision of the owner's template. A rollback makes the old revision of that template
 * the newest again (k/daemon/update.go, constructHistory; k/statefulset, getStatefulSetRevisions).
 */
export function historyOf(
  { api, informers }: Environment,
  owner: KubeObject,
  resource: 'daemonsets' | 'statefulsets',
  hashLabel: string,
): History {
  const { namespace, uid } = owner.metadata;
  const all = claim(
    {
      api,
      controller: owner,
      controllerResource: resource,
      resource: 'controllerrevisions',
      matches: (revision) => matchesSelector(owner.spec.selector, revision.metadata.labels),
    },
    [...informers.controlledBy('controllerrevisions', uid), ...informers.orphans('controllerrevisions', namespace)],
  ).sort((a, b) => a.revision - b.revision);
  const data = templatePatch(owner);
  const same = all.filter((revision) => isEqual(revision.data, data)).at(-1);
  const old = all.filter((revision) => revision !== same);
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  if (same === undefined) return { current: create(), old };
  if (same.revision >= number) return { current: same, old };
  return { current: api.update('controllerrevisions', { ...same, revision: number }), old };

  function create(): KubeObject {
    const collisionCount: number | undefined = owner.status?.collisionCount;
    const hash = templateHash(owner.spec.template, collisionCount);
    const revision: NewObject = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${owner.metadata.name}-${hash}`,
        namespace: namespace ?? '',
        labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
        ...(owner.metadata.annotations && { annotations: { ...owner.metadata.annotations } }),
        ownerReferences: [controllerReferenceTo(owner)],
      },
      data,
      revision: number,
    };
    try {
      return api.create('controllerrevisions', revision);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
      // Another template with the same hash has the name: the next hash includes the new count.
      writeStatus(api, resource, owner, { ...owner.status, collisionCount: (collisionCount ?? 0) + 1 });
      throw new SyncError(`hash collision: ${error.message}`);
    }
  }
}

/** Deletes the oldest unused revisions beyond revisionHistoryLimit. */
export function truncateHistory(
  { api }: Environment,
  owner: KubeObject,
  old: KubeObject[],
  isLive: (revision: KubeObject) => boolean,
): void {
  const limit: number = owner.spec.revisionHistoryLimit ?? 10;
  const history = old.filter((revision) => !isLive(revision));
  const surplus = history.slice(0, Math.max(0, history.length - limit));
  for (const { metadata } of surplus) {
    api.delete('controllerrevisions', metadata.namespace, metadata.name, { uid: metadata.uid });
  }
}

/** The strategic merge patch that restores the template (getPatch); `kubectl rollout undo` applies it. */
function templatePatch(owner: KubeObject): object {
  return { spec: { template: { ...owner.spec.template, $patch: 'replace' } } };
}

/** The template in a revision. */
export function templateOf(revision: KubeObject): KubeObject['spec'] {
  const { $patch: _, ...template } = revision.data.spec.template;
  return template;
}
