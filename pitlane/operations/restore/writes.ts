import { hasLabels, lacking, valueIn } from '../../rotation/labels.ts';
import {
  DELETION_COST,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
  formerValue,
  HIGHEST_COST,
} from '../../rotation/marks.ts';
import { changedPod, kubectlLine, type MetadataChange, podPatch } from '../../rotation/patch.ts';
import type { PatchWrite } from '../../rotation/plan.ts';
import type { Labels } from '../../rotation/snapshot.ts';
import { usesDeletionCost } from '../../rotation/workload.ts';
import { list, pairs, personOf, timestamp } from '../../text/words.ts';
import type { RestoreView } from './checks.ts';

/** The pod's own deletion cost; null: it has none. An unfinished restore has noted it, and left another on the pod. */
function costBefore({ pod, record }: RestoreView): string | null {
  const noted = record.annotations[DELETION_COST];
  return noted === undefined ? formerValue(pod, DELETION_COST) : noted;
}

/** The first write is done: the labels are as it put them. It may have been undone by hand. */
export function isReturned({ pod, record, added }: RestoreView): boolean {
  return (
    record.restoring !== undefined &&
    pod.labels[DRAINED_FROM] === undefined &&
    hasLabels(pod.labels, { ...record.labels, ...added })
  );
}

function returnChange(view: RestoreView): MetadataChange {
  const { operation, record, snapshot, added } = view;
  const restoring: DrainRecord = {
    ...record,
    annotations: {
      ...record.annotations,
      ...(usesDeletionCost(view.record.owner) && { [DELETION_COST]: costBefore(view) }),
    },
    restoring: { id: operation.id, ...personOf(operation), at: timestamp(snapshot.at) },
  };
  return {
    labels: { ...record.labels, ...added, [DRAINED_FROM]: null },
    annotations: {
      [DRAIN]: JSON.stringify(restoring),
      ...(usesDeletionCost(view.record.owner) ? { [DELETION_COST]: HIGHEST_COST } : {}),
    },
  };
}

/** The first write: it puts the labels back, and the deletion cost with them. */
export function returnWrite(view: RestoreView): PatchWrite {
  const { pod, record, added, snapshot } = view;
  const labels = pairs(lacking(pod.labels, { ...record.labels, ...added }));
  // A label that is put back must be shown.
  const title =
    labels.length === 0
      ? `mark ${pod.name}, whose labels are back, as being restored`
      : `put label${labels.length === 1 ? '' : 's'} ${list(labels, labels.length)} back on ${pod.name}`;
  return podPatch('restore', title, snapshot, pod, returnChange(view));
}

/** Removes the marks as they are after the first write. */
export function unmarkWrite(view: RestoreView): PatchWrite {
  const { pod, record, snapshot } = view;
  const marked = changedPod(pod, record.restoring ? {} : returnChange(view));
  const { annotations } = JSON.parse(marked.annotations[DRAIN] ?? '{}') as DrainRecord;
  const former = Object.entries(annotations).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]));
  const more = former.length === 0 ? '' : `, and put back ${list(former)}`;
  return podPatch('unmark', `remove Pitlane's marks from ${pod.name}${more}`, snapshot, marked, {
    labels: { [DRAINED_FROM]: null },
    annotations: { [DRAIN]: null, ...annotations },
  });
}

/** Drains the pod again by hand: the record and the other marks first, so that nothing is lost between the lines, then the labels. */
export function undoOf(view: RestoreView): readonly string[] {
  const { snapshot, pod, record, added } = view;
  const put: Labels = { ...record.labels, ...added };
  const edited = Object.keys(put)
    .sort()
    .map(
      (key) =>
        [key, valueIn(pod.labels, key) === valueIn(put, key) ? null : (valueIn(pod.labels, key) ?? null)] as const,
    );
  const labels = { ...Object.fromEntries(edited), [DRAINED_FROM]: record.service };
  const { restoring: _, ...drained } = record;
  const { [DELETION_COST]: __, ...annotations } = record.annotations;
  const keeping = Object.keys(annotations).map((key) => [key, valueIn(pod.annotations, key) ?? null] as const);
  return [
    kubectlLine('annotate', snapshot, pod, {
      [DRAIN]: JSON.stringify({ ...drained, annotations }),
      ...Object.fromEntries(keeping),
      ...(usesDeletionCost(view.record.owner) && { [DELETION_COST]: costBefore(view) }),
    }),
    kubectlLine(
      'label',
      snapshot,
      pod,
      labels,
      edited.some(([, value]) => value !== null),
    ),
  ];
}
