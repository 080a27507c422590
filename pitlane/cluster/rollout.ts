import { withoutKeys } from '../rotation/labels.ts';
import type { Rollout } from '../rotation/pod-report.ts';
import { formatSelector, selectorOfLabelSelector } from '../rotation/selector.ts';
import type { LabelSelector, ObjectRef } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonController, KubeObject } from './json.ts';
import { get, list } from './list.ts';
import { ownerOf, parseTime } from './metadata.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, knownResource, REPLICA_SETS, STATEFUL_SETS } from './resource.ts';

/** The Deployment controller numbers its ReplicaSets, and notes the former numbers of one that it uses again. */
const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const TEMPLATE_HASH = 'pod-template-hash';

interface Revision {
  readonly number: number;
  readonly createdAt: number;
  /** As its pods carry it. */
  readonly hash: string;
  readonly wasUsedBefore: boolean;
}

interface JsonRevision extends KubeObject {
  readonly revision: number;
}

/** The revisions of a pod's workload. Undefined: its owner is gone, or has none. */
export async function readRollout(
  connection: Connection,
  namespace: string,
  owner: ObjectRef | undefined,
): Promise<Rollout | undefined> {
  const resource = owner && knownResource(owner);
  if (owner === undefined || (resource !== REPLICA_SETS && resource !== DAEMON_SETS && resource !== STATEFUL_SETS))
    return undefined;
  const json = await get<JsonController>(connection, { resource, namespace, name: owner.name });
  if (json?.metadata.uid !== owner.uid) return undefined;
  if (resource !== REPLICA_SETS) return rolloutOf(owner, await controllerRevisions(connection, namespace, json, owner));
  const deployment = ownerOf(json.metadata);
  if (deployment?.kind !== 'Deployment') return undefined;
  return rolloutOf(deployment, await replicaSets(connection, namespace, json, deployment));
}

async function replicaSets(
  connection: Connection,
  namespace: string,
  own: JsonController,
  deployment: ObjectRef,
): Promise<readonly Revision[]> {
  const labelSelector = textOf(own, TEMPLATE_HASH);
  const { items } = await list<JsonController>(connection, REPLICA_SETS, { namespace, labelSelector });
  return items
    .filter(({ metadata }) => ownerOf(metadata)?.uid === deployment.uid)
    .map(({ metadata }) => ({
      number: Number(metadata.annotations?.[REVISION] ?? 0),
      createdAt: parseTime(metadata.creationTimestamp) ?? 0,
      hash: metadata.labels?.[TEMPLATE_HASH] ?? '',
      wasUsedBefore: metadata.annotations?.[REVISION_HISTORY] !== undefined,
    }));
}

async function controllerRevisions(
  connection: Connection,
  namespace: string,
  own: JsonController,
  owner: ObjectRef,
): Promise<readonly Revision[]> {
  const labelSelector = textOf(own);
  const { items } = await list<JsonRevision>(connection, CONTROLLER_REVISIONS, { namespace, labelSelector });
  return items
    .filter(({ metadata }) => ownerOf(metadata)?.uid === owner.uid)
    .map(({ metadata, revision }) => ({
      number: revision,
      createdAt: parseTime(metadata.creationTimestamp) ?? 0,
      // The pods of a StatefulSet carry its name.
      hash: owner.kind === 'StatefulSet' ? metadata.name : (metadata.labels?.['controller-revision-hash'] ?? ''),
      wasUsedBefore: false,
    }));
}

/** The selector of the workload as text, without the key. */
function textOf({ spec }: JsonController, key?: string): string {
  const { matchLabels = {}, ...rest } = (spec?.selector ?? {}) as LabelSelector;
  const labels = withoutKeys(matchLabels, key === undefined ? [] : [key]);
  return formatSelector(selectorOfLabelSelector({ ...rest, matchLabels: labels }));
}

function rolloutOf({ kind, name }: ObjectRef, revisions: readonly Revision[]): Rollout | undefined {
  const newest = revisions.toSorted((a, b) => b.number - a.number)[0];
  if (newest === undefined || newest.number === 0) return undefined;
  const isReturn = newest.wasUsedBefore || revisions.some(({ createdAt }) => createdAt > newest.createdAt);
  return {
    workload: `${kind} ${name}`,
    revision: newest.number,
    ...(!isReturn && { startedAt: newest.createdAt }),
    numbers: Object.fromEntries(revisions.map(({ hash, number }) => [hash, number])),
  };
}
