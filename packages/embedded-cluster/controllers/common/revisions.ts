import type { KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { escapedJson, isEqual, sorted } from '../../api/json.ts';
import type { Pod } from '../../api/pod.ts';
import { type Environment, remove, SyncError } from './controller.ts';
import { controllerReferenceTo, ownedBy } from './owned.ts';
import { writeStatus } from './status.ts';
import { dataHash, templateHash } from './template-hash.ts';

/** In a DaemonSet's pods the hash of the ControllerRevision, in a StatefulSet's its name. */
export const revisionLabel = 'controller-revision-hash';

/** What the label says: of a revision only that of a DaemonSet. */
export function revisionOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[revisionLabel];
}

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
export function historyOf(environment: Environment, owner: KubeObject): History {
  const { api } = environment;
  const isDaemonSet = owner.kind === 'DaemonSet';
  const resource = isDaemonSet ? 'daemonsets' : 'statefulsets';
  const hashLabel = isDaemonSet ? revisionLabel : 'controller.kubernetes.io/hash';
  const owned = ownedBy(environment, { kind: owner.kind, resource, owned: 'controllerrevisions' });
  const all = owned.claim(owner).sort((a, b) => a.revision - b.revision);
  // The strategic merge patch that restores the template (getPatch), byte for byte; `kubectl rollout undo` applies it.
  const data = sorted({ spec: { template: { ...owner.spec.template, $patch: 'replace' } } });
  const same = all.findLast((revision) => isEqual(revision.data, data));
  const old = all.filter((revision) => revision !== same);
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  if (same === undefined) return { current: create(), old };
  if (same.revision >= number) return { current: same, old };
  return { current: api.update('controllerrevisions', { ...same, revision: number }), old };

  function create(): KubeObject {
    const { collisionCount } = owner.status ?? {};
    const hash = isDaemonSet
      ? templateHash(owner.spec.template, collisionCount)
      : dataHash(escapedJson(data), collisionCount ?? 0);
    try {
      return api.create('controllerrevisions', {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `${owner.metadata.name}-${hash}`,
          namespace: owner.metadata.namespace,
          labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
          annotations: owner.metadata.annotations,
          ownerReferences: [controllerReferenceTo(owner)],
        },
        data,
        revision: number,
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
      // Another template with the same hash has the name: the next hash includes the new count.
      writeStatus(api, resource, owner, { ...owner.status, collisionCount: (collisionCount ?? 0) + 1 });
      throw new SyncError(`hash collision: ${error.message}`);
    }
  }
}

/** Deletes the oldest revisions that no pod has, beyond revisionHistoryLimit. */
export function truncateHistory({ api }: Environment, set: KubeObject, { old }: History, pods: readonly Pod[]): void {
  const live = new Set([...pods.map(revisionOf), set.status?.currentRevision ?? '']);
  const markOf = (each: KubeObject) => (set.kind === 'DaemonSet' ? revisionOf(each) : each.metadata.name);
  const unused = old.filter((revision) => !live.has(markOf(revision)));
  const surplus = Math.max(0, unused.length - set.spec.revisionHistoryLimit);
  for (const revision of unused.slice(0, surplus)) remove(api, 'controllerrevisions', revision);
}
