import { changed, type MetadataChange, metadataPatch } from '../../rotation/json-patch.ts';
import {
  DELETION_COST,
  DO_NOT_DISRUPT,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
  HIGHEST_COST,
  SAFE_TO_EVICT,
} from '../../rotation/marks.ts';
import type { PatchWrite } from '../../rotation/plan.ts';
import { list, shellWord, timestamp } from '../../text/words.ts';
import type { RestoreView } from './checks.ts';

function usesCost({ record }: RestoreView): boolean {
  return record.owner?.kind === 'ReplicaSet' || record.owner?.kind === 'ReplicationController';
}

/** The pod's own deletion cost; null: it has none. An earlier restore that did not finish has noted it, and left its own. */
function costBefore({ pod, record }: RestoreView): string | null {
  const noted = record.annotations[DELETION_COST];
  return noted === undefined ? (pod.annotations[DELETION_COST] ?? null) : noted;
}

/** Whether the first write stands: the labels are as it put them. Somebody may have taken it back by hand. */
export function isReturned({ pod, record, added }: RestoreView): boolean {
  const labels = Object.entries({ ...record.labels, ...added });
  return (
    record.restoring !== undefined &&
    pod.labels[DRAINED_FROM] === undefined &&
    labels.every(([key, value]) => pod.labels[key] === value)
  );
}

function returnChange(view: RestoreView): MetadataChange {
  const { operation, record, snapshot, added } = view;
  const restoring: DrainRecord = {
    ...record,
    annotations: {
      ...record.annotations,
      ...(usesCost(view) ? { [DELETION_COST]: costBefore(view) } : {}),
    },
    restoring: { id: operation.id, by: operation.by, at: timestamp(snapshot.at) },
  };
  return {
    labels: { ...record.labels, ...added, [DRAINED_FROM]: null },
    annotations: { [DRAIN]: JSON.stringify(restoring), ...(usesCost(view) ? { [DELETION_COST]: HIGHEST_COST } : {}) },
  };
}

/** The first write: the labels back, and the deletion cost with them. */
export function returnWrite(view: RestoreView): PatchWrite {
  const { pod, record, added, snapshot } = view;
  const change = returnChange(view);
  const labels = Object.entries({ ...record.labels, ...added }).map(([key, value]) => `${key}=${value}`);
  const inverse: MetadataChange = {
    labels: Object.fromEntries(Object.keys(change.labels ?? {}).map((key) => [key, pod.labels[key] ?? null])),
    annotations: Object.fromEntries(
      Object.keys(change.annotations ?? {}).map((key) => [key, pod.annotations[key] ?? null]),
    ),
  };
  const afterwards = {
    uid: pod.uid,
    labels: changed(pod.labels, change.labels),
    annotations: changed(pod.annotations, change.annotations),
  };
  return {
    kind: 'patch',
    key: `restore ${pod.uid}`,
    title: `put the label${labels.length === 1 ? '' : 's'} ${list(labels)} back on ${pod.name}`,
    target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: snapshot.service.namespace },
    patch: metadataPatch(pod, change),
    inverse: metadataPatch(afterwards, inverse),
  };
}

/** Takes the marks off, as they stand after the first write. */
export function unmarkWrite(view: RestoreView): PatchWrite {
  const { pod, record, snapshot } = view;
  const change = record.restoring ? {} : returnChange(view);
  const before = {
    uid: pod.uid,
    labels: changed(pod.labels, change.labels),
    annotations: changed(pod.annotations, change.annotations),
  };
  const standing = JSON.parse(before.annotations[DRAIN] ?? '{}') as DrainRecord;
  const last: MetadataChange = {
    labels: { [DRAINED_FROM]: null },
    annotations: { [DRAIN]: null, ...standing.annotations },
  };
  const inverse: MetadataChange = {
    annotations: Object.fromEntries(
      Object.keys(last.annotations ?? {}).map((key) => [key, before.annotations[key] ?? null]),
    ),
  };
  const afterwards = { ...before, annotations: changed(before.annotations, last.annotations) };
  return {
    kind: 'patch',
    key: `unmark ${pod.uid}`,
    title: `take pitlane's marks off ${pod.name}`,
    target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: snapshot.service.namespace },
    patch: metadataPatch(before, last),
    inverse: metadataPatch(afterwards, inverse),
  };
}

/** Back to drained, by hand: the record and the other marks first, so that whatever stops between the lines loses nothing; then the labels. */
export function undoOf(view: RestoreView): readonly string[] {
  const { snapshot, pod, record, added } = view;
  const kubectl = `kubectl -n ${snapshot.service.namespace}`;
  const put: Readonly<Record<string, string>> = { ...record.labels, ...added };
  const labels = Object.keys(put)
    .sort()
    .map((key) => {
      const edited = pod.labels[key];
      return edited === undefined || edited === put[key] ? `${key}-` : shellWord(`${key}=${edited}`);
    });
  const overwrite = labels.every((label) => label.endsWith('-')) ? '' : '--overwrite ';
  const { restoring: _, ...drained } = record;
  const { [DELETION_COST]: __, ...annotations } = record.annotations;
  const cost = costBefore(view);
  const marks = [
    `${DRAIN}=${JSON.stringify({ ...drained, annotations })}`,
    `${SAFE_TO_EVICT}=false`,
    `${DO_NOT_DISRUPT}=true`,
    ...(usesCost(view) ? [cost === null ? `${DELETION_COST}-` : `${DELETION_COST}=${cost}`] : []),
  ];
  return [
    `${kubectl} annotate pod ${pod.name} --overwrite ${marks.map(shellWord).join(' ')}`,
    `${kubectl} label pod ${pod.name} ${overwrite}${[...labels, `${DRAINED_FROM}=${record.service}`].join(' ')}`,
  ];
}
