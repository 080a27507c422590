import type { ApiEvent, KubeObject, Resource } from '../../api/api.ts';
import { type LabelSelector, matchesSelector } from '../../api/label-selector.ts';
import { claim } from './claim.ts';
import type { Environment } from './controller.ts';
import { controllerOf, keyOf } from './informers.ts';

/** How workloads of one kind own objects: by reference. They adopt and release by their selector. */
interface Ownership {
  kind: string;
  resource: Resource;
  owned: 'pods' | 'replicasets' | 'controllerrevisions' | 'jobs';
  /** Undefined: the owner has no selector, and adopts nothing. */
  selectorOf?: (owner: KubeObject) => LabelSelector | undefined;
  /** A further condition for matching objects. */
  mayOwn?: (owner: KubeObject, candidate: KubeObject) => boolean;
  /** Added on adoption and removed on release: Jobs track their pods with it. */
  finalizer?: string;
}

export interface Owned {
  /** Adopts and releases objects, and returns those that the owner then has. */
  claim<T extends KubeObject>(owner: KubeObject, candidates?: Iterable<T>): T[];
  /** The objects that refer to the owner, and those without a controller. */
  candidates<T extends KubeObject>(owner: KubeObject): T[];
  /** The keys of the workloads that a change affects: of themselves, and of what they own or may adopt. */
  keysOf(event: ApiEvent): Iterable<string>;
}

export function ownedBy({ api, informers }: Environment, ownership: Ownership): Owned {
  const { kind, resource, owned, selectorOf = ({ spec }) => spec.selector, mayOwn, finalizer } = ownership;
  function selects(owner: KubeObject, { metadata }: KubeObject): boolean {
    const selector = selectorOf(owner);
    return selector !== undefined && matchesSelector(selector, metadata.labels);
  }

  function candidates<T extends KubeObject>({ metadata: { uid, namespace } }: KubeObject): T[] {
    return [...informers.controlledBy(owned, uid), ...informers.orphans(owned, namespace)] as T[];
  }

  return {
    candidates,
    claim: (owner, objects = candidates(owner)) =>
      claim(
        {
          api,
          controller: owner,
          controllerResource: resource,
          resource: owned,
          matches: (candidate) => selects(owner, candidate) && (mayOwn?.(owner, candidate) ?? true),
          ...(finalizer && { finalizer }),
        },
        objects,
      ),
    *keysOf({ resource: changed, object, previous, type }) {
      if (changed === resource) yield keyOf(object);
      if (changed !== owned) return;
      for (const each of previous === undefined ? [object] : [previous, object]) {
        const reference = controllerOf(each);
        if (reference?.kind !== kind) continue;
        const owner = informers.get(resource, each.metadata.namespace, reference.name);
        if (owner?.metadata.uid === reference.uid) yield keyOf(owner);
      }
      if (type === 'DELETED' || controllerOf(object) !== undefined) return;
      // Each workload that selects an orphan may adopt it.
      for (const owner of informers.inNamespace(resource, object.metadata.namespace)) {
        if (selects(owner, object)) yield keyOf(owner);
      }
    },
  };
}
