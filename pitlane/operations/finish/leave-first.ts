import { FOLLOWED_SECONDS, secondsSince } from '../../rotation/data-planes.ts';
import { onlyKeys } from '../../rotation/labels.ts';
import { STOPPING, type StoppingRecord, stoppingRecordOn } from '../../rotation/marks.ts';
import { isBeingStopped, isPodReady, isSelected, memberLabels, readyUids } from '../../rotation/membership.ts';
import { type MetadataChange, podPatch } from '../../rotation/patch.ts';
import { milestone, type PatchWrite, type Phase, refOf } from '../../rotation/plan.ts';
import { labelsToRemove } from '../../rotation/release.ts';
import { isCanary, type View } from '../../rotation/safety.ts';
import { ifSeen, type Labels } from '../../rotation/snapshot.ts';
import { adoptersBesides, isFinished } from '../../rotation/workload.ts';
import { isoTime, list, pairs, personOf, timestamp } from '../../text/words.ts';

/**
 * The phases before the deletion of a canary that gets traffic: (1) labels off, so that it leaves the endpoints while it
 * still serves, (2) the time until every data plane has followed. Empty: nothing is left to wait for.
 */
export function phasesBefore(view: View): readonly Phase[] {
  const { snapshot, pod } = view;
  const { service } = snapshot;
  if (!isCanary(view) || isFinished(pod)) return [];
  const isOut = isBeingStopped(service, pod);
  const removed = isOut ? {} : labelsOff(view);
  if (removed === undefined) return [];
  const mark = isOut ? stoppingRecordOn(pod) : undefined;
  const held = secondsSince(mark?.outSince, snapshot.at);
  const isListed = snapshot.endpoints.some((endpoint) => endpoint.pod?.uid === pod.uid);
  if (held !== undefined && held >= FOLLOWED_SECONDS && !isListed) return [];
  const unlisted = milestone({ kind: 'unlisted', pod: refOf(pod) }, `${pod.name} is out of the endpoints`, 30);
  const followed = milestone(
    { kind: 'outLongEnough', pod: refOf(pod) },
    `${pod.name} has been out of the endpoints for ${FOLLOWED_SECONDS} s`,
    30,
  );
  return [
    {
      title: `take ${pod.name} out of the endpoints`,
      writes: isOut ? [] : [outWrite(view, removed)],
      until: [unlisted],
      lease: 'namespace',
    },
    {
      title: `wait until load balancers have followed`,
      writes: held === undefined ? [noteWrite(view, mark)] : [],
      until: [unlisted, followed],
      lease: 'namespace',
    },
  ];
}

/** Undefined: the canary gets no traffic, or a controller would adopt it without any of them. */
function labelsOff({ snapshot, pod }: View): Labels | undefined {
  const { service, policy, bystanders } = snapshot;
  const isServing = isPodReady(pod, readyUids(snapshot.endpoints)) || service.publishNotReadyAddresses;
  if (!isServing || !isSelected(service, pod.labels)) return undefined;
  const adopters = adoptersBesides(snapshot, pod.owner).flatMap(({ selector }) => selector ?? []);
  // The gate label is not enough: enable and switch would put it on again.
  const labels = memberLabels(service, policy) ?? {};
  const keys = labelsToRemove(pod.labels, [labels], undefined, ifSeen(bystanders), adopters);
  return keys && onlyKeys(pod.labels, keys);
}

function outWrite({ snapshot, operation, pod }: View, removed: Labels): PatchWrite {
  const record: StoppingRecord = { v: 1, id: operation.id, ...personOf(operation), at: timestamp(snapshot.at) };
  const change: MetadataChange = {
    labels: Object.fromEntries(Object.keys(removed).map((key) => [key, null])),
    annotations: { [STOPPING]: JSON.stringify(record) },
  };
  const labels = pairs(removed);
  const title = `remove label${labels.length > 1 ? 's' : ''} ${list(labels)} from ${pod.name}`;
  return podPatch('leave', title, snapshot, pod, change);
}

function noteWrite({ snapshot, operation, pod }: View, mark: StoppingRecord | undefined): PatchWrite {
  const own = { id: operation.id, ...personOf(operation) };
  const record = { v: 1, at: timestamp(snapshot.at), ...mark, ...own, outSince: isoTime(snapshot.at) };
  const title = `note on ${pod.name} since when it has been out of the endpoints`;
  return podPatch('note', title, snapshot, pod, { annotations: { [STOPPING]: JSON.stringify(record) } });
}
